"""Many at once for the same goods, the same money, the same order: it comes out as if they had stood in a queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from shop_server.actions.cancel_order import cancel_order
from shop_server.actions.change_order import change_order
from shop_server.actions.move_order import move_order
from shop_server.actions.settle_payment import Confirmation, claim_payment, confirm_payment
from shop_server.clock import SystemClock
from shop_server.context import Context
from shop_server.errors import OutOfStock, WrongState
from shop_server.rules.person import Person
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop
from shop_server.settings import Settings
from shop_server.storage.bundled import Bundled
from shop_server.storage.connection import Connection
from shop_server.storage.verify import verify
from tests.at_once import answers, at_once, refusals
from tests.builders import a_customer, a_product, a_shop, a_shopkeeper, an_order, open_context
from tests.fake_clock import FakeClock
from tests.faults.duels import DUELS, Ground, buying
from tests.faults.other_process import OtherProcess, other_process, patiently
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


def stock_of(context: Context, product: Product) -> tuple[int, int]:
    now = context.products.get(product.id)
    return now.stock, now.held


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


# Bills


def test_100_orders_packed_at_once_in_two_processes_have_the_numbers_1_to_100(
    context: Context, connection: Connection, clock: FakeClock, asha: Person, devi: Person, other: OtherProcess
) -> None:
    # The other process lives in the present; the numbers of another year would be no race.
    clock.set(SystemClock().now())
    shop = a_shop(context)
    dal = a_product(context, shop, stock=100)
    placed = answers(at_once([buying(context, devi, (dal.id, 1))] * 100))
    orders = [answer["order_id"] for answer in placed]

    other.tell("pack", order_ids=orders[:50], shop_id=shop.id)
    here = at_once([patiently(move_order, context, order, asha, "packed") for order in orders[50:]])

    assert refusals(here) == []
    assert other.hear() == ["packed"]
    given = [context.papers.find_invoice(order) for order in orders]
    assert sorted(paper.seq for paper in given if paper) == list(range(1, 101))
    assert len({paper.number for paper in given if paper}) == 100
    cancelled = at_once([patiently(cancel_order, context, order, asha, "no") for order in orders[::5]])
    assert refusals(cancelled) == []
    notes = [context.papers.find_credit_note(order) for order in orders]
    assert sorted(note.seq for note in notes if note) == list(range(1, 21))
    assert verify(connection.tools) == []


# Duels


@pytest.mark.parametrize("duel", DUELS.values(), ids=DUELS.keys())
def test_whoever_comes_first_nothing_is_lost(
    duel: Callable[[Ground, int], Counter[str]],
    context: Context,
    connection: Connection,
    settings: Settings,
    clock: FakeClock,
) -> None:
    with open_context(connection, settings, clock) as there:
        ends = duel(Ground(context, there, clock), 40)

    assert len(ends) == 2
