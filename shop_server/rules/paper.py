"""The papers of an order: its bill, and the credit note when it comes to nothing after all.

What is written on a paper never changes: it is a picture of shop, customer and goods at the moment when it was given. A
shop with a GST number gives a tax invoice (CGST Rule 46) or a bill of supply (Rule 49), any other shop a plain bill.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from shop_server.rules.gstin import STATES
from shop_server.rules.money import GstSplit, round_off, split_gst
from shop_server.rules.order import CANCELLED, CONSUMED, PACKED, RETURNED, Order
from shop_server.rules.payment import CASH
from shop_server.rules.places import code_of_gstin, code_of_state
from shop_server.rules.product import PIECE
from shop_server.rules.shop import Shop
from shop_server.rules.shop_time import business_day, financial_year

TAX_INVOICE, BILL_OF_SUPPLY, BILL = "tax_invoice", "bill_of_supply", "bill"
CREDIT_NOTE = "credit_note"
SLIP = "slip"
"""No bill yet: what the shop packs from. It has no number and is not kept."""

INVOICES, CREDIT_NOTES = "invoices", "credit notes"
"""The two rows of numbers a shop has in each financial year."""
_PREFIXES = {INVOICES: "", CREDIT_NOTES: "CN/"}
LONGEST_NUMBER = 16
"""Characters (CGST Rule 46 b)."""


class Party(NamedTuple):
    """Who sells, or who buys. `gst_number` is None for those who are not registered; `state_code` for no State."""

    name: str
    phone: str
    address: tuple[str, ...]
    state: str
    state_code: str | None
    gst_number: str | None = None


class PaperLine(NamedTuple):
    """One thing on a paper; what the taxes and the taxable value come to is `total_paise`, what it cost the customer."""

    name: str
    unit: str
    sold_by: str
    quantity: int
    unit_price_paise: int
    total_paise: int
    hsn: str | None
    tax_basis_points: int | None
    taxable_paise: int
    cgst_paise: int = 0
    sgst_paise: int = 0
    igst_paise: int = 0


class Paper(NamedTuple):
    """`seq` is its place in its shop's `series`, from 1 on without a gap; a SLIP has none of these.

    `total_paise` is what the order comes to; `round_off_paise` stands apart from it. A credit note names in `against` and
    `against_on` the number and day of the paper it takes back, and why in `reason`.
    """

    id: str
    shop_id: str
    order_id: str
    kind: str
    series: str
    seq: int
    number: str
    issued_at: datetime
    issued_on: str
    ordered_on: str
    seller: Party
    buyer: Party
    composition: bool
    place_of_supply: str
    same_state: bool
    lines: tuple[PaperLine, ...]
    total_paise: int
    round_off_paise: int
    payment_method: str
    against: str | None = None
    against_on: str | None = None
    reason: str | None = None


def series_of(row: str, day: str) -> str:
    """The series of numbers in use on a day: "invoices 2026-27"."""
    return f"{row} {financial_year(day)}"


def slip(order: Order, shop: Shop, now: datetime) -> Paper:
    """What is ordered, to pack from."""
    return _written(order, shop, SLIP, now)


def invoice(order: Order, shop: Shop, last_seq: int, now: datetime) -> Paper:
    """The bill of a packed order, with the number after `last_seq`."""
    if shop.gst_number is None:
        kind = BILL
    elif shop.gst_composition or all(line.tax_basis_points == 0 for line in order.lines):
        kind = BILL_OF_SUPPLY
    else:
        kind = TAX_INVOICE
    return _numbered(_written(order, shop, kind, now), INVOICES, last_seq)


def credit_note(taken_back: Paper, shop: Shop, last_seq: int, now: datetime, reason: str | None) -> Paper:
    """Takes a bill back, whole (CGST s. 34, Rule 53), with the number after `last_seq`."""
    note = taken_back._replace(
        kind=CREDIT_NOTE,
        issued_at=now,
        issued_on=business_day(now, shop.timezone),
        against=taken_back.number,
        against_on=taken_back.issued_on,
        reason=reason,
    )
    return _numbered(note, CREDIT_NOTES, last_seq)


def why_undone(order: Order) -> str | None:
    """The last reason that anybody gave: the shop's for cancelling, the customer's for returning."""
    return next((step.note for step in reversed(order.history) if step.note), None)


def papers_of(order: Order) -> tuple[str, ...]:
    """What the shop has given: a packed order has its invoice, one that was undone after that a credit note too."""
    was_packed = order.hold == CONSUMED or any(step.status == PACKED for step in order.history)
    if not was_packed:
        return ()
    return ("invoice", "credit-note") if order.status in (CANCELLED, RETURNED) else ("invoice",)


def share_out(paise: int, weights: Sequence[int]) -> list[int]:
    """`paise` in parts as large as the weights are; together exactly `paise`, none off by a paisa or more.

    Where nothing weighs anything, the first has it all.
    """
    whole = sum(weights)
    if not whole:
        return [paise, *(0 for _ in weights[1:])]
    shares, given, seen = [], 0, 0
    for weight in weights:
        seen += weight
        # What all shares up to here come to, less what was given before: nothing is lost to rounding.
        upto = paise * seen // whole
        shares.append(upto - given)
        given = upto
    return shares


def _numbered(paper: Paper, row: str, last_seq: int) -> Paper:
    series, seq = series_of(row, paper.issued_on), last_seq + 1
    year = financial_year(paper.issued_on)[2:]
    number = f"{_PREFIXES[row]}{year}/{seq:06d}"
    return paper._replace(id=f"{paper.shop_id}:{series}:{seq:08d}", series=series, seq=seq, number=number)


def _written(order: Order, shop: Shop, kind: str, now: datetime) -> Paper:
    seller = _seller(shop)
    buyer = _buyer(order)
    # Goods that are fetched are supplied where the shop is; else where they are brought to (IGST Act s. 10).
    place = buyer.state if buyer.state_code else seller.state
    same_state = seller.state_code is None or buyer.state_code in (None, seller.state_code)
    return Paper(
        id="",
        shop_id=order.shop_id,
        order_id=order.id,
        kind=kind,
        series="",
        seq=0,
        number="",
        issued_at=now,
        issued_on=business_day(now, shop.timezone),
        ordered_on=order.business_day,
        seller=seller,
        buyer=buyer,
        composition=shop.gst_composition and shop.gst_number is not None,
        place_of_supply=place,
        same_state=same_state,
        lines=_lines(order, kind, same_state=same_state),
        total_paise=order.total_paise,
        round_off_paise=_round_off(order),
        payment_method=order.payment.method,
    )


def _round_off(order: Order) -> int:
    """There are no coins for paise: cash is rounded to the rupee. What is paid by UPI or card is paid to the paisa."""
    return round_off(order.total_paise) if order.payment.method == CASH else 0


def _lines(order: Order, kind: str, *, same_state: bool) -> tuple[PaperLine, ...]:
    goods = [
        PaperLine(
            name=line.name,
            unit=line.unit,
            sold_by=line.sold_by,
            quantity=line.quantity,
            unit_price_paise=line.unit_price_paise,
            total_paise=line.line_total_paise,
            hsn=line.hsn,
            tax_basis_points=line.tax_basis_points,
            taxable_paise=line.line_total_paise,
        )
        for line in order.lines
    ]
    lines = [*goods, *_delivery(goods, order.delivery_fee_paise, by_rate=kind == TAX_INVOICE)]
    if kind != TAX_INVOICE:
        return tuple(line._replace(tax_basis_points=None) for line in lines)
    return tuple(_taxed(line, same_state=same_state) for line in lines)


def _delivery(goods: Sequence[PaperLine], fee_paise: int, *, by_rate: bool) -> list[PaperLine]:
    """What bringing the goods costs is part of their value (CGST s. 15): of each rate as much as its goods are worth."""
    if not fee_paise:
        return []
    worth: dict[int | None, int] = {}
    for line in goods:
        rate = line.tax_basis_points if by_rate else None
        worth[rate] = worth.get(rate, 0) + line.total_paise
    shares = zip(worth, share_out(fee_paise, list(worth.values())), strict=True)
    return [PaperLine("Delivery", "", PIECE, 1, share, share, None, rate, share) for rate, share in shares if share]


def _taxed(line: PaperLine, *, same_state: bool) -> PaperLine:
    split: GstSplit = split_gst(line.total_paise, line.tax_basis_points or 0, same_state=same_state)
    return line._replace(
        taxable_paise=split.taxable_paise,
        cgst_paise=split.cgst_paise,
        sgst_paise=split.sgst_paise,
        igst_paise=split.igst_paise,
    )


def _seller(shop: Shop) -> Party:
    code = code_of_gstin(shop.gst_number) if shop.gst_number else code_of_state(shop.state)
    address = (shop.address, " ".join(part for part in (shop.city, shop.pincode) if part))
    state = STATES[code] if code else shop.state
    return Party(shop.name, shop.phone, tuple(part for part in address if part), state, code, shop.gst_number)


def _buyer(order: Order) -> Party:
    home, name, phone = order.delivery_address, order.customer_name, order.customer_phone
    if home is None:
        return Party(name, phone, (), "", None, order.gst_number)
    address = (home.line, f"{home.city} {home.pincode}")
    return Party(name, phone, address, home.state, code_of_state(home.state), order.gst_number)
