"""Checks that orders and money are what they say (promises 2 to 6), and that nothing refers to what is not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shop_server.rules import order as states
from shop_server.rules import payment as payments
from shop_server.rules.payment_log import LOGGED, first_bad_row
from shop_server.rules.product import PIECE
from shop_server.storage.checks import Finding, Reading, side_by_side
from shop_server.storage.documents import Document

_HOLD_OF = {
    states.HELD: [states.AWAITING_PAYMENT, states.PLACED],
    states.CONSUMED: [states.PACKED, states.DISPATCHED, states.DELIVERED, states.RETURN_REQUESTED],
    states.RELEASED: [states.RETURNED, states.CANCELLED, states.EXPIRED],
}
_MOVES = [f"{before}>{after}" for before, afters in states.TRANSITIONS.items() for after in afters]
_PAID_FIRST = [
    state for state in states.TRANSITIONS if state not in (states.AWAITING_PAYMENT, states.CANCELLED, states.EXPIRED)
]


def check_orders(reading: Reading) -> Iterator[Finding]:
    """Each order for itself: its history, what became of its goods, its sums, its payment."""
    faults = [{"$cond": [wrong, words, None]} for words, wrong in _FAULTS.items()]
    rows = reading.ask(
        "orders",
        {"$project": {"faults": {"$filter": {"input": faults, "cond": {"$ne": ["$$this", None]}}}}},
        {"$match": {"faults.0": {"$exists": True}}},
    )
    for row in rows:
        for fault in row["faults"]:
            yield f"{row['_id']}:{fault}", f"order {row['_id']}: {fault}"


def check_utrs(reading: Reading) -> Iterator[Finding]:
    """One UTR pays one order."""
    rows = reading.ask(
        "orders",
        {"$match": {"payment.utr": {"$gt": ""}}},
        {"$group": {"_id": "$payment.utr", "orders": {"$push": "$_id"}}},
        {"$match": {"orders.1": {"$exists": True}}},
    )
    for row in rows:
        yield row["_id"], f"UTR {row['_id']} pays several orders: {', '.join(sorted(row['orders']))}"


def check_payment_log(reading: Reading) -> Iterator[Finding]:
    """Each shop's log is whole: no row was changed, and none is missing before the last."""
    for shop in list(reading.ask("payment_log", {"$group": {"_id": "$shop_id"}})):
        rows = reading.ask("payment_log", {"$match": {"shop_id": shop["_id"]}}, {"$sort": {"seq": 1}})
        bad = first_bad_row(rows)
        if bad is not None:
            yield shop["_id"], f"payment log of shop {shop['_id']}: row {bad} was changed, or one is missing before it"


def check_logged_steps(reading: Reading) -> Iterator[Finding]:
    """What happened to the money of an order stands in the log, so that a last row that was taken away is missed."""
    steps = reading.ask(
        "orders",
        {
            "$project": {
                "steps": {
                    "$map": {
                        "input": {
                            "$filter": {
                                "input": "$payment.history",
                                "cond": {"$in": ["$$this.event", sorted(LOGGED)]},
                            }
                        },
                        "in": _step("$$this"),
                    }
                }
            }
        },
        {"$match": {"steps.0": {"$exists": True}}},
        {"$sort": {"_id": 1}},
    )
    rows = reading.ask(
        "payment_log",
        {"$sort": {"order_id": 1, "seq": 1}},
        {"$group": {"_id": "$order_id", "steps": {"$push": _step("$$ROOT")}}},
        {"$sort": {"_id": 1}},
    )
    for order_id, (order, log) in side_by_side(steps, rows):
        happened, logged = order["steps"] if order else [], log["steps"] if log else []
        if happened == logged:
            continue
        at = next((n for n, pair in enumerate(zip(happened, logged, strict=False)) if pair[0] != pair[1]), None)
        at = min(len(happened), len(logged)) if at is None else at
        what = happened[at] if at < len(happened) else logged[at]
        where = "the payment log" if at < len(happened) else "the order"
        yield (
            order_id,
            f"order {order_id}: its payment was {what['event']} at {what['at']:%Y-%m-%d %H:%M:%S} UTC, "
            f"and {where} says otherwise",
        )


def check_keys(reading: Reading) -> Iterator[Finding]:
    """One intent, one order, which is there."""
    rows = reading.ask(
        "idempotency_keys",
        {"$match": {"answer.order_id": {"$gt": ""}}},
        {"$group": {"_id": "$answer.order_id", "keys": {"$sum": 1}}},
        _looked_up("orders"),
        {"$match": {"$or": [{"keys": {"$gt": 1}}, {"found.0": {"$exists": False}}]}},
    )
    for row in rows:
        said = "is not there" if not row["found"] else f"was made by {row['keys']} keys"
        yield row["_id"], f"order {row['_id']}: an idempotency key answers with it, and it {said}"


def check_references(reading: Reading) -> Iterator[Finding]:
    """What records refer to is there."""
    for collection, field, other, unwound in _REFERENCES:
        rows = reading.ask(
            collection,
            *([{"$unwind": f"${unwound}"}] if unwound else []),
            {"$match": {field: {"$ne": None}}},
            {"$group": {"_id": f"${field}", "example": {"$min": "$_id"}}},
            _looked_up(other),
            {"$match": {"found.0": {"$exists": False}}},
        )
        for row in rows:
            yield (
                f"{collection}:{field}:{row['_id']}",
                f"{collection} {row['example']}: its {field} {row['_id']} is not in {other}",
            )


