"""The shop's day is cut at its own midnight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_server.rules.shop_time import (
    add_days,
    business_day,
    business_hour,
    day_bounds,
    days_between,
    financial_year,
    is_timezone,
    last_days,
    next_midnight,
    weekday,
    weekday_of,
)

INDIA = "Asia/Kolkata"
zones = st.sampled_from([INDIA, "UTC", "Asia/Kathmandu", "America/New_York", "Europe/London", "Pacific/Auckland"])
instants = st.integers(1_577_923_200_000, 2_051_222_400_000).map(lambda ms: datetime.fromtimestamp(ms / 1000, UTC))


def india(text: str) -> datetime:
    return datetime.fromisoformat(text + "+05:30").astimezone(UTC)


@pytest.mark.parametrize(
    ("local", "day", "hour"),
    [
        ("2026-11-21T00:00", "2026-11-21", 0),
        ("2026-11-21T00:10", "2026-11-21", 0),
        ("2026-11-21T05:29", "2026-11-21", 5),
        ("2026-11-21T05:30", "2026-11-21", 5),
        ("2026-11-21T23:59", "2026-11-21", 23),
    ],
)
def test_a_sale_belongs_to_the_day_on_the_shops_wall_clock(local: str, day: str, hour: int) -> None:
    at = india(local)
    assert business_day(at, INDIA) == day
    assert business_hour(at, INDIA) == hour
    assert weekday(at, INDIA) == 5


def test_a_sale_at_ten_past_midnight_is_still_the_day_before_in_utc() -> None:
    assert business_day(india("2026-11-21T00:10"), "UTC") == "2026-11-20"


def test_an_indian_day_runs_from_half_past_six_in_the_evening_utc() -> None:
    assert day_bounds("2026-11-21", INDIA) == (
        datetime(2026, 11, 20, 18, 30, tzinfo=UTC),
        datetime(2026, 11, 21, 18, 30, tzinfo=UTC),
    )


@given(instants, zones)
def test_every_instant_lies_within_the_bounds_of_its_business_day(at: datetime, zone: str) -> None:
    day = business_day(at, zone)
    start, end = day_bounds(day, zone)
    assert start <= at < end
    assert business_day(start, zone) == day
    assert business_day(start - timedelta(milliseconds=1), zone) == add_days(day, -1)
    assert next_midnight(at, zone) == end
    assert weekday(at, zone) == weekday_of(day)


def test_a_day_without_a_midnight_begins_when_the_clocks_go_forward() -> None:
    start, _ = day_bounds("2018-11-04", "America/Sao_Paulo")
    assert start == datetime(2018, 11, 4, 3, 0, tzinfo=UTC)
    assert business_day(start, "America/Sao_Paulo") == "2018-11-04"


def test_a_day_with_the_clock_change_has_twenty_three_hours() -> None:
    start, end = day_bounds("2026-03-29", "Europe/London")
    assert end - start == timedelta(hours=23)


def test_days_are_counted_over_months_and_leap_years() -> None:
    assert add_days("2028-02-28", 2) == "2028-03-01"
    assert add_days("2026-01-01", -1) == "2025-12-31"
    assert days_between("2026-02-27", "2026-03-02") == 3


def test_the_last_seven_days_end_today_and_start_with_the_oldest() -> None:
    days = last_days("2026-03-02", 7)
    assert (days[0], days[-1], len(days)) == ("2026-02-24", "2026-03-02", 7)


@pytest.mark.parametrize(
    ("day", "year"),
    [("2026-03-31", "2025-26"), ("2026-04-01", "2026-27"), ("2027-01-15", "2026-27"), ("2099-12-31", "2099-00")],
)
def test_the_financial_year_turns_on_the_first_of_april(day: str, year: str) -> None:
    assert financial_year(day) == year


@pytest.mark.parametrize("name", ["", "Asia", "../etc/passwd", "/etc/localtime", "IST+5", "asia/kolkata\x00"])
def test_what_is_no_timezone_is_told_apart(name: str) -> None:
    assert is_timezone(INDIA)
    assert not is_timezone(name)
