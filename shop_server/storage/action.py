"""One caller's wish to the books: it waits for its turn, is decided, and is answered; or its caller waits no longer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from shop_server.errors import Unavailable
from shop_server.storage.once import Once
from shop_server.storage.page import Page

T = TypeVar("T")

PATIENCE_SECONDS = 6.0
"""After so long an action is answered 503 instead of being tried again."""
LAST_WORD_SECONDS = 1.0
"""So much longer a caller waits when his action is being committed: better an answer than "not known"."""
TOO_BUSY = "The shop is very busy or cannot reach its records just now. Please try again in a moment."
UNKNOWN = "It is not known whether this was saved. Please look before you retry."


class Action(Generic[T]):
    """What a caller wants done, and after the commit its answer or its refusal.

    Its fate is taken once: by the writer about to commit it, or by a caller who waits no longer; then it is never done.
    """

    __slots__ = (
        *("decide", "once", "needs", "key", "answer", "refusal", "is_answered"),
        *("_patience_ends", "_answered", "_fate", "_is_sealed"),
    )

    def __init__(
        self, decide: Callable[[Page], T], once: Once | None, needs: dict[str, Sequence[str]], key: str
    ) -> None:
        self.decide = decide
        self.once = once
        self.needs = needs
        self.key = key
        self.answer: Any = None
        self.refusal: BaseException | None = None
        self.is_answered = False
        self._patience_ends = time.monotonic() + PATIENCE_SECONDS
        self._answered = threading.Lock()
        self._answered.acquire()
        self._fate = threading.Lock()
        self._is_sealed = False

    def wait(self) -> T:
        """Its answer; raises its refusal. Raises Unavailable when that takes too long, whatever holds the writer up."""
        if not self._answered.acquire(timeout=PATIENCE_SECONDS):
            if self._fate.acquire(blocking=False):
                raise Unavailable(TOO_BUSY)
            if not self._answered.acquire(timeout=LAST_WORD_SECONDS):
                raise Unavailable(UNKNOWN)
        if self.refusal is not None:
            raise self.refusal
        return self.answer  # type: ignore[no-any-return]

    def is_late(self, now: float) -> bool:
        """Whether its caller's patience is over."""
        return self._patience_ends < now

    def seal(self) -> bool:
        """From here on it may be written, whatever its caller thinks; False when he has gone."""
        self._is_sealed = self._is_sealed or self._fate.acquire(blocking=False)
        return self._is_sealed

    def settle(self) -> None:
        """Lets its caller have the answer."""
        self.is_answered = True
        self._answered.release()
