"""Reports equal the orders, on the shop's own days, however late an order of them changes (promise 7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from shop_server.actions.cancel_order import cancel_order
from shop_server.actions.move_order import move_order, request_return
from shop_server.actions.read_dashboard import Period, Stats, list_customers, read_report, read_stats
from shop_server.actions.roll_up import mark_doubtful_days, roll_up
from shop_server.actions.settle_payment import Confirmation, claim_payment, confirm_payment
from shop_server.context import Context
from shop_server.errors import InvalidInput
from shop_server.rules.analytics import Report
from shop_server.rules.person import Person
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop
from tests.builders import a_customer, a_product, a_shop, a_shopkeeper, an_order
from tests.fake_clock import FakeClock

Records = Database[dict[str, Any]]


class Kirana:
    """Asha's shop with dal at ₹120 (cost ₹90) and milk at ₹30 (cost not known), and two customers."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.shop: Shop = a_shop(context)
        self.asha: Person = a_shopkeeper(context, self.shop)
        self.devi: Person = a_customer(context, "Devi")
        self.eshan: Person = a_customer(context, "Eshan")
        self.dal: Product = a_product(context, self.shop, "Toor dal", stock=100, cost_paise=90_00)
        self.milk: Product = a_product(context, self.shop, "Milk", stock=100, category="Dairy", price_paise=30_00)

    def sell(self, customer: Person, dal: int = 0, milk: int = 0, method: str = "Cash") -> str:
        items = {id_: quantity for id_, quantity in ((self.dal.id, dal), (self.milk.id, milk)) if quantity}
        return an_order(self.context, customer, items, method).id

    def stats(self) -> Stats:
        return read_stats(self.context, self.shop.id)

    def report(self, days: int = 7) -> Report:
        return read_report(self.context, self.shop.id, Period(days))[0]

    def roll_up(self) -> int:
        return roll_up(self.context, self.context.clock.now())

    def everything(self) -> tuple[Stats, Report, Any]:
        return self.stats(), self.report(30), list_customers(self.context, self.shop.id, 50, None)


@pytest.fixture
def kirana(context: Context) -> Kirana:
    return Kirana(context)


def without_rollups(kirana: Kirana, database: Records) -> tuple[Stats, Report, Any]:
    """What the orders alone say."""
    kept = {name: list(database[name].find()) for name in ("analytics", "shop_totals", "shop_customers")}
    for name in kept:
        database[name].delete_many({})
    said = kirana.everything()
    for name, rows in kept.items():
        if rows:
            database[name].insert_many(rows)
    return said


def test_a_shop_that_has_sold_nothing_has_zeros(kirana: Kirana) -> None:
    stats, report = kirana.stats(), kirana.report()

    assert (stats.today_sales_paise, stats.total_orders, stats.total_customers, stats.month_sales_paise) == (0, 0, 0, 0)
    assert stats.total_products == 2
    assert report.sales_paise == (0,) * 7
    assert (report.shares, report.top_products) == ((), ())


def test_counts_todays_sales_and_profit_of_lines_whose_cost_is_known(kirana: Kirana) -> None:
    kirana.sell(kirana.devi, dal=2, milk=1)
    kirana.sell(kirana.eshan, milk=2, method="Card")

    stats = kirana.stats()
    assert (stats.today_orders, stats.today_sales_paise, stats.profit_today_paise) == (2, 330_00, 60_00)
    assert (stats.total_orders, stats.total_revenue_paise, stats.total_customers) == (2, 330_00, 2)


def test_an_order_is_a_sale_only_from_placed_to_return_requested(kirana: Kirana) -> None:
    unpaid = kirana.sell(kirana.devi, dal=1, method="UPI")
    assert kirana.stats().today_orders == 0

    claim_payment(kirana.context, unpaid, kirana.devi, "412345678901")
    assert (kirana.stats().today_orders, kirana.stats().to_confirm) == (0, 1)

    confirm_payment(kirana.context, unpaid, kirana.asha, Confirmation())
    for step in ("packed", "dispatched", "delivered"):
        assert kirana.stats().today_orders == 1
        move_order(kirana.context, unpaid, kirana.asha, step)
    request_return(kirana.context, unpaid, kirana.devi, "stale")
    assert kirana.stats().today_orders == 1

    move_order(kirana.context, unpaid, kirana.asha, "returned")
    assert (kirana.stats().today_orders, kirana.stats().total_customers) == (0, 0)


