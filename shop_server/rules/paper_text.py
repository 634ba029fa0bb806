"""What stands on a paper, word for word: the same on the screen, on A4, on a till roll and in a mail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shop_server.rules.money_text import grouped, in_words
from shop_server.rules.paper import (
    BILL,
    BILL_OF_SUPPLY,
    CREDIT_NOTE,
    SLIP,
    TAX_INVOICE,
    Paper,
    PaperLine,
    Party,
)
from shop_server.rules.places import UNION_TERRITORIES, code_of_state
from shop_server.rules.product import PIECE
from shop_server.rules.shop_time import day_in_words

Said = dict[str, Any]
"""Texts, truths, and lists of such: nothing that is not as easily kept as read."""

_TITLES = {
    TAX_INVOICE: "Tax invoice",
    BILL_OF_SUPPLY: "Bill of supply",
    BILL: "Bill",
    CREDIT_NOTE: "Credit note",
    SLIP: "Order",
}
_COMPOSITION = "Composition taxable person, not eligible to collect tax on supplies"
_MIXED = "Invoice-cum-bill of supply"
_NO_BILL_YET = "This is not a bill. The bill is made when the shop packs the order."
_NONE = "–"


def say(paper: Paper) -> Said:
    """All words of a paper. Amounts are without the currency's sign."""
    taxed = any(line.cgst_paise or line.igst_paise for line in paper.lines)
    shows_tax = paper.seller.gst_number is not None and any(line.tax_basis_points is not None for line in paper.lines)
    return {
        "kind": paper.kind,
        "title": _TITLES[paper.kind],
        "remarks": _remarks(paper, taxed=taxed),
        "number": paper.number,
        "issued_on": day_in_words(paper.issued_on),
        "order": paper.order_id[:8],
        "ordered_on": day_in_words(paper.ordered_on),
        "against": paper.against or "",
        "against_on": day_in_words(paper.against_on) if paper.against_on else "",
        "reason": paper.reason or "",
        "seller": _party(paper.seller),
        "buyer": _party(paper.buyer),
        "place_of_supply": _state(paper.place_of_supply, code_of_state(paper.place_of_supply)),
        "shows_tax": shows_tax,
        "same_state": paper.same_state,
        "state_tax": "UTGST" if paper.seller.state_code in UNION_TERRITORIES else "SGST",
        "lines": [_line(line) for line in paper.lines],
        "rates": [_rate(rate, paper.lines) for rate in _rates(paper.lines)] if shows_tax else [],
        "total": grouped(paper.total_paise),
        "taxable": grouped(sum(line.taxable_paise for line in paper.lines)),
        "cgst": grouped(sum(line.cgst_paise for line in paper.lines)),
        "sgst": grouped(sum(line.sgst_paise for line in paper.lines)),
        "igst": grouped(sum(line.igst_paise for line in paper.lines)),
        "round_off": grouped(paper.round_off_paise),
        "to_pay": grouped(paper.total_paise + paper.round_off_paise),
        "in_words": in_words(paper.total_paise + paper.round_off_paise),
        "payment_method": paper.payment_method,
    }


def _remarks(paper: Paper, *, taxed: bool) -> list[str]:
    remarks = []
    if paper.kind == SLIP:
        remarks.append(_NO_BILL_YET)
    if paper.composition:
        remarks.append(_COMPOSITION)
    is_mixed = taxed and any(line.tax_basis_points == 0 for line in paper.lines)
    if paper.kind == TAX_INVOICE and is_mixed and paper.buyer.gst_number is None:
        # Taxed and exempt goods for a buyer who is not registered may stand on one paper (CGST Rule 46A).
        remarks.append(_MIXED)
    return remarks


def _line(line: PaperLine) -> Said:
    weighed = line.sold_by != PIECE
    return {
        "name": line.name,
        "unit": "" if weighed else line.unit,
        "hsn": line.hsn or _NONE,
        "aside": _aside(line),
        "quantity": f"{_kilograms(line.quantity)} kg" if weighed else str(line.quantity),
        "price": grouped(line.unit_price_paise) + ("/kg" if weighed else ""),
        "rate": _percent(line.tax_basis_points),
        "taxable": grouped(line.taxable_paise),
        "cgst": grouped(line.cgst_paise),
        "sgst": grouped(line.sgst_paise),
        "igst": grouped(line.igst_paise),
        "total": grouped(line.total_paise),
    }


def _aside(line: PaperLine) -> str:
    """HSN and rate in one, for where there is no room for columns: "HSN 0713 · GST 5%"."""
    if line.tax_basis_points is None:
        return ""
    rate = f"GST {_percent(line.tax_basis_points)}"
    return f"HSN {line.hsn} · {rate}" if line.hsn else rate


def _rates(lines: Iterable[PaperLine]) -> list[int | None]:
    return sorted({line.tax_basis_points for line in lines}, key=lambda rate: -1 if rate is None else rate)


def _rate(rate: int | None, lines: Iterable[PaperLine]) -> Said:
    own = [line for line in lines if line.tax_basis_points == rate]
    return {
        "rate": _percent(rate),
        "half": _percent(rate, halves=2),
        "taxable": grouped(sum(line.taxable_paise for line in own)),
        "cgst": grouped(sum(line.cgst_paise for line in own)),
        "sgst": grouped(sum(line.sgst_paise for line in own)),
        "igst": grouped(sum(line.igst_paise for line in own)),
    }


def _party(party: Party) -> Said:
    return {
        "name": party.name,
        "phone": party.phone,
        "address": list(party.address),
        "state": _state(party.state, party.state_code),
        "gst_number": party.gst_number or "",
    }


def _state(name: str, code: str | None) -> str:
    """With its GST code, as the law wants it: "Maharashtra (27)"."""
    return f"{name} ({code})" if code else name


def _percent(basis_points: int | None, halves: int = 1) -> str:
    """5 % is 500 basis points; a dash for a rate that nobody has entered."""
    if basis_points is None:
        return _NONE
    return f"{basis_points / 100 / halves:.3f}".rstrip("0").rstrip(".") + "%"


def _kilograms(grams: int) -> str:
    return f"{grams // 1000}.{grams % 1000:03d}".rstrip("0").rstrip(".")
