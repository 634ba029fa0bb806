"""The clock of the shop's computer is set back: nothing is lost, counted twice or ended too soon, and the books stay exact."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pymongo.database import Database

from shop_server.actions.cancel_order import cancel_order
from shop_server.actions.move_order import move_order
from shop_server.actions.settle_payment import Confirmation, claim_payment, confirm_payment
from shop_server.context import Context
from shop_server.jobs.schedule import JOBS, Schedule
from shop_server.rules.order import AWAITING_PAYMENT, EXPIRED, PLACED
from shop_server.rules.shop_time import add_days, business_day
from tests.api.cast import Cast, cast
from tests.builders import a_batch, a_customer, a_product, a_shop, a_shopkeeper, an_order
from tests.fake_clock import FakeClock
from tests.faults.reckoning import faults

__all__ = ["cast"]

Records = Database[dict[str, Any]]
JUMPS = (
    timedelta(minutes=20),
    timedelta(hours=-1),
    timedelta(days=2),
    timedelta(days=-1),
    timedelta(days=-3),
    timedelta(days=6),
)
"""From one round to the next; five of them end on another day of the shop."""


class Stall:
    """Asha's shop, in which each round does a little of everything to new orders and to those of the round before."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._shop = a_shop(context)
        self._asha = a_shopkeeper(context, self._shop)
        self._devi = a_customer(context)
        self._milk = a_product(context, self._shop, "Milk", stock=0)
        self._dal = a_product(context, self._shop, "Dal", stock=500, cost_paise=80_00)
        self._left: list[str] = []
        self._utrs: Iterator[int] = iter(range(600_000_000_000, 600_000_001_000))

    def round(self) -> None:
        context, asha = self._context, self._asha
        today = business_day(context.clock.now(), self._shop.timezone)
        a_batch(context, self._shop, self._milk.id, 100, add_days(today, 1))
        for order_id in self._left:
            if context.orders.get(order_id).status == PLACED:
                cancel_order(context, order_id, asha, "not wanted any more")
        unpaid, claimed, paid, packed, sold, self._left = *(self._order() for _ in range(5)), [self._order("Cash")]
        claim_payment(context, claimed, self._devi, str(next(self._utrs)))
        for order_id in (paid, packed, sold):
            confirm_payment(context, order_id, asha, Confirmation())
        for order_id in (packed, sold):
            move_order(context, order_id, asha, "packed")
        for status in ("dispatched", "delivered"):
            move_order(context, sold, asha, status)
        cancel_order(context, packed, asha, "fell down")
        self._left += [unpaid, paid]

    def _order(self, method: str = "UPI") -> str:
        return an_order(self._context, self._devi, {self._milk.id: 2, self._dal.id: 3}, method).id


def test_the_books_and_reports_stay_exact_wherever_the_clock_jumps(
    context: Context, clock: FakeClock, database: Records
) -> None:
    stall, jobs = Stall(context), Schedule(context)
    for jump in JUMPS:
        stall.round()
        clock.set(clock.now() + jump)
        stall.round()
        assert all(jobs.run(job) for job in JOBS)
        assert faults(database) == []
    assert all(jobs.run(job) for job in JOBS)

    assert context.verification.verify() == []


def test_an_order_ends_when_its_own_time_is_over_and_not_before(context: Context, clock: FakeClock) -> None:
    devi, shop = a_customer(context), a_shop(context)
    product = a_product(context, shop, stock=5)
    before = an_order(context, devi, {product.id: 1}, "UPI")
    clock.advance(hours=-2)
    after = an_order(context, devi, {product.id: 1}, "UPI")
    expire = next(job.run for job in JOBS if job.name == "expire holds")

    def states() -> list[str]:
        expire(context)
        return [context.orders.get(order.id).status for order in (before, after)]

    assert states() == [AWAITING_PAYMENT, AWAITING_PAYMENT]
    clock.advance(minutes=11)
    assert states() == [AWAITING_PAYMENT, EXPIRED]
    clock.advance(hours=2)
    assert states() == [EXPIRED, EXPIRED]
    clock.advance(hours=-2)
    assert states() == [EXPIRED, EXPIRED]
    assert (context.products.get(product.id).stock, context.products.get(product.id).held) == (5, 0)


def test_who_is_signed_in_stays_so_and_is_answered_the_same_under_her_key(cast: Cast, clock: FakeClock) -> None:
    body = {"items": [{"id": cast.dal.id, "quantity": 1}], "paymentMethod": "Cash"}
    first = cast.devi.post("/api/orders", body, Idempotency_Key="one")
    clock.advance(days=-2)

    again = cast.devi.post("/api/orders", body, Idempotency_Key="one")

    assert (again.status, again.json) == (first.status, first.json)
    assert len(cast.devi.get("/api/customer/orders").json) == 1
    assert cast.asha.get("/api/shopkeeper/orders").status == 200
    assert cast.asha.get("/api/shopkeeper/stats").status == 200
