"""The books when MongoDB does not answer as it should: nothing is done twice, nothing is lost, and it passes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from indexes import COLLECTIONS, INDEXES
from shop_server.context import Page
from shop_server.errors import Unavailable
from shop_server.storage import action
from shop_server.storage import books as books_module
from shop_server.storage.books import Books
from shop_server.storage.bundled import Bundled
from shop_server.storage.connection import Connection, open_database
from shop_server.storage.indexing import create_all
from shop_server.storage.writers import end_dead
from tests.storage.writing import held_up, names, open_books, row
from tests.waiting import wait_until

LOST_CONNECTION = {"closeConnection": True}
WRITE_CONFLICT = {"errorCode": 112, "errorLabels": ["TransientTransactionError"]}
NO_ANSWER_FROM_MAJORITY = {"writeConcernError": {"code": 64, "errmsg": "waiting timed out"}}
"""The commit is done, but nobody says so."""
SILENT: dict[str, Any] = {"blockConnection": True, "blockTimeMS": 1000}
"""It does as it is told, but only after a second."""

DIE_WRITING = """
import sys, threading
from shop_server.storage.connection import open_database
from tests.storage.writing import open_books

def stay(step):
    if step == "written":
        print(step, flush=True)
        threading.Event().wait()

with open_database(sys.argv[1], sys.argv[2]) as connection, open_books(connection, gate=stay) as books:
    books.write(lambda page: page.update("scratch", {"_id": "hot"}, {"$inc": {"sold": 1}}))
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bundled]:
    """A mongod of these tests' own, with fail points."""
    bundled = Bundled(tmp_path_factory.mktemp("breakable"), extra_arguments=("--setParameter", "enableTestCommands=1"))
    bundled.start()
    try:
        yield bundled
    finally:
        bundled.stop()


@pytest.fixture
def connection(breakable: Bundled) -> Iterator[Connection]:
    with open_database(breakable.uri, "shop_trouble") as opened:
        create_all(opened.tools, INDEXES, COLLECTIONS)
        for name in opened.tools.list_collection_names():
            opened.tools[name].delete_many({})
        yield opened


@pytest.fixture
def books(connection: Connection) -> Iterator[Books]:
    with open_books(connection) as opened:
        yield opened


@contextmanager
def failing(connection: Connection, command: str, how: dict[str, Any], *, times: int | None = None) -> Iterator[None]:
    """Lets the writer's next commands of this name fail, so many of them or all until the end."""
    mode: Any = "alwaysOn" if times is None else {"times": times}
    point = {"failCommands": [command], "appName": "shop-writer", **how}
    admin = connection.tools_client.admin
    admin.command({"configureFailPoint": "failCommand", "mode": mode, "data": point})
    try:
        yield
    finally:
        admin.command({"configureFailPoint": "failCommand", "mode": "off"})


@pytest.mark.parametrize("command", ["insert", "commitTransaction"])
@pytest.mark.parametrize("how", [WRITE_CONFLICT, LOST_CONNECTION], ids=["conflict", "lost connection"])
def test_trouble_that_passes_is_not_noticed(
    connection: Connection, books: Books, command: str, how: dict[str, Any]
) -> None:
    with failing(connection, command, how, times=3):
        assert books.write(row("a")) == "a"
    assert names(connection) == ["a"]


def test_who_keeps_losing_the_race_is_answered_in_time_and_nothing_is_left(
    connection: Connection, books: Books, monkeypatch: Any
) -> None:
    monkeypatch.setattr(action, "PATIENCE_SECONDS", 0.3)
    with failing(connection, "insert", WRITE_CONFLICT):
        begun = time.monotonic()
        with pytest.raises(Unavailable, match="very busy"):
            books.write(row("a"))
        assert time.monotonic() - begun < 3

    assert names(connection) == []
    assert books.write(row("b")) == "b"


def test_a_commit_whose_answer_was_lost_is_asked_again_and_never_decided_again(
    connection: Connection, books: Books
) -> None:
    decided = []

    def decide(page: Page) -> str:
        decided.append(page.key)
        answer: str = row("a")(page)
        return answer

    with failing(connection, "commitTransaction", NO_ANSWER_FROM_MAJORITY, times=3):
        assert books.write(decide) == "a"

    assert len(decided) == 1
    assert names(connection) == ["a"]


def test_a_commit_that_nobody_answers_for_is_said_to_be_unknown(
    connection: Connection, books: Books, monkeypatch: Any
) -> None:
    monkeypatch.setattr(books_module, "COMMIT_PATIENCE_SECONDS", 0.3)
    with (
        failing(connection, "commitTransaction", NO_ANSWER_FROM_MAJORITY),
        pytest.raises(Unavailable, match="not known whether this was saved"),
    ):
        books.write(row("a"))

    assert names(connection) == ["a"]
    assert books.write(row("b")) == "b"


@pytest.mark.parametrize("command", ["find", "insert"])
def test_a_database_that_keeps_silent_holds_nobody_up_and_what_was_given_up_is_never_done(
    connection: Connection, books: Books, monkeypatch: Any, command: str
) -> None:
    monkeypatch.setattr(action, "PATIENCE_SECONDS", 0.3)
    with failing(connection, command, SILENT, times=1):
        begun = time.monotonic()
        with pytest.raises(Unavailable, match="try again"):
            books.write(lambda page: page.product("f" * 24) if command == "find" else row("given up")(page))
        assert time.monotonic() - begun < SILENT["blockTimeMS"] / 1000 - 0.2

    monkeypatch.undo()
    assert books.write(row("later")) == "later"
    assert names(connection) == ["later"]