def check_categories(reading: Reading) -> Iterator[Finding]:
    """A category's number of products on sale is right."""
    says = reading.ask("categories", {"$project": {"name": 1, "products": 1}}, {"$sort": {"_id": 1}})
    has = reading.ask(
        "products",
        {"$match": {"deleted_at": None}},
        {"$group": {"_id": "$category_id", "products": {"$sum": 1}}},
        {"$sort": {"_id": 1}},
    )
    for category_id, (category, products) in side_by_side(says, has):
        number = products["products"] if products else 0
        if category is not None and category["products"] != number:
            yield (
                category_id,
                f"category {category_id} ({category['name']}): it counts {category['products']} products and has {number}",
            )


_REFERENCES = (
    ("products", "shop_id", "shops", ""),
    ("products", "category_id", "categories", ""),
    ("orders", "shop_id", "shops", ""),
    ("orders", "lines.product_id", "products", "lines"),
    ("movements", "order_id", "orders", ""),
    ("payment_log", "order_id", "orders", ""),
)


def _looked_up(collection: str) -> Document:
    return {
        "$lookup": {
            "from": collection,
            "localField": "_id",
            "foreignField": "_id",
            "pipeline": [{"$project": {"_id": 1}}],
            "as": "found",
        }
    }


def _step(row: str) -> Document:
    return {name: f"{row}.{name}" for name in ("event", "at", "by", "amount_paise", "utr", "note")}


def _any(parts: str, wrong: Document) -> Document:
    """Whether something is wrong with any of the order's parts."""
    return {"$anyElementTrue": {"$map": {"input": parts, "in": wrong}}}


def _not_in(value: str, allowed: list[Any]) -> Document:
    return {"$not": [{"$in": [value, allowed]}]}


_WEIGHED = {
    "$floor": {
        "$divide": [
            {"$add": [{"$multiply": [2, "$$this.unit_price_paise", "$$this.quantity"]}, 1000]},
            2000,
        ]
    }
}
_PIECES = {"$multiply": ["$$this.unit_price_paise", "$$this.quantity"]}
_LINE_TOTAL = {"$cond": [{"$eq": ["$$this.sold_by", PIECE]}, _PIECES, _WEIGHED]}
_STEPS_TAKEN: Document = {
    "$map": {
        "input": {"$range": [1, {"$size": "$history"}]},
        "in": {
            "$concat": [
                {"$arrayElemAt": ["$history.status", {"$subtract": ["$$this", 1]}]},
                ">",
                {"$arrayElemAt": ["$history.status", "$$this"]},
            ]
        },
    }
}

_FAULTS: dict[str, Document] = {
    "its state is not the last of its history": {"$ne": ["$status", {"$last": "$history.status"}]},
    "its history has a move that no order may make": {
        "$or": [
            {"$not": [{"$in": [{"$first": "$history.status"}, [states.AWAITING_PAYMENT, states.PLACED]]}]},
            {"$not": [{"$setIsSubset": [_STEPS_TAKEN, _MOVES]}]},
        ]
    },
    "its goods are not where its state says": {
        "$not": [
            {
                "$or": [
                    {"$and": [{"$eq": ["$hold", hold]}, {"$in": ["$status", of_states]}]}
                    for hold, of_states in _HOLD_OF.items()
                ]
            }
        ]
    },
    "it has a line of nothing": _any("$lines", {"$lte": ["$$this.quantity", 0]}),
    "a line is not its price times its quantity": _any("$lines", {"$ne": ["$$this.line_total_paise", _LINE_TOTAL]}),
    "its lines do not add up to its subtotal": {"$ne": [{"$sum": "$lines.line_total_paise"}, "$subtotal_paise"]},
    "subtotal and delivery fee are not its total": {
        "$ne": [{"$add": ["$subtotal_paise", "$delivery_fee_paise"]}, "$total_paise"]
    },
    "what was packed is not what its lines say": {
        "$and": [
            {"$eq": ["$hold", states.CONSUMED]},
            _any("$lines", {"$ne": [{"$sum": "$$this.picks.quantity"}, "$$this.quantity"]}),
        ]
    },
    "it asks for another amount than its total": {
        "$and": [
            {"$in": ["$payment.status", [payments.PENDING, payments.CLAIMED]]},
            {"$ne": ["$payment.amount_paise", "$total_paise"]},
        ]
    },
    "it goes on by UPI without money received": {
        "$and": [
            {"$eq": ["$payment.method", payments.UPI]},
            {"$in": ["$status", _PAID_FIRST]},
            _not_in("$payment.status", sorted(payments.RECEIVED)),
        ]
    },
    "money is noted that its payment has not received": {
        "$and": [_not_in("$payment.status", sorted(payments.RECEIVED)), {"$ne": ["$payment.settled_paise", 0]}]
    },
    "more goes back than came": {
        "$gt": [{"$add": ["$payment.refund_due_paise", "$payment.refunded_paise"]}, "$payment.settled_paise"]
    },
    "money is due back and its payment does not say so, or the other way round": {
        "$ne": [{"$eq": ["$payment.status", payments.REFUND_DUE]}, {"$gt": ["$payment.refund_due_paise", 0]}]
    },
    "it was called off with money that is not due back": {
        "$and": [
            {"$in": ["$status", [states.CANCELLED, states.RETURNED, states.EXPIRED]]},
            {"$eq": ["$payment.status", payments.SETTLED]},
        ]
    },
}
"""What may be wrong with an order, in words, and how to see it."""
