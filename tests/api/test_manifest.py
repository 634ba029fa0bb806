"""The manifest, by which a phone takes the shop in as an app: all that it names is there, and is what it says."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest

from shop_server.app import PUBLIC
from shop_server.web.static_files import read_static_files, static_routes
from tests.api.visitor import Visitor, serving

SVG_ROOT = "{http://www.w3.org/2000/svg}svg"


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    """Somebody before the shop's real pages."""
    with serving(static_routes(read_static_files(PUBLIC))) as server, Visitor(server.port) as visitor:
        yield visitor


def manifest_for(visitor: Visitor) -> dict[str, Any]:
    answer = visitor.ask("GET", "/manifest.webmanifest")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/manifest+json")
    manifest: dict[str, Any] = json.loads(answer.body)
    return manifest


def size_of(picture: bytes, media_type: str) -> str:
    """As a manifest says it: "192x192" for a PNG, "any" for a drawing, which has a viewBox instead of pixels."""
    if media_type == "image/svg+xml":
        root = ElementTree.fromstring(picture)
        assert root.tag == SVG_ROOT
        assert root.get("viewBox")
        return "any"
    # A PNG begins with its signature and the length of its first part, which is IHDR: width and height stand there.
    signature, _, head, width, height = struct.unpack(">8sI4sII", picture[:24])
    assert (signature, head) == (b"\x89PNG\r\n\x1a\n", b"IHDR")
    return f"{width}x{height}"


def test_every_icon_of_the_manifest_is_there_in_the_type_and_the_size_it_says(visitor: Visitor) -> None:
    icons = manifest_for(visitor)["icons"]
    for icon in icons:
        answer = visitor.ask("GET", icon["src"])
        assert (answer.status, answer.headers["content-type"]) == (200, icon["type"]), icon
        assert size_of(answer.body, icon["type"]) == icon["sizes"], icon
    # What Chrome and Android ask for before they offer the shop as an app.
    sizes = {(icon["sizes"], icon.get("purpose", "any")) for icon in icons}
    assert sizes >= {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}


def test_the_manifest_leads_to_pages_that_are_there(visitor: Visitor) -> None:
    manifest = manifest_for(visitor)
    for path in (manifest["start_url"], manifest["scope"], *(one["url"] for one in manifest["shortcuts"])):
        answer = visitor.ask("GET", path)
        assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8"), path
        assert b'<link rel="manifest" href="/manifest.webmanifest">' in answer.body, path
