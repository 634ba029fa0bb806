"""The orders of a made-up archive, day after day, each with its stock movements and its rows of the payment log.

The last RECENT_DAYS are alike in every archive; what a larger one has more lies before them. So whatever is asked about
today, this week or this month has the same answer in all of them, and what it costs more is the archive's doing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from shop_server.demo.names import Names
from shop_server.rules import order as states
from shop_server.rules import payment as payments
from shop_server.rules import payment_log
from shop_server.rules.batch import Pick
from shop_server.rules.order import Line, Order, Step, line_of, shop_times, subtotal
from shop_server.rules.payment import Payment, PaymentStep, reference
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop
from shop_server.rules.shop_time import add_days, business_day, day_bounds
from shop_server.rules.stock import HELD, RELEASED, SOLD, Movement
from tests.bench.archive_people import ACTIVE_CUSTOMERS, NEW_CUSTOMERS_A_DAY, SOLD_PRODUCTS, make_product

RECENT_DAYS = 70
"""More than this month and the one before, which the dashboard adds up."""
TODAYS_ORDERS, RECENT_A_DAY, OLDER_A_DAY = 200, 140, 1_000
OPEN_ORDERS = 40
"""Today's last ones, which still wait to be packed."""
FAITHFUL = 35
"""Every so many orders are by the customer whose pages are measured."""
SMALLEST_ARCHIVE = TODAYS_ORDERS + RECENT_DAYS * RECENT_A_DAY


@dataclass(frozen=True)
class Day:
    """One day of an archive: `number` counts from the first, `ago` from today."""

    name: str
    number: int
    ago: int
    orders: int


@dataclass(frozen=True)
class Made:
    """An order as it ended, with all that it left behind."""

    order: Order
    movements: list[Movement]
    log: list[dict[str, Any]]


def days_of(orders: int, today: str) -> list[Day]:
    """The days of an archive of so many orders, oldest first."""
    sizes = [TODAYS_ORDERS, *[RECENT_A_DAY] * RECENT_DAYS]
    older, rest = divmod(orders - sum(sizes), OLDER_A_DAY)
    sizes += [OLDER_A_DAY] * older + ([rest] if rest else [])
    last = len(sizes) - 1
    return [Day(add_days(today, -ago), last - ago, ago, size) for ago, size in reversed(list(enumerate(sizes)))]


def customers_of(days: int) -> int:
    """How many customers an archive of so many days has; each day brings some, and the first ones leave."""
    return ACTIVE_CUSTOMERS + days * NEW_CUSTOMERS_A_DAY


