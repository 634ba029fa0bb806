"""Many at once for the same goods, the same money, the same order: it comes out as if they had stood in a queue."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from shop_server.actions.cancel_order import cancel_order, expire_holds
from shop_server.actions.change_order import change_order
from shop_server.actions.move_order import move_order
from shop_server.actions.place_order import PlaceOrder, place_order
from shop_server.actions.settle_payment import Confirmation, claim_payment, confirm_payment
from shop_server.context import Context, Once
from shop_server.errors import OutOfStock, WrongState
from shop_server.rules.person import Person
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop
from shop_server.storage.bundled import Bundled
from shop_server.storage.connection import Connection
from tests.at_once import answers, at_once, refusals
from tests.builders import HOME, a_customer, a_product, a_shop, a_shopkeeper, an_order
from tests.fake_clock import FakeClock
from tests.faults.other_process import OtherProcess, other_process
from tests.faults.reckoning import faults

OUT_OF_STOCK = "refused: out-of-stock"


@pytest.fixture
def shop(context: Context) -> Shop:
    return a_shop(context)


@pytest.fixture
def asha(context: Context, shop: Shop) -> Person:
    return a_shopkeeper(context, shop)


@pytest.fixture
def devi(context: Context) -> Person:
    return a_customer(context)


@pytest.fixture
def other(context: Context, connection: Connection, mongod: Bundled) -> Iterator[OtherProcess]:
    """A second process of the shop."""
    with other_process(connection, mongod.uri) as opened:
        yield opened


@pytest.fixture(autouse=True)
def adds_up(context: Context, connection: Connection) -> Iterator[None]:
    """Whatever was raced: afterwards goods and money add up."""
    yield
    assert faults(connection.tools) == []


def buying(context: Context, customer: Person, *items: tuple[str, int], key: str | None = None) -> Callable[[], Any]:
    once = Once(f"{customer.user_id}:POST /api/orders", key, "f") if key else None
    return partial(place_order, context, PlaceOrder(customer, items, "Cash", HOME, False, "", None), once)


def stock_of(context: Context, product: Product) -> tuple[int, int]:
    now = context.products.get(product.id)
    return now.stock, now.held


def after(milliseconds: float, call: Callable[[], Any]) -> Callable[[], Any]:
    """The call a little later, so that now one and now the other comes first."""

    def later() -> Any:
        threading.Event().wait(milliseconds / 1000)
        return call()

    return later


# Goods


def test_32_buyers_on_10_units_are_10_orders_and_22_refusals(context: Context, shop: Shop) -> None:
    dal = a_product(context, shop, stock=10)
    given = at_once([buying(context, a_customer(context), (dal.id, 1)) for _ in range(32)])

    assert len(answers(given)) == 10
    assert [type(refusal) for refusal in refusals(given)] == [OutOfStock] * 22
    assert stock_of(context, dal) == (0, 10)


def test_32_buyers_on_10_units_in_two_processes(
    context: Context, shop: Shop, devi: Person, other: OtherProcess
) -> None:
    for _ in range(3):
        dal = a_product(context, shop, f"Dal {_}", stock=10)
        other.tell("place", 16, customer_id=devi.user_id, items=[[dal.id, 1]], key=None, method="Cash")
        here = at_once([buying(context, devi, (dal.id, 1))] * 16)
        there = other.hear()

        assert len(answers(here)) + len(there) - there.count(OUT_OF_STOCK) == 10
        assert {type(refusal) for refusal in refusals(here)} <= {OutOfStock}
        assert stock_of(context, dal) == (0, 10)


def test_the_last_unit_has_one_buyer(context: Context, shop: Shop, devi: Person, other: OtherProcess) -> None:
    for number in range(5):
        dal = a_product(context, shop, f"Dal {number}", stock=1)
        other.tell("place", 8, customer_id=devi.user_id, items=[[dal.id, 1]], key=None, method="UPI")
        here = at_once([buying(context, devi, (dal.id, 1))] * 8)

        assert len(answers(here)) + 8 - other.hear().count(OUT_OF_STOCK) == 1


def test_carts_in_opposite_order_all_go_through(context: Context, shop: Shop, devi: Person) -> None:
    dal, rice = a_product(context, shop, stock=100), a_product(context, shop, "Rice", stock=100)
    carts = [((dal.id, 1), (rice.id, 2)), ((rice.id, 2), (dal.id, 1))] * 8

    given = at_once([buying(context, devi, *cart) for cart in carts])

    assert refusals(given) == []
    assert (stock_of(context, dal), stock_of(context, rice)) == ((84, 16), (68, 32))


def test_carts_in_opposite_order_all_go_through_in_two_processes(
    context: Context, shop: Shop, devi: Person, other: OtherProcess
) -> None:
    dal, rice = a_product(context, shop, stock=200), a_product(context, shop, "Rice", stock=200)
    for _ in range(5):
        other.tell("place", 8, customer_id=devi.user_id, items=[[rice.id, 1], [dal.id, 1]], key=None, method="Cash")
        here = at_once([buying(context, devi, (dal.id, 1), (rice.id, 1))] * 8)

        assert refusals(here) == []
        assert not any(told.startswith("refused") for told in other.hear())
    assert (stock_of(context, dal), stock_of(context, rice)) == ((120, 80), (120, 80))


def test_the_same_product_on_two_lines_counts_twice(context: Context, shop: Shop, devi: Person) -> None:
    dal = a_product(context, shop, stock=10)
    given = at_once([buying(context, devi, (dal.id, 1), (dal.id, 2))] * 16)

    assert len(answers(given)) == 3
    assert stock_of(context, dal) == (1, 9)


def test_one_key_twenty_times_at_once_in_two_processes_is_one_order(
    context: Context, shop: Shop, devi: Person, other: OtherProcess
) -> None:
    dal = a_product(context, shop, stock=50)
    for number in range(5):
        key = f"tap-{number}"
        other.tell("place", 10, customer_id=devi.user_id, items=[[dal.id, 1]], key=key, method="Cash")
        here = at_once([buying(context, devi, (dal.id, 1), key=key)] * 10)

        assert len({answer["order_id"] for answer in answers(here)} | set(other.hear())) == 1
        assert stock_of(context, dal)[1] == number + 1


def test_changing_and_cancelling_one_order_at_once_leaves_one_of_both(
    context: Context, shop: Shop, devi: Person
) -> None:
    dal, rice = a_product(context, shop, stock=20), a_product(context, shop, "Rice", stock=20)
    for _ in range(10):
        order = an_order(context, devi, {dal.id: 2}, "UPI")
        given = at_once(
            [
                partial(change_order, context, order.id, devi, [(dal.id, 1), (rice.id, 3)]),
                partial(cancel_order, context, order.id, devi, "changed my mind"),
            ]
        )
        assert context.orders.get(order.id).status == "cancelled"
        assert {type(refusal) for refusal in refusals(given)} <= {WrongState}
    assert (stock_of(context, dal), stock_of(context, rice)) == ((20, 0), (20, 0))


def test_eight_cancel_at_once_and_the_goods_come_back_once(
    context: Context, shop: Shop, asha: Person, devi: Person
) -> None:
    dal = a_product(context, shop, stock=10)
    order = an_order(context, devi, {dal.id: 4})

    given = at_once([partial(cancel_order, context, order.id, by, "no") for by in (asha, devi) * 4])

    assert [answer.status for answer in answers(given)] == ["cancelled"] * 8
    assert stock_of(context, dal) == (10, 0)


def test_cancelling_a_packed_order_eight_times_puts_the_goods_back_once(
    context: Context, shop: Shop, asha: Person, devi: Person
) -> None:
    dal = a_product(context, shop, stock=10)
    order = an_order(context, devi, {dal.id: 4})
    move_order(context, order.id, asha, "packed")

    at_once([partial(cancel_order, context, order.id, asha, "no")] * 8)

    assert stock_of(context, dal) == (10, 0)


def test_cancel_against_pack_is_one_of_both(context: Context, shop: Shop, asha: Person, devi: Person) -> None:
    dal = a_product(context, shop, stock=1_000)
    ends: Counter[str] = Counter()
    for number in range(30):
        order = an_order(context, devi, {dal.id: 2})
        given = at_once(
            [
                after(number % 4, partial(cancel_order, context, order.id, devi, "no")),
                after(number % 3, partial(move_order, context, order.id, asha, "packed")),
            ]
        )
        assert [type(refusal) for refusal in refusals(given)] == [WrongState]
        ends[context.orders.get(order.id).status] += 1
    assert set(ends) == {"cancelled", "packed"}
    assert stock_of(context, dal) == (1_000 - 2 * ends["packed"], 0)


# Money


def test_confirming_three_times_at_once_settles_once(
    context: Context, shop: Shop, asha: Person, devi: Person, other: OtherProcess
) -> None:
    dal = a_product(context, shop)
    order = an_order(context, devi, {dal.id: 1}, "UPI")
    claim_payment(context, order.id, devi, "600000000001")

    other.tell("confirm", 3, order_id=order.id, shop_id=shop.id)
    here = at_once([partial(confirm_payment, context, order.id, asha, Confirmation())] * 3)

    assert [after.status for after in answers(here)] + other.hear() == ["placed"] * 6
    after = context.orders.get(order.id)
    assert (after.payment.settled_paise, stock_of(context, dal)) == (order.total_paise, (9, 1))
    assert [row["event"] for row in context.payment_log.read_all(shop.id)] == ["claimed", "settled"]


MOST_ROUNDS = 400
"""A race is run until either has come first, but not for ever."""


def rounds_until_both(seen: set[str], at_least: int) -> Iterator[int]:
    """Numbers of rounds; `seen` gathers in which ways they ended."""
    for number in range(MOST_ROUNDS):
        if number >= at_least and len(seen) > 1:
            return
        yield number
    raise AssertionError(f"in {MOST_ROUNDS} rounds it always ended in one way: {seen}")


def test_confirm_against_expiry_never_loses_the_order(
    context: Context, clock: FakeClock, shop: Shop, asha: Person, devi: Person
) -> None:
    dal = a_product(context, shop, stock=1)
    seen: set[str] = set()
    for number in rounds_until_both(seen, 50):
        order = an_order(context, devi, {dal.id: 1}, "UPI")
        clock.advance(hours=1)
        at_once(
            [
                partial(expire_holds, context, clock.now(), 10),
                after(number % 10, partial(confirm_payment, context, order.id, asha, Confirmation())),
            ]
        )
        now = context.orders.get(order.id)
        assert (now.status, now.hold, now.payment.status) == ("placed", "held", "settled")
        assert stock_of(context, dal) == (0, 1)
        seen.add("revived" if "expired" in [step.status for step in now.history] else "in time")
        cancel_order(context, order.id, asha, "next round")


def test_confirm_against_expiry_and_another_buyer_gives_the_goods_or_the_money_back(
    context: Context, clock: FakeClock, shop: Shop, asha: Person, devi: Person
) -> None:
    dal, eshan = a_product(context, shop, stock=1), a_customer(context, "Eshan")
    seen: set[str] = set()
    for number in rounds_until_both(seen, 20):
        order = an_order(context, devi, {dal.id: 1}, "UPI")
        clock.advance(hours=1)
        _, bought, _ = at_once(
            [
                partial(expire_holds, context, clock.now(), 10),
                after(number % 7, buying(context, eshan, (dal.id, 1))),
                after(number % 9, partial(confirm_payment, context, order.id, asha, Confirmation())),
            ]
        )
        now = context.orders.get(order.id)
        seen.add(now.status)
        if isinstance(bought, OutOfStock):
            assert (now.status, now.payment.status) == ("placed", "settled")
            cancel_order(context, order.id, asha, "next round")
        else:
            assert (now.status, now.payment.status) == ("expired", "refund_due")
            assert now.payment.refund_due_paise == order.total_paise
            cancel_order(context, bought["order_id"], asha, "next round")


def test_claim_against_expiry_keeps_the_claim(context: Context, clock: FakeClock, shop: Shop, devi: Person) -> None:
    dal = a_product(context, shop, stock=MOST_ROUNDS)
    seen: set[str] = set()
    for number in rounds_until_both(seen, 20):
        order = an_order(context, devi, {dal.id: 1}, "UPI")
        clock.advance(hours=1)
        at_once(
            [
                partial(expire_holds, context, clock.now(), 10),
                after(number % 10, partial(claim_payment, context, order.id, devi, f"6{number:011d}")),
            ]
        )
        now = context.orders.get(order.id)
        assert (now.payment.status, now.payment.utr) == ("claimed", f"6{number:011d}")
        assert (now.status, now.hold) in [("awaiting_payment", "held"), ("expired", "released")]
        seen.add(now.status)
