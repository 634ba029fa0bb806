"""The shop's own days and hours: what "today" is in the shop's timezone, never in UTC.

Instants are aware UTC datetimes; a business day is text, "2026-11-21", that sorts as it passes.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones


def business_day(at: datetime, timezone: str) -> str:
    """The shop's date at this instant: 00:10 in India already belongs to the new day."""
    return _local(at, timezone).date().isoformat()


def business_hour(at: datetime, timezone: str) -> int:
    """The hour on the shop's wall clock, 0 to 23."""
    return _local(at, timezone).hour


def weekday(at: datetime, timezone: str) -> int:
    """The shop's day of the week; Monday is 0."""
    return _local(at, timezone).weekday()


def day_bounds(day: str, timezone: str) -> tuple[datetime, datetime]:
    """First instant of a business day and of the day after it (the end is not part of it), in UTC."""
    return _midnight(day, timezone), _midnight(add_days(day, 1), timezone)


def next_midnight(at: datetime, timezone: str) -> datetime:
    """When the shop's next day begins, in UTC."""
    return _midnight(add_days(business_day(at, timezone), 1), timezone)


def add_days(day: str, days: int) -> str:
    """The day so many days later (earlier when negative)."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def days_between(first: str, last: str) -> int:
    """How many days `last` lies after `first`."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def last_days(day: str, count: int) -> list[str]:
    """The `count` days that end with `day`, oldest first."""
    return [add_days(day, back - count + 1) for back in range(count)]


def weekday_of(day: str) -> int:
    """The day of the week of a business day; Monday is 0."""
    return date.fromisoformat(day).weekday()


def financial_year(day: str) -> str:
    """The Indian financial year (April to March) a day lies in, as on invoices: "2026-27"."""
    on = date.fromisoformat(day)
    first = on.year if on.month >= 4 else on.year - 1
    return f"{first}-{(first + 1) % 100:02d}"


def is_timezone(name: str) -> bool:
    """Whether this is the name of a timezone, such as Asia/Kolkata."""
    return name in _timezones()


@lru_cache(maxsize=64)
def _local(at: datetime, timezone: str) -> datetime:
    return at.astimezone(ZoneInfo(timezone))


def _midnight(day: str, timezone: str) -> datetime:
    # Where the clocks go forward at midnight there is no 00:00; fold=0 then gives the very moment of the change.
    return datetime.combine(date.fromisoformat(day), time.min, ZoneInfo(timezone)).astimezone(UTC)


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def day_in_words(day: str) -> str:
    """A day as a person writes it, the same in every year and place: "21 Nov 2026"."""
    on = date.fromisoformat(day)
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
