"""Reckons the shop's goods and money anew from its orders; shares no code with the server."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from pymongo.database import Database

HOLD_OF_STATE = {
    "awaiting_payment": "held",
    "placed": "held",
    "packed": "consumed",
    "dispatched": "consumed",
    "delivered": "consumed",
    "return_requested": "consumed",
    "returned": "released",
    "cancelled": "released",
    "expired": "released",
}
LOGGED = {"claimed", "settled", "rejected", "voided", "refund_due", "refunded"}


def faults(database: Database[dict[str, Any]]) -> list[str]:
    """Everything in the records that does not add up; empty when all is well."""
    orders = list(database["orders"].find())
    movements = list(database["movements"].find())
    found = [fault for order in orders for fault in _faults_of_order(order, movements_of(order, movements))]
    for product in database["products"].find():
        own = [row for row in movements if row["product_id"] == product["_id"]]
        found += [f"{product['name']}: {fault}" for fault in _faults_of_product(product, orders, own)]
    found += _faults_of_log(list(database["payment_log"].find().sort([("shop_id", 1), ("seq", 1)])), orders)
    utrs = Counter(order["payment"]["utr"] for order in orders if order["payment"]["utr"])
    found += [f"UTR {utr} on {count} orders" for utr, count in utrs.items() if count > 1]
    return found


def movements_of(order: dict[str, Any], movements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in movements if row["order_id"] == order["_id"]]


def _faults_of_product(
    product: dict[str, Any], orders: list[dict[str, Any]], movements: list[dict[str, Any]]
) -> list[str]:
    lying = sum(batch["quantity"] for batch in product["batches"])
    held = sum(
        line["quantity"]
        for order in orders
        if order["status"] in ("awaiting_payment", "placed")
        for line in order["lines"]
        if line["product_id"] == product["_id"]
    )
    kinds = _by_kind(movements)
    left = kinds["received"] + kinds["counted"] + kinds["returned"] - kinds["wasted"] - kinds["sold"]
    claims = {
        "stock is what lies there and is not held": (product["stock"], lying - held),
        "held is what open orders hold": (product["held"], held),
        "what lies there is what came and did not go": (lying, left),
        "the stock book adds up to stock": (sum(row["stock_change"] for row in movements), product["stock"]),
        "the stock book adds up to held": (sum(row["held_change"] for row in movements), product["held"]),
    }
    found = [f"{claim}: {one} != {other}" for claim, (one, other) in claims.items() if one != other]
    least = min((min(row["stock_after"], row["held_after"]) for row in movements), default=0)
    if min(product["stock"], product["held"], least, *(batch["quantity"] for batch in product["batches"]), 0) < 0:
        found.append("something fell below nothing")
    return found


def _faults_of_order(order: dict[str, Any], movements: list[dict[str, Any]]) -> list[str]:
    found = []
    name = f"order {order['_id'][:8]} ({order['status']})"
    if order["hold"] != HOLD_OF_STATE[order["status"]]:
        found.append(f"{name}: its goods are {order['hold']}")
    by_product: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in movements:
        by_product[row["product_id"]].append(row)
    for line in order["lines"]:
        kinds = _by_kind(by_product[line["product_id"]])
        still_held = kinds["held"] - kinds["released"] - kinds["sold"]
        if still_held != (line["quantity"] if order["hold"] == "held" else 0):
            found.append(f"{name}: {still_held} are still held for a line of {line['quantity']}")
        packed = sum(pick["quantity"] for pick in line["picks"])
        if kinds["sold"] != packed or (packed and packed != line["quantity"]):
            found.append(f"{name}: {kinds['sold']} sold, {packed} picked, {line['quantity']} in the line")
        if order["status"] == "cancelled" and kinds["returned"] != kinds["sold"]:
            found.append(f"{name}: {kinds['sold']} sold, {kinds['returned']} returned")
    if order["total_paise"] != sum(line["line_total_paise"] for line in order["lines"]) + order["delivery_fee_paise"]:
        found.append(f"{name}: the total is not the sum")
    return found + [f"{name}: {fault}" for fault in _faults_of_payment(order)]


def _faults_of_payment(order: dict[str, Any]) -> list[str]:
    payment = order["payment"]
    came = sum(step["amount_paise"] for step in payment["history"] if step["event"] == "settled")
    went = sum(step["amount_paise"] for step in payment["history"] if step["event"] == "refunded")
    due = sum(step["amount_paise"] for step in payment["history"] if step["event"] == "refund_due") - went
    found = []
    if (payment["settled_paise"], payment["refunded_paise"], payment["refund_due_paise"]) != (came, went, due):
        found.append("the payment's sums are not those of its history")
    if order["status"] in ("cancelled", "expired", "returned") and came - went - due:
        found.append(f"the shop keeps {came - went - due} paise of an order that is no sale")
    return found


def _faults_of_log(rows: list[dict[str, Any]], orders: list[dict[str, Any]]) -> list[str]:
    found = []
    logged: dict[str, list[str]] = defaultdict(list)
    last: dict[str, tuple[int, str]] = {}
    for row in rows:
        seq, hash_ = last.get(row["shop_id"], (0, "0" * 64))
        if row["seq"] != seq + 1 or row["previous"] != hash_:
            found.append(f"payment log: row {row['seq']} does not follow on row {seq}")
        last[row["shop_id"]] = row["seq"], row["hash"]
        logged[row["order_id"]].append(row["event"])
    for order in orders:
        told = [step["event"] for step in order["payment"]["history"] if step["event"] in LOGGED]
        if logged.pop(order["_id"], []) != told:
            found.append(f"payment log: order {order['_id'][:8]} is told otherwise")
    return found + [f"payment log: there is no order {order_id[:8]}" for order_id in logged]


def _by_kind(movements: list[dict[str, Any]]) -> Counter[str]:
    kinds: Counter[str] = Counter()
    for row in movements:
        kinds[row["kind"]] += row["quantity"]
    return kinds
