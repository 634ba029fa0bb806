"""Pages, scripts and pictures: only what is in the map is served, compressed once, and kept by browsers as it should be."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from shop_server.web.static_files import CHART_JS_PATH, read_chart_js, read_static_files, static_routes
from tests.api.visitor import Visitor, serving

FILES = {
    "index.html": b"<!doctype html>" + b"<p>shop</p>" * 200,
    "login.html": b"<!doctype html>",
    "styles/main.css": b"body{}" * 500,
    "pages/shop.js": b"export {}",
    "icons/icon.svg": b"<svg/>",
    "icons/icon.png": b"\x89PNG",
    "fonts/f.woff2": b"wOF2",
    "manifest.webmanifest": b"{}",
}
HIDDEN = {
    ".git/config": b"x",
    ".env": b"x",
    "pages/.shop.js": b"x",
    "shop.py": b"x",
    "notes.md": b"x",
    "Makefile": b"x",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    public = tmp_path / "public"
    for name, content in (FILES | HIDDEN).items():
        file = public / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    (tmp_path / "secret.html").write_bytes(b"secret")
    (public / "leak.html").symlink_to(tmp_path / "secret.html")
    return public


def test_serves_every_public_file_with_its_type(folder: Path) -> None:
    types = {
        "/": "text/html; charset=utf-8",
        "/index.html": "text/html; charset=utf-8",
        "/login.html": "text/html; charset=utf-8",
        "/styles/main.css": "text/css; charset=utf-8",
        "/pages/shop.js": "text/javascript; charset=utf-8",
        "/icons/icon.svg": "image/svg+xml",
        "/icons/icon.png": "image/png",
        "/fonts/f.woff2": "font/woff2",
        "/manifest.webmanifest": "application/manifest+json",
    }
    with serving(static_routes(read_static_files(folder))) as server, Visitor(server.port) as visitor:
        for path, content_type in types.items():
            answer = visitor.ask("GET", path)
            assert (answer.status, answer.headers["content-type"]) == (200, content_type)
            assert answer.body == FILES["index.html" if path == "/" else path[1:]]
            assert answer.headers["cache-control"] == "no-cache"
            assert visitor.ask("GET", path, {"If-None-Match": answer.headers["etag"]}).status == 304
            assert visitor.ask("HEAD", path).headers["content-length"] == str(len(answer.body))
        packed = visitor.ask("GET", "/", {"Accept-Encoding": "gzip"})
        assert gzip.decompress(packed.body) == FILES["index.html"]
        assert visitor.ask("POST", "/login.html").headers["allow"] == "GET, HEAD, OPTIONS"


def test_what_is_not_meant_for_browsers_does_not_exist(folder: Path) -> None:
    paths = [f"/{name}" for name in HIDDEN]
    paths += [
        "/leak.html",
        "/secret.html",
        "/../secret.html",
        "/%2e%2e/secret.html",
        "/styles",
        "/styles/",
        "/INDEX.HTML",
    ]
    paths += ["//index.html", "/./index.html", "/styles/../index.html", "/..%2fsecret.html", "/index.html/"]
    with serving(static_routes(read_static_files(folder))) as server, Visitor(server.port) as visitor:
        for path in paths:
            with Visitor(server.port) as visitor:
                assert visitor.ask("GET", path).status == 404, path


def test_a_path_with_a_null_byte_is_refused(folder: Path) -> None:
    with serving(static_routes(read_static_files(folder))) as server, Visitor(server.port) as visitor:
        assert visitor.ask("GET", "/index.html%00.png").status == 400


def test_serves_chart_js_from_the_installed_package_to_be_kept_for_ever() -> None:
    with serving(static_routes(read_chart_js())) as server, Visitor(server.port) as visitor:
        answer = visitor.ask("GET", CHART_JS_PATH, {"Accept-Encoding": "gzip"})
        script = gzip.decompress(answer.body)
        assert b"Chart.js v4.2.0" in script
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert len(answer.body) < 200_000
