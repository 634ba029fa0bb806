"""What a process remembers of the records for a moment, so that it need not ask again, and forgets when news comes."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Memory(Generic[Value]):
    """At most `most` values by key, each for at most `seconds`: news ends them sooner, this is for news that got lost.

    Read `generation` before you read the records: what was read before news came may be stale and is not kept.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._kept: OrderedDict[str, tuple[float, Value]] = OrderedDict()
        self._lock = threading.Lock()
        self.generation = 0

    def find(self, key: str) -> Value | None:
        """What is remembered; None when nothing is. Never waits."""
        kept = self._kept.get(key)
        return None if kept is None or kept[0] <= time.monotonic() else kept[1]

    def keep(self, key: str, value: Value, generation: int) -> None:
        """Remembers what was read at this generation."""
        with self._lock:
            if generation != self.generation:
                return
            now = time.monotonic()
            self._kept[key] = (now + self._seconds, value)
            self._kept.move_to_end(key)
            # They stand in the order in which their time is over.
            while len(self._kept) > self._most or next(iter(self._kept.values()))[0] <= now:
                self._kept.popitem(last=False)

    def forget(self, is_stale: Callable[[str, Value], bool]) -> None:
        """Forgets what has become stale."""
        with self._lock:
            self.generation += 1
            for key in [key for key, (_, value) in self._kept.items() if is_stale(key, value)]:
                del self._kept[key]

    def forget_all(self) -> None:
        """When news may have been missed."""
        self.forget(lambda key, value: True)