@pytest.mark.parametrize("at_utc", ["18:40", "23:59"], ids=["00:10 in the shop", "05:29 in the shop"])
def test_a_sale_of_the_small_hours_belongs_to_the_shops_new_day(kirana: Kirana, clock: FakeClock, at_utc: str) -> None:
    hour, minute = map(int, at_utc.split(":"))
    clock.set(datetime(2026, 11, 21, hour, minute, tzinfo=UTC))
    kirana.sell(kirana.devi, dal=1)

    report = kirana.report()
    assert report.days[-1] == "2026-11-22"
    assert report.sales_paise[-2:] == (0, 120_00)
    assert kirana.stats().today_orders == 1
    assert report.weekday_orders == (0, 0, 0, 0, 0, 0, 1)
    assert report.hour_orders[(hour * 60 + minute + 330) // 60 % 24] == 1


def test_reports_say_the_same_before_and_after_days_are_rolled_up(
    kirana: Kirana, clock: FakeClock, database: Records
) -> None:
    for day in range(3):
        kirana.sell(kirana.devi, dal=1 + day)
        kirana.sell(kirana.eshan, dal=1, milk=day, method="Card")
        clock.advance(days=1)
    kirana.sell(kirana.eshan, milk=1)
    before = kirana.everything()

    assert kirana.roll_up() == 3
    assert database["analytics"].count_documents({"stale": False}) == 3
    assert kirana.everything() == before
    assert kirana.roll_up() == 0


def test_rolled_up_days_are_not_read_from_their_orders(kirana: Kirana, clock: FakeClock, database: Records) -> None:
    kirana.sell(kirana.devi, dal=1)
    clock.advance(days=1)
    kirana.roll_up()
    before = kirana.everything()[:2]

    database["orders"].delete_many({})

    assert kirana.everything()[:2] == before


@pytest.mark.parametrize("again", [False, True], ids=["before it is rolled up again", "after"])
def test_a_cancellation_of_an_older_day_is_in_the_reports_at_once(
    kirana: Kirana, clock: FakeClock, database: Records, again: bool
) -> None:
    first = kirana.sell(kirana.devi, dal=1)
    kirana.sell(kirana.eshan, milk=1)
    clock.advance(days=1)
    kirana.sell(kirana.eshan, dal=1)
    clock.advance(days=1)
    kirana.roll_up()

    cancel_order(kirana.context, first, kirana.asha, "broken")
    if again:
        assert kirana.roll_up() == 1

    stats, report, customers = kirana.everything()
    assert report.sales_paise[-3:] == (30_00, 120_00, 0)
    assert (stats.total_orders, stats.total_revenue_paise, stats.total_customers) == (2, 150_00, 1)
    assert [row.id for row in customers] == [kirana.eshan.user_id]
    assert kirana.everything() == without_rollups(kirana, database)


def test_a_return_of_an_older_day_is_taken_out_of_its_day(kirana: Kirana, clock: FakeClock, database: Records) -> None:
    order_id = kirana.sell(kirana.devi, dal=3)
    for step in ("packed", "dispatched", "delivered"):
        move_order(kirana.context, order_id, kirana.asha, step)
    clock.advance(days=2)
    kirana.roll_up()
    assert kirana.report().executed == 1

    request_return(kirana.context, order_id, kirana.devi, "stale")
    move_order(kirana.context, order_id, kirana.asha, "returned")
    kirana.roll_up()

    assert sum(kirana.report().sales_paise) == 0
    assert kirana.everything() == without_rollups(kirana, database)


def test_a_change_that_comes_while_its_day_is_rolled_up_is_not_lost(
    kirana: Kirana, clock: FakeClock, database: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = kirana.sell(kirana.devi, dal=1), kirana.sell(kirana.eshan, dal=2)
    clock.advance(days=1)
    kirana.roll_up()
    cancel_order(kirana.context, first, kirana.asha, "broken")
    take_over = kirana.context.rollups._take_over

    def cancel_first(*arguments: Any) -> bool:
        monkeypatch.undo()
        cancel_order(kirana.context, second, kirana.asha, "broken")
        return take_over(*arguments)

    monkeypatch.setattr(kirana.context.rollups, "_take_over", cancel_first)
    assert kirana.roll_up() == 0

    day = f"{kirana.shop.id}:2026-11-21"
    assert database["analytics"].find_one({"_id": day}, {"stale": 1}) == {"_id": day, "stale": True}
    assert kirana.stats().total_orders == 0
    assert kirana.roll_up() == 1
    assert kirana.stats().total_orders == 0
    assert kirana.everything() == without_rollups(kirana, database)


def test_a_day_is_not_rolled_up_while_orders_may_still_be_on_their_way(kirana: Kirana, clock: FakeClock) -> None:
    kirana.sell(kirana.devi, dal=1)
    midnight = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)

    clock.set(midnight + timedelta(minutes=9))
    assert kirana.roll_up() == 0

    clock.set(midnight + timedelta(minutes=10))
    assert kirana.roll_up() == 1


def test_an_order_of_a_clock_that_was_wrong_is_found_by_the_nightly_count(
    kirana: Kirana, clock: FakeClock, database: Records
) -> None:
    kirana.sell(kirana.devi, dal=1)
    clock.advance(days=3)
    kirana.sell(kirana.devi, dal=1)
    clock.advance(days=1)
    kirana.roll_up()
    assert mark_doubtful_days(kirana.context) == 0

    clock.advance(days=-3)
    kirana.sell(kirana.eshan, milk=1)
    clock.advance(days=-1)
    kirana.sell(kirana.eshan, milk=1)
    clock.advance(days=4)

    assert mark_doubtful_days(kirana.context) == 2
    assert kirana.everything() == without_rollups(kirana, database)
    assert kirana.roll_up() == 2
    assert kirana.everything() == without_rollups(kirana, database)
    assert kirana.stats().total_orders == 4


def test_this_month_and_the_month_before_are_those_of_the_shops_calendar(kirana: Kirana, clock: FakeClock) -> None:
    clock.set(datetime(2026, 9, 30, 18, 0, tzinfo=UTC))
    kirana.sell(kirana.devi, dal=5)
    clock.set(datetime(2026, 9, 30, 18, 30, tzinfo=UTC))
    kirana.sell(kirana.devi, dal=1)
    clock.set(datetime(2026, 10, 31, 18, 29, tzinfo=UTC))
    kirana.sell(kirana.devi, dal=1)
    clock.set(datetime(2026, 10, 31, 18, 30, tzinfo=UTC))
    kirana.sell(kirana.devi, milk=1)

    def months() -> tuple[int, int]:
        stats = kirana.stats()
        return stats.previous_month_sales_paise, stats.month_sales_paise

    assert months() == (240_00, 30_00)
    clock.advance(days=1)
    kirana.roll_up()
    assert months() == (240_00, 30_00)


def test_a_period_shows_best_products_categories_and_ways_of_paying(kirana: Kirana, clock: FakeClock) -> None:
    kirana.sell(kirana.devi, milk=3)
    clock.advance(days=1)
    kirana.roll_up()
    kirana.sell(kirana.eshan, dal=1, milk=2, method="Card")

    report = kirana.report()
    assert [(sold.name, sold.quantity, sold.revenue_paise) for sold in report.top_products] == [
        ("Milk", 5, 150_00),
        ("Toor dal", 1, 120_00),
    ]
    assert [(row.name, row.products, row.revenue_paise) for row in report.categories] == [
        ("Dairy", 1, 150_00),
        ("Dal", 1, 120_00),
    ]
    assert [(share.name, share.percent) for share in report.shares] == [("Milk", 55.6), ("Toor dal", 44.4)]
    assert report.orders_by_method == {"Cash": 1, "Card": 1, "UPI": 0}


def test_a_product_is_called_as_it_was_called_last(kirana: Kirana, clock: FakeClock, database: Records) -> None:
    kirana.sell(kirana.devi, dal=1)
    clock.advance(days=1)
    kirana.roll_up()
    database["products"].update_one({"_id": kirana.dal.id}, {"$set": {"name": "Tur dal"}})
    kirana.sell(kirana.devi, dal=1)

    assert [(sold.name, sold.quantity) for sold in kirana.report().top_products] == [("Tur dal", 2)]


def test_another_shops_sales_are_in_no_report_of_this_one(kirana: Kirana, context: Context, clock: FakeClock) -> None:
    chitra = a_shop(context, "Chitra Stores")
    tea = a_product(context, chitra, "Tea", stock=10)
    an_order(context, kirana.devi, {tea.id: 1})
    clock.advance(days=1)
    kirana.roll_up()
    an_order(context, kirana.devi, {tea.id: 1})

    stats, report, customers = kirana.everything()
    assert (stats.total_orders, sum(report.sales_paise), customers) == (0, 0, [])


def test_lists_the_newest_customers_first_page_by_page_without_gap_or_repeat(
    kirana: Kirana, context: Context, clock: FakeClock
) -> None:
    people = [a_customer(context, f"Customer {number}") for number in range(9)]
    for number, person in enumerate(people):
        kirana.sell(person, milk=1)
        clock.advance(hours=8)
        if number == 5:
            kirana.roll_up()
    kirana.sell(people[0], milk=1)
    kirana.sell(people[7], milk=1)

    seen: list[str] = []
    after = None
    while page := list_customers(context, kirana.shop.id, 2, after):
        seen += [row.id for row in page]
        after = (page[-1].since, page[-1].id)
        if len(seen) == 4:
            # Somebody new in between comes before what was seen.
            kirana.sell(kirana.devi, milk=1)

    assert seen == [person.user_id for person in reversed(people)]


def test_a_customer_has_all_she_bought_and_when_she_last_did(kirana: Kirana, clock: FakeClock) -> None:
    kirana.sell(kirana.devi, dal=1)
    clock.advance(days=1)
    kirana.roll_up()
    kirana.sell(kirana.devi, milk=1)
    last = clock.now()
    clock.advance(minutes=5)
    kirana.sell(kirana.devi, milk=1, method="UPI")

    (row,) = list_customers(kirana.context, kirana.shop.id, 50, None)
    assert (row.orders, row.spent_paise, row.last_order_at) == (2, 150_00, last)
    assert row.user is not None
    assert row.user.first_name == "Devi"


def test_counts_low_sold_out_and_expiring_products_on_sale(kirana: Kirana, context: Context) -> None:
    a_product(context, kirana.shop, "Salt", stock=0)
    a_product(context, kirana.shop, "Sugar", stock=10)
    a_product(context, kirana.shop, "Rice", stock=11)
    a_product(context, kirana.shop, "Tea", stock=3, low_stock_at=2)
    a_product(context, kirana.shop, "Ghee", stock=20, low_stock_at=20, expires_on="2026-11-28")
    a_product(context, kirana.shop, "Bread", stock=30, expires_on="2026-11-29")
    a_product(context, kirana.shop, "Curd", stock=30, expires_on="2026-11-21")

    stats = kirana.stats()
    assert (stats.low_stock_count, stats.out_of_stock, stats.expiring_soon) == (3, 1, 2)
    lowest = read_report(context, kirana.shop.id, Period())[1]
    assert [product.name for product in lowest[:4]] == ["Salt", "Tea", "Sugar", "Rice"]


@pytest.mark.parametrize(
    "period",
    [Period(0), Period(367), Period(-1), Period(first="2026-11-21", last="2026-11-20"), Period(first="2025-11-20")],
    ids=["no day", "over a year", "less than none", "backwards", "longer than a year"],
)
def test_refuses_a_period_that_is_none(kirana: Kirana, period: Period) -> None:
    with pytest.raises(InvalidInput):
        read_report(kirana.context, kirana.shop.id, period)
