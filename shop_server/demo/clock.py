"""A clock that is set by whoever tells the stories, so that three weeks pass in a few seconds."""

from __future__ import annotations

from datetime import datetime


class StoryClock:
    """Shows the moment that it was last set to; it never goes back."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = max(self._now, now)
