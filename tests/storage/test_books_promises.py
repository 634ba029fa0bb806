"""What the books promise of keys, UTRs and the payment log: once is once, in one group, in the next, and after a restart."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from shop_server.actions.cancel_order import cancel_order
from shop_server.actions.place_order import PlaceOrder, place_order
from shop_server.actions.settle_payment import Confirmation, claim_payment, confirm_payment, reject_payment
from shop_server.context import Context, Once
from shop_server.errors import Duplicate, InvalidInput, OutOfStock
from shop_server.rules.order import Order
from shop_server.rules.payment_log import first_bad_row
from shop_server.rules.person import Person
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop
from shop_server.settings import Settings
from shop_server.storage.connection import Connection
from tests.at_once import answers, at_once
from tests.builders import HOME, a_customer, a_product, a_shop, a_shopkeeper, an_order, open_context
from tests.fake_clock import FakeClock
from tests.storage.writing import in_one_group

UTR = "600000000001"


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
def dal(context: Context, shop: Shop) -> Product:
    return a_product(context, shop, stock=100)


def a_wish(customer: Person, product: Product, quantity: int = 1, method: str = "UPI") -> PlaceOrder:
    return PlaceOrder(customer, ((product.id, quantity),), method, HOME, False, "", None)


def a_key(customer: Person, key: str = "tap-1", asked: str = "the same") -> Once:
    return Once(f"{customer.user_id}:POST /api/orders", key, asked)


def orders_in(context: Context, shop: Shop) -> list[Order]:
    return context.orders.list_of_shop(shop.id, None, None, (None, None), 200, None)


# Keys


def test_one_key_twenty_times_at_once_is_one_order_and_one_answer(
    context: Context, shop: Shop, devi: Person, dal: Product
) -> None:
    given = at_once([lambda: place_order(context, a_wish(devi, dal, 3), a_key(devi))] * 20)

    assert answers(given) == [given[0]] * 20
    (order,) = orders_in(context, shop)
    assert order.id == given[0]["order_id"]
    assert context.products.get(dal.id).held == 3


def test_one_key_in_one_group_is_one_order(context: Context, shop: Shop, devi: Person, dal: Product) -> None:
    given = in_one_group(context.books, *[lambda: place_order(context, a_wish(devi, dal), a_key(devi))] * 5)

    assert given == [given[0]] * 5
    assert len(orders_in(context, shop)) == 1


def test_after_a_lost_reply_and_a_restart_the_answer_is_the_same(
    connection: Connection,
    context: Context,
    settings: Settings,
    clock: FakeClock,
    shop: Shop,
    devi: Person,
    dal: Product,
) -> None:
    first = place_order(context, a_wish(devi, dal), a_key(devi))
    context.books.stop()
    clock.advance(hours=3)

    with open_context(connection, settings, clock) as restarted:
        again = place_order(restarted, a_wish(devi, dal), a_key(devi))

    assert again == first
    assert len(orders_in(context, shop)) == 1


def test_the_same_key_for_something_else_is_refused(context: Context, shop: Shop, devi: Person, dal: Product) -> None:
    place_order(context, a_wish(devi, dal), a_key(devi))

    with pytest.raises(InvalidInput) as refused:
        place_order(context, a_wish(devi, dal, 2), a_key(devi, asked="another body"))
    assert refused.value.errors[0].pointer == "/Idempotency-Key"
    assert len(orders_in(context, shop)) == 1


def test_the_same_key_for_something_else_is_refused_within_one_group(
    context: Context, shop: Shop, devi: Person, dal: Product
) -> None:
    given = in_one_group(
        context.books,
        lambda: place_order(context, a_wish(devi, dal), a_key(devi)),
        lambda: place_order(context, a_wish(devi, dal, 2), a_key(devi, asked="another body")),
    )

    assert "order_id" in given[0] and isinstance(given[1], InvalidInput)


def test_a_key_is_the_customers_own(context: Context, shop: Shop, devi: Person, dal: Product) -> None:
    eshan = a_customer(context, "Eshan")
    for customer in (devi, eshan):
        place_order(context, a_wish(customer, dal), a_key(customer))

    assert {order.customer_id for order in orders_in(context, shop)} == {devi.user_id, eshan.user_id}


def test_a_refusal_is_not_kept(context: Context, shop: Shop, devi: Person, dal: Product) -> None:
    for _ in range(2):
        with pytest.raises(OutOfStock):
            place_order(context, a_wish(devi, dal, 101), a_key(devi))

    big_dal = a_product(context, shop, "Chana dal", stock=200)
    assert place_order(context, a_wish(devi, big_dal, 101), a_key(devi))["order_id"]


def test_an_answer_out_of_the_database_equals_the_first_one(
    connection: Connection, context: Context, settings: Settings, clock: FakeClock, devi: Person, dal: Product
) -> None:
    first = place_order(context, a_wish(devi, dal), a_key(devi))
    with open_context(connection, settings, clock) as other:
        again = place_order(other, a_wish(devi, dal), a_key(devi))

    assert again == first
    assert type(again["payment"]["expires_at"]) is type(first["payment"]["expires_at"])
    assert again["payment"]["expires_at"].isoformat() == first["payment"]["expires_at"].isoformat()


# UTRs


@contextmanager
def two_processes(connection: Connection, settings: Settings, clock: FakeClock) -> Any:
    with open_context(connection, settings, clock) as one, open_context(connection, settings, clock) as other:
        yield one, other


def test_one_utr_in_one_group_claims_one_order(context: Context, shop: Shop, devi: Person, dal: Product) -> None:
    orders = [an_order(context, devi, {dal.id: 1}, "UPI") for _ in range(4)]

    given = in_one_group(context.books, *(partial(claim_payment, context, order.id, devi, UTR) for order in orders))

    assert given[0].payment.utr == UTR
    assert [type(answer) for answer in given[1:]] == [Duplicate] * 3


def test_one_utr_in_two_processes_at_once_claims_one_order(
    connection: Connection,
    context: Context,
    settings: Settings,
    clock: FakeClock,
    shop: Shop,
    devi: Person,
    dal: Product,
) -> None:
    with two_processes(connection, settings, clock) as processes:
        for round_ in range(10):
            utr = f"6{round_:011d}"
            orders = [an_order(context, devi, {dal.id: 1}, "UPI") for _ in range(4)]
            given = at_once(
                [partial(claim_payment, processes[n % 2], order.id, devi, utr) for n, order in enumerate(orders)]
            )
            assert len(answers(given)) == 1
            assert [type(answer) for answer in given if isinstance(answer, Exception)] == [Duplicate] * 3


def test_confirming_with_a_utr_that_paid_another_order_is_refused(
    context: Context, shop: Shop, asha: Person, devi: Person, dal: Product
) -> None:
    first, second = (an_order(context, devi, {dal.id: 1}, "UPI") for _ in range(2))
    confirm_payment(context, first.id, asha, Confirmation(utr=UTR))

    with pytest.raises(Duplicate):
        confirm_payment(context, second.id, asha, Confirmation(utr=UTR))
    assert context.orders.get(second.id).payment.status == "pending"


def test_rejection_frees_a_utr_for_another_order_of_the_same_group(
    context: Context, shop: Shop, asha: Person, devi: Person, dal: Product
) -> None:
    typo, right = (an_order(context, devi, {dal.id: 1}, "UPI") for _ in range(2))
    claim_payment(context, typo.id, devi, UTR)

    rejected, claimed = in_one_group(
        context.books,
        lambda: reject_payment(context, typo.id, asha, "that was for the other order"),
        lambda: claim_payment(context, right.id, devi, UTR),
    )

    assert (rejected.payment.utr, claimed.payment.utr) == (None, UTR)


# The payment log


def test_the_log_of_two_processes_is_one_chain(
    connection: Connection,
    context: Context,
    settings: Settings,
    clock: FakeClock,
    shop: Shop,
    asha: Person,
    devi: Person,
    dal: Product,
) -> None:
    orders = [an_order(context, devi, {dal.id: 1}, "Cash") for _ in range(24)]
    with two_processes(connection, settings, clock) as processes:
        given = at_once(
            [
                partial(confirm_payment, processes[n % 2], order.id, asha, Confirmation())
                for n, order in enumerate(orders)
            ]
        )

    assert len(answers(given)) == 24
    rows = list(context.payment_log.read_all(shop.id))
    assert first_bad_row(rows) is None
    assert sorted(row["order_id"] for row in rows) == sorted(order.id for order in orders)


def test_a_day_that_is_over_becomes_stale_with_every_change_to_its_orders(
    connection: Connection,
    context: Context,
    clock: FakeClock,
    shop: Shop,
    asha: Person,
    devi: Person,
    dal: Product,
) -> None:
    orders = [an_order(context, devi, {dal.id: 1}, "Cash") for _ in range(3)]
    clock.advance(days=1)

    for order in orders:
        cancel_order(context, order.id, asha, "closed")

    marked = connection.database["analytics"].find_one({"shop_id": shop.id, "business_day": orders[0].business_day})
    assert marked is not None and (marked["stale"], marked["marks"]) == (True, 3)
