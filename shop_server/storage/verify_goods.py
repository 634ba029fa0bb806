"""Checks that stock is exact (promises 1 and 3): products, batches, open orders and movements say the same."""

from __future__ import annotations

from collections.abc import Iterator

from shop_server.rules.order import CONSUMED, HELD
from shop_server.rules.stock import SOLD
from shop_server.storage.checks import Finding, Reading, side_by_side
from shop_server.storage.documents import Document

_SORTED: Document = {"$sort": {"_id": 1}}


def check_products(reading: Reading) -> Iterator[Finding]:
    """What lies in the batches is what is free and what is held; what is held is what open orders hold; and the
    movements add up to both."""
    products = reading.ask(
        "products",
        {
            "$project": {
                "name": 1,
                "stock": 1,
                "held": 1,
                "in_batches": {"$sum": "$batches.quantity"},
                "least": {"$min": "$batches.quantity"},
            }
        },
        _SORTED,
    )
    holding = reading.ask(
        "orders",
        {"$match": {"hold": HELD}},
        {"$unwind": "$lines"},
        {"$group": {"_id": "$lines.product_id", "held": {"$sum": "$lines.quantity"}}},
        _SORTED,
    )
    moved = reading.ask(
        "movements",
        {
            "$group": {
                "_id": "$product_id",
                "stock": {"$sum": "$stock_change"},
                "held": {"$sum": "$held_change"},
                "least": {"$min": {"$min": ["$stock_after", "$held_after"]}},
            }
        },
        _SORTED,
    )
    for product_id, (product, orders, movements) in side_by_side(products, holding, moved):
        for number, fault in enumerate(_faults(product, orders or {"held": 0}, movements)):
            name = product["name"] if product else "a product that is not there"
            yield f"{product_id}:{number}", f"product {product_id} ({name}): {fault}"


def check_lines(reading: Reading) -> Iterator[Finding]:
    """Each line of an order moved as much as the order says: all of an order is held, or nothing."""
    lines = reading.ask(
        "orders",
        {"$unwind": "$lines"},
        {
            "$project": {
                "_id": {"$concat": ["$_id", ":", "$lines.product_id"]},
                "held": {"$cond": [{"$eq": ["$hold", HELD]}, "$lines.quantity", 0]},
                "sold": {"$cond": [{"$eq": ["$hold", CONSUMED]}, "$lines.quantity", None]},
            }
        },
        _SORTED,
    )
    moved = reading.ask(
        "movements",
        {"$match": {"order_id": {"$ne": None}}},
        {
            "$group": {
                "_id": {"$concat": ["$order_id", ":", "$product_id"]},
                "held": {"$sum": "$held_change"},
                "sold": {"$sum": {"$cond": [{"$eq": ["$kind", SOLD]}, "$quantity", 0]}},
            }
        },
        _SORTED,
    )
    for name, (line, movements) in side_by_side(lines, moved):
        order_id, _, product_id = name.partition(":")
        held, held_by_movements = line["held"] if line else 0, movements["held"] if movements else 0
        sold, sold_by_movements = line["sold"] if line else None, movements["sold"] if movements else 0
        about = f"order {order_id}, product {product_id}"
        if held != held_by_movements:
            yield f"{name}:held", f"{about}: the order holds {held}, its movements {held_by_movements}"
        if sold is not None and sold != sold_by_movements:
            yield f"{name}:sold", f"{about}: {sold} were packed, its movements say {sold_by_movements}"


def _faults(product: Document | None, orders: Document, movements: Document | None) -> Iterator[str]:
    if product is None:
        yield f"open orders hold {orders['held']} of it" if orders["held"] else "it has movements"
        return
    stock, held, in_batches = product["stock"], product["held"], product["in_batches"]
    moved = movements or {"stock": 0, "held": 0, "least": 0}
    if stock < 0:
        yield f"its stock is {stock}"
    if held < 0:
        yield f"its held is {held}"
    if product["least"] is not None and product["least"] < 0:
        yield f"a batch of it has {product['least']}"
    if moved["least"] < 0:
        yield f"it was once at {moved['least']}"
    if in_batches != stock + held:
        yield f"its batches have {in_batches}, its stock {stock} and held {held} are {stock + held}"
    if orders["held"] != held:
        yield f"its held is {held}, open orders hold {orders['held']}"
    if (moved["stock"], moved["held"]) != (stock, held):
        yield (
            f"its stock is {stock} and its held {held}, its movements add up to {moved['stock']} and {moved['held']}"
        )
