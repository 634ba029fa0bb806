"""Takes the pictures people upload: checks them, makes them small and plain, reads the QR in them.

What is kept is always drawn anew from the pixels, so nothing hidden in a file (places, scripts, archives) gets through.
Pillow and zxing are read in with the first picture: a shop opens sooner and smaller without them.
"""

from __future__ import annotations

import io
import re
import threading
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from shop_server.errors import InvalidInput, Unavailable, wrong_field

if TYPE_CHECKING:
    from PIL import Image

LARGEST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 25_000_000
LARGE_SIDE = 640
SMALL_SIDE = 240
READING_SIDE = 2000
LONGEST_WAIT_SECONDS = 10.0

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_DATA_URL = re.compile(r"data:image/[a-z+.-]+;base64,", re.IGNORECASE)


class Picture(NamedTuple):
    """One picture in two sizes, both WebP."""

    large: bytes
    small: bytes


class Images:
    """Works on one picture at a time: an opened photo takes up to a hundred megabytes of memory."""

    def __init__(self) -> None:
        self._turn = threading.Semaphore(1)

    def keep(self, raw: bytes, pointer: str = "/image") -> Picture:
        """The picture as the shop keeps it: upright, at most 640 and 240 pixels wide or high, without metadata.

        Raises InvalidInput when it is no JPEG, PNG, WebP or GIF, is broken, or too large.
        """
        with self._opened(raw, pointer, LARGE_SIDE) as large:
            small = large.copy()
            small.thumbnail((SMALL_SIDE, SMALL_SIDE))
            return Picture(_webp(large), _webp(small))

    def keep_data_url(self, data_url: str, pointer: str = "/image") -> Picture:
        """As `keep`, for a picture given as a data URL."""
        return self.keep(read_data_url(data_url, pointer), pointer)

    def read_qr(self, raw: bytes, pointer: str = "/qrCodeUrl") -> list[str]:
        """The texts of the QR codes in the picture, none when there is none. Raises InvalidInput as `keep` does."""
        import zxingcpp

        formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        with self._opened(raw, pointer, READING_SIDE) as image:
            codes = zxingcpp.read_barcodes(_on_white(image), formats=formats, text_mode=zxingcpp.TextMode.Plain)
            return [code.text for code in codes]

    def keep_qr(self, data_url: str, pointer: str = "/qrCodeUrl") -> tuple[list[str], str]:
        """The texts of the QR codes in an uploaded picture, and the picture as the shop keeps it, as a data URL."""
        raw = read_data_url(data_url, pointer)
        return self.read_qr(raw, pointer), webp_data_url(self.keep(raw, pointer).large)

    @contextmanager
    def _opened(self, raw: bytes, pointer: str, side: int) -> Iterator[Image.Image]:
        if not self._turn.acquire(timeout=LONGEST_WAIT_SECONDS):
            raise Unavailable("Too many pictures are coming in at once. Please try again in a moment.")
        try:
            yield _open(raw, pointer, side)
        finally:
            self._turn.release()


def read_data_url(text: str, pointer: str = "/image") -> bytes:
    """The bytes of a picture given as `data:image/…;base64,…`. Raises InvalidInput when malformed or above 5 MB."""
    head = _DATA_URL.match(text)
    if not head:
        raise wrong_field(pointer, "Give the picture as a data URL (data:image/png;base64,…).")
    if (len(text) - head.end()) * 3 // 4 > LARGEST_BYTES + 2:
        raise _too_large(pointer)
    try:
        return b64decode(text[head.end() :], validate=True)
    except (BadBase64, ValueError):
        raise wrong_field(pointer, "The picture's data URL is damaged. Please choose the picture again.") from None


def webp_data_url(webp: bytes) -> str:
    """A kept picture as a data URL."""
    return "data:image/webp;base64," + b64encode(webp).decode()


def _open(raw: bytes, pointer: str, side: int) -> Image.Image:
    from PIL import Image, ImageOps

    if len(raw) > LARGEST_BYTES:
        raise _too_large(pointer)
    try:
        image = Image.open(io.BytesIO(raw), formats=_FORMATS)
        if image.width * image.height > MOST_PIXELS:
            raise _too_large(pointer)
        # A JPEG is decoded at a fraction of its size when that is enough; the others ignore this.
        image.draft("RGB", (side, side))
        image.load()
        plain = image.convert("RGBA" if image.has_transparency_data else "RGB")
        plain.thumbnail((side, side))
        # Turned by the original's EXIF note, which the plain copy carries along and its WebP does not.
        return ImageOps.exif_transpose(plain)
    except InvalidInput:
        raise
    # The decoders raise all sorts on damaged files; whatever they say, the picture cannot be used.
    except Exception:
        raise wrong_field(pointer, "This is not a picture we can use. Please choose a JPEG, PNG or WebP.") from None


def _on_white(image: Image.Image) -> Image.Image:
    from PIL import Image

    if image.mode != "RGBA":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _webp(image: Image.Image) -> bytes:
    encoded = io.BytesIO()
    image.save(encoded, "WEBP", quality=82, exif=b"", icc_profile=b"", xmp=b"")
    return encoded.getvalue()


def _too_large(pointer: str) -> InvalidInput:
    return wrong_field(pointer, "This picture is too large: at most 5 MB and 25 megapixels.")
