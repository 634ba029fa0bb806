"""Each promise broken on purpose, one after another: the check says which, and of what."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from pymongo.database import Database

from indexes import INDEXES
from shop_server.actions.cancel_order import cancel_order
from shop_server.actions.move_order import move_order
from shop_server.actions.place_order import PlaceOrder, place_order
from shop_server.actions.roll_up import roll_up
from shop_server.actions.settle_payment import Confirmation, claim_payment, confirm_payment
from shop_server.context import Context, Once
from shop_server.rules.person import Person
from shop_server.storage.checks import Finding, Reading, run_checks, side_by_side
from shop_server.storage.indexing import create_all
from shop_server.storage.verify import verify
from shop_server.storage.verify_goods import check_products
from tests.builders import HOME, a_customer, a_product, a_shop, a_shopkeeper, an_order
from tests.fake_clock import FakeClock

Records = Database[dict[str, Any]]


@dataclass(frozen=True)
class World:
    """A shop with one order held, one packed, one cancelled and one paid by UPI, and a day rolled up."""

    context: Context
    asha: Person
    dal: str
    held: str
    packed: str
    cancelled: str
    paid: str


@pytest.fixture
def world(context: Context, clock: FakeClock) -> World:
    shop = a_shop(context)
    asha, devi = a_shopkeeper(context, shop), a_customer(context)
    dal = a_product(context, shop, stock=50, cost_paise=90_00)
    rice = a_product(context, shop, "Rice", stock=50_000, sold_by="weight", price_paise=55_55)
    cancelled = an_order(context, devi, {dal.id: 4})
    cancel_order(context, cancelled.id, devi, "changed my mind")
    undone = an_order(context, devi, {dal.id: 1})
    move_order(context, undone.id, asha, "packed")
    cancel_order(context, undone.id, asha, "sold to somebody else")
    packed = an_order(context, devi, {dal.id: 3, rice.id: 333})
    move_order(context, packed.id, asha, "packed")
    paid = an_order(context, devi, {dal.id: 2}, "UPI")
    claim_payment(context, paid.id, devi, "412345678901")
    confirm_payment(context, paid.id, asha, Confirmation())
    clock.advance(days=1)
    roll_up(context, clock.now())
    wish = PlaceOrder(devi, [(dal.id, 5)], "Cash", HOME, False, "", None)
    held = place_order(context, wish, Once(f"{devi.user_id}:order", "key", "body"))["order_id"]
    return World(context, asha, dal.id, held, packed.id, cancelled.id, paid.id)


Break = Callable[[Records, World], object]


def order(of: str, **fields: Any) -> Break:
    """Sets fields of an order; `__` in a name is a point."""
    change = {"$set": {name.replace("__", "."): value for name, value in fields.items()}}
    return lambda records, world: records["orders"].update_one({"_id": getattr(world, of)}, change)


def product(change: dict[str, Any]) -> Break:
    return lambda records, world: records["products"].update_one({"_id": world.dal}, change)


def one(collection: str, change: dict[str, Any], query: dict[str, Any] | None = None) -> Break:
    return lambda records, world: records[collection].update_one(query or {}, change)


def remove(collection: str, query: dict[str, Any] | None = None) -> Break:
    return lambda records, world: records[collection].delete_one(query or {})


def remove_last_log_row(records: Records, world: World) -> None:
    (last,) = records["payment_log"].find().sort("seq", -1).limit(1)
    records["payment_log"].delete_one({"_id": last["_id"]})


def second_key(records: Records, world: World) -> None:
    key = records["idempotency_keys"].find_one({})
    assert key is not None
    records["idempotency_keys"].insert_one({**key, "_id": "another"})


BROKEN: dict[str, tuple[Break, str]] = {
    "stock": (product({"$inc": {"stock": 1}}), r"product \w+ \(Toor dal\): its batches have 47, its stock 41 and held 7 are 48"),
    "held": (product({"$inc": {"held": -1, "stock": 1}}), "its held is 6, open orders hold 7"),
    "batches": (product({"$inc": {"batches.0.quantity": 2}}), r"its batches have 49, its stock 40 and held 7 are 47"),
    "negative stock": (product({"$set": {"stock": -2}}), "its stock is -2"),
    "negative batch": (product({"$set": {"batches.0.quantity": -1}}), "a batch of it has -1"),
    "a movement": (remove("movements", {"kind": "received"}), "its movements add up to"),
    "movement below zero": (one("movements", {"$set": {"stock_after": -1}}), "it was once at -1"),
    "a product": (
        lambda records, world: records["products"].delete_one({"_id": world.dal}),
        r"a product that is not there\): open orders hold 7 of it",
    ),
    "a held line": (order("held", lines__0__quantity=6), "the order holds 6, its movements 5"),
    "a packed line": (order("packed", lines__0__quantity=2), "2 were packed, its movements say 3"),
    "state": (order("held", status="packed"), "its state is not the last of its history"),
    "history": (
        lambda records, world: records["orders"].update_one(
            {"_id": world.held}, {"$push": {"history": {"status": "returned"}}, "$set": {"status": "returned"}}
        ),
        "its history has a move that no order may make",
    ),
    "hold": (order("cancelled", hold="held"), "its goods are not where its state says"),
    "line total": (order("packed", lines__1__line_total_paise=1849), "a line is not its price times its quantity"),
    "subtotal": (order("held", subtotal_paise=1), "its lines do not add up to its subtotal"),
    "total": (order("held", total_paise=1), "subtotal and delivery fee are not its total"),
    "picks": (order("packed", lines__0__picks=[]), "what was packed is not what its lines say"),
    "amount": (order("held", payment__amount_paise=1), "it asks for another amount than its total"),
    "unpaid": (order("paid", payment__status="claimed"), "it goes on by UPI without money received"),
    "money": (order("held", payment__settled_paise=500), "money is noted that its payment has not received"),
    "refund": (order("paid", payment__refunded_paise=10**9), "more goes back than came"),
    "due": (order("paid", payment__refund_due_paise=100), "money is due back and its payment does not say so"),
    "called off": (order("paid", status="cancelled"), "it was called off with money that is not due back"),
    "a log row": (one("payment_log", {"$set": {"amount_paise": 1}}, {"seq": 2}), "row 2 was changed, or one is missing"),
    "a middle log row": (remove("payment_log", {"seq": 2}), "payment log of shop .*: row 2 was changed, or one"),
    "the last log row": (remove_last_log_row, "its payment was settled at .* and the payment log says otherwise"),
    "a step of a payment": (order("paid", payment__history=[]), "was claimed at .* and the order says otherwise"),
    "second key": (second_key, "an idempotency key answers with it, and it was made by 2 keys"),
    "key without order": (
        one("idempotency_keys", {"$set": {"answer.order_id": "f" * 24}}),
        "order f+: an idempotency key answers with it, and it is not there",
    ),
    "category": (remove("categories", {"name": "Dal"}), "its category_id .* is not in categories"),
    "shop": (remove("shops"), "its shop_id .* is not in shops"),
    "order of a movement": (
        lambda records, world: records["orders"].delete_one({"_id": world.cancelled}),
        "movements .*: its order_id .* is not in orders",
    ),
    "number of products": (one("categories", {"$inc": {"products": 1}}), "it counts 3 products and has 2"),
    "a number": (one("papers", {"$set": {"seq": 3}}, {"seq": 2}), "invoices 2026-27 of shop .*: number 3 follows where 2"),
    "the first bill": (remove("papers", {"seq": 1, "kind": "bill"}), "number 2 follows where 1 should stand"),
    "the last bill": (
        lambda records, world: records["papers"].delete_one({"order_id": world.packed}),
        "it was packed and has 0 bills",
    ),
    "a credit note": (remove("papers", {"kind": "credit_note"}), "it is cancelled and has 0 credit notes"),
    "the total of a bill": (one("papers", {"$inc": {"total_paise": 1}}), "it comes to another amount than its order"),
    "a line of a bill": (one("papers", {"$inc": {"lines.0.quantity": 1}}), "its goods are not those of its order"),
    "a tax": (one("papers", {"$inc": {"lines.0.cgst_paise": 1}}), "taxable value and taxes of a line are not what it costs"),
    "the sum of a bill": (one("papers", {"$inc": {"lines.0.total_paise": 1}}), "its lines do not add up to it"),
    "the shop of a bill": (one("papers", {"$set": {"shop_id": "f" * 24}}), "it is not of the shop of its order"),
    "the order of a bill": (
        lambda records, world: records["orders"].delete_one({"_id": world.packed}),
        "paper 26-27/000002 .*: its order is not there",
    ),
    "a day": (
        one("analytics", {"$inc": {"figures.sales_paise": 1}}),
        "report of 2026-11-21 of shop .*: sales_paise are not those of its orders",
    ),
    "an order of a day": (order("packed", total_paise=1), "report of 2026-11-21 .*: customers, sales_paise, slots are not"),
    "a missing day": (remove("analytics"), "report of 2026-11-21 of shop .*: it is missing"),
    "totals": (one("shop_totals", {"$inc": {"orders": 1}}), r"totals of shop .*: .* are \(3, .*, its days add up to \(2,"),
    "a customer": (one("shop_customers", {"$inc": {"orders": 1}}), r"customer .*: orders and paise are \(3,"),
}  # fmt: skip


def test_finds_nothing_in_whole_records(world: World, database: Records) -> None:
    assert verify(database) == []


@pytest.mark.parametrize("name", BROKEN)
def test_says_what_is_broken(world: World, database: Records, name: str) -> None:
    break_it, line = BROKEN[name]
    break_it(database, world)
    broken = verify(database)

    assert any(re.search(line, said) for said in broken), broken


def test_says_when_one_utr_pays_two_orders(world: World, database: Records) -> None:
    # Only without its index can a database come to this.
    database["orders"].drop_index("payment.utr_1")
    try:
        order("held", payment__utr="412345678901")(database, world)
        broken = verify(database)
    finally:
        order("held", payment__utr=None)(database, world)
        create_all(database, INDEXES)

    both = ", ".join(sorted((world.held, world.paid)))
    assert broken == [f"UTR 412345678901 pays several orders: {both}"]


def test_a_day_that_waits_to_be_rolled_up_again_is_not_held_against_the_reports(
    world: World, database: Records
) -> None:
    cancel_order(world.context, world.paid, world.asha, "broken")

    assert database["analytics"].count_documents({"stale": True}) == 1
    assert verify(database) == []


def test_says_nothing_wrong_beside_a_busy_shop(world: World, database: Records) -> None:
    devi, done = a_customer(world.context), threading.Event()

    def sell() -> None:
        while not done.is_set():
            order = an_order(world.context, devi, {world.dal: 1})
            cancel_order(world.context, order.id, devi, "again")

    sellers = [threading.Thread(target=sell) for _ in range(3)]
    for seller in sellers:
        seller.start()
    try:
        assert [verify(database) for _ in range(3)] == [[], [], []]
    finally:
        done.set()
        for seller in sellers:
            seller.join()


def test_reports_only_what_is_still_broken_when_looked_at_again(world: World, database: Records) -> None:
    product({"$inc": {"stock": 1}})(database, world)
    looks: list[list[Finding]] = []

    def look(reading: Reading) -> list[Finding]:
        looks.append(list(check_products(reading)))
        if len(looks) == 1:
            product({"$inc": {"stock": -1}})(database, world)
        return looks[-1]

    assert run_checks(database, [look]) == []
    assert [len(found) for found in looks] == [2, 0]


def test_lays_sorted_streams_side_by_side() -> None:
    streams = [[{"_id": id_} for id_ in ids] for ids in ("ad", "abd", "c")]

    found = {key: tuple(row is not None for row in together) for key, together in side_by_side(*streams)}
    assert found == {
        "a": (True, True, False),
        "b": (False, True, False),
        "c": (False, False, True),
        "d": (True, True, False),
    }
