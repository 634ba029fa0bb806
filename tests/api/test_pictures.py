"""Pictures of products over HTTP: uploaded either way, served small and large for ever."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import Any

import pytest
from PIL import Image

from tests.api.caller import Caller
from tests.api.cast import Cast


def png(width: int = 900, height: int = 600) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (width, height), "orange").save(drawn, "PNG")
    return drawn.getvalue()


def as_data_url(raw: bytes) -> str:
    return "data:image/png;base64," + b64encode(raw).decode()


def put(cast: Cast, caller: Caller, body: Any, content_type: str = "image/png") -> Any:
    return caller.put(f"/api/products/{cast.dal.id}/image", body, Content_Type=content_type)


def size_of(webp: bytes) -> tuple[int, int]:
    picture = Image.open(io.BytesIO(webp))
    assert picture.format == "WEBP"
    return picture.size


@pytest.mark.parametrize("way", ["file", "data URL"])
def test_an_uploaded_picture_is_shown_in_two_sizes_for_ever(cast: Cast, way: str) -> None:
    if way == "file":
        saved = put(cast, cast.asha, png())
    else:
        saved = put(cast, cast.asha, {"image": as_data_url(png())}, "application/json; charset=utf-8")
    assert saved.status == 200
    url = saved.json["imageUrl"]
    assert cast.stranger.get(f"/api/products/{cast.dal.id}").json["imageUrl"] == url
    large = cast.stranger.get(url)
    assert (large.status, large.headers["Content-Type"]) == (200, "image/webp")
    assert "immutable" in large.headers["Cache-Control"]
    assert size_of(large.body) == (640, 427)
    assert size_of(cast.stranger.get(url.replace("/large", "/small")).body) == (240, 160)


def test_a_new_picture_has_a_new_address_and_the_old_one_is_gone(cast: Cast) -> None:
    first = put(cast, cast.asha, png()).json["imageUrl"]
    second = put(cast, cast.asha, png(10, 10)).json["imageUrl"]
    assert first != second
    assert cast.stranger.get(first).status == 404
    assert cast.stranger.get(second).status == 200


def test_the_picture_goes_with_its_product(cast: Cast) -> None:
    url = put(cast, cast.asha, png()).json["imageUrl"]
    cast.asha.delete(f"/api/products/{cast.dal.id}")
    assert cast.stranger.get(url).status == 404


@pytest.mark.parametrize(
    ("body", "content_type", "pointer"),
    [
        (b"not a picture", "image/png", "/image"),
        (b"", "image/png", "/image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "/image"),
        ({"image": "data:image/png;base64,@@@"}, "application/json", "/image"),
        ({"image": "https://example.in/dal.png"}, "application/json", "/image"),
        ({}, "application/json", "/image"),
        ({"image": as_data_url(png()), "alt": "Dal"}, "application/json", "/alt"),
    ],
    ids=["text", "nothing", "svg", "damaged", "link", "missing", "unknown field"],
)
def test_what_is_no_picture_is_refused(cast: Cast, body: Any, content_type: str, pointer: str) -> None:
    refused = put(cast, cast.asha, body, content_type)
    assert (refused.status, refused.pointers) == (422, [pointer])
    assert cast.stranger.get(f"/api/products/{cast.dal.id}").json["imageUrl"] is None


def test_a_picture_may_be_larger_than_other_bodies_but_not_endless(cast: Cast) -> None:
    padding = b"\0" * (2 * 1024 * 1024)
    assert put(cast, cast.asha, png() + padding).status == 200
    assert put(cast, cast.asha, b"\0" * (7 * 1024 * 1024 + 1)).status == 413


def test_another_shop_cannot_put_a_picture_on_it(cast: Cast) -> None:
    assert put(cast, cast.chitra, b"whatever").status == 404
    assert put(cast, cast.devi, png()).status == 403
    assert put(cast, cast.stranger, png()).status == 401


@pytest.mark.parametrize("path", ["0" * 24 + "/large", "x/small", "$ne/large"])
def test_there_is_no_such_picture(cast: Cast, path: str) -> None:
    assert cast.stranger.get(f"/api/pictures/{path}").status == 404


def test_there_is_no_other_size(cast: Cast) -> None:
    url = put(cast, cast.asha, png()).json["imageUrl"]
    assert cast.stranger.get(url.replace("/large", "/shop_id")).status == 404
