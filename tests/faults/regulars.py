"""Customers who order one thing after the other through an outage, and note how long they wait and what they are told."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.faults.crowd import crowd_at
from tests.faults.diary import Deed
from tests.faults.trial_shop import TrialShop
from tests.waiting import wait_until

REGULARS, CROWD = 4, 6
PAUSE_SECONDS = 0.1
ANSWER_SECONDS = 30.0
LONGEST_ANSWER_SECONDS = 15.0
"""Two for who she is, seven at the books, and the rest for a busy machine."""
LONGEST_SECONDS = 60.0
"""A shop that is not back by then does not come back."""
PLACED, SOLD_OUT, UNAVAILABLE, BROKEN = 201, 409, 503, 0
SERVED = (PLACED, SOLD_OUT)


class Asking(NamedTuple):
    """One asking for an order: when, for how long, and the answer. BROKEN when the connection was closed without one."""

    asked_at: float
    seconds: float
    status: int
    detail: str


@dataclass(frozen=True)
class Outage:
    """What an outage was like for those who ordered: of those who asked until it was over, how many were told what."""

    what: str
    lasted_seconds: float
    served: int
    refused: int
    broken: int
    longest_answer_seconds: float
    back_after_seconds: float


class Regulars:
    """They come with `start` and leave with `stop`; what they did stands in the shop's diary."""

    def __init__(self, shop: TrialShop, name: str) -> None:
        self.askings: list[Asking] = []
        self.complaints: list[str] = []
        self._shop, self._name = shop, name
        self._leaving = threading.Event()
        self._threads = [threading.Thread(target=self._live, args=(n,), daemon=True) for n in range(REGULARS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Each gets the order that she waits for, and leaves."""
        self._leaving.set()
        deadline = time.monotonic() + LONGEST_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
            assert not thread.is_alive(), "a customer is still waiting for her order"

    def wait_until_served(self, since: float) -> float:
        """Until some have been served who asked since then; how long the first of them had to wait."""

        def served() -> list[float]:
            return [a.asked_at + a.seconds for a in [*self.askings] if a.status in SERVED and a.asked_at >= since]

        wait_until(lambda: len(served()) >= REGULARS, seconds=LONGEST_SECONDS, what="an order")
        return min(served()) - since

    def wait_for_words(self, words: str, since: float) -> None:
        """Until somebody who asked since then is told this."""
        wait_until(
            lambda: any(words in asking.detail for asking in [*self.askings] if asking.asked_at >= since),
            seconds=LONGEST_SECONDS,
            what=words,
        )

    def outage(self, what: str, begun: float, ended: float) -> Outage:
        """What it was like between these two moments, and until the shop sold again."""
        back_after = self.wait_until_served(ended)
        during = [a for a in self.askings if a.asked_at <= ended + back_after and a.asked_at + a.seconds > begun]
        told = Counter(asking.status for asking in during)
        assert set(told) <= {*SERVED, UNAVAILABLE, BROKEN}, f"{what}: customers were answered {told}"
        longest = max(asking.seconds for asking in during)
        assert longest < LONGEST_ANSWER_SECONDS, f"{what}: somebody waited {longest:.1f} seconds for an answer"
        served = sum(told[status] for status in SERVED)
        return Outage(what, ended - begun, served, told[UNAVAILABLE], told[BROKEN], longest, back_after)

    def _live(self, number: int) -> None:
        wishes = 0
        while not self._leaving.wait(PAUSE_SECONDS):
            wishes += 1
            good = self._shop.goods[(number + wishes) % len(self._shop.goods)]
            said = {"items": [{"id": good.id, "quantity": 1}], "paymentMethod": "Cash", "pickup": True}
            self._order(number, said, f"{self._name} regular {number} wish {wishes}")

    def _order(self, number: int, said: dict[str, Any], key: str) -> None:
        """Asks under the same key until there is an answer, as the pages do."""
        deed = Deed("place", "", said)
        while (answered := self._ask(number, said, key))[0] in (UNAVAILABLE, BROKEN):
            deed.is_lost = True
            threading.Event().wait(PAUSE_SECONDS)
        deed.status, deed.answer = answered
        if deed.is_done:
            deed.about = deed.answer["orderId"]
        self._shop.diary.append(deed)

    def _ask(self, number: int, said: dict[str, Any], key: str) -> tuple[int, Any]:
        asked_at = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self._shop.port, timeout=ANSWER_SECONDS)
        headers = {"Authorization": f"Bearer {self._shop.customer(number)}", "Content-Type": "application/json"}
        status, answer = BROKEN, {"detail": "the connection broke"}
        with suppress(OSError, http.client.HTTPException):
            connection.request("POST", "/api/orders", json.dumps(said), {**headers, "Idempotency-Key": key})
            response = connection.getresponse()
            status, answer = response.status, json.loads(response.read())
            if status == UNAVAILABLE and "Retry-After" not in response.headers:
                self.complaints.append(f"503 without Retry-After: {answer}")
        connection.close()
        self.askings.append(Asking(asked_at, time.monotonic() - asked_at, status, answer.get("detail", "")))
        return status, answer


@contextmanager
def regulars_at(shop: TrialShop, name: str) -> Iterator[Regulars]:
    """Regulars among a crowd, who have had their first orders; everybody leaves in good order in the end."""
    with crowd_at(shop, CROWD, name, PAUSE_SECONDS) as crowd:
        regulars = Regulars(shop, name)
        regulars.start()
        try:
            regulars.wait_until_served(time.monotonic())
            yield regulars
        finally:
            regulars.stop()
    assert crowd.complaints + regulars.complaints == []
