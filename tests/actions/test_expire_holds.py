"""The clock ends orders that nobody paid for; it never ends one for which money may be on its way."""

from __future__ import annotations

from datetime import datetime

import pytest

from shop_server.actions import cancel_order as cancelling
from shop_server.actions.cancel_order import expire_holds
from shop_server.actions.settle_payment import Confirmation, claim_payment, confirm_payment
from shop_server.context import Context
from shop_server.storage.orders import Orders
from tests.builders import a_customer, a_product, a_shop, a_shopkeeper, an_order
from tests.fake_clock import FakeClock


def test_an_unpaid_order_expires_when_its_time_is_over_and_its_goods_are_free(
    context: Context, clock: FakeClock
) -> None:
    dal = a_product(context, a_shop(context, payment_window_minutes=10), stock=5)
    order = an_order(context, a_customer(context), {dal.id: 3}, "UPI")

    clock.advance(minutes=9, seconds=59)
    assert expire_holds(context, clock.now(), 10) == 0
    clock.advance(seconds=1)
    assert expire_holds(context, clock.now(), 10) == 1
    assert expire_holds(context, clock.now(), 10) == 0

    after, product = context.orders.get(order.id), context.products.get(dal.id)
    assert (after.status, after.hold, after.payment.status) == ("expired", "released", "voided")
    assert (product.stock, product.held) == (5, 0)


def test_claimed_paid_and_counter_orders_do_not_expire(context: Context, clock: FakeClock) -> None:
    shop = a_shop(context)
    dal, devi = a_product(context, shop), a_customer(context)
    claimed, paid = (an_order(context, devi, {dal.id: 1}, "UPI") for _ in range(2))
    cash = an_order(context, devi, {dal.id: 1}, "Cash")
    claim_payment(context, claimed.id, devi, "600000000001")
    confirm_payment(context, paid.id, a_shopkeeper(context, shop), Confirmation())

    clock.advance(days=1)

    assert expire_holds(context, clock.now(), 10) == 0
    states = [context.orders.get(order.id).status for order in (claimed, paid, cash)]
    assert states == ["awaiting_payment", "placed", "placed"]


def test_what_was_claimed_since_it_was_listed_is_left_alone(
    context: Context, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    dal, devi = a_product(context, a_shop(context)), a_customer(context)
    order = an_order(context, devi, {dal.id: 1}, "UPI")
    list_due = Orders.list_due

    def list_and_claim(orders: Orders, now: datetime, limit: int) -> list[str]:
        due = list_due(orders, now, limit)
        claim_payment(context, order.id, devi, "600000000001")
        return due

    monkeypatch.setattr(Orders, "list_due", list_and_claim)
    clock.advance(hours=1)

    assert expire_holds(context, clock.now(), 10) == 0
    assert context.orders.get(order.id).status == "awaiting_payment"


def test_only_so_many_at_a_time_and_the_longest_over_first(context: Context, clock: FakeClock) -> None:
    dal, devi = a_product(context, a_shop(context)), a_customer(context)
    orders = []
    for _ in range(3):
        orders.append(an_order(context, devi, {dal.id: 1}, "UPI"))
        clock.advance(seconds=1)
    clock.advance(hours=1)

    assert expire_holds(context, clock.now(), 2) == 2
    assert [context.orders.get(order.id).status for order in orders] == ["expired", "expired", "awaiting_payment"]


@pytest.mark.parametrize("failure", [KeyError("a product"), ValueError("a bug")])
def test_one_that_fails_holds_up_none_of_the_others(
    context: Context, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    dal, devi = a_product(context, a_shop(context)), a_customer(context)
    orders = [an_order(context, devi, {dal.id: 1}, "UPI") for _ in range(3)]
    expire = cancelling._expire

    def fail_for_the_first(order_id: str, page: object) -> int:
        if order_id == orders[0].id:
            raise failure
        return expire(order_id, page)  # type: ignore[arg-type]

    monkeypatch.setattr(cancelling, "_expire", fail_for_the_first)
    clock.advance(hours=1)

    assert expire_holds(context, clock.now(), 10) == 2
    assert [context.orders.get(order.id).status for order in orders] == ["awaiting_payment", "expired", "expired"]
