"""Shows on standard error how far something has come: a bar on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

WIDTH = 30
BAR_SECONDS, LINE_SECONDS = 0.2, 5.0


class Progress:
    """So much of `total` is done. `keep` is called along with it."""

    def __init__(self, what: str, total: int, keep: Callable[[], None] = lambda: None) -> None:
        self._what, self._total, self._keep = what, total, keep
        self._done = 0
        self._began = self._said = time.monotonic()
        self._on_terminal = sys.stderr.isatty()

    def add(self, more: int) -> None:
        self._done += more
        now = time.monotonic()
        if now - self._said > (BAR_SECONDS if self._on_terminal else LINE_SECONDS):
            self._said = now
            self._keep()
            self._show(min(self._done / self._total, 0.999), now)

    def end(self) -> None:
        """All is done."""
        self._show(1.0, time.monotonic())
        if self._on_terminal:
            sys.stderr.write("\n")

    def _show(self, part: float, now: float) -> None:
        full = round(part * WIDTH)
        bar = f"[{'#' * full}{' ' * (WIDTH - full)}] {part:4.0%} {self._what}, {now - self._began:.0f} s"
        sys.stderr.write(f"\r{bar}" if self._on_terminal else f"{bar}\n")
        sys.stderr.flush()
