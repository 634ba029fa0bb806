"""Several processes of a shop behind one door: what is changed at one is known at the other, and how soon."""

from __future__ import annotations

import http.client
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.faults.crowd import crowd_at
from tests.faults.diary import Deed
from tests.faults.trial_shop import TrialShop, trial_shop

CROWD, PAUSE_SECONDS = 6, 0.1
SOON_MS = 100
ANSWER_SECONDS = 15.0
LONGEST_SECONDS = 5.0
MOST_DOORS = 200
"""So many connections are tried until one leads to the process that is wanted."""


class Delays(NamedTuple):
    """How long something took, in milliseconds, each time."""

    times: int
    p50: float
    p99: float
    longest: float


class Visit:
    """A connection that stays with one process of the shop; `process` says with which."""

    def __init__(self, shop: TrialShop) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=ANSWER_SECONDS)
        self._connection.request("GET", "/healthz")
        self._connection.getresponse().read()
        own_port = self._connection.sock.getsockname()[1]
        self.process = _process_at(shop.port, own_port, shop.servers())

    def ask(self, method: str, path: str, body: Any = None, token: str = "", key: str = "") -> Any:
        """One call that must succeed."""
        response = self._response(method, path, body, token, key)
        answer = response.read()
        assert response.status < 400, f"{method} {path} answered {answer!r}"
        return json.loads(answer)

    def events(self, token: str) -> Generator[dict[str, Any]]:
        """What she hears from now on; the first is empty and says that she listens."""
        response = self._response("GET", "/api/events", None, token)
        assert response.status == 200
        yield {}
        for line in response:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])

    def close(self) -> None:
        self._connection.close()

    def _response(self, method: str, path: str, body: Any, token: str, key: str = "") -> http.client.HTTPResponse:
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        return self._connection.getresponse()


@contextmanager
def a_visit_to_each(shop: TrialShop) -> Iterator[list[Visit]]:
    """One connection to each process of the shop."""
    visits: dict[int, Visit] = {}
    try:
        for _ in range(MOST_DOORS):
            visit = Visit(shop)
            if visit.process in visits:
                visit.close()
            visits.setdefault(visit.process, visit)
            if len(visits) == shop.workers:
                break
        assert len(visits) == shop.workers, f"{MOST_DOORS} connections all led to {list(visits)}"
        yield list(visits.values())
    finally:
        for visit in visits.values():
            visit.close()


def change_prices(shop: TrialShop, seed: object, times: int) -> Delays:
    """Asha changes a price through one process; how long until another one's catalogue shows it, under a mild load."""
    good = shop.add_good(f"Guavas {len(shop.goods)}", 10)
    # Its price moves all the time: what it costs in an order is nobody's to foresee.
    shop.goods.remove(good)
    shop_id = shop.call("GET", "/api/shopkeeper/shop", None, shop.asha)["id"]
    delays = []
    with crowd_at(shop, CROWD, f"{seed}:prices", PAUSE_SECONDS) as crowd, a_visit_to_each(shop) as visits:
        for number in range(times):
            here, there = visits[number % 2], visits[(number + 1) % 2]
            price = 100 + number
            here.ask("PUT", f"/api/products/{good.id}", {"price": price}, shop.asha)
            changed_at = time.monotonic()
            while _shown_price(there, shop_id, good.id) != price:
                assert time.monotonic() - changed_at < LONGEST_SECONDS, "the other process does not hear of it"
            delays.append(time.monotonic() - changed_at)
    assert crowd.complaints == []
    return summed_up(delays)


def ring_next_door(shop: TrialShop, times: int) -> Delays:
    """Devi orders at one process; how long until Asha, who listens at another one, hears of it."""
    good = shop.add_good(f"Limes {len(shop.goods)}", 10_000)
    said = {"items": [{"id": good.id, "quantity": 1}], "paymentMethod": "Cash", "pickup": True}
    delays: list[float] = []
    with a_visit_to_each(shop) as (here, there, *_), closing(there.events(shop.asha)) as heard:
        next(heard)
        for _ in range(times):
            answer = here.ask("POST", "/api/orders", said, shop.customer(0), f"{good.id} {len(delays)}")
            placed_at = time.monotonic()
            shop.diary.append(Deed("place", answer["orderId"], said, 201, answer))
            while (event := next(heard))["id"] != answer["orderId"] or event["kind"] != "order":
                assert time.monotonic() - placed_at < LONGEST_SECONDS, "nobody rings next door"
            delays.append(time.monotonic() - placed_at)
    return summed_up(delays)


def next_door(folder: Path, seed: object, times: int) -> tuple[Delays, Delays]:
    """Both of these, so often, at a shop of their own with two processes."""
    with trial_shop(folder, workers=2) as shop:
        return change_prices(shop, seed, times), ring_next_door(shop, times)


def summed_up(seconds: Sequence[float]) -> Delays:
    """The middle, the 99th percentile and the longest of them."""
    ordered = sorted(1000 * delay for delay in seconds)
    p50, p99 = (ordered[math.ceil(part * len(ordered)) - 1] for part in (0.5, 0.99))
    return Delays(len(ordered), p50, p99, ordered[-1])


def _shown_price(visit: Visit, shop_id: str, product_id: str) -> float:
    rows = visit.ask("GET", f"/api/products?shopId={shop_id}&limit=100")
    return next(float(row["price"]) for row in rows if row["id"] == product_id)


def _process_at(port: int, visitor_port: int, processes: Sequence[int]) -> int:
    """Which of these processes holds the other end of a connection to `port`, as the system has it."""
    ends = (f"0100007F:{port:04X}", f"0100007F:{visitor_port:04X}")
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    socket = next(f"socket:[{row[9]}]" for row in rows if (row[1], row[2]) == ends)
    return next(process for process in processes if socket in _open_files(process))


def _open_files(process: int) -> set[str]:
    found = set()
    for file in Path(f"/proc/{process}/fd").iterdir():
        try:
            found.add(os.readlink(file))
        except FileNotFoundError:
            continue
    return found


def main(times: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        prices, rings = next_door(Path(folder), "side by side", times)
    for what, delays in (("a price is shown next door", prices), ("an order rings next door", rings)):
        sys.stdout.write(
            f"| {what} | {delays.times} | {delays.p50:.1f} ms | {delays.p99:.1f} ms | {delays.longest:.1f} ms |\n"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
