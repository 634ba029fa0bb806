"""The archive that the bench makes is one that the shop could have written itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import bson
import pytest
from pymongo.database import Database

from shop_server.actions.read_dashboard import Period, read_report, read_stats
from shop_server.context import Context
from shop_server.demo.names import Names
from shop_server.rules.shop_time import day_bounds
from shop_server.storage import documents, orders, products
from shop_server.storage.verify import verify
from tests.bench import archive, archive_orders
from tests.bench.archive import Size, fill
from tests.bench.archive_orders import RECENT_A_DAY, RECENT_DAYS, TODAYS_ORDERS, Orders, days_of
from tests.bench.archive_people import FOUND_PRODUCTS, FOUND_WORD, SMALLEST_SHELF, make_product, make_shop
from tests.fake_clock import FakeClock
from tests.storage.test_report_cost import cost_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
FEW_DAYS, A_DAY = 3, 60


@pytest.fixture
def few_days(monkeypatch: pytest.MonkeyPatch) -> int:
    """Archives of this test have some days only; gives how many orders those have."""
    monkeypatch.setattr(archive, "SMALLEST_ARCHIVE", 0)
    monkeypatch.setattr(archive_orders, "RECENT_DAYS", FEW_DAYS)
    monkeypatch.setattr(archive_orders, "RECENT_A_DAY", A_DAY)
    return TODAYS_ORDERS + FEW_DAYS * A_DAY + 70


def test_an_archive_keeps_every_promise(database: Database[dict[str, Any]], few_days: int) -> None:
    fill(database, Size(few_days, SMALLEST_SHELF), now=NOW)
    assert verify(database) == []
    assert database["orders"].count_documents({}) == few_days
    assert database["analytics"].count_documents({"stale": False}) == FEW_DAYS + 1
    assert database["payment_log"].count_documents({"event": "settled"}) > few_days / 2
    assert database["products"].count_documents({"words": FOUND_WORD}) == FOUND_PRODUCTS
    for order in database["orders"].find().limit(100):
        assert bson.encode(orders.to_document(orders.from_document(order))) == bson.encode(order)
    for product in database["products"].find():
        assert bson.encode(products.to_document(products.from_document(product))) == bson.encode(product)


def test_a_busy_day_is_read_without_all_the_days_before(
    context: Context, clock: FakeClock, database: Database[dict[str, Any]], few_days: int
) -> None:
    """Of a hundred orders or more MongoDB finds every index by shop just as good, unless it is told."""
    clock.set(NOW)
    fill(database, Size(few_days, SMALLEST_SHELF), now=NOW)
    shop_id = Names(1).id("shop", 0)
    for questions, ask in (
        (2, lambda: read_stats(context, shop_id)),
        (2, lambda: read_report(context, shop_id, Period(7))),
        (1, lambda: context.customers.list_of_shop(shop_id, 25, None)),
        (1, lambda: context.orders.list_payments(shop_id, None, day_bounds("2026-11-21", "Asia/Kolkata")[0], 25, None)),
    ):
        # A key and a document for each order of today, once for each question.
        assert cost_of(database, ask)["orders"] <= questions * (2 * TODAYS_ORDERS + 10)


def test_the_last_weeks_are_alike_in_archives_of_any_size() -> None:
    def goods_of(size: int) -> list[tuple[str, tuple[tuple[str, int], ...]]]:
        days = days_of(size, "2026-11-21")
        made = Orders(Names(1), make_shop(Names(1), NOW), NOW)
        recent = [one.order for day in days[-3:] for one in made.of_day(day)]
        return [(o.business_day, tuple((line.name, line.quantity) for line in o.lines)) for o in recent]

    small, large = goods_of(10_000), goods_of(1_000_000)
    assert small == large
    assert len(small) == 2 * RECENT_A_DAY + TODAYS_ORDERS


def test_every_order_has_a_day() -> None:
    for orders_wanted in (10_000, 10_001, 123_456, 1_000_000):
        days = days_of(orders_wanted, "2026-11-21")
        assert sum(day.orders for day in days) == orders_wanted
        assert [day.number for day in days] == list(range(len(days)))
        assert (days[-1].name, days[-1].ago) == ("2026-11-21", 0)
        assert len(days) > RECENT_DAYS


def test_the_same_seed_makes_the_same_product() -> None:
    shop = make_shop(Names(1), NOW)
    first, again = (make_product(Names(1), shop, 7, "2026-11-21") for _ in range(2))
    other = make_product(Names(2), shop, 7, "2026-11-21")
    assert documents.to_document(first) == documents.to_document(again) != documents.to_document(other)
