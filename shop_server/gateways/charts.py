"""Draws charts as pictures, for mail programs, which know no drawings in HTML.

Only digits and plain letters are written into them: names stand in the table beside, in whatever script.
"""

from __future__ import annotations

import io

from shop_server.rules.bar_chart import HEIGHT, WIDTH, BarChart

_PAPER, _LEAF, _LINE, _INK = "#FFFFFF", "#0B6B4B", "#C9C0AF", "#5E574B"
_SCALE = 2
"""Twice as fine, as phones show it."""


class Charts:
    """Draws the charts of reports."""

    def draw(self, chart: BarChart) -> bytes:
        """A PNG of twice WIDTH by HEIGHT."""
        # Only now: no shop opens later because of it.
        from PIL import Image, ImageDraw, ImageFont

        image = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), _PAPER)
        pen = ImageDraw.Draw(image)
        font = ImageFont.load_default(16 * _SCALE)
        # The font that comes with Pillow has no ₹.
        pen.text((8 * _SCALE, 0), f"Rs {chart.peak}", fill=_INK, font=font)
        for bar in chart.bars:
            left, right = bar.x * _SCALE, (bar.x + bar.width) * _SCALE
            if bar.height > 0:
                pen.rectangle((left, bar.y * _SCALE, right, chart.ground * _SCALE), fill=_LEAF)
            pen.text(((left + right) / 2, (chart.ground + 4) * _SCALE), bar.label, fill=_INK, font=font, anchor="ma")
        pen.line((0, chart.ground * _SCALE, WIDTH * _SCALE, chart.ground * _SCALE), fill=_LINE, width=_SCALE)
        drawn = io.BytesIO()
        image.quantize(32).save(drawn, "PNG", optimize=True)
        return drawn.getvalue()
