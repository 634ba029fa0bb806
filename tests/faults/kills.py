"""Kills the server, its mongod, or both, under a crowd, and sees how soon the shop sells again."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.faults.crowd import Crowd
from tests.faults.mongod_failures import failing
from tests.faults.trial_server import STEPS, STORIES
from tests.faults.trial_shop import TrialShop
from tests.waiting import wait_until

ONE_SERVER, SERVERS, MONGOD, BOTH = "one server process", "all server processes", "mongod", "server and mongod"
VICTIMS = (ONE_SERVER, SERVERS, MONGOD, BOTH)
AT_RANDOM = "at random"
COMMITTING = "committing"
MOMENTS = tuple(f"{story}, {step}" for story in STORIES for step in (*STEPS, COMMITTING))
"""While its group of orders is being placed (confirmed ...), at this step of the books."""
LONGEST_SECONDS = 60.0
"""A shop that is not back by then does not come back."""


@dataclass(frozen=True)
class Kill:
    """Whom to kill, and when: AT_RANDOM or one of MOMENTS."""

    victim: str
    moment: str


class Killer:
    """Kills at a shop on trial, and opens it again where nobody else does."""

    def __init__(self, shop: TrialShop, crowd: Crowd, seed: object) -> None:
        self._shop, self._crowd = shop, crowd
        self._chance = random.Random(f"{seed}:kills")

    def kill(self, kill: Kill) -> float:
        """Waits until the crowd is at work, and kills. Gives the seconds until the shop sells again at full strength.

        They are counted from the kill, or from the moment when the shop is opened again if nobody is left to do that.
        """
        before = self._crowd.orders_placed()
        wait_until(lambda: self._crowd.orders_placed() > before + 5, seconds=LONGEST_SECONDS, what="some orders")
        servers, mongod = self._shop.servers(), self._shop.mongod()
        dying: list[int] = {
            ONE_SERVER: [],
            SERVERS: [self._shop.front, *servers],
            MONGOD: [mongod],
            BOTH: [self._shop.front, mongod, *servers],
        }[kill.victim]
        if kill.moment == AT_RANDOM:
            threading.Event().wait(self._chance.uniform(0.0, 0.5))
            self._shop.kill(dying or [self._chance.choice(servers)])
        else:
            self._let_them_kill(kill, dying)
        is_closed = kill.victim in (SERVERS, BOTH) or (servers == [self._shop.front] and kill.victim == ONE_SERVER)
        return self._wait_for_recovery([*servers, self._shop.front] if is_closed else [])

    def _let_them_kill(self, kill: Kill, dying: list[int]) -> None:
        story, step = kill.moment.split(", ")
        commits = step == COMMITTING
        after_seconds = self._chance.uniform(0.02, 0.3) if commits else 0.0
        wanted = {
            "story": story,
            "step": "written" if commits else step,
            "after_seconds": after_seconds,
            "processes": dying,
            "own": not dying,
        }
        with self._slow_commits() if commits else _nothing():
            draft = self._shop.kill_order.with_suffix(".draft")
            draft.write_text(json.dumps(wanted))
            draft.rename(self._shop.kill_order)
            wait_until(lambda: not self._shop.kill_order.exists(), seconds=LONGEST_SECONDS, what=kill.moment)
            # It may still be about to happen; what is killed twice is as dead.
            threading.Event().wait(after_seconds)
            self._shop.kill(dying)

    @contextmanager
    def _slow_commits(self) -> Iterator[None]:
        """Commits reach mongod, and stay there for a while."""
        how = {"failCommands": ["commitTransaction"], "blockConnection": True, "blockTimeMS": 500}
        with failing(self._shop, how, "alwaysOn"):
            yield

    def _wait_for_recovery(self, gone: list[int]) -> float:
        """Those who are `gone` leave nobody who would open the shop again; what is left of them goes too."""
        begun = time.monotonic()
        if gone:
            self._shop.kill(gone)
            wait_until(self._shop.has_ended, seconds=LONGEST_SECONDS, what="the end of the program")
            begun = time.monotonic()
            self._shop.open()
        wait_until(lambda: self._crowd.newest_order_asked_at > begun, seconds=LONGEST_SECONDS, what="the next order")
        wait_until(
            lambda: len(self._shop.servers()) == self._shop.workers, seconds=LONGEST_SECONDS, what="full strength"
        )
        return time.monotonic() - begun


@contextmanager
def _nothing() -> Iterator[None]:
    yield
