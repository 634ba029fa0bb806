"""Counts what was answered, by route and status, and how long it took. The request log's thread does it: nobody waits."""

from __future__ import annotations

from shop_server.context import SECONDS, Histogram

NO_ROUTE = "-"
"""What the request log calls the route of a request that has none."""


class Tally:
    """What this process has answered since it began."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str, int], int] = {}
        self._seconds: dict[tuple[str, str], Histogram] = {}

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """One answer. Called from one thread only."""
        if route == NO_ROUTE:
            # Nobody is to make up as many methods as there is memory.
            method = NO_ROUTE
        answer = method, route, status
        self._answers[answer] = self._answers.get(answer, 0) + 1
        histogram = self._seconds.get((method, route))
        if histogram is None:
            histogram = self._seconds[method, route] = Histogram(SECONDS)
        histogram.note(seconds)

    def answers(self) -> list[list[str | int]]:
        """Rows of method, route, status and how often."""
        return [[*key, count] for key, count in list(self._answers.items())]

    def seconds(self) -> list[list[str | float]]:
        """Rows of method and route, then the counts of a Histogram of SECONDS and its sum."""
        return [[*key, *histogram.row()] for key, histogram in list(self._seconds.items())]
