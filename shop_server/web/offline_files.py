"""Tells the service worker which files make up the shop without a network, and which version they are.

These are the pages that name the manifest, and all that they load: the customer's side. Whoever opens it on a phone has it
all; the desk is not kept.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from shop_server.web.response import Response

WORKER_PATH = "/service-worker.js"
_MANIFEST = b'<link rel="manifest"'
_VERSION, _FILES = 'const VERSION = "";', "const FILES = {};"

_NAMED = {
    ".html": re.compile(r'<(?:link|script)\b[^>]*?\b(?:href|src)="(/[^"#]+)'),
    ".css": re.compile(r'url\("(/[^"#]+)'),
    # Modules stand at the head of the page; drawings are named where they are drawn, other scripts where they are begun.
    ".js": re.compile(r'["`](/(?:icons|styles)/[^"`#]+)'),
}


def fill_worker(worker: str, files: Mapping[str, Response]) -> str:
    """The worker with its version and its files. Raises ValueError when it has no place for them."""
    kept = offline_files(files)
    etags = {path: files[path].headers["ETag"] for path in sorted(kept)}
    said = json.dumps(etags, indent=2)
    version = hashlib.blake2b((worker + said).encode(), digest_size=8).hexdigest()
    if worker.count(_VERSION) != 1 or worker.count(_FILES) != 1:
        raise ValueError("the service worker has no place for its version and its files")
    return worker.replace(_VERSION, f'const VERSION = "{version}";').replace(_FILES, f"const FILES = {said};")


def offline_files(files: Mapping[str, Response]) -> set[str]:
    """The paths of all that is needed without a network."""
    return set().union(
        *(loaded_by(path, files) for path, answer in files.items() if _MANIFEST in answer.body and _is_page(answer))
    )


def loaded_by(page: str, files: Mapping[str, Response]) -> set[str]:
    """The page, and every style, module and drawing that it may load."""
    found: set[str] = set()
    waiting = [page]
    while waiting:
        path = waiting.pop()
        if path not in files or path in found:
            continue
        found.add(path)
        answer = files[path]
        named = _NAMED.get(".html" if _is_page(answer) else path[path.rfind(".") :])
        waiting += named.findall(answer.body.decode()) if named else []
    return found


def _is_page(answer: Response) -> bool:
    return answer.headers["Content-Type"].startswith("text/html")
