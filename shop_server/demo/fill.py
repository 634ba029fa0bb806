"""Fills an empty database with Asha's kirana and three weeks of its business, step by step through the shop's own doors.

All that happens in the sample happens as it would in life, on a clock that runs fast: so its books, stock, money and
reports are as exact as a real shop's. The stories are the same each time; only ids differ.
"""

from __future__ import annotations

import heapq
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, TypeVar

from pymongo.database import Database

from shop_server.actions.change_products import ProductWish, add_product
from shop_server.actions.change_shop import change_shop
from shop_server.actions.expire_batches import expire_batches
from shop_server.actions.notice_low_stock import notice_low_stock
from shop_server.actions.receive_stock import count_stock, receive_batch
from shop_server.actions.register import register
from shop_server.actions.roll_up import roll_up
from shop_server.app import Shop
from shop_server.clock import Clock, SystemClock
from shop_server.context import Context
from shop_server.demo import people
from shop_server.demo.clock import StoryClock
from shop_server.demo.goods import GOODS, RUNNING_LOW, SOLD_OUT, Goods
from shop_server.demo.stories import Shopping, Stories, Story
from shop_server.errors import CannotStart, ShopError
from shop_server.rules.account import person_of
from shop_server.rules.payment import CARD, CASH, UPI
from shop_server.rules.person import Person
from shop_server.rules.product import WEIGHT
from shop_server.rules.shop import DEFAULT_TIMEZONE
from shop_server.rules.shop_time import add_days, business_day, day_bounds, weekday_of
from shop_server.settings import Settings
from shop_server.storage.connection import Connection

Row = TypeVar("Row")
Done = TypeVar("Done")

DAYS = 21
SEED = 2026
PASSWORD_ROUNDS = 8
MARK = "sample_shop"
_HOURS = (0,) * 7 + (4, 9, 12, 11, 8, 6, 5, 4, 4, 6, 9, 13, 15, 12, 7, 3, 0)
"""How many of a hundred-odd orders come in each hour of the day."""


def fill(settings: Settings, connection: Connection, clock: Clock | None = None) -> list[str]:
    """Makes the sample shop unless it is there already; gives the lines that say how to sign in.

    Raises CannotStart when the database holds anything else. One that was broken off half-way is made anew.
    """
    database = connection.tools
    mark = database["secrets"].find_one({"_id": MARK})
    if mark is not None and mark["value"] == "begun":
        connection.tools_client.drop_database(connection.name)
        mark = None
    if mark is None:
        if database["users"].find_one({}) is not None:
            raise CannotStart(
                f"The database {connection.name} holds a real shop, which the sample must not touch: "
                "set DATABASE_NAME to another name."
            )
        database["secrets"].insert_one({"_id": MARK, "value": "begun"})
        _make(settings, connection, (clock or SystemClock()).now())
        database["secrets"].update_one({"_id": MARK}, {"$set": {"value": "made"}})
    return _sign_ins()


def _sign_ins() -> list[str]:
    everybody = [("Asha, who keeps the shop", people.shopkeeper())]
    everybody += [(f"{name.split()[0]}, a customer", people.customer(n)) for n, name in enumerate(people.CUSTOMERS[:2])]
    lines = [f"  {who}: {registration.email}" for who, registration in everybody]
    return ["This is a sample shop. Sign in as", *lines, f"each with the password {people.PASSWORD}"]


def _make(settings: Settings, connection: Connection, now: datetime) -> None:
    clock = StoryClock(now - timedelta(days=DAYS))
    quiet = replace(settings, host="127.0.0.1", port=0, rate_limits=False, shopkeeper_signup="open")
    with socket.create_server(("127.0.0.1", 0)) as unused:
        # Its books are opened, its door stays shut.
        shop = Shop(quiet, connection, clock=clock, listener=unused, password_rounds=PASSWORD_ROUNDS, with_jobs=False)
        shop.context.books.start()
        try:
            _Weeks(shop.context, clock, now).pass_by()
            _read_old_notices(connection.tools, now)
        finally:
            shop.context.books.stop()


@dataclass
class _Stocked:
    """One kind of goods on Asha's shelf."""

    goods: Goods
    product_id: str

    @property
    def runs_out(self) -> bool:
        """Whether there is none left, or almost none, in the end."""
        return self.goods.name in SOLD_OUT or self.goods.name in RUNNING_LOW

    @property
    def keeps(self) -> bool:
        """Whether it is there at any time of any day."""
        return not self.runs_out and (self.goods.days is None or self.goods.days > 10)

    @property
    def portion(self) -> int:
        return 250 if self.goods.sold_by == WEIGHT else 1


