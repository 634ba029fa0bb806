"""Draws the QR that a customer scans to pay: exactly the given UPI link, nothing added."""

from __future__ import annotations

import io
from base64 import b64encode

import segno


def qr_svg(uri: str) -> bytes:
    """The QR of exactly `uri` as an SVG file with its quiet zone: black on white, also on a dark page."""
    drawn = io.BytesIO()
    _draw(uri).save(drawn, kind="svg", border=4, dark="#000", light="#fff", omitsize=True, xmldecl=False, svgclass=None)
    return drawn.getvalue()


def qr_png(uri: str) -> bytes:
    """The QR of exactly `uri` as a PNG picture, eight dots to the module."""
    drawn = io.BytesIO()
    _draw(uri).save(drawn, kind="png", border=4, scale=8, dark="#000", light="#fff")
    return drawn.getvalue()


def qr_data_url(uri: str) -> str:
    """The QR of exactly `uri` as a data URL that an <img> shows and a gallery keeps."""
    return "data:image/png;base64," + b64encode(qr_png(uri)).decode()


def _draw(uri: str) -> segno.QRCode:
    # Level M survives a scratched screen; a higher one would only make the modules smaller.
    return segno.make(uri, error="m", micro=False, boost_error=False)
