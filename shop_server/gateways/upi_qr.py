"""Draws the QR that a customer scans to pay: exactly the given UPI link, nothing added."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import segno


class UpiQr:
    """Draws QR codes, black on white with the quiet zone that scanners need, also on a dark page."""

    def svg(self, uri: str) -> bytes:
        """The QR of exactly `uri` as an SVG file."""
        drawn = io.BytesIO()
        code = _code(uri)
        code.save(drawn, kind="svg", border=4, dark="#000", light="#fff", omitsize=True, xmldecl=False, svgclass=None)
        return drawn.getvalue()

    def png(self, uri: str) -> bytes:
        """The QR of exactly `uri` as a PNG picture, eight dots to the module."""
        drawn = io.BytesIO()
        _code(uri).save(drawn, kind="png", border=4, scale=8, dark="#000", light="#fff")
        return drawn.getvalue()

    def data_url(self, uri: str) -> str:
        """The QR of exactly `uri` as a data URL that an <img> shows and a gallery keeps."""
        return "data:image/png;base64," + b64encode(self.png(uri)).decode()


def _code(uri: str) -> segno.QRCode:
    # Only now: no shop opens later because of it.
    import segno

    # Level M survives a scratched screen; a higher one would only make the modules smaller.
    return segno.make(uri, error="m", micro=False, boost_error=False)