class _Weeks:
    """Three weeks of the shop, up to `now`."""

    def __init__(self, context: Context, clock: StoryClock, now: datetime) -> None:
        self._context, self._clock, self._now = context, clock, now
        self._chance = Random(SEED)
        self._number = count()
        self._due: list[tuple[datetime, int, Story]] = []
        self._today = business_day(now, DEFAULT_TIMEZONE)
        self._days = [add_days(self._today, number - DAYS) for number in range(DAYS + 1)]

    def pass_by(self) -> None:
        self._open()
        for day in self._days:
            self._begin(self._morning(day), self._at(day, 6 * 60))
            for start, story in self._orders_of(day):
                self._begin(story, start)
        for start, story in self._just_now():
            self._begin(story, start)
        while self._due:
            at, _, story = heapq.heappop(self._due)
            self._go_on(at, story)
        self._clock.set(self._now)
        self._empty_some_shelves()
        notice_low_stock(self._context)
        roll_up(self._context, self._now)

    def _begin(self, story: Story, at: datetime) -> None:
        if self._clock.now() <= at <= self._now:
            heapq.heappush(self._due, (at, next(self._number), story))

    def _go_on(self, at: datetime, story: Story) -> None:
        self._clock.set(at)
        try:
            minutes = next(story)
        except (StopIteration, ShopError):
            # It is over; or something was sold out, or too late, as happens in a shop.
            return
        self._begin(story, at + timedelta(minutes=minutes))

    def _open(self) -> None:
        """Asha opens her shop, fills the shelves, and her neighbours open accounts."""
        owner = register(self._context, people.shopkeeper(), device="Chrome on Windows", key=None)
        self._asha = person_of(owner.user, "")
        self._stories = Stories(self._context, self._asha, self._chance)
        change_shop(
            self._context,
            self._asha,
            {
                "opening_hours": "7 am to 10 pm, every day",
                "delivery_fee_paise": 20_00,
                "free_delivery_minimum_paise": 300_00,
                "delivery_minutes": 60,
                "low_stock_at": 5,
            },
        )
        self._shelf = self._together(self._put_on_sale, GOODS)
        self._customers: list[Person] = []
        for number in range(len(people.CUSTOMERS)):
            customer = register(self._context, people.customer(number), device="Chrome on Android", key=None)
            self._customers.append(person_of(customer.user, ""))

    def _put_on_sale(self, goods: Goods) -> _Stocked:
        fields: dict[str, Any] = {
            "name": goods.name,
            "unit": goods.unit,
            "sold_by": goods.sold_by,
            "price_paise": goods.price * 100,
            "mrp_paise": goods.mrp * 100,
            "cost_paise": goods.cost * 100,
            "tax_basis_points": goods.gst_percent * 100,
            "hsn": goods.hsn,
        }
        if goods.sold_by == WEIGHT:
            fields["low_stock_at"] = 3_000
        wish = ProductWish(fields, goods.category, self._supply(goods), self._batch(goods, self._days[0]))
        card = add_product(self._context, self._asha, wish, None)
        return _Stocked(goods, card["id"])

    def _supply(self, goods: Goods) -> int:
        """What Asha buys at once: for about a week, or for as long as it keeps."""
        days = min(goods.days or 10, 10)
        pieces = max(18, goods.wanted * days // 12)
        return pieces * 750 if goods.sold_by == WEIGHT else pieces

    def _batch(self, goods: Goods, day: str) -> dict[str, Any]:
        if goods.days is None:
            return {}
        made_on = add_days(day, -min(goods.days // 8, 30))
        return {
            "expires_on": add_days(made_on, goods.days),
            "manufactured_on": made_on,
            "batch_no": f"{goods.hsn}-{made_on[5:].replace('-', '')}",
        }

    def _morning(self, day: str) -> Story:
        """Before she opens: what expired overnight leaves the shelf, yesterday is rolled up, fresh goods come in."""
        now = self._clock.now()
        expire_batches(self._context, now, 500)
        roll_up(self._context, now)
        products = self._context.products.list_by_ids([stocked.product_id for stocked in self._shelf])

        def buy(stocked: _Stocked) -> None:
            supply = self._supply(stocked.goods)
            is_over = stocked.runs_out and day >= self._days[-3]
            if not is_over and products[stocked.product_id].stock * 2 <= supply:
                fields = {**self._batch(stocked.goods, day), "cost_paise": stocked.goods.cost * 100}
                receive_batch(self._context, self._asha, stocked.product_id, supply, fields, None)

        self._together(buy, self._shelf)
        yield from ()
        return day

    def _orders_of(self, day: str) -> Iterator[tuple[datetime, Story]]:
        orders = self._chance.randint(6, 10) + (3 if weekday_of(day) >= 5 else 0)
        for _ in range(orders):
            (hour,) = self._chance.choices(range(24), _HOURS)
            yield self._at(day, hour * 60 + self._chance.uniform(0, 60)), self._story()

    def _story(self) -> Story:
        tell, luck = self._stories, self._chance.random()
        if luck < 0.05:
            return tell.thought_better(self._shopping())
        if luck < 0.10:
            return tell.never_paid(self._shopping(UPI))
        if luck < 0.13:
            return tell.wrong_utr(self._shopping(UPI))
        if luck < 0.15:
            return tell.paid_late(self._shopping(UPI))
        if luck < 0.17:
            return tell.cannot_deliver(self._shopping(UPI))
        if luck < 0.20:
            return tell.given_back(self._shopping(), self._chance.choice(("refunded", "declined")))
        return tell.delivered(self._shopping(), self._chance.uniform(0.6, 1.6))

    def _just_now(self) -> Iterator[tuple[datetime, Story]]:
        """Orders in every state, whenever one looks: how many minutes ago each story began."""
        tell, customer = self._stories, self._customers
        stories: Sequence[tuple[float, Story]] = (
            (30 * 60, tell.given_back(self._shopping(CASH, customer[2]), "return_requested")),
            (28 * 60, tell.given_back(self._shopping(UPI, customer[0]), "returned")),
            (6 * 60, tell.cannot_deliver(self._shopping(UPI, customer[1]), is_refunded=False)),
            (200, tell.never_paid(self._shopping(UPI, customer[3]))),
            (150, tell.thought_better(self._shopping(CASH, customer[4]))),
            (110, tell.delivered(self._shopping(UPI, customer[0]))),
            (95, tell.delivered(self._shopping(CARD, customer[6]))),
            (50, tell.delivered(self._shopping(UPI, customer[1]))),
            (38, tell.delivered(self._shopping(CASH, customer[7]))),
            (24, tell.delivered(self._shopping(UPI, customer[8]))),
            (20, tell.delivered(self._shopping(UPI, customer[0], "Please ring twice, the baby sleeps"))),
            (9, tell.delivered(self._shopping(UPI, customer[9]))),
            (5, tell.delivered(self._shopping(UPI, customer[5]))),
            (4, tell.delivered(self._shopping(UPI, customer[10]))),
            (3, tell.delivered(self._shopping(CASH, customer[11]))),
            (2.5, tell.delivered(self._shopping(UPI, customer[1]))),
            (1, tell.delivered(self._shopping(UPI, customer[0]))),
        )
        for minutes, story in stories:
            yield self._now - timedelta(minutes=minutes), story

    def _shopping(self, method: str | None = None, by: Person | None = None, note: str = "") -> Shopping:
        customer = by or self._chance.choice(self._customers[: self._chance.randint(4, len(self._customers))])
        shelf = [stocked for stocked in self._shelf if by is None or stocked.keeps]
        wanted = [stocked.goods.wanted for stocked in shelf]
        basket = {stocked.product_id: stocked for stocked in self._chance.choices(shelf, wanted, k=self._basket_size())}
        items = [(id_, stocked.portion * self._chance.choice((1, 1, 1, 2, 2, 3))) for id_, stocked in basket.items()]
        address = None if self._chance.random() < 0.15 else people.home(self._customers.index(customer))
        (usual,) = self._chance.choices((UPI, CASH, CARD), (60, 32, 8))
        return Shopping(customer, address, items, method or usual, note)

    def _basket_size(self) -> int:
        return self._chance.choice((1, 2, 2, 3, 3, 4, 5, 7))

    def _empty_some_shelves(self) -> None:
        """A few products have run out or nearly so: that is what Asha counted just now."""
        for stocked in self._shelf:
            if stocked.runs_out:
                product = self._context.products.get(stocked.product_id)
                left = RUNNING_LOW.get(stocked.goods.name, 0)
                on_shelf = product.held + min(left, product.stock)
                count_stock(self._context, self._asha, product.id, on_shelf, "Counted on the shelf", None)

    def _together(self, do: Callable[[Row], Done], rows: Sequence[Row]) -> list[Done]:
        """Does the same for many at once, as a shop full of people would."""
        with ThreadPoolExecutor(16) as people_at_work:
            return list(people_at_work.map(do, rows))

    def _at(self, day: str, minutes: float) -> datetime:
        at = day_bounds(day, DEFAULT_TIMEZONE)[0] + timedelta(minutes=minutes)
        return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _read_old_notices(database: Database[dict[str, Any]], now: datetime) -> None:
    """Everybody has read what is older than some hours, so that what is new stands out."""
    old = {"at": {"$lt": now - timedelta(hours=3)}}
    owner = database["users"].find_one({"shop_id": {"$gt": ""}})
    assert owner is not None
    database["notices"].update_many({**old, "shop_id": {"$ne": None}}, {"$addToSet": {"read_by": owner["_id"]}})
    database["notices"].update_many({**old, "user_id": {"$ne": None}}, [{"$set": {"read_by": ["$user_id"]}}])
