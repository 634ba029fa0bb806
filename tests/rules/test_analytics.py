"""Reports: parts that add up, days that are all there, names as they were last."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_server.errors import InvalidInput
from shop_server.rules.analytics import Slot, Sold, label, last_period, percents, period, report
from shop_server.rules.category import Category

NOW = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
DAYS = last_period("2026-11-21", 7)


def category(id_: str, name: str, products: int = 1) -> Category:
    return Category(id_, "shop", name, name.lower(), NOW, products=products)


def sold(product_id: str, category_id: str, revenue_paise: int, quantity: int = 1) -> Sold:
    return Sold(product_id, product_id.title(), category_id, category_id.title(), quantity, revenue_paise)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60))
def test_parts_add_up_to_exactly_a_hundred(amounts: list[int]) -> None:
    parts = percents(amounts)

    assert sum(round(part * 10) for part in parts) == (1000 if sum(amounts) else 0)
    assert all(
        abs(part - 100 * amount / max(sum(amounts), 1)) < 0.1 for part, amount in zip(parts, amounts, strict=True)
    )


def test_three_equal_parts_differ_by_a_tenth_at_most() -> None:
    assert percents([1, 1, 1]) == [33.4, 33.3, 33.3]
    assert percents([]) == []


def test_the_last_seven_days_are_today_and_the_six_before() -> None:
    assert [f"2026-11-{day}" for day in range(15, 22)] == DAYS
    assert [label(day) for day in DAYS] == ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]


def test_a_period_runs_over_month_and_leap_day() -> None:
    assert period("2028-02-28", "2028-03-01") == ["2028-02-28", "2028-02-29", "2028-03-01"]
    assert len(period("2026-01-01", "2027-01-01")) == 366


@pytest.mark.parametrize(("first", "last"), [("2026-11-22", "2026-11-21"), ("2026-01-01", "2027-01-02")])
def test_refuses_a_period_without_days_or_longer_than_a_year(first: str, last: str) -> None:
    with pytest.raises(InvalidInput):
        period(first, last)


def test_days_hours_and_ways_of_paying_without_sales_are_zero() -> None:
    slots = [
        Slot("2026-11-16", 9, "Cash", 2, 300_00, 1, 50_00),
        Slot("2026-11-16", 23, "UPI", 1, 100_00, 0, -10_00),
        Slot("2026-11-21", 9, "UPI", 1, 50_00, 1, 0),
    ]
    found = report(DAYS, slots, [], [])

    assert found.sales_paise == (0, 400_00, 0, 0, 0, 0, 50_00)
    assert found.orders == (0, 3, 0, 0, 0, 0, 1)
    assert found.weekday_orders == (3, 0, 0, 0, 0, 1, 0)
    assert found.hour_orders == (0,) * 9 + (3,) + (0,) * 13 + (1,)
    assert found.orders_by_method == {"Cash": 2, "Card": 0, "UPI": 2}
    assert (found.profit_paise, found.executed) == (40_00, 2)


def test_a_product_that_changed_its_category_is_one_product_in_two_categories() -> None:
    goods = [sold("milk", "dairy", 60_00, 2), sold("milk", "breakfast", 30_00), sold("dal", "pulses", 80_00)]
    found = report(DAYS, [], goods, [category("breakfast", "Breakfast"), category("pulses", "Pulses", 3)])

    assert [(row.product_id, row.quantity, row.revenue_paise) for row in found.top_products] == [
        ("milk", 3, 90_00),
        ("dal", 1, 80_00),
    ]
    assert [(row.name, row.products, row.revenue_paise) for row in found.categories] == [
        ("Breakfast", 1, 30_00),
        ("Pulses", 3, 80_00),
        ("Dairy", 0, 60_00),
    ]


def test_a_category_without_sales_is_there_with_nothing() -> None:
    (row,) = report(DAYS, [], [], [category("dairy", "Dairy", 4)]).categories

    assert (row.products, row.revenue_paise, row.shares) == (4, 0, ())


def test_shows_the_ten_best_products_best_first() -> None:
    goods = [sold(f"p{number:02d}", "c", number * 100) for number in range(1, 13)]

    assert [row.product_id for row in report(DAYS, [], goods, []).top_products] == [
        f"p{number:02d}" for number in range(12, 2, -1)
    ]