class Orders:
    """Makes them in the order in which they were placed; `sold` and `held` say what of each product they took."""

    def __init__(self, names: Names, shop: Shop, now: datetime) -> None:
        self._names = names
        self._shop = shop
        self._now = now
        today = business_day(now, shop.timezone)
        self._products = [make_product(names, shop, number, today) for number in range(SOLD_PRODUCTS)]
        self._shelves = [f"Shelf {number % 12:02d}" for number in range(SOLD_PRODUCTS)]
        self._stock = [product.stock for product in self._products]
        self.sold = [0] * SOLD_PRODUCTS
        self.held = [0] * SOLD_PRODUCTS
        self._log_head: dict[str, Any] | None = None
        self._lines: dict[tuple[int, int, bool], Line] = {}
        self._made = 0

    def of_day(self, day: Day) -> Iterator[Made]:
        """A day's orders. The same day before today has the same goods in each archive of this seed."""
        chance = Random(f"{self._names.seed}:{day.ago}")
        begins, ends = day_bounds(day.name, self._shop.timezone)
        begins, ends = begins + timedelta(hours=8), ends - timedelta(hours=2)
        if day.ago == 0:
            begins, ends = day_bounds(day.name, self._shop.timezone)[0], self._now
        between = (ends - begins) / day.orders
        for number in range(day.orders):
            is_open = day.ago == 0 and number >= day.orders - OPEN_ORDERS
            at = begins + number * between
            yield self._make(
                day, number, at.replace(microsecond=at.microsecond // 1000 * 1000), between / 8, chance, is_open
            )

    def _make(self, day: Day, number: int, at: datetime, pause: timedelta, chance: Random, is_open: bool) -> Made:
        pause = timedelta(milliseconds=pause // timedelta(milliseconds=1))
        order_id = self._names.id("order", self._made)
        self._made += 1
        is_cancelled = not is_open and chance.random() < 0.05
        method = chance.choices(payments.METHODS, (4, 1, 5))[0]
        if is_cancelled or is_open:
            method = payments.CASH
        chosen = chance.sample(range(SOLD_PRODUCTS), chance.choice((1, 2, 2, 3)))
        quantities = [chance.randint(1, 3) for _ in chosen]
        newcomer = day.number * NEW_CUSTOMERS_A_DAY + chance.randrange(ACTIVE_CUSTOMERS)
        customer = 0 if number % FAITHFUL == 0 else newcomer + 1
        is_packed = not (is_open or is_cancelled)
        lines = tuple(self._line(which, many, is_packed) for which, many in zip(chosen, quantities, strict=True))
        ends = "open" if is_open else "cancelled" if is_cancelled else method
        order = self._order(order_id, customer, lines, at, pause, method, ends)
        movements = self._move(order, chosen, ends)
        log = payment_log.new_rows(order, order._replace(payment=_NOT_PAID), self._log_head)
        self._log_head = log[-1] if log else self._log_head
        return Made(order, movements, log)

    def _order(
        self,
        order_id: str,
        customer: int,
        lines: tuple[Line, ...],
        at: datetime,
        pause: timedelta,
        method: str,
        ends: str,
    ) -> Order:
        customer_id, owner_id = self._names.id("customer", customer), self._shop.owner_id
        total = subtotal(lines)
        history = [
            Step(status, at + turn * pause, customer_id if turn == 0 else owner_id)
            for turn, status in enumerate(_HISTORIES[ends])
        ]
        return Order(
            id=order_id,
            shop_id=self._shop.id,
            shop_name=self._shop.name,
            customer_id=customer_id,
            customer_name=f"Devi {customer:06d}",
            customer_phone=f"7{customer:09d}",
            status=history[-1].status,
            hold=states.HELD if ends == "open" else states.RELEASED if ends == "cancelled" else states.CONSUMED,
            lines=lines,
            subtotal_paise=total,
            delivery_fee_paise=0,
            total_paise=total,
            payment=self._payment(order_id, customer_id, total, at, pause, method, ends),
            pickup=True,
            delivery_address=None,
            note="",
            placed_at=at,
            deliver_by=None,
            history=tuple(history),
            version=_VERSIONS[ends],
            **shop_times(at, self._shop.timezone),
        )

    def _payment(
        self, order_id: str, customer_id: str, total: int, at: datetime, pause: timedelta, method: str, ends: str
    ) -> Payment:
        owner_id = self._shop.owner_id
        if ends == "open":
            return Payment(method, payments.PENDING, total)
        if ends == "cancelled":
            voided = PaymentStep("voided", at + pause, owner_id, total, note="cancelled")
            return Payment(method, payments.VOIDED, total, history=(voided,))
        if method != payments.UPI:
            paid_at = at + 4 * pause
            settled = PaymentStep("settled", paid_at, owner_id, total)
            return Payment(method, payments.SETTLED, total, settled_at=paid_at, settled_paise=total, history=(settled,))
        utr, claimed_at = f"{self._made:012d}", at + pause / 2
        claimed_at = claimed_at.replace(microsecond=claimed_at.microsecond // 1000 * 1000)
        return Payment(
            method,
            payments.SETTLED,
            total,
            reference=reference(order_id, 1),
            upi_id=self._shop.upi_id,
            payee_name=self._shop.name,
            expires_at=at + timedelta(minutes=self._shop.payment_window_minutes),
            utr=utr,
            claimed_at=claimed_at,
            settled_at=at + pause,
            settled_paise=total,
            history=(
                PaymentStep("claimed", claimed_at, customer_id, total, utr=utr),
                PaymentStep("settled", at + pause, owner_id, total, utr=utr),
            ),
        )

    def _line(self, which: int, quantity: int, is_packed: bool) -> Line:
        known = self._lines.get((which, quantity, is_packed))
        if known is None:
            product = self._products[which]
            known = line_of(product, self._shelves[which], quantity, (product.cost_paise or 0) * quantity)
            known = known._replace(picks=(_pick(product, quantity),) if is_packed else ())
            self._lines[which, quantity, is_packed] = known
        return known

    def _move(self, order: Order, chosen: list[int], ends: str) -> list[Movement]:
        """What the order did to the stock: held, then sold or released."""
        movements = [
            self._movement(order, which, line.quantity, HELD, 1, order.history[0])
            for which, line in zip(chosen, order.lines, strict=True)
        ]
        if ends in _MOVED_AS:
            version = _MOVED_AS[ends]
            kind = RELEASED if ends == "cancelled" else SOLD
            step = next(step for step in order.history if step.status in (states.PACKED, states.CANCELLED))
            movements += [
                self._movement(order, which, line.quantity, kind, version, step)
                for which, line in zip(chosen, order.lines, strict=True)
            ]
        return movements

    def _movement(self, order: Order, which: int, quantity: int, kind: str, version: int, step: Step) -> Movement:
        stock_sign, held_sign = _SIGNS[kind]
        self._stock[which] += stock_sign * quantity
        self.held[which] += held_sign * quantity
        self.sold[which] += quantity if kind == SOLD else 0
        product = self._products[which]
        batch = product.batches[0] if kind == SOLD else None
        return Movement(
            id=f"{order.id}:{version}:{product.id}:{batch.id if batch else ''}:{kind}",
            shop_id=order.shop_id,
            product_id=product.id,
            kind=kind,
            quantity=quantity,
            stock_change=stock_sign * quantity,
            held_change=held_sign * quantity,
            stock_after=self._stock[which],
            held_after=self.held[which],
            at=step.at,
            by=step.by,
            order_id=order.id,
            batch_id=batch.id if batch else None,
            cost_paise=batch.cost_paise if batch else None,
        )


def _pick(product: Product, quantity: int) -> Pick:
    (batch,) = product.batches
    return Pick(batch.id, quantity, batch.expires_on, batch.cost_paise, batch.received_at)


_SIGNS = {HELD: (-1, 1), RELEASED: (1, -1), SOLD: (0, -1)}
_SENT = (states.PACKED, states.DISPATCHED, states.DELIVERED)
_HISTORIES = {
    "open": (states.PLACED,),
    "cancelled": (states.PLACED, states.CANCELLED),
    payments.CASH: (states.PLACED, *_SENT),
    payments.CARD: (states.PLACED, *_SENT),
    payments.UPI: (states.AWAITING_PAYMENT, states.PLACED, *_SENT),
}
_VERSIONS = {"open": 1, "cancelled": 2, payments.CASH: 5, payments.CARD: 5, payments.UPI: 6}
"""To claim a payment, or to take money at the door, makes a version without a step in the history."""
_MOVED_AS = {"cancelled": 2, payments.CASH: 2, payments.CARD: 2, payments.UPI: 4}
"""The version in which the goods were released or packed."""
_NOT_PAID = Payment(payments.CASH, payments.PENDING, 0)
