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


def read_at_once(database: Database[dict[str, Any]], *names: str) -> dict[str, list[dict[str, Any]]]:
    """All rows of these collections as of one moment: an open shop goes on meanwhile."""
    with database.client.start_session(snapshot=True) as session:
        return {name: list(database[name].find(session=session)) for name in names}


def faults(database: Database[dict[str, Any]]) -> list[str]:
    """Everything in the records that does not add up; empty when all is well."""
    records = read_at_once(database, "orders", "movements", "products", "payment_log", "papers")
    orders, movements, products, log, papers = records.values()
    of_order, of_product = _grouped(movements, "order_id"), _grouped(movements, "product_id")
    found = [fault for order in orders for fault in _faults_of_order(order, of_order[order["_id"]])]
    for product in products:
        own = of_product[product["_id"]]
        found += [f"{product['name']}: {fault}" for fault in _faults_of_product(product, orders, own)]
    found += _faults_of_log(sorted(log, key=lambda row: (row["shop_id"], row["seq"])), orders)
    found += _faults_of_papers(papers, orders)
    utrs = Counter(order["payment"]["utr"] for order in orders if order["payment"]["utr"])
    found += [f"UTR {utr} on {count} orders" for utr, count in utrs.items() if count > 1]
    return found


def _grouped(movements: list[dict[str, Any]], by: str) -> dict[Any, list[dict[str, Any]]]:
    groups: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in movements:
        groups[row[by]].append(row)
    return groups


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
    if not _is_chain(product, movements):
        found.append("the rows of the stock book do not follow on each other")
    least = min((min(row["stock_after"], row["held_after"]) for row in movements), default=0)
    if min(product["stock"], product["held"], least, *(batch["quantity"] for batch in product["batches"]), 0) < 0:
        found.append("something fell below nothing")
    return found


def _is_chain(product: dict[str, Any], movements: list[dict[str, Any]]) -> bool:
    """Whether the rows lead from nothing to the product as it is: each figure that one leaves, another one finds."""
    left = Counter((row["stock_after"], row["held_after"]) for row in movements)
    left[0, 0] += 1
    found = Counter(
        (row["stock_after"] - row["stock_change"], row["held_after"] - row["held_change"]) for row in movements
    )
    found[product["stock"], product["held"]] += 1
    return left == found


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


def _faults_of_papers(papers: list[dict[str, Any]], orders: list[dict[str, Any]]) -> list[str]:
    """Of the numbers, and of who has which paper: an order's bill is given when it is packed."""
    found = []
    series: dict[tuple[str, str], list[int]] = defaultdict(list)
    of_order: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for paper in papers:
        series[paper["shop_id"], paper["series"]].append(paper["seq"])
        of_order[paper["order_id"]].append(paper)
    for (_, name), numbers in series.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            found.append(f"{name}: the numbers are {sorted(numbers)}")
    for order in orders:
        was_packed = any(step["status"] == "packed" for step in order["history"])
        undone = was_packed and order["status"] in ("cancelled", "returned")
        own = of_order.pop(order["_id"], [])
        is_note = [paper["kind"] == "credit_note" for paper in own]
        if (is_note.count(False), is_note.count(True)) != (int(was_packed), int(undone)):
            found.append(f"order {order['_id'][:8]} ({order['status']}): its papers are {[p['number'] for p in own]}")
        if any(paper["total_paise"] != order["total_paise"] for paper in own):
            found.append(f"order {order['_id'][:8]}: it comes to {order['total_paise']}, its bill does not")
    return found + [f"papers: there is no order {order_id[:8]}" for order_id in of_order]


def _by_kind(movements: list[dict[str, Any]]) -> Counter[str]:
    kinds: Counter[str] = Counter()
    for row in movements:
        kinds[row["kind"]] += row["quantity"]
    return kinds
