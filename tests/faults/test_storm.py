"""A busy market day: everybody does everything at once, days pass, and in the evening all of it adds up."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from shop_server.actions.cancel_order import cancel_order, expire_holds
from shop_server.actions.change_order import change_order
from shop_server.actions.expire_batches import expire_batches
from shop_server.actions.move_order import move_order, request_return
from shop_server.actions.place_order import PlaceOrder, place_order
from shop_server.actions.receive_stock import count_stock, receive_batch, waste_stock
from shop_server.actions.settle_payment import (
    Confirmation,
    claim_payment,
    confirm_payment,
    refund_payment,
    reject_payment,
)
from shop_server.actions.verify_records import verify_records
from shop_server.context import Context
from shop_server.errors import ShopError, Unavailable
from shop_server.rules.person import Person
from shop_server.rules.shop_time import add_days, business_day
from shop_server.settings import Settings
from shop_server.storage.connection import Connection
from tests.at_once import at_once
from tests.builders import HOME, a_customer, a_product, a_shop, a_shopkeeper, open_context
from tests.fake_clock import FakeClock
from tests.faults.reckoning import faults

SEED = 20261121
PEOPLE, ACTS = 12, 60
MOST_DAYS = 4

NEXT_STEP = {"packed": "dispatched", "dispatched": "delivered", "return_requested": "returned"}

Act = tuple[str, Callable[[], Any]]


class Market:
    """A shop with a few hot goods, and all that people can do in it."""

    def __init__(self, contexts: tuple[Context, ...], clock: FakeClock) -> None:
        context = contexts[0]
        shop = a_shop(context, delivery_fee_paise=20_00, free_delivery_minimum_paise=500_00)
        self.done: Counter[str] = Counter()
        self._contexts, self._clock, self._timezone = contexts, clock, shop.timezone
        self._asha = a_shopkeeper(context, shop)
        self._customers = [a_customer(context) for _ in range(3)]
        self._goods = [
            a_product(context, shop, "Milk", stock=40, expires_on=add_days(self._today(), 2)).id,
            a_product(context, shop, "Dal", stock=40, cost_paise=80_00).id,
            a_product(context, shop, "Onions", stock=40, sold_by="weight", price_paise=900_000).id,
        ]
        self._orders: list[tuple[str, Person]] = []

    def visit(self, chance: random.Random) -> None:
        """One person's day."""
        for _ in range(ACTS):
            act = chance.choices([self._buy, self._ask, self._work, self._store, self._wait], [5, 6, 14, 4, 1])[0]
            name, call = act(chance, chance.choice(self._contexts))
            try:
                call()
            except Unavailable:
                raise
            except ShopError:
                self.done[f"{name}, refused"] += 1
            else:
                self.done[name] += 1

    def _buy(self, chance: random.Random, context: Context) -> Act:
        customer = chance.choice(self._customers)
        method = chance.choice(["UPI", "UPI", "Cash"])
        wish = PlaceOrder(customer, self._items(chance), method, HOME, chance.random() < 0.5, "", None)

        def buy() -> None:
            self._orders.append((place_order(context, wish, None)["order_id"], customer))

        return "buy", buy

    def _ask(self, chance: random.Random, context: Context) -> Act:
        order_id, customer = self._some_order(chance)
        utr = f"60000000000{chance.randrange(10)}"
        return _choose(
            chance,
            (4, "claim", partial(claim_payment, context, order_id, customer, utr)),
            (3, "change", partial(change_order, context, order_id, customer, self._items(chance))),
            (2, "return", partial(request_return, context, order_id, customer, "stale")),
            (1, "cancel", partial(cancel_order, context, order_id, customer, "no")),
        )

    def _work(self, chance: random.Random, context: Context) -> Act:
        order_id, _ = self._some_order(chance)
        paise = chance.choice([None, None, 1_00, 900_00])
        seen = Confirmation(chance.choice([None, f"60000000000{chance.randrange(10)}"]), paise, chance.random() < 0.5)
        restock = chance.random() < 0.5
        order = context.orders.find(order_id)
        next_step = NEXT_STEP.get(order.status, "packed") if order else "packed"
        moves = [
            (likely, status, partial(move_order, context, order_id, self._asha, status, restock))
            for likely, status in ((12, next_step), (1, "packed"), (1, "returned"))
        ]
        return _choose(
            chance,
            *moves,
            (6, "confirm", partial(confirm_payment, context, order_id, self._asha, seen)),
            (3, "reject", partial(reject_payment, context, order_id, self._asha, "not there")),
            (2, "refund", partial(refund_payment, context, order_id, self._asha, f"R{chance.randrange(3)}")),
            (1, "shop cancels", partial(cancel_order, context, order_id, self._asha, "closed")),
        )

    def _store(self, chance: random.Random, context: Context) -> Act:
        product_id, quantity = chance.choice(self._goods), chance.randrange(1, 30)
        fields = {"expires_on": chance.choice([None, self._today(), add_days(self._today(), 1)]), "cost_paise": 50_00}
        return _choose(
            chance,
            (3, "receive", partial(receive_batch, context, self._asha, product_id, quantity, fields, None)),
            (1, "count", partial(count_stock, context, self._asha, product_id, quantity, "evening", None)),
            (1, "waste", partial(waste_stock, context, self._asha, product_id, quantity // 3 + 1, "wet", None, None)),
        )

    def _wait(self, chance: random.Random, context: Context) -> Act:
        self._clock.advance(hours=chance.choice([0.1, 0.1, 0.1, 9]))
        now = self._clock.now()
        return _choose(
            chance,
            (1, "expire holds", partial(expire_holds, context, now, 20)),
            (1, "expire batches", partial(expire_batches, context, now, 20)),
        )

    def _items(self, chance: random.Random) -> list[tuple[str, int]]:
        return [(chance.choice(self._goods), chance.randrange(1, 5)) for _ in range(chance.randrange(1, 4))]

    def _some_order(self, chance: random.Random) -> tuple[str, Person]:
        # Mostly a recent one, so that several people meet at it.
        return chance.choice(self._orders[-25:]) if self._orders else ("0" * 24, self._customers[0])

    def _today(self) -> str:
        return business_day(self._clock.now(), self._timezone)


def _choose(chance: random.Random, *acts: tuple[int, str, Callable[[], Any]]) -> Act:
    """One of these, each as likely as its number says."""
    _, name, call = chance.choices(acts, [likely for likely, _, _ in acts])[0]
    return name, call


@pytest.fixture
def contexts(
    connection: Connection, context: Context, settings: Settings, clock: FakeClock
) -> Iterator[tuple[Context, Context]]:
    """The shop through the books of two processes."""
    with open_context(connection, settings, clock) as other:
        yield context, other


EVERYTHING = {
    *("buy", "change", "claim", "confirm", "shop cancels"),
    *("packed", "dispatched", "receive", "count", "waste"),
}


def test_after_days_of_everything_at_once_goods_and_money_add_up(
    connection: Connection, contexts: tuple[Context, Context], clock: FakeClock
) -> None:
    market = Market(contexts, clock)

    # One day is enough nearly always; what by chance never came off on it may on the next.
    for day in range(MOST_DAYS):
        visits = [partial(market.visit, random.Random(SEED + day * PEOPLE + number)) for number in range(PEOPLE)]
        assert at_once(visits) == [None] * PEOPLE
        assert faults(connection.tools) == []
        assert verify_records(contexts[0]) == []
        if set(market.done) >= EVERYTHING:
            return
    raise AssertionError(market.done)
