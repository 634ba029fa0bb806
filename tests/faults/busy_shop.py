"""A process of the shop that is kept busy until it is killed, and notes on its output what it was asked and answered.

Each line is a word and what it is about: "asked KEY" before an order is placed, "placed KEY ORDER" when it is, and
"STATE ORDER" when it was moved on.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from shop_server.actions.cancel_order import cancel_order
from shop_server.actions.move_order import move_order
from shop_server.actions.place_order import PlaceOrder, place_order
from shop_server.actions.settle_payment import Confirmation, confirm_payment
from shop_server.clock import SystemClock
from shop_server.context import Context, Once
from shop_server.errors import Unavailable
from shop_server.rules.person import CUSTOMER, SHOPKEEPER, Person
from shop_server.settings import Settings
from shop_server.storage import writers
from shop_server.storage.connection import open_database
from tests.builders import HOME, new_id, open_context

ROOT = Path(__file__).parents[2]
THREADS = 8


def start_busy_shop(uri: str, name: str, notes: Path, **plan: object) -> subprocess.Popen[bytes]:
    """Opens one that writes its notes there. `plan`: shop_id, product_ids, customer_id; kill_at, a step of the books at
    which it kills itself, and after how many of them."""
    with notes.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.faults.busy_shop", uri, name, json.dumps(plan)], cwd=ROOT, stdout=file
        )


def a_wish(customer_id: str, product_ids: list[str], key: str) -> tuple[PlaceOrder, Once]:
    """What was asked under this key, to the letter."""
    chosen = random.Random(key).sample(product_ids, 2)
    customer = Person(customer_id, "s", CUSTOMER, "Devi Kulkarni", "9876543210", None, frozenset())
    wish = PlaceOrder(customer, [(id_, 1) for id_ in chosen], "UPI", HOME, False, "", None)
    return wish, Once(f"{customer_id}:POST /api/orders", key, "f")


class BusyShop:
    def __init__(self, context: Context, shop_id: str, product_ids: list[str], customer_id: str) -> None:
        self._context = context
        self._asha = Person("asha", "s", SHOPKEEPER, "Asha", "9876543210", shop_id, frozenset())
        self._product_ids = product_ids
        self._customer_id = customer_id

    def work(self) -> None:
        """Until the end of the process; who is told to come later does something else."""
        while True:
            with suppress(Unavailable):
                self._take_an_order()

    def _take_an_order(self) -> None:
        key = new_id()
        _note("asked", key)
        order_id = place_order(self._context, *a_wish(self._customer_id, self._product_ids, key))["order_id"]
        _note("placed", key, order_id)
        self._move_on(order_id, random.choice([0, 1, 2, 3]))

    def _move_on(self, order_id: str, how: int) -> None:
        if how >= 1:
            confirm_payment(self._context, order_id, self._asha, Confirmation())
            _note("confirmed", order_id)
        if how >= 2:
            move_order(self._context, order_id, self._asha, "packed")
            _note("packed", order_id)
        if how == 3:
            cancel_order(self._context, order_id, self._asha, "fell down")
            _note("cancelled", order_id)


def _note(*words: str) -> None:
    # In one piece, whoever else writes: what is noted was answered.
    os.write(1, (" ".join(words) + "\n").encode())


def _kill_at(step: str | None, after: int) -> Callable[[str], None]:
    seen = 0

    def gate(reached: str) -> None:
        nonlocal seen
        seen += reached == step
        if seen > after:
            os.kill(os.getpid(), signal.SIGKILL)

    return gate


def main(uri: str, name: str, plan: str) -> None:
    told = json.loads(plan)
    gate = _kill_at(told.pop("kill_at", None), told.pop("after", 0))
    settings = Settings(port=0, data_dir=Path(), mongodb_uri=uri, database_name=name, rate_limits=False)
    with open_database(uri, name) as connection:
        writers.end_dead(connection.tools)
        with open_context(connection, settings, SystemClock(), gate) as context:
            shop = BusyShop(context, **told)
            threads = [threading.Thread(target=shop.work) for _ in range(THREADS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
