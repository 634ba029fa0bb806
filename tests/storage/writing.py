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


@contextmanager
def held_up(books: Books) -> Iterator[None]:
    """Holds the writer up inside an action: what comes meanwhile waits, and meets in one group."""
    inside, go_on = threading.Event(), threading.Event()

    def decide(page: Page) -> None:
        inside.set()
        assert go_on.wait(LONGEST_SECONDS), "the writer was never let go"

    thread = threading.Thread(target=books.write, args=(decide,), daemon=True)
    thread.start()
    assert inside.wait(LONGEST_SECONDS)
    try:
        yield
    finally:
        go_on.set()
        thread.join(LONGEST_SECONDS)


def in_one_group(books: Books, *calls: Callable[[], Any]) -> list[Any]:
    """Lets these calls meet in one group of the books, in this order; what each gave or raised."""
    given: list[Any] = [None] * len(calls)

    def call(number: int) -> None:
        try:
            given[number] = calls[number]()
        except Exception as refusal:
            given[number] = refusal

    threads = [threading.Thread(target=call, args=(number,), daemon=True) for number in range(len(calls))]
    with held_up(books):
        for number, thread in enumerate(threads):
            thread.start()
            wait_until(lambda number=number: books.waiting > number, what="a place in the queue")  # type: ignore[misc]
    for thread in threads:
        thread.join(LONGEST_SECONDS)
        assert not thread.is_alive(), "somebody is still waiting for an answer"
    return given


def decided_together(books: Books, *decisions: Decide) -> list[Any]:
    """As `in_one_group`, for bare decisions."""
    return in_one_group(books, *(lambda decide=decide: books.write(decide) for decide in decisions))


def row(name: str, **fields: Any) -> Decide:
    """An action that writes a row of its own."""

    def decide(page: Page) -> str:
        page.insert("scratch", {"_id": f"{name}:{page.key}", "name": name, **fields})
        return name

    return decide


def names(connection: Connection) -> list[str]:
    """The rows that were written."""
    return sorted(document["name"] for document in connection.database["scratch"].find())
