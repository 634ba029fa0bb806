"""Many people at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

LONGEST_SECONDS = 60.0


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Makes all calls at the same moment, each on a thread of its own; what each gave or raised, in their order."""
    given: list[Any] = [None] * len(calls)
    ready = threading.Barrier(len(calls))

    def call(number: int) -> None:
        ready.wait(LONGEST_SECONDS)
        try:
            given[number] = calls[number]()
        except Exception as refusal:
            given[number] = refusal

    threads = [threading.Thread(target=call, args=(number,), daemon=True) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST_SECONDS)
        assert not thread.is_alive(), "somebody is still waiting for an answer"
    return given


def refusals(given: Sequence[Any]) -> list[Exception]:
    return [answer for answer in given if isinstance(answer, Exception)]


def answers(given: Sequence[Any]) -> list[Any]:
    return [answer for answer in given if not isinstance(answer, Exception)]
