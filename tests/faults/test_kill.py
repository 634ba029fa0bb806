"""A process is killed in the midst of its work: what was acknowledged is there, nothing is half-done, others go on."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indexes import COLLECTIONS, INDEXES
from shop_server.actions.place_order import place_order
from shop_server.context import Context
from shop_server.settings import Settings
from shop_server.storage import writers
from shop_server.storage.bundled import Bundled
from shop_server.storage.connection import Connection, open_database
from shop_server.storage.indexing import create_all
from tests.builders import a_customer, a_product, a_shop, an_order, open_context
from tests.fake_clock import FakeClock
from tests.faults.busy_shop import a_wish, start_busy_shop
from tests.faults.reckoning import faults
from tests.storage.processes import kill_mongod
from tests.waiting import wait_until

SEED = 20261121
LONGEST_SECONDS = 3.0
"""So soon after a process was killed another one sells the same goods."""


class Street:
    """A shop with three hot products, and the notes of all its processes that were killed."""

    def __init__(self, context: Context, connection: Connection, uri: str, notes: Path) -> None:
        self._context, self._connection, self._uri, self._notes = context, connection, uri, notes
        shop = a_shop(context)
        self._devi = a_customer(context)
        self._goods = [a_product(context, shop, name, stock=5_000).id for name in ("Dal", "Rice", "Ghee")]
        self._plan = {"shop_id": shop.id, "product_ids": self._goods, "customer_id": self._devi.user_id}

    def kill_after(self, seconds: float) -> None:
        """Lets a process work for so long after its first answer."""
        with start_busy_shop(self._uri, self._connection.name, self._notes, **self._plan) as process:
            self._wait_for_orders(1)
            threading.Event().wait(seconds)
            process.kill()

    def kill_at(self, step: str, after: int) -> None:
        """Lets a process work until its books have come to this step so often."""
        plan = {**self._plan, "kill_at": step, "after": after}
        with start_busy_shop(self._uri, self._connection.name, self._notes, **plan) as process:
            assert process.wait(60) == -9

    def kill_mongod_under(self, bundled: Bundled, times: int) -> None:
        """Lets a process work while its mongod is killed, and started again, so often."""
        with start_busy_shop(self._uri, self._connection.name, self._notes, **self._plan) as process:
            for _ in range(times):
                self._wait_for_orders(20)
                kill_mongod(bundled)
            self._wait_for_orders(20)
            process.kill()

    def _wait_for_orders(self, more: int) -> None:
        enough = len(self.noted("placed")) + more
        wait_until(lambda: len(self.noted("placed")) >= enough, seconds=60, what="more orders")

    def noted(self, word: str) -> list[list[str]]:
        """What was noted under this word, in whole lines."""
        text = self._notes.read_text() if self._notes.exists() else ""
        lines = [line.split() for line in text.split("\n")[:-1]]
        return [line[1:] for line in lines if line[0] == word]

    def sell_at_once(self) -> None:
        """The next process, this one, sells the same goods without waiting for anything to run out."""
        begun = time.monotonic()
        writers.end_dead(self._connection.tools)
        an_order(self._context, self._devi, dict.fromkeys(self._goods, 1))
        assert time.monotonic() - begun < LONGEST_SECONDS

    def check(self) -> None:
        """Nothing acknowledged is lost, nothing is half-done."""
        assert faults(self._connection.tools) == []
        orders: dict[str, Any] = {order["_id"]: order for order in self._connection.tools["orders"].find()}
        for _, order_id in self.noted("placed"):
            assert order_id in orders
        for word, state in [("confirmed", "placed"), ("packed", "packed"), ("cancelled", "cancelled")]:
            for (order_id,) in self.noted(word):
                assert state in [step["status"] for step in orders[order_id]["history"]]

    def ask_again(self) -> None:
        """The customers whose answer was lost ask again: each has one order, and those who had an answer the same."""
        placed: dict[str, str] = dict(self.noted("placed"))
        keys = [key for (key,) in self.noted("asked")]
        unanswered = [key for key in keys if key not in placed]
        for key in [*unanswered, *list(placed)[-10:]]:
            again = place_order(self._context, *a_wish(self._devi.user_id, self._goods, key))
            assert placed.setdefault(key, again["order_id"]) == again["order_id"]
        kept = self._connection.tools["idempotency_keys"].count_documents({})
        orders = self._connection.tools["orders"].count_documents({"payment.method": "UPI"})
        assert kept == len(keys) == orders


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Bundled]:
    """A mongod that may be killed."""
    bundled = Bundled(tmp_path / "data")
    bundled.start()
    try:
        yield bundled
    finally:
        bundled.stop()


@pytest.fixture
def street(context: Context, connection: Connection, mongod: Bundled, tmp_path: Path) -> Street:
    return Street(context, connection, mongod.uri, tmp_path / "notes")


def test_killed_at_random_moments_a_process_loses_nothing_and_holds_up_nobody(street: Street) -> None:
    chance = random.Random(SEED)
    for _ in range(5):
        street.kill_after(chance.uniform(0.0, 0.6))
        street.sell_at_once()
        street.check()
    street.ask_again()
    street.check()
    assert len(street.noted("placed")) > 50


@pytest.mark.parametrize("step", ["decided", "written", "committed"])
def test_killed_at_a_step_of_its_books_a_process_leaves_the_whole_group_or_nothing(street: Street, step: str) -> None:
    for after in (0, 7):
        street.kill_at(step, after)
        street.sell_at_once()
        street.check()
    street.ask_again()
    street.check()


def test_when_mongod_is_killed_under_a_process_nothing_is_lost_and_it_goes_on(
    mortal: Bundled, settings: Settings, clock: FakeClock, tmp_path: Path
) -> None:
    with open_database(mortal.uri, settings.database_name) as connection:
        create_all(connection.tools, INDEXES, COLLECTIONS)
        with open_context(connection, settings, clock) as context:
            street = Street(context, connection, mortal.uri, tmp_path / "notes")
            street.kill_mongod_under(mortal, times=2)
            street.sell_at_once()
            street.check()
            street.ask_again()
            street.check()
