"""Counts that are kept while the shop works, for those who watch over it: cheap to note, read now and then."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES = (1, 2, 4, 8, 16, 32, 64)


class Histogram:
    """How many values there were up to each of `bounds`, and beyond, and their sum. One thread notes, any may read."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0

    def note(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def row(self) -> list[float]:
        """Its counts, and the sum behind them."""
        return [*self.counts, self.total]


class BooksFigures:
    """What a writer has done: groups that were committed with how many actions and in how long, and races it lost."""

    __slots__ = ("conflicts", "seconds", "sizes")

    def __init__(self) -> None:
        self.sizes = Histogram(SIZES)
        self.seconds = Histogram(SECONDS)
        self.conflicts = 0

    def committed(self, actions: int, seconds: float) -> None:
        self.sizes.note(actions)
        self.seconds.note(seconds)

    def lost_race(self) -> None:
        self.conflicts += 1

    def told(self) -> dict[str, list[float] | int]:
        return {"sizes": self.sizes.row(), "seconds": self.seconds.row(), "conflicts": self.conflicts}
