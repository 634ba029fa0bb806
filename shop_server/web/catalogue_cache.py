"""What visitors see of the catalogue, ready to be sent: read once, given to everybody until something of it changes.

Only what is the same for all (strangers and customers) is kept. An answer is kept when nothing of its shop has changed
since it began to be read, and it ends when the shop's day does.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps

from shop_server.context import Context
from shop_server.errors import Unavailable
from shop_server.web.request import Request
from shop_server.web.response import Response

MOST_BYTES = 24 * 1024 * 1024
MOST_ANSWERS = 2_000
MOST_VISITORS = 20_000
VISITOR_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 10.0
_BYTES_AROUND = 2_000
"""About what an answer weighs besides its body: headers, its key, its place here."""


@dataclass(frozen=True, slots=True)
class CatalogueAnswer:
    """A prepared answer: true until `true_until`, or until `shop_id` (None: any shop) changes something."""

    response: Response
    shop_id: str | None
    true_until: datetime


Read = Callable[[Request, Context], CatalogueAnswer]


@dataclass(slots=True)
class _Kept:
    answer: CatalogueAnswer
    noted: int
    weight: int
    used: bool = False


@dataclass(slots=True)
class _Filling:
    """Somebody is reading this answer just now; `noted` is the generation when she began."""

    noted: int
    done: threading.Event = field(default_factory=threading.Event)
    answer: CatalogueAnswer | None = None
    error: Exception | None = None


class CatalogueCache:
    """One per process. `raise_generation` is called for each change before anybody is answered by it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._filling: dict[str, _Filling] = {}
        self._visitors: dict[int, float] = {}
        self._lock = threading.Lock()
        self._weight = 0
        self._generation = 0
        self._changed_at: dict[str | None, int] = {None: 0}
        self._all_changed_at = 0

    def raise_generation(self, shop_id: str | None) -> None:
        """Something of this shop changed (None: anything may have): answers read before are no longer given."""
        with self._lock:
            self._generation += 1
            self._changed_at[None] = self._generation
            if shop_id is None:
                self._all_changed_at = self._generation
                self._kept.clear()
                self._weight = 0
            else:
                self._changed_at[shop_id] = self._generation

    def through(self, read: Read) -> Callable[[Request, Context], Response]:
        """A handler that asks `read` only when the answer is not kept. The shop's own people always see it fresh."""

        @wraps(read)
        def answer(request: Request, context: Context) -> Response:
            person = request.person
            if person is not None and person.shop_id is not None:
                return read(request, context).response
            if person is not None:
                self._remember_visitor(request)
            return self.answer(_key(request), context.clock.now(), lambda: read(request, context)).response

        return answer

    def at_once(self, request: Request, context: Context) -> Response | None:
        """The kept answer for a visitor, if there is one; never waits."""
        if not self._is_visitor(request):
            return None
        kept = self._find(_key(request), context.clock.now())
        return None if kept is None else kept.response

    def answer(self, key: str, now: datetime, read: Callable[[], CatalogueAnswer]) -> CatalogueAnswer:
        """The kept answer, or what `read` gives. Of those who ask for one answer at the same time, one reads."""
        arrived = self._generation
        while True:
            kept = self._find(key, now)
            if kept is not None:
                return kept
            with self._lock:
                filling = self._filling.get(key)
                is_mine = filling is None
                if filling is None:
                    filling = self._filling[key] = _Filling(self._generation)
            if is_mine:
                return self._fill(key, filling, read)
            if not filling.done.wait(LONGEST_WAIT_SECONDS):
                return read()
            if filling.noted >= arrived:
                if filling.answer is None:
                    raise filling.error or Unavailable()
                return filling.answer
            # That reading began before a change which whoever asks may have made herself: once more.

    def _fill(self, key: str, filling: _Filling, read: Callable[[], CatalogueAnswer]) -> CatalogueAnswer:
        try:
            answer = filling.answer = read()
            self._keep(key, answer, filling.noted)
            return answer
        except Exception as error:
            filling.error = error
            raise
        finally:
            with self._lock:
                del self._filling[key]
            filling.done.set()

    def _find(self, key: str, now: datetime) -> CatalogueAnswer | None:
        kept = self._kept.get(key)
        if kept is None or now >= kept.answer.true_until or not self._is_true(kept.answer.shop_id, kept.noted):
            return None
        kept.used = True
        return kept.answer

    def _is_true(self, shop_id: str | None, noted: int) -> bool:
        return noted >= self._changed_at.get(shop_id, 0) and noted >= self._all_changed_at

    def _keep(self, key: str, answer: CatalogueAnswer, noted: int) -> None:
        response = answer.response
        weight = len(response.body) + len(response.gzipped or b"") + 2 * len(key) + _BYTES_AROUND
        with self._lock:
            if not self._is_true(answer.shop_id, noted) or weight > MOST_BYTES:
                return
            self._drop(key)
            self._kept[key] = _Kept(answer, noted, weight)
            self._weight += weight
            while len(self._kept) > MOST_ANSWERS or self._weight > MOST_BYTES:
                self._drop_oldest()

    def _drop_oldest(self) -> None:
        """Drops the one kept longest; one that was asked for meanwhile goes to the end of the queue once more."""
        key, kept = next(iter(self._kept.items()))
        if kept.used and self._is_true(kept.answer.shop_id, kept.noted):
            kept.used = False
            self._kept.move_to_end(key)
        else:
            self._drop(key)

    def _drop(self, key: str) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._weight -= kept.weight

    def _is_visitor(self, request: Request) -> bool:
        """Whether who asks is a stranger, or signs in with what a customer signed in with a moment ago.

        What she would get is for anybody's eyes, so nothing is lost should her sign-in be over by now.
        """
        credentials = _credentials(request)
        return credentials is None or self._visitors.get(credentials, 0.0) > time.monotonic()

    def _remember_visitor(self, request: Request) -> None:
        credentials = _credentials(request)
        if credentials is not None:
            if len(self._visitors) >= MOST_VISITORS:
                self._visitors.clear()
            self._visitors[credentials] = time.monotonic() + VISITOR_SECONDS


def _key(request: Request) -> str:
    return f"{request.path}?{request.query_text}"


def _credentials(request: Request) -> int | None:
    authorization, cookie = request.headers.get("authorization"), request.headers.get("cookie")
    return None if authorization is None and cookie is None else hash((authorization, cookie))
