"""Uploaded pictures are checked, made plain and read; nothing else in the file survives."""

from __future__ import annotations

import io
import struct
import zlib
from base64 import b64encode

import pytest
from PIL import Image, ImageOps, PngImagePlugin

from shop_server.errors import InvalidInput
from shop_server.gateways.images import LARGEST_BYTES, Images, read_data_url, webp_data_url
from shop_server.gateways.upi_qr import UpiQr

images = Images()


def picture(kind: str, size: tuple[int, int] = (1000, 500), mode: str = "RGB", **options: object) -> bytes:
    raw = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(raw, kind, **options)
    return raw.getvalue()


def opened(raw: bytes) -> Image.Image:
    return Image.open(io.BytesIO(raw))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_keeps_the_usual_kinds_of_pictures_as_webp_in_two_sizes(kind: str) -> None:
    kept = images.keep(picture(kind))
    assert (opened(kept.large).format, opened(kept.large).size) == ("WEBP", (640, 320))
    assert (opened(kept.small).format, opened(kept.small).size) == ("WEBP", (240, 120))


def test_a_small_picture_is_not_blown_up() -> None:
    kept = images.keep(picture("PNG", (50, 30)))
    assert opened(kept.large).size == opened(kept.small).size == (50, 30)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16"])
def test_takes_every_colour_mode(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert opened(images.keep(picture(kind, mode=mode)).large).mode == "RGB"


def test_transparency_stays() -> None:
    raw = io.BytesIO()
    Image.new("RGBA", (100, 100), (200, 0, 0, 0)).save(raw, "PNG")
    kept = opened(images.keep(raw.getvalue()).large)
    assert kept.mode == "RGBA"
    assert kept.getpixel((50, 50))[3] == 0  # type: ignore[index]


def test_a_photo_taken_sideways_is_turned_upright_and_loses_its_place_and_notes() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "at home"
    kept = images.keep(picture("JPEG", (1000, 500), exif=exif, comment=b"hello there"))
    large = opened(kept.large)
    assert large.size == (320, 640)
    assert not large.getexif()
    assert not {"exif", "icc_profile", "xmp"} & large.info.keys()
    assert b"at home" not in kept.large
    assert b"hello there" not in kept.large


def test_only_the_first_frame_of_a_moving_picture_is_kept() -> None:
    raw = io.BytesIO()
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    frames[0].save(raw, "GIF", save_all=True, append_images=frames[1:])
    kept = opened(images.keep(raw.getvalue()).large)
    assert getattr(kept, "n_frames", 1) == 1
    assert kept.convert("RGB").getpixel((20, 20))[0] > 200  # type: ignore[index]


def test_what_hides_behind_the_picture_in_the_file_is_dropped() -> None:
    kept = images.keep(picture("PNG") + b"PK\x03\x04<script>alert(1)</script>")
    assert b"script" not in kept.large + kept.small


def png_that_claims(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    return b"\x89PNG\r\n\x1a\n" + chunk + picture("PNG")[33:]


def png_with_swollen_text() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("note", "x" * 80_000_000, zip=True)
    return picture("PNG", pnginfo=notes)


REFUSED = {
    "nothing": b"",
    "text": b"hello",
    "a drawing with scripts": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a page that starts like a picture": b"GIF89a/*<html><script>alert(1)</script></html>*/",
    "a cut-off photo": picture("JPEG")[:-2000],
    "a cut-off PNG": picture("PNG")[:-40],
    "another kind of picture": picture("BMP"),
    "another kind of picture, large": picture("TIFF"),
    "a picture of 26 megapixels": picture("PNG", (5200, 5001), mode="1"),
    "a bomb of 2 gigapixels": png_that_claims(50_000, 40_000),
    "a bomb in the notes": png_with_swollen_text(),
    "a PNG of no size": png_that_claims(0, 0),
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
def test_refuses(raw: bytes) -> None:
    for use in (images.keep, images.read_qr):
        with pytest.raises(InvalidInput) as refused:
            use(raw, "/qrCodeUrl")
        assert refused.value.errors[0].pointer == "/qrCodeUrl"


def test_reads_a_qr_also_from_a_tilted_transparent_or_dark_picture() -> None:
    upright = opened(UpiQr().png("upi://pay?pa=asha@okbank")).convert("RGB")
    tilted = Image.new("RGB", (900, 900), "gray")
    tilted.paste(upright.rotate(17, expand=True, fillcolor="gray"), (100, 150))
    see_through = Image.new("RGBA", upright.size)
    see_through.putalpha(ImageOps.invert(upright.convert("L")))
    for image in (upright, tilted, see_through):
        raw = io.BytesIO()
        image.save(raw, "PNG")
        assert images.read_qr(raw.getvalue()) == ["upi://pay?pa=asha@okbank"]


def test_a_kept_qr_can_still_be_read() -> None:
    texts, kept = images.keep_qr(UpiQr().data_url("upi://pay?pa=asha@okbank"))
    assert texts == images.read_qr(read_data_url(kept)) == ["upi://pay?pa=asha@okbank"]
    assert kept.startswith("data:image/webp;base64,")


def test_a_picture_without_a_qr_has_no_text() -> None:
    assert images.read_qr(picture("JPEG")) == []


def test_a_data_url_gives_its_bytes() -> None:
    assert read_data_url("data:image/png;base64," + b64encode(b"abc").decode()) == b"abc"
    assert read_data_url(webp_data_url(b"abc")) == b"abc"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.in/a.png",
        "data:text/html;base64,YWJj",
        "data:image/png,abc",
        "data:image/png;base64,a",
        "data:image/png;base64,YW Jj",
        "data:image/png;base64,YWJj%",
        "data:image/png;base64,घघघघ",
        "data:image/png;base64," + "A" * (LARGEST_BYTES * 4 // 3 + 8),
    ],
    ids=lambda text: text[:30],
)
def test_refuses_a_data_url_that_is_none(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_data_url(text)
