"""Holds the shop's records against what the crowd remembers; shares no code with the server.

From the diary alone it reckons which orders there are, what is in them, what happened to them and their money, and what
must lie on the shelf; every step in the records must have been asked for, and every acknowledged deed must be there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from tests.faults.diary import Deed, Good

Row = dict[str, Any]

MAY_FOLLOW = {
    "awaiting_payment": {"placed", "cancelled", "expired"},
    "expired": {"placed"},
    "placed": {"packed", "cancelled"},
    "packed": {"dispatched", "cancelled"},
    "dispatched": {"delivered"},
    "delivered": {"return_requested"},
    "return_requested": {"returned", "delivered"},
    "returned": set(),
    "cancelled": set(),
}
KEYED = ("place", "receive", "count", "waste")
KOLKATA = ZoneInfo("Asia/Kolkata")


Records = Mapping[str, Sequence[Row]]
COLLECTIONS = ("orders", "movements", "products", "idempotency_keys")


def faults(diary: Sequence[Deed], goods: Sequence[Good], records: Records) -> list[str]:
    """Everything in which the records, all rows of COLLECTIONS as of one moment, and the crowd disagree."""
    orders, products = ({row["_id"]: row for row in records[name]} for name in ("orders", "products"))
    deeds: dict[str, list[Deed]] = defaultdict(list)
    for deed in diary:
        deeds[deed.about].append(deed)
    placed = {deed.about: deed for deed in diary if deed.what == "place" and deed.is_done}
    found = [f"order {id_[:8]} was acknowledged and is lost" for id_ in placed.keys() - orders.keys()]
    found += [f"order {id_[:8]} was never acknowledged" for id_ in orders.keys() - placed.keys()]
    done = sum(deed.is_done and deed.what in KEYED for deed in diary)
    if len(records["idempotency_keys"]) != done:
        found.append(f"{len(records['idempotency_keys'])} keys are kept of {done} deeds that had one")
    both = {id_: (orders[id_], deeds[id_], placed[id_]) for id_ in placed.keys() & orders.keys()}
    prices = {good.id: good.price_paise for good in goods}
    perishable = {deed.about for deed in diary if deed.what == "receive" and "expiresOn" in deed.said}
    for order, about_it, placing in both.values():
        name = f"order {order['_id'][:8]} ({order['status']})"
        found += [f"{name}: {fault}" for fault in _faults_of_path(order, about_it)]
        found += [f"{name}: {fault}" for fault in _faults_of_money(order, about_it)]
        found += [f"{name}: {fault}" for fault in _faults_of_lines(order, about_it, placing, prices, perishable)]
    movements: dict[str, list[Row]] = defaultdict(list)
    for movement in records["movements"]:
        movements[movement["product_id"]].append(movement)
    flows = _flows([order for order, _, _ in both.values()])
    for good in goods:
        checked = _faults_of_good(good, deeds[good.id], products[good.id], movements[good.id], flows[good.id])
        found += [f"{products[good.id]['name']}: {fault}" for fault in checked]
    return found


# --- orders ---


def _faults_of_path(order: Row, deeds: Sequence[Deed]) -> Iterator[str]:
    """The order's history is a path, all that was acknowledged is on it, and all that is on it was asked for."""
    path = [step["status"] for step in order["history"]]
    if path[-1] != order["status"]:
        yield f"its history ends {path[-1]}"
    for before, after in pairwise(path):
        if after not in MAY_FOLLOW[before]:
            yield f"it went from {before} to {after}"
    counted = Counter(path[1:])
    for status in ("packed", "dispatched", "delivered", "returned", "cancelled", "return_requested", "placed"):
        asked = [deed for deed in deeds if _leads_to(deed) == status]
        if status != "placed" and any(deed.is_done for deed in asked) and status not in path:
            yield f"it was acknowledged as {status}"
        if counted[status] > sum(deed.most_often for deed in asked):
            yield f"it became {status} more often than anybody asked"
    for deed in deeds:
        told = deed.answer.get("orderStatus") if deed.is_done and deed.what in ("confirm", "reject", "refund") else None
        if told is not None and told not in path:
            yield f"it was said to be {told}"


