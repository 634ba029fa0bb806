"""Tables as text that spreadsheet programs open: CSV (RFC 4180), with what they need to show it right and safely."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

BOM = "\ufeff"
"""Begins a file, so that Excel takes it for UTF-8 and shows ₹ and Hindi."""

_BEGIN_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_QUOTED = frozenset(',"\r\n')

Cell = str | int | Decimal | None


def csv_line(cells: Iterable[Cell]) -> str:
    """One line of a table, with its line break. Numbers are as they are, texts made safe; None is empty."""
    return ",".join(_written(cell) for cell in cells) + "\r\n"


def safe(text: str) -> str:
    """The text such that no spreadsheet program takes it for a formula: what begins like one gets a ' in front.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return "'" + text if text.startswith(_BEGIN_FORMULAS) else text


def unsafe(text: str) -> str:
    """What `safe` was given: a file that the shop wrote is read in again as it was."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_BEGIN_FORMULAS) else text


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, (int, Decimal)):
        return str(cell)
    text = safe(cell)
    return '"' + text.replace('"', '""') + '"' if _QUOTED.intersection(text) else text
