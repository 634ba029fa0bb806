"""Half of the street stands in the door and says nothing, others listen for hours, and whoever wants to buy is served."""

from __future__ import annotations

import random
import resource
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

from shop_server.jobs import schedule
from tests.faults.effort import TIMES
from tests.faults.program import Program
from tests.faults.soak import look
from tests.faults.soak_load import Person, Street, order
from tests.waiting import wait_until

STALLED = 500
BUYERS = 3
STREAMS_EACH = 10
LISTENERS = BUYERS * STREAMS_EACH if TIMES == 1 else 300
"""Each account may listen ten times. The long form makes thirty accounts, and each password costs a quarter of a second."""
ORDERS_EACH = 20 * TIMES
BEGINNINGS = (
    b"",
    b"POST /api/ord",
    b"GET / HTTP/1.1\r\nHost: shop\r\nX: " + b"y" * 8000,
    b"POST /api/orders HTTP/1.1\r\nHost: shop\r\nContent-Length: 900000\r\n\r\n{",
)


def test_500_stall_others_listen_and_every_order_is_taken(start: Callable[..., Program], tmp_path: Path) -> None:
    _allow_open_files(STALLED + LISTENERS + 200)
    program = start(environment={"RATE_LIMITS": "off"}, log=tmp_path / "log")
    program.wait_until_open()
    street = Street(program.port)
    street.open(goods=10, customers=max(BUYERS, LISTENERS // STREAMS_EACH))
    wait_until(lambda: _jobs_done(program.port) >= schedule.AT_ONCE, what="the threads of the jobs")
    _buy(street, 5)
    before = look(program.process.pid, street)
    with ExitStack() as stack:
        for number in range(STALLED):
            stack.enter_context(_visitor(program.port)).sendall(BEGINNINGS[number % len(BEGINNINGS)])
        for number in range(LISTENERS):
            listener = stack.enter_context(_visitor(program.port))
            token = street.customers[number // STREAMS_EACH].token
            listener.sendall(
                f"GET /api/events HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
            )
            assert listener.recv(12) == b"HTTP/1.1 200"
        crowded = look(program.process.pid, street)
        assert crowded.sockets >= before.sockets + STALLED + LISTENERS
        took_ms = sorted(_buy(street, ORDERS_EACH))
        during = look(program.process.pid, street)
    assert street.complaints == []
    assert len(street.orders) == min(200, BUYERS * (ORDERS_EACH + 5))
    assert during.threads <= before.threads + 2
    assert during.memory_kib <= before.memory_kib + 40_000
    if TIMES > 1:
        assert took_ms[len(took_ms) * 99 // 100] < 200
    gone = before.sockets + BUYERS
    wait_until(lambda: look(program.process.pid, street).sockets <= gone, what="the end of those who stood there")


def _buy(street: Street, orders: int) -> list[float]:
    """All buyers at once, each so often; how many milliseconds each order took."""
    took_ms: list[float] = []

    def buy(person: Person) -> None:
        chance = random.Random(person.name)
        for _ in range(orders):
            started = time.monotonic()
            order(person, chance)
            took_ms.append(1000 * (time.monotonic() - started))

    threads = [threading.Thread(target=buy, args=(customer,)) for customer in street.customers[:BUYERS]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took_ms


def _jobs_done(port: int) -> int:
    """How many of its jobs have gone well once."""
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        return int(answer.read().count(b"shop_job_last_success_timestamp_seconds{"))


def _visitor(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def _allow_open_files(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
