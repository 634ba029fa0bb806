"""Two, or three, want opposite things of one order at the same moment, again and again; now one comes first, now the other.

The shop's clock stands still here, so that an order's time to pay runs out exactly when it is meant to, and each asks
through the books of another process.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from shop_server.actions.cancel_order import cancel_order, expire_holds
from shop_server.actions.move_order import move_order
from shop_server.actions.place_order import PlaceOrder, place_order
from shop_server.actions.settle_payment import Confirmation, claim_payment, confirm_payment
from shop_server.context import Context, Once
from shop_server.errors import OutOfStock, WrongState
from shop_server.rules.order import Order
from shop_server.rules.person import Person
from shop_server.rules.product import Product
from tests.at_once import at_once, refusals
from tests.builders import HOME, a_customer, a_product, a_shop, a_shopkeeper, an_order
from tests.fake_clock import FakeClock

MOST_ROUNDS = 400
"""So many rounds more a duel is fought until either has come first; not for ever."""


class Ground:
    """A shop seen through the books of two processes, `here` and `there`."""

    def __init__(self, here: Context, there: Context, clock: FakeClock) -> None:
        self.here, self.there, self.clock = here, there, clock
        self.shop = a_shop(here)
        self.asha = a_shopkeeper(here, self.shop)
        self.devi, self.eshan = a_customer(here), a_customer(here, "Eshan")

    def product(self, stock: int) -> Product:
        return a_product(self.here, self.shop, f"Mangoes {self.here.new_id()}", stock=stock)

    def unpaid_order(self, product: Product) -> Order:
        """Devi's, with one piece; its time to pay has just run out."""
        order = an_order(self.here, self.devi, {product.id: 1}, "UPI")
        self.clock.advance(hours=1)
        return order

    def expiry(self) -> Callable[[], int]:
        return partial(expire_holds, self.there, self.clock.now(), 10)

    def confirmation(self, order: Order) -> Callable[[], Order]:
        return partial(confirm_payment, self.here, order.id, self.asha, Confirmation())

    def stock_of(self, product: Product) -> tuple[int, int]:
        now = self.here.products.get(product.id)
        return now.stock, now.held


def confirm_against_expiry(ground: Ground, at_least: int) -> Counter[str]:
    """The money was seen in the moment in which the order runs out: the order stands, once, with its goods."""
    mangoes = ground.product(stock=1)
    ends: Counter[str] = Counter()
    for number in _rounds_until_both(ends, at_least):
        order = ground.unpaid_order(mangoes)
        at_once([ground.expiry(), after(number % 10, ground.confirmation(order))])
        now = ground.here.orders.get(order.id)
        assert (now.status, now.hold, now.payment.status) == ("placed", "held", "settled")
        assert ground.stock_of(mangoes) == (0, 1)
        ends["revived" if "expired" in [step.status for step in now.history] else "in time"] += 1
        cancel_order(ground.here, order.id, ground.asha, "next round")
    return ends


def confirm_against_expiry_and_a_buyer(ground: Ground, at_least: int) -> Counter[str]:
    """Besides, Eshan buys the last piece, if it becomes free: then Devi's money is due back."""
    mangoes = ground.product(stock=1)
    ends: Counter[str] = Counter()
    for number in _rounds_until_both(ends, at_least):
        order = ground.unpaid_order(mangoes)
        calls = [
            ground.expiry(),
            after(number % 7, buying(ground.there, ground.eshan, (mangoes.id, 1))),
            after(number % 9, ground.confirmation(order)),
        ]
        _, bought, _ = at_once(calls)
        now = ground.here.orders.get(order.id)
        ends[now.status] += 1
        if isinstance(bought, OutOfStock):
            assert (now.status, now.payment.status) == ("placed", "settled")
            cancel_order(ground.here, order.id, ground.asha, "next round")
        else:
            assert (now.status, now.payment.status) == ("expired", "refund_due")
            assert now.payment.refund_due_paise == order.total_paise
            cancel_order(ground.here, bought["order_id"], ground.asha, "next round")
    return ends


def claim_against_expiry(ground: Ground, at_least: int) -> Counter[str]:
    """Devi says that she has paid in the moment in which the order runs out: whatever becomes of it, her word is kept."""
    mangoes = ground.product(stock=at_least + MOST_ROUNDS)
    ends: Counter[str] = Counter()
    for number in _rounds_until_both(ends, at_least):
        order, utr = ground.unpaid_order(mangoes), f"6{number:011d}"
        at_once([ground.expiry(), after(number % 10, partial(claim_payment, ground.here, order.id, ground.devi, utr))])
        now = ground.here.orders.get(order.id)
        assert (now.payment.status, now.payment.utr) == ("claimed", utr)
        assert (now.status, now.hold) in [("awaiting_payment", "held"), ("expired", "released")]
        ends[now.status] += 1
    return ends


def cancel_against_pack(ground: Ground, at_least: int) -> Counter[str]:
    """Devi cancels while Asha packs: one of both, and the other is told so."""
    mangoes = ground.product(stock=2 * (at_least + MOST_ROUNDS))
    ends: Counter[str] = Counter()
    for number in _rounds_until_both(ends, at_least):
        order = an_order(ground.here, ground.devi, {mangoes.id: 2})
        given = at_once(
            [
                after(number % 4, partial(cancel_order, ground.here, order.id, ground.devi, "no")),
                after(number % 3, partial(move_order, ground.there, order.id, ground.asha, "packed")),
            ]
        )
        assert [type(refusal) for refusal in refusals(given)] == [WrongState]
        ends[ground.here.orders.get(order.id).status] += 1
        packed = 2 * ends["packed"]
        assert ground.stock_of(mangoes) == (2 * (at_least + MOST_ROUNDS) - packed, 0)
    assert set(ends) == {"cancelled", "packed"}
    return ends


DUELS: dict[str, Callable[[Ground, int], Counter[str]]] = {
    "confirm against expiry": confirm_against_expiry,
    "confirm against expiry and another buyer": confirm_against_expiry_and_a_buyer,
    "claim against expiry": claim_against_expiry,
    "cancel against pack": cancel_against_pack,
}


def after(milliseconds: float, call: Callable[[], Any]) -> Callable[[], Any]:
    """The call a little later, so that now one and now the other comes first."""

    def later() -> Any:
        threading.Event().wait(milliseconds / 1000)
        return call()

    return later


def buying(context: Context, customer: Person, *items: tuple[str, int], key: str | None = None) -> Callable[[], Any]:
    once = Once(f"{customer.user_id}:POST /api/orders", key, "f") if key else None
    return partial(place_order, context, PlaceOrder(customer, items, "Cash", HOME, False, "", None), once)


def _rounds_until_both(ends: Counter[str], at_least: int) -> Iterator[int]:
    """Numbers of rounds; `ends` counts in which ways they ended."""
    for number in range(at_least + MOST_ROUNDS):
        if number >= at_least and len(ends) > 1:
            return
        yield number
    raise AssertionError(f"in {at_least + MOST_ROUNDS} rounds it always ended in one way: {ends}")