def test_those_who_still_wait_are_served_without_the_one_who_gave_up(connection: Connection, monkeypatch: Any) -> None:
    gone, given = threading.Event(), []

    def stay(step: str) -> None:
        assert step != "decided" or gone.wait(10)

    with open_books(connection, gate=stay) as books:

        def give_up() -> None:
            with pytest.raises(Unavailable, match="try again"):
                books.write(row("gone"))
            gone.set()

        threads = [
            threading.Thread(target=give_up),
            threading.Thread(target=lambda: given.append(books.write(row("stayed")))),
        ]
        with held_up(books):
            for number, (thread, patience) in enumerate(zip(threads, (0.5, 30.0), strict=True), start=1):
                monkeypatch.setattr(action, "PATIENCE_SECONDS", patience)
                thread.start()
                wait_until(lambda number=number: books.waiting == number)  # type: ignore[misc]
        for thread in threads:
            thread.join(30)

    assert given == names(connection) == ["stayed"]


def test_who_gives_up_while_it_is_being_committed_is_told_that_nobody_knows(
    connection: Connection, books: Books, monkeypatch: Any
) -> None:
    monkeypatch.setattr(action, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(action, "LAST_WORD_SECONDS", 0.2)
    with failing(connection, "commitTransaction", SILENT, times=1):
        begun = time.monotonic()
        with pytest.raises(Unavailable, match="not known whether this was saved"):
            books.write(row("a"))
        assert time.monotonic() - begun < SILENT["blockTimeMS"] / 1000 - 0.2

    wait_until(lambda: names(connection) == ["a"])


def test_who_waits_for_a_slow_commit_is_told_that_it_is_done(
    connection: Connection, books: Books, monkeypatch: Any
) -> None:
    monkeypatch.setattr(action, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(action, "LAST_WORD_SECONDS", 30.0)
    with failing(connection, "commitTransaction", SILENT, times=1):
        assert books.write(row("a")) == "a"


def test_goods_of_a_commit_that_never_arrived_are_free_for_the_next(
    connection: Connection, books: Books, monkeypatch: Any
) -> None:
    monkeypatch.setattr(books_module, "COMMIT_PATIENCE_SECONDS", 0.1)
    connection.database["scratch"].insert_one({"_id": "hot", "name": "hot", "sold": 0})

    def sell(page: Page) -> None:
        page.update("scratch", {"_id": "hot"}, {"$inc": {"sold": 1}})

    with failing(connection, "commitTransaction", LOST_CONNECTION), pytest.raises(Unavailable, match="not known"):
        books.write(sell)
    begun = time.monotonic()
    books.write(sell)

    assert time.monotonic() - begun < 2, "the transaction left behind would have kept its lock for five seconds"
    assert connection.database["scratch"].find_one({"_id": "hot"}, {"_id": 0, "sold": 1}) == {"sold": 1}


def test_a_new_session_is_listed_before_it_is_used(connection: Connection, monkeypatch: Any) -> None:
    monkeypatch.setattr(books_module, "COMMIT_PATIENCE_SECONDS", 0.1)
    writers = connection.database["writers"]
    with open_books(connection, process_id="mine") as books:
        first = writers.find_one({"_id": "mine"})
        with failing(connection, "commitTransaction", NO_ANSWER_FROM_MAJORITY), pytest.raises(Unavailable):
            books.write(row("a"))
        with failing(connection, "findAndModify", {"errorCode": 8000}), pytest.raises(Unavailable):
            books.write(row("b"))
        assert writers.find_one({"_id": "mine"}) == first
        books.write(row("c"))
        assert writers.find_one({"_id": "mine"}) != first

    assert names(connection) == ["a", "c"]


def test_without_mongod_everybody_is_told_within_seconds_and_it_goes_on_by_itself(tmp_path: Path) -> None:
    bundled = Bundled(tmp_path)
    bundled.start()
    try:
        with open_database(bundled.uri, "shop_trouble") as connection, open_books(connection) as books:
            books.write(row("before"))
            bundled.stop()
            begun = time.monotonic()
            with pytest.raises(Unavailable):
                books.write(row("without"))
            with pytest.raises(Unavailable):
                books.write(row("without"))
            assert time.monotonic() - begun < 6
            bundled = Bundled(tmp_path)
            bundled.start()
            books.write(row("after"))
            assert names(connection) == ["after", "before"]
    finally:
        bundled.stop()


def test_what_a_killed_writer_had_locked_is_free_as_soon_as_it_is_found_dead(
    connection: Connection, breakable: Bundled, books: Books
) -> None:
    connection.database["scratch"].insert_one({"_id": "hot", "name": "hot", "sold": 0})
    writer = subprocess.Popen(
        [sys.executable, "-c", DIE_WRITING, breakable.uri, connection.name], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with writer:
        assert writer.stdout is not None and writer.stdout.readline() == "written\n"
        writer.kill()

    assert end_dead(connection.database) == 1
    begun = time.monotonic()
    books.write(lambda page: page.update("scratch", {"_id": "hot"}, {"$inc": {"sold": 1}}))

    assert time.monotonic() - begun < 2
    assert connection.database["scratch"].find_one({"_id": "hot"}, {"_id": 0, "sold": 1}) == {"sold": 1}
    assert end_dead(connection.database) == 0
