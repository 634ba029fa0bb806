"""The QR on the screen says what the link says, byte for byte."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from xml.etree import ElementTree

import pytest
import zxingcpp
from PIL import Image

from shop_server.gateways.upi_qr import UpiQr
from shop_server.rules.upi import upi_uri

LINKS = [
    upi_uri(upi_id="asha@okhdfcbank", payee_name="Asha Kirana", reference="S1", amount_paise=100),
    upi_uri(
        upi_id="asha.kirana-1@okhdfcbank",
        payee_name="आशा किराना & संस " * 3,
        reference="A" * 35,
        amount_paise=123_456_789,
        note="ऑर्डर के लिए " * 6,
    ),
]


@pytest.mark.parametrize("link", LINKS, ids=["short", "long and in Hindi"])
def test_a_decoder_reads_exactly_the_link(link: str) -> None:
    raw = b64decode(UpiQr().data_url(link).removeprefix("data:image/png;base64,"))
    assert raw == UpiQr().png(link)
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(raw)).convert("L"), text_mode=zxingcpp.TextMode.Plain)
    assert code.text == link
    assert code.bytes == link.encode()
    assert code.ec_level == "M"


@pytest.mark.parametrize("link", LINKS, ids=["short", "long and in Hindi"])
def test_the_svg_draws_the_same_modules_as_the_picture_and_a_quiet_zone_of_four(link: str) -> None:
    svg = ElementTree.fromstring(UpiQr().svg(link))
    side = int(svg.attrib["viewBox"].split()[2])
    picture = Image.open(io.BytesIO(UpiQr().png(link))).convert("1").resize((side, side), Image.Resampling.NEAREST)
    dark = {(x, y) for y in range(side) for x in range(side) if not picture.getpixel((x, y))}
    assert _modules_of(svg) == dark
    assert min(min(x, y) for x, y in dark) == 4
    assert max(max(x, y) for x, y in dark) == side - 5


def test_the_svg_is_black_on_white_and_holds_no_script() -> None:
    svg = UpiQr().svg(LINKS[0])
    assert b'fill="#fff"' in svg
    assert b"<script" not in svg
    assert b"<?xml" not in svg


def _modules_of(svg: ElementTree.Element) -> set[tuple[int, int]]:
    """Follows the strokes (M x y, m dx dy, h length) of the drawn path."""
    (path,) = [element for element in svg if "stroke" in element.attrib]
    modules: set[tuple[int, int]] = set()
    x, y = 0.0, 0.0
    for step in _steps(path.attrib["d"]):
        if step[0] == "M":
            x, y = step[1], step[2]
        elif step[0] == "m":
            x, y = x + step[1], y + step[2]
        else:
            modules |= {(int(x) + offset, int(y)) for offset in range(int(step[1]))}
            x += step[1]
    return modules


def _steps(path: str) -> list[tuple[str, float, float]]:
    found = re.findall(r"([Mmh])\s*(-?[\d.]+)(?:[\s,]*(-?[\d.]+))?", path)
    return [(kind, float(first), float(second or 0)) for kind, first, second in found]
