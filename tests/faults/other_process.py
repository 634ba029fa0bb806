"""Another process of the same shop, with books of its own; it does what it is told, line by line.

A line names a call of CALLS, how often it is made at once, and what with: the answer is a line of what each gave.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from shop_server.actions.move_order import move_order
from shop_server.actions.place_order import PlaceOrder, place_order
from shop_server.actions.settle_payment import Confirmation, confirm_payment
from shop_server.clock import SystemClock
from shop_server.context import Context, Once
from shop_server.errors import ShopError, Unavailable
from shop_server.rules.order import Order
from shop_server.rules.person import CUSTOMER, SHOPKEEPER, Person
from shop_server.settings import Settings
from shop_server.storage.connection import Connection, open_database
from tests.at_once import answers, at_once
from tests.builders import HOME, open_context

ROOT = Path(__file__).parents[2]
LONGEST_SECONDS = 60.0


def place(context: Context, customer_id: str, items: list[tuple[str, int]], key: str | None, method: str) -> str:
    """Places an order; gives its id."""
    customer = Person(customer_id, "s", CUSTOMER, "Devi Kulkarni", "9876543210", None, frozenset())
    wish = PlaceOrder(customer, [(id_, quantity) for id_, quantity in items], method, HOME, False, "", None)
    once = Once(f"{customer_id}:POST /api/orders", key, "f") if key else None
    return str(place_order(context, wish, once)["order_id"])


def confirm(context: Context, order_id: str, shop_id: str) -> str:
    """Confirms a payment; gives the order's state."""
    asha = Person("asha", "s", SHOPKEEPER, "Asha", "9876543210", shop_id, frozenset())
    return confirm_payment(context, order_id, asha, Confirmation()).status


def pack(context: Context, order_ids: list[str], shop_id: str) -> str:
    """Packs all of these orders at once; gives in which states they are then."""
    asha = Person("asha", "s", SHOPKEEPER, "Asha", "9876543210", shop_id, frozenset())
    packed = at_once([patiently(move_order, context, order_id, asha, "packed") for order_id in order_ids])
    return ", ".join(sorted({order.status for order in answers(packed)}))


def patiently(call: Callable[..., Order], *what: Any) -> Callable[[], Order]:
    """The call, made again while the shop is too busy for it, as a page would."""

    def calling() -> Order:
        deadline = time.monotonic() + LONGEST_SECONDS
        while True:
            try:
                return call(*what)
            except Unavailable:
                if time.monotonic() > deadline:
                    raise

    return calling


CALLS: dict[str, Callable[..., str]] = {"place": place, "confirm": confirm, "pack": pack}


class OtherProcess:
    """Asked with `tell`, answers with `hear`: for each call what it gave, or the slug of its refusal in `refused`."""

    def __init__(self, connection: Connection, uri: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.other_process", uri, connection.name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.hear() == "ready"

    def tell(self, call: str, times: int = 1, **what: Any) -> None:
        assert self.process.stdin is not None
        print(json.dumps({"call": call, "times": times, "what": what}), file=self.process.stdin, flush=True)

    def hear(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())


@contextmanager
def other_process(connection: Connection, uri: str) -> Iterator[OtherProcess]:
    """Open until the end; then it must have closed in good order."""
    other = OtherProcess(connection, uri)
    with other.process as process:
        try:
            yield other
        finally:
            assert process.stdin is not None
            process.stdin.close()
            code = process.wait(30)
    assert code == 0


def main(uri: str, name: str) -> None:
    settings = Settings(port=0, data_dir=Path(), mongodb_uri=uri, database_name=name, rate_limits=False)
    with open_database(uri, name) as connection, open_context(connection, settings, SystemClock()) as context:
        _say("ready")
        for line in sys.stdin:
            asked = json.loads(line)
            given = at_once([partial(CALLS[asked["call"]], context, **asked["what"])] * asked["times"])
            _say([_told(answer) for answer in given])


def _say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _told(answer: str | Exception) -> str:
    if isinstance(answer, ShopError):
        return f"refused: {answer.slug}"
    if isinstance(answer, Exception):
        raise answer
    return answer


if __name__ == "__main__":
    main(*sys.argv[1:])
