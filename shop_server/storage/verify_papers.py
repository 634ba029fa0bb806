"""Checks that bills and credit notes are numbered without a gap, and say what their orders say."""

from __future__ import annotations

from collections.abc import Iterator

from shop_server.rules import order as states
from shop_server.rules.paper import CREDIT_NOTE
from shop_server.storage.checks import Finding, Reading, side_by_side
from shop_server.storage.documents import Document


def check_numbers(reading: Reading) -> Iterator[Finding]:
    """Each series of a shop goes 1, 2, 3 ... to its last number."""
    rows = reading.ask(
        "papers",
        {"$sort": {"shop_id": 1, "series": 1, "seq": 1}},
        {"$project": {"shop_id": 1, "series": 1, "seq": 1}},
    )
    before: tuple[str, str, int] = ("", "", 0)
    for row in rows:
        shop_id, series, seq = row["shop_id"], row["series"], row["seq"]
        expected = before[2] + 1 if before[:2] == (shop_id, series) else 1
        if seq != expected:
            said = "is there twice" if seq < expected else f"follows where {expected} should stand"
            yield f"{shop_id}:{series}:{seq}", f"{series} of shop {shop_id}: number {seq} {said}"
        before = shop_id, series, seq


def check_papers(reading: Reading) -> Iterator[Finding]:
    """Each paper adds up, and to what its order comes to, line by line."""
    faults = [{"$cond": [wrong, words, None]} for words, wrong in _FAULTS.items()]
    rows = reading.ask(
        "papers",
        {"$lookup": {"from": "orders", "localField": "order_id", "foreignField": "_id", "as": "order"}},
        {"$set": {"order": {"$first": "$order"}}},
        {
            "$project": {
                "number": 1,
                "shop_id": 1,
                "faults": {"$filter": {"input": faults, "cond": {"$ne": ["$$this", None]}}},
            }
        },
        {"$match": {"faults.0": {"$exists": True}}},
    )
    for row in rows:
        for fault in row["faults"]:
            yield f"{row['_id']}:{fault}", f"paper {row['number']} of shop {row['shop_id']}: {fault}"


def check_missing_papers(reading: Reading) -> Iterator[Finding]:
    """Each order that was packed has one bill, and one credit note if it was undone after that.

    Orders that were packed before their shop gave its first paper have none: they came from before there were any.
    """
    first_of = {
        row["_id"]: row["at"]
        for row in reading.ask("papers", {"$group": {"_id": "$shop_id", "at": {"$min": "$issued_at"}}})
    }
    packed = reading.ask(
        "orders",
        {"$match": {"shop_id": {"$in": list(first_of)}, "history.status": states.PACKED}},
        {"$project": {"shop_id": 1, "status": 1, "packed_at": _PACKED_AT}},
        {"$sort": {"_id": 1}},
    )
    given = reading.ask(
        "papers",
        {
            "$group": {
                "_id": "$order_id",
                "bills": {"$sum": {"$cond": [_IS_NOTE, 0, 1]}},
                "notes": {"$sum": {"$cond": [_IS_NOTE, 1, 0]}},
            }
        },
        {"$sort": {"_id": 1}},
    )
    for order_id, (order, papers) in side_by_side(packed, given):
        if order is None:
            yield order_id, f"order {order_id}: it has a bill and was never packed"
            continue
        bills, notes = (papers["bills"], papers["notes"]) if papers else (0, 0)
        is_due = order["packed_at"] >= first_of[order["shop_id"]]
        if bills > 1 or (is_due and bills == 0):
            yield order_id, f"order {order_id}: it was packed and has {bills} bills"
        undone = order["status"] in (states.CANCELLED, states.RETURNED)
        if notes != (1 if undone and bills else 0):
            yield (
                f"{order_id}:notes",
                f"order {order_id}: it is {states.say(order['status'])} and has {notes} credit notes",
            )


_IS_NOTE: Document = {"$eq": ["$kind", CREDIT_NOTE]}
_PACKED_AT: Document = {
    "$max": {
        "$map": {
            "input": {"$filter": {"input": "$history", "cond": {"$eq": ["$$this.status", states.PACKED]}}},
            "in": "$$this.at",
        }
    }
}


def _in_short(lines: Document | str, *names: str) -> Document:
    """Lines as lists of these fields, to compare them."""
    return {"$map": {"input": lines, "in": [f"$$this.{name}" for name in names]}}


_WITH_TAXES = [f"$$this.{name}" for name in ("taxable_paise", "cgst_paise", "sgst_paise", "igst_paise")]
_ORDERED: Document = {"$ifNull": ["$order.lines", []]}
# What bringing them costs stands after the goods.
_GOODS: Document = {"$slice": ["$lines", {"$max": [1, {"$size": _ORDERED}]}]}

_FAULTS: dict[str, Document] = {
    "its order is not there": {"$lt": ["$order", {}]},
    "it is not of the shop of its order": {"$ne": ["$order.shop_id", "$shop_id"]},
    "it comes to another amount than its order": {"$ne": ["$order.total_paise", "$total_paise"]},
    "its goods are not those of its order": {
        "$ne": [
            _in_short(_ORDERED, "name", "quantity", "unit_price_paise", "line_total_paise"),
            _in_short(_GOODS, "name", "quantity", "unit_price_paise", "total_paise"),
        ]
    },
    "its lines do not add up to it": {"$ne": [{"$sum": "$lines.total_paise"}, "$total_paise"]},
    "taxable value and taxes of a line are not what it costs": {
        "$anyElementTrue": {"$map": {"input": "$lines", "in": {"$ne": [{"$add": _WITH_TAXES}, "$$this.total_paise"]}}}
    },
}
"""What may be wrong with a paper, in words, and how to see it."""
