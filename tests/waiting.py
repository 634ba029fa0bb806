"""Waiting for something to come true, without guessing how long it takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def wait_until(
    comes_true: Callable[[], object], *, seconds: float = 10.0, what: str = "it", every: float = 0.01
) -> None:
    """Returns as soon as it has come true; looks `every` so many seconds. Fails after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not comes_true():
        assert time.monotonic() < deadline, f"{what} did not come true within {seconds} seconds"
        pause.wait(every)
