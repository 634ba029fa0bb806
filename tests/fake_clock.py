"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

OPENING = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
"""A Saturday, ten in the morning in the shop."""


class FakeClock:
    """Stands at OPENING when a test begins."""

    def __init__(self) -> None:
        self._now = OPENING

    def now(self) -> datetime:
        return self._now

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Moves time on."""
        self._now += timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)

    def set(self, now: datetime) -> None:
        """Moves time to an instant."""
        self._now = now
