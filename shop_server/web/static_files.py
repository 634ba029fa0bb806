"""The shop's pages, scripts and pictures: read and compressed once at start, then only looked up by their exact path.

There is no folder to climb out of: what is not in the map does not exist.
"""

from __future__ import annotations

import importlib.resources
import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shop_server.web.offline_files import WORKER_PATH, fill_worker
from shop_server.web.page_modules import announce_modules
from shop_server.web.request import Request
from shop_server.web.response import Response, kept_response
from shop_server.web.router import Route

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".mp3": "audio/mpeg",
    ".txt": "text/plain; charset=utf-8",
}
CHART_JS_PATH = "/vendor/chart-4.2.0.js"
_REVALIDATE = "no-cache"
_FOR_EVER = "public, max-age=31536000, immutable"


def read_static_files(folder: Path) -> dict[str, Response]:
    """Every file of the folder that is meant for browsers, by its path; `/` is index.html.

    Pages name at their head the modules that they need, the service worker the files that it keeps.
    """
    files = read_files(folder)
    found: dict[str, Response] = {}
    for path, content in files.items():
        content_type = CONTENT_TYPES[posixpath.splitext(path)[1]]
        if content_type.startswith("text/html"):
            content = announce_modules(content.decode(), files).encode()
        found[path] = kept_response(content, {"Content-Type": content_type, "Cache-Control": _REVALIDATE})
    if "/index.html" in found:
        found["/"] = found["/index.html"]
    if WORKER_PATH in found:
        worker = fill_worker(files[WORKER_PATH].decode(), found)
        found[WORKER_PATH] = kept_response(worker.encode(), found[WORKER_PATH].headers)
    return found


def read_files(folder: Path) -> dict[str, bytes]:
    """Every file of the folder that is meant for browsers, as it lies there.

    Hidden files and unknown endings are left out, and so is whatever a link leads to outside of the folder.
    """
    root = folder.resolve()
    found: dict[str, bytes] = {}
    for file in sorted(root.rglob("*")):
        inside = file.relative_to(root)
        hidden = any(part.startswith(".") for part in inside.parts)
        is_ours = file.is_file() and file.resolve().is_relative_to(root)
        if file.suffix in CONTENT_TYPES and is_ours and not hidden:
            found["/" + inside.as_posix()] = file.read_bytes()
    return found


def read_chart_js() -> dict[str, Response]:
    """Chart.js from the chartkick package, under an address that names its version and may be kept for ever."""
    file = importlib.resources.files("chartkick") / "django/static/chartkick/Chart.bundle.js"
    headers = {"Content-Type": CONTENT_TYPES[".js"], "Cache-Control": _FOR_EVER}
    return {CHART_JS_PATH: kept_response(file.read_bytes(), headers)}


def static_routes(files: Mapping[str, Response]) -> list[Route]:
    """One route per file, answered from memory."""
    return [_route(path, response) for path, response in files.items()]


def _route(path: str, response: Response) -> Route:
    def answer(request: Request, context: Any) -> Response:
        return response

    return Route("GET", path, answer, database=False, at_once=answer)