def _leads_to(deed: Deed) -> str:
    """The state in which an order is once this is done."""
    if deed.what == "move":
        return str(deed.said["status"])
    return {"cancel": "cancelled", "return": "return_requested", "confirm": "placed"}.get(deed.what, "")


def _faults_of_lines(
    order: Row, deeds: Sequence[Deed], placing: Deed, prices: dict[str, int], perishable: set[str]
) -> Iterator[str]:
    """In the order is what its customer was last told, at the prices of the shelf."""
    lines = {line["product_id"]: line["quantity"] for line in order["lines"]}
    changes = [deed for deed in deeds if deed.what == "change" and deed.may_be_done]
    # What was refused in the end may have been done at the first asking: then either is right.
    allowed = [_wanted(placing)]
    for change in changes:
        allowed = [_wanted(change)] if change.is_done else [*allowed, _wanted(change)]
    if not any(_is_of(lines, wanted, order, perishable) for wanted in allowed):
        yield f"in it are {lines} and not one of {allowed}"
    for packing in deeds:
        if _leads_to(packing) == "packed" and packing.is_done:
            told = {item["id"]: item["quantity"] for item in packing.answer["items"]}
            if told != lines:
                yield f"packed were {lines}, and told {told}"
    total = sum(prices[product_id] * quantity for product_id, quantity in lines.items())
    if order["total_paise"] != total:
        yield f"it costs {order['total_paise']} and not {total} paise"


def _wanted(deed: Deed) -> dict[str, int]:
    wanted: Counter[str] = Counter()
    for item in deed.said["items"]:
        wanted[item["id"]] += item["quantity"]
    return dict(wanted)


def _is_of(lines: dict[str, int], wanted: dict[str, int], order: Row, perishable: set[str]) -> bool:
    """Whether these lines are what was wanted, less what had expired when it was packed."""
    if lines == wanted:
        return True
    was_packed = any(step["status"] == "packed" for step in order["history"])
    less = {id_ for id_, quantity in wanted.items() if lines.get(id_, 0) < quantity}
    return was_packed and less <= perishable and all(wanted.get(id_, 0) >= lines[id_] for id_ in lines)


def _faults_of_money(order: Row, deeds: Sequence[Deed]) -> Iterator[str]:
    """Every acknowledged step of its payment is in the records, and no other."""
    payment = order["payment"]
    steps = payment["history"]
    events = Counter(step["event"] for step in steps)
    by_what: dict[str, list[Deed]] = defaultdict(list)
    for deed in deeds:
        by_what[deed.what].append(deed)
    claimed = {step["utr"] for step in steps if step["event"] == "claimed"}
    settled = {step["utr"] for step in steps if step["event"] == "settled"}
    for deed in by_what["claim"]:
        # Claiming what Asha has seen by herself is acknowledged and changes nothing.
        if deed.is_done and deed.said["utr"] not in claimed | settled:
            yield f"the claim {deed.said['utr']} was acknowledged and is lost"
    if not claimed <= {deed.said["utr"] for deed in by_what["claim"] if deed.may_be_done}:
        yield f"somebody else claimed {claimed}"
    for deed in by_what["confirm"]:
        if deed.is_done and round(deed.answer["settled"] * 100) != payment["settled_paise"]:
            yield f"{deed.answer['settled']} rupees were acknowledged, {payment['settled_paise']} paise are written"
    for what, event, most in (("confirm", "settled", 1), ("reject", "rejected", None), ("refund", "refunded", None)):
        asked = by_what[what]
        surely, perhaps = sum(deed.is_done for deed in asked), sum(deed.most_often for deed in asked)
        # Confirming and refunding again is acknowledged and does nothing; rejecting again is refused.
        least = min(surely, 1) if what != "reject" else surely
        if not least <= events[event] <= (most or perhaps) or (events[event] and not perhaps):
            yield f"it was {event} {events[event]} times, asked for {least} to {perhaps} times"


# --- goods ---


def _flows(orders: Sequence[Row]) -> dict[str, Counter[str]]:
    """Of each product, how much orders hold and how much left the shelf with them for good."""
    flows: dict[str, Counter[str]] = defaultdict(Counter)
    for order in orders:
        path = {step["status"] for step in order["history"]}
        has_come_back = order["status"] == "cancelled" or (
            order["status"] == "returned" and int(order["_id"][-1], 16) % 2 == 0
        )
        for line in order["lines"]:
            flow = flows[line["product_id"]]
            if order["status"] in ("awaiting_payment", "placed"):
                flow["held"] += line["quantity"]
            elif "packed" in path and not has_come_back:
                flow["gone"] += line["quantity"]
    return flows


