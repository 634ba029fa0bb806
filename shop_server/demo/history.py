"""Makes up some kiranas, their neighbours and a history of business, and writes it down as it happens.

Goods move by the shop's own rules, so the stock books, the batches, the orders and the money add up by themselves. What is
kept in memory are the shelves of one shop and its open orders, however long the history. The same seed, size and last day
give the same files.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

from shop_server.demo.goods import GOODS
from shop_server.demo.names import Names, Neighbour
from shop_server.demo.shelf import Shelf
from shop_server.demo.tables import Tables, in_parts
from shop_server.demo.town import address, homes, make_shop, write_customers, write_people
from shop_server.rules import hold, payment
from shop_server.rules import order as states
from shop_server.rules.address import Address
from shop_server.rules.category import Category
from shop_server.rules.order import Line, Order, Step, deliver_by, delivery_fee, line_of, moved, shop_times, subtotal
from shop_server.rules.payment import CARD, CASH, PENDING, UPI, Payment, reference
from shop_server.rules.shop_time import add_days, business_day, day_bounds
from shop_server.rules.stock import Cause, preview_cost
from shop_server.rules.text import name_key

MOST_A_DAY, SHORTEST_DAYS = 150, 30
"""A shop has no more orders a day than this, and no shorter a history if there are orders enough for it."""
ORDERS_OF_A_SHOP, MOST_SHOPS = 50_000, 12
ORDERS_OF_A_CUSTOMER = 15
HOURS = (0,) * 7 + (4, 9, 12, 11, 8, 6, 5, 4, 4, 6, 9, 13, 15, 12, 7, 3, 0)
STEPS = ("status", "at", "by", "note")
PAYMENT_STEPS = ("event", "at", "by", "amount_paise", "utr", "note")
PICKS = ("batch_id", "quantity", "expires_on", "cost_paise", "received_at", "manufactured_on", "batch_no", "mrp_paise")
_DEFECTS = ("The packet was open", "Not fresh", "Not what I ordered")

BY_CLOCK = "clock"
"""By whom an order ends whose time to pay is over."""

Story = Iterator[float]
"""An order on its way; gives the minutes until its next step."""


def write_history(
    folder: Path, seed: int, scale: int, until: str, note: Callable[[int], None] = lambda orders: None
) -> None:
    """Writes `scale` orders of the days before `until`, and all that belongs to them. `note` hears of each order.

    Raises CannotStart when the folder is not empty or cannot be written.
    """
    shops = min(MOST_SHOPS, 2 + scale // ORDERS_OF_A_SHOP, max(1, scale))
    tables = Tables(folder)
    try:
        names, customers = Names(seed), max(10 * shops, scale // ORDERS_OF_A_CUSTOMER)
        of_shops = [scale // shops + (number < scale % shops) for number in range(shops)]
        days = max(_days(orders) for orders in of_shops)
        opened_at = day_bounds(add_days(until, -days - 1), "Asia/Kolkata")[0]
        write_customers(tables, names, customers, opened_at)
        for number, orders in enumerate(of_shops):
            _Kirana(tables, names, number, shops, customers, opened_at, note).live(orders, until)
    finally:
        tables.close()


def _days(orders: int) -> int:
    """How many days so many orders of one shop take."""
    return math.ceil(orders / min(MOST_A_DAY, max(1, orders // SHORTEST_DAYS)))


class _Kirana:
    """One shop, from its first day to its last."""

    def __init__(
        self,
        tables: Tables,
        names: Names,
        number: int,
        shops: int,
        customers: int,
        opened_at: datetime,
        note: Callable[[int], None],
    ) -> None:
        self._tables, self._names, self._number, self._note = tables, names, number, note
        self._customers = range(number, customers, shops)
        self._chance = Random(f"{names.seed}:{number}")
        self._shop = make_shop(names, number, opened_at)
        self._due: list[tuple[datetime, int, Story]] = []
        self._turns = count()
        self._now = opened_at
        self._categories = {
            name: Category(names.id("category", f"{number}:{name}"), self._shop.id, name, name_key(name), opened_at)
            for name in dict.fromkeys(goods.category for goods in GOODS)
        }
        self._open: dict[str, Order] = {}
        self._addresses: dict[str, str] = {}
        self._made = 0
        self._utr = 100_000_000_000 * (number % 9 + 1) + 1_000_000_000 * (number // 9)

    def live(self, orders: int, until: str) -> None:
        """Writes the shop, its people, and so many orders of the days before `until`."""
        days = _days(orders)
        first = add_days(until, -days)
        self._shelf = Shelf(self._shop, self._names, self._categories, orders / days, first, self._tables)
        write_people(self._tables, self._names, self._shop, self._number)
        for number in range(days):
            day = add_days(first, number)
            begins, ends = day_bounds(day, self._shop.timezone)
            self._begin(begins + timedelta(hours=6), self._morning(day))
            for _ in range(orders // days + (number < orders % days)):
                (hour,) = self._chance.choices(range(24), HOURS)
                at = begins + timedelta(hours=hour, milliseconds=self._chance.randrange(3_600_000))
                self._begin(at, self._story())
            self._go_on(ends)
        for order in self._open.values():
            self._write_order(order)
        self._shelf.close()
        on_sale = {name: sum(goods.category == name for goods in GOODS) for name in self._categories}
        for name, category in self._categories.items():
            self._tables.add("categories", category, products=on_sale[name])

    def _begin(self, at: datetime, story: Story) -> None:
        heapq.heappush(self._due, (at, next(self._turns), story))

    def _go_on(self, until: datetime) -> None:
        """Whatever is due before."""
        while self._due and self._due[0][0] < until:
            self._now, _, story = heapq.heappop(self._due)
            minutes = next(story, None)
            if minutes is not None:
                self._begin(self._now + timedelta(milliseconds=round(60_000 * minutes)), story)

    def _morning(self, day: str) -> Story:
        self._shelf.open_day(day, self._now)
        yield from ()

    # --- orders ---

    def _story(self) -> Story:
        luck = self._chance.random()
        order = self._place(UPI if 0.04 <= luck < 0.10 else None)
        if luck < 0.04:
            yield self._minutes(4)
            self._call_off(order.id, states.CANCELLED, order.customer_id, "Ordered by mistake")
            return
        if luck < 0.07:
            yield 10.2
            self._call_off(order.id, states.EXPIRED, BY_CLOCK, None)
            return
        if order.payment.method == UPI:
            yield self._minutes(2)
            self._claim(order.id)
            if luck < 0.10:
                yield self._minutes(5)
                self._pay(order.id, payment.reject, "This UTR is not in our bank app")
                yield self._minutes(4)
                self._claim(order.id)
            yield self._minutes(4)
            self._settle(order.id)
            self._move(order.id, states.PLACED)
        yield self._minutes(10)
        self._pack(order.id)
        yield self._minutes(16)
        self._move(order.id, states.DISPATCHED)
        yield self._minutes(22)
        self._move(order.id, states.DELIVERED)
        if order.payment.method != UPI:
            self._settle(order.id)
        if luck < 0.97:
            self._write_order(self._open.pop(order.id))
            return
        yield self._minutes(180)
        self._ask_return(order.id)
        yield self._minutes(1200)
        self._take_return(order.id)
        yield self._minutes(120)
        self._pay(order.id, payment.refund, f"UPI {self._next_utr()}")
        self._write_order(self._open.pop(order.id))

    def _minutes(self, about: float) -> float:
        return about * self._chance.uniform(0.6, 1.6)

    def _place(self, method: str | None) -> Order:
        """A customer with a basket of what is there."""
        order_id = self._names.id("order", f"{self._number}:{self._made}")
        self._made += 1
        number = self._customers[int(len(self._customers) * self._chance.random() ** 2)]
        customer_id = self._names.id("customer", number)
        cause = self._cause(order_id, 1, customer_id)
        wanted = self._shelf.choose(self._chance, cause.today)
        lines = tuple(self._line(id_, quantity, cause.today) for id_, quantity in wanted.items())
        goods = hold.hold_all(wanted, self._shelf.products, cause)
        self._shelf.keep(goods)
        pickup = self._chance.random() < 0.15
        which = self._chance.randrange(homes(number))
        (usual,) = self._chance.choices((UPI, CASH, CARD), (60, 32, 8))
        paise = subtotal(lines)
        fee = delivery_fee(paise, self._shop.delivery_fee_paise, self._shop.free_delivery_minimum_paise, pickup)
        status = states.AWAITING_PAYMENT if (method or usual) == UPI else states.PLACED
        order = Order(
            id=order_id,
            shop_id=self._shop.id,
            shop_name=self._shop.name,
            customer_id=customer_id,
            customer_name=Neighbour(number).name,
            customer_phone=Neighbour(number).phone,
            status=status,
            hold=states.HELD,
            lines=lines,
            subtotal_paise=paise,
            delivery_fee_paise=fee,
            total_paise=paise + fee,
            payment=self._payment(order_id, method or usual, paise + fee),
            pickup=pickup,
            delivery_address=None if pickup else address(number, which),
            note="",
            placed_at=self._now,
            deliver_by=deliver_by(self._now, self._shop.delivery_minutes),
            history=(Step(status, self._now, customer_id),),
            version=1,
            **shop_times(self._now, self._shop.timezone),
        )
        self._open[order_id] = order
        if not pickup:
            self._addresses[order_id] = self._names.id("address", f"{number}:{which}")
        return order

    def _line(self, product_id: str, quantity: int, today: str) -> Line:
        product = self._shelf.products[product_id]
        category = self._shelf.category_names[product.category_id]
        return line_of(product, category, quantity, preview_cost(product, quantity, today))

    def _payment(self, order_id: str, method: str, paise: int) -> Payment:
        if method != UPI:
            return Payment(method, PENDING, paise)
        ends = self._now + timedelta(minutes=self._shop.payment_window_minutes)
        return Payment(
            method,
            PENDING,
            paise,
            reference=reference(order_id, 1),
            upi_id=self._shop.upi_id,
            payee_name=self._shop.name,
            expires_at=ends,
        )

    def _cause(self, order_id: str, version: int, by: str) -> Cause:
        today = business_day(self._now, self._shop.timezone)
        return Cause(f"{order_id}:{version}", self._now, by, today, order_id)

    def _claim(self, order_id: str) -> None:
        order = self._open[order_id]
        paid = payment.claim(order.payment, self._next_utr(), self._now, order.customer_id)
        self._open[order_id] = states.amended(order, payment=paid)

    def _settle(self, order_id: str) -> None:
        order = self._open[order_id]
        paid = payment.settle(
            order.payment, self._now, self._shop.owner_id, paise=None, accept=False, utr=None, note=None
        )
        self._open[order_id] = order._replace(payment=paid, version=order.version + (order.payment.method != UPI))

    def _pay(self, order_id: str, change: Callable[[Payment, datetime, str, str], Payment], words: str) -> None:
        order = self._open[order_id]
        paid = change(order.payment, self._now, self._shop.owner_id, words)
        self._open[order_id] = states.amended(order, payment=paid)

    def _move(self, order_id: str, status: str) -> None:
        self._open[order_id] = moved(self._open[order_id], status, self._now, self._shop.owner_id)

    def _pack(self, order_id: str) -> None:
        """All of it is there: nobody here waits for her goods overnight."""
        order, by = self._open[order_id], self._shop.owner_id
        packed = hold.pack_all(order.lines, self._shelf.products, self._cause(order_id, order.version + 1, by))
        self._shelf.keep(packed.goods)
        self._open[order_id] = moved(order, states.PACKED, self._now, by, hold=states.CONSUMED, lines=packed.lines)

    def _ask_return(self, order_id: str) -> None:
        order = self._open[order_id]
        words = self._chance.choice(_DEFECTS)
        self._open[order_id] = moved(order, states.RETURN_REQUESTED, self._now, order.customer_id, words)

    def _take_return(self, order_id: str) -> None:
        """Nothing of it goes back on the shelf."""
        order, by = self._open[order_id], self._shop.owner_id
        due = payment.owe_back(order.payment, order.total_paise, self._now, by, "returned")
        self._open[order_id] = moved(order, states.RETURNED, self._now, by, hold=states.RELEASED, payment=due)

    def _call_off(self, order_id: str, status: str, by: str, words: str | None) -> None:
        order = self._open.pop(order_id)
        goods = hold.release_all(order.lines, self._shelf.products, self._cause(order_id, order.version + 1, by))
        self._shelf.keep(goods)
        void = payment.void(order.payment, self._now, by, words or status)
        self._write_order(moved(order, status, self._now, by, words, hold=states.RELEASED, payment=void))

    def _next_utr(self) -> str:
        self._utr += self._chance.randrange(1, 900)
        return f"{self._utr:012d}"

    # --- writing ---

    def _write_order(self, order: Order) -> None:
        where = order.delivery_address or Address("", "", "", "", "")
        self._tables.add(
            "orders",
            order,
            history=in_parts(order.history, *STEPS),
            address_id=self._addresses.pop(order.id, ""),
            **where._asdict(),
        )
        for line in order.lines:
            self._tables.add("order_lines", line, order_id=order.id, picks=in_parts(line.picks, *PICKS))
        history = in_parts(order.payment.history, *PAYMENT_STEPS)
        self._tables.add("payments", order.payment, order_id=order.id, history=history)
        self._note(1)
