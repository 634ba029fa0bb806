"""Counts what was answered, by route and status, and how long it took. The request log's thread does it: nobody waits."""

from __future__ import annotations

from bisect import bisect_left

from shop_server.context import SECONDS, Histogram

NO_ROUTE = "-"
"""What the request log calls the route of a request that has none."""


class Tally:
    """What this process has answered since it began."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str, int], tuple[list[int], Histogram]] = {}
        self._seconds: dict[tuple[str, str], Histogram] = {}

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """One answer. Called from one thread only."""
        found = self._answers.get((method, route, status))
        if found is None:
            found = self._begin(method, route, status)
        count, histogram = found
        count[0] += 1
        histogram.counts[bisect_left(SECONDS, seconds)] += 1
        histogram.total += seconds

    def answers(self) -> list[list[str | int]]:
        """Rows of method, route, status and how often."""
        return [[*key, count[0]] for key, (count, _) in list(self._answers.items())]

    def seconds(self) -> list[list[str | float]]:
        """Rows of method and route, then the counts of a Histogram of SECONDS and its sum."""
        return [[*key, *histogram.row()] for key, histogram in list(self._seconds.items())]

    def _begin(self, method: str, route: str, status: int) -> tuple[list[int], Histogram]:
        if route == NO_ROUTE:
            # Nobody is to make up as many methods as there is memory.
            method = NO_ROUTE
        histogram = self._seconds.setdefault((method, route), Histogram(SECONDS))
        return self._answers.setdefault((method, route, status), ([0], histogram))
