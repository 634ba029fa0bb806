"""The payment log of a shop: what happened to money, row after row, each sealed with the one before it.

A row's hash is SHA-256 over its own fields and the hash of the row before; whoever changes or removes a row breaks every
hash after it, unless she writes them all anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from shop_server.rules.order import Order

Row = dict[str, Any]

FIRST_HASH = "0" * 64
_SEALED = (
    "shop_id", "seq", "order_id", "event", "amount_paise", "method", "status", "utr", "note", "at", "by", "previous",
)  # fmt: skip
LOGGED = frozenset({"claimed", "settled", "rejected", "voided", "refund_due", "refunded"})


def new_rows(order: Order, before: Order, head: Row | None) -> list[Row]:
    """The rows for what happened to the payment since `before`, to follow on `head` (None: the log is empty)."""
    rows: list[Row] = []
    seq, previous = (head["seq"], head["hash"]) if head else (0, FIRST_HASH)
    for step in order.payment.history[len(before.payment.history) :]:
        if step.event not in LOGGED:
            continue
        seq += 1
        row = {
            "_id": f"{order.shop_id}:{seq:012d}",
            "shop_id": order.shop_id,
            "seq": seq,
            "order_id": order.id,
            "event": step.event,
            "amount_paise": step.amount_paise,
            "method": order.payment.method,
            "status": order.payment.status,
            "utr": step.utr,
            "note": step.note,
            "at": step.at,
            "by": step.by,
            "previous": previous,
        }
        row["hash"] = previous = seal(row)
        rows.append(row)
    return rows


def seal(row: Mapping[str, Any]) -> str:
    """The hash of a row, in hex."""
    fields = {name: row[name] for name in _SEALED}
    fields["at"] = row["at"].isoformat(timespec="milliseconds")
    return hashlib.sha256(json.dumps(fields, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def first_bad_row(rows: Iterable[Mapping[str, Any]]) -> int | None:
    """The number of the first row that was changed, or before which one is missing; None when the log is whole."""
    previous = FIRST_HASH
    for seq, row in enumerate(rows, start=1):
        if row.get("seq") != seq or row.get("previous") != previous or row.get("hash") != _seal_or_none(row):
            return seq
        previous = row["hash"]
    return None


def _seal_or_none(row: Mapping[str, Any]) -> str | None:
    try:
        return seal(row)
    except (KeyError, AttributeError, TypeError):
        return None
