"""Books of a test's own, whose writer can be held up so that several actions meet in one group."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from shop_server.clock import Clock, SystemClock
from shop_server.context import Page
from shop_server.storage.books import Books
from shop_server.storage.connection import Connection
from shop_server.storage.rooms import Rooms
from tests.builders import new_id
from tests.waiting import wait_until

LONGEST_SECONDS = 60.0
Decide = Callable[[Page], Any]


class Gate:
    """Stands before the writer's steps; closed, it holds the writer up at "decided"."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._open.set()
        self.reached = threading.Event()

    def __call__(self, step: str) -> None:
        if step == "decided" and not self._open.is_set():
            self.reached.set()
            assert self._open.wait(LONGEST_SECONDS), "nobody opened the gate"

    def close(self) -> None:
        self.reached.clear()
        self._open.clear()

    def open(self) -> None:
        self._open.set()


@contextmanager
def open_books(connection: Connection, clock: Clock | None = None, **options: Any) -> Iterator[Books]:
    """Books over the connection's database; `options` as in Books."""
    options.setdefault("process_id", new_id())
    rooms = Rooms(connection.writer[connection.name])
    books = Books(connection.writer, connection.name, clock or SystemClock(), rooms, **options)
    books.start()
    try:
        yield books
    finally:
        books.stop()


def in_one_group(books: Books, gate: Gate, *decisions: Decide, **options: Any) -> list[Any]:
    """Lets these meet in one group, in this order; what each was answered, or raised."""
    given: list[Any] = [None] * len(decisions)

    def write(number: int) -> None:
        try:
            given[number] = books.write(decisions[number], **options)
        except Exception as refusal:
            given[number] = refusal

    gate.close()
    first = threading.Thread(target=books.write, args=(row("first"),), daemon=True)
    first.start()
    assert gate.reached.wait(LONGEST_SECONDS)
    threads = []
    for number in range(len(decisions)):
        threads.append(threading.Thread(target=write, args=(number,), daemon=True))
        threads[-1].start()
        wait_until(lambda number=number: books.waiting == number + 1, what="a place in the queue")  # type: ignore[misc]
    gate.open()
    for thread in [first, *threads]:
        thread.join(LONGEST_SECONDS)
        assert not thread.is_alive(), "somebody is still waiting for an answer"
    return given


def row(name: str, **fields: Any) -> Decide:
    """An action that writes a row of its own."""

    def decide(page: Page) -> str:
        page.insert("scratch", {"_id": f"{name}:{page.key}", "name": name, **fields})
        return name

    return decide


def names(connection: Connection) -> list[str]:
    """The rows that were written, but for the one that held up the writer."""
    found = connection.database["scratch"].find({"name": {"$ne": "first"}})
    return sorted(document["name"] for document in found)
