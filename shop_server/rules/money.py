"""Money in whole paise: what a line costs, the tax inside a price, the rounding to the rupee.

Everything is `int` paise: sums are exact and a split always adds up to what was split.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GstSplit:
    """The tax inside a price: within a State CGST and SGST, half each; between States IGST."""

    taxable_paise: int
    cgst_paise: int
    sgst_paise: int
    igst_paise: int

    @property
    def total_paise(self) -> int:
        """What the customer pays; always exactly what was split."""
        return self.taxable_paise + self.cgst_paise + self.sgst_paise + self.igst_paise


def price_of_pieces(unit_price_paise: int, pieces: int) -> int:
    """What so many pieces cost, in paise."""
    return unit_price_paise * pieces


def price_of_weight(price_per_kg_paise: int, quantity_grams: int) -> int:
    """What goods sold by weight cost, in paise, rounded half up."""
    return half_up(price_per_kg_paise * quantity_grams, 1000)


def split_gst(total_paise: int, tax_basis_points: int, *, same_state: bool) -> GstSplit:
    """The tax inside a price that includes it (MRP); 1 800 basis points are 18 %.

    Each tax is rounded half up and the taxable value is the rest, so that the sum is exact (CGST Rule 35, s. 170).
    """
    if same_state:
        half_paise = half_up(total_paise * tax_basis_points, 2 * (10_000 + tax_basis_points))
        return GstSplit(total_paise - 2 * half_paise, half_paise, half_paise, 0)
    igst_paise = half_up(total_paise * tax_basis_points, 10_000 + tax_basis_points)
    return GstSplit(total_paise - igst_paise, 0, 0, igst_paise)


def round_off(total_paise: int) -> int:
    """What to add (-49 to +50 paise) to reach a whole rupee; 50 paise go up (CGST s. 170)."""
    return half_up(total_paise, 100) * 100 - total_paise


def rupees_text(paise: int) -> str:
    """Plain rupees with two decimals and no grouping: 24900 is "249.00"."""
    sign = "-" if paise < 0 else ""
    return f"{sign}{abs(paise) // 100}.{abs(paise) % 100:02d}"


def half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator` to the nearest whole, halves up (towards plus infinity)."""
    return (2 * numerator + denominator) // (2 * denominator)