def _faults_of_good(
    good: Good, deeds: Sequence[Deed], product: Row, movements: Sequence[Row], flow: Counter[str]
) -> Iterator[str]:
    """What lies on the shelf is what came, less what went, by what everybody remembers."""
    done: dict[str, list[Deed]] = defaultdict(list)
    for deed in deeds:
        if deed.is_done:
            done[deed.what].append(deed)
    received = sum(deed.said["quantity"] for deed in done["receive"])
    wasted = sum(deed.said["quantity"] for deed in done["waste"])
    expired = sum(row["quantity"] for row in movements if _is_of_expiry(row))
    counted = sum(row["quantity"] for row in movements if row["kind"] == "counted")
    on_shelf = good.stock + received - wasted - expired + counted - flow["gone"]
    if (product["stock"], product["held"]) != (on_shelf - flow["held"], flow["held"]):
        yield (
            f"{product['stock']} are free and {product['held']} held, and not {on_shelf - flow['held']} "
            f"and {flow['held']}"
        )
    yield from _faults_of_counts(done["count"], movements)
    yield from _faults_of_wastage(done["waste"], [row for row in movements if row["kind"] == "wasted"])
    yield from _faults_of_expiry(done["receive"], [row for row in movements if _is_of_expiry(row)])


def _is_of_expiry(row: Row) -> bool:
    return bool(row["kind"] == "wasted" and row["reason"] == "expired")


def _act(row: Row) -> str:
    """What a movement belongs to: its key stands before the product in its id."""
    return str(row["_id"]).partition(":")[0]


def _faults_of_counts(counts: Sequence[Deed], movements: Sequence[Row]) -> Iterator[str]:
    """Each count left on the shelf what was counted, once, but for what of it the same act threw away as expired."""
    by_reason: dict[str, list[Row]] = defaultdict(list)
    left_by_expiry: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for row in movements:
        if row["kind"] == "counted":
            by_reason[row["reason"]].append(row)
        elif _is_of_expiry(row):
            left_by_expiry[_act(row)].add((row["stock_after"], row["held_after"]))
    for deed in counts:
        said = deed.answer["stock"], deed.answer["held"]
        acts = {_act(row) for row in by_reason.get(deed.said["reason"], ())}
        if sum(said) != deed.said["quantity"] and not any(said in left_by_expiry[act] for act in acts):
            yield f"{deed.said['quantity']} were counted, and {deed.answer['stock']} said to be free"
        for row in by_reason.get(deed.said["reason"], ()):
            if row["stock_after"] + row["held_after"] != deed.said["quantity"]:
                yield f"{deed.said['quantity']} were counted, and {row['stock_after'] + row['held_after']} written"
    for reason, own in by_reason.items():
        if len(own) > 1 or reason not in {deed.said["reason"] for deed in counts}:
            yield f"the count {reason!r} is written {len(own)} times"


def _faults_of_wastage(wastes: Sequence[Deed], rows: Sequence[Row]) -> Iterator[str]:
    written: Counter[str] = Counter()
    for row in rows:
        if not _is_of_expiry(row):
            written[row["reason"]] += row["quantity"]
    asked = Counter({deed.said["reason"]: deed.said["quantity"] for deed in wastes})
    for reason in written.keys() | asked.keys():
        if written[reason] != asked[reason]:
            yield f"{written[reason]} are written as wasted for {reason!r}, {asked[reason]} were acknowledged"


def _faults_of_expiry(receipts: Sequence[Deed], rows: Sequence[Row]) -> Iterator[str]:
    """Only what had expired was thrown away as expired."""
    expires_on = {
        batch["id"]: batch["expiresOn"]
        for deed in receipts
        for batch in deed.answer["batches"]
        if batch["batchNo"] == deed.said["batchNo"]
    }
    for row in rows:
        day = expires_on.get(row["batch_id"])
        if day is None or row["at"].astimezone(KOLKATA).date().isoformat() <= day:
            yield f"a batch good until {day} was thrown away at {row['at']}"
