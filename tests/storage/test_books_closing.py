"""How the books open, close, turn people away, and die: nobody is left without an answer."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from shop_server.errors import Unavailable
from shop_server.storage import action
from shop_server.storage import books as books_module
from shop_server.storage.books import Books
from shop_server.storage.connection import Connection
from tests.at_once import at_once
from tests.storage.writing import held_up, names, open_books, row
from tests.waiting import wait_until


def test_stopping_finishes_what_waits_and_refuses_what_comes_later(connection: Connection, books: Books) -> None:
    given: list[str] = []
    waiting = [
        threading.Thread(target=lambda name=name: given.append(books.write(row(name))), daemon=True)
        for name in [str(number) for number in range(100)]
    ]
    stopper = threading.Thread(target=books.stop, daemon=True)
    with held_up(books):
        for thread in waiting:
            thread.start()
        wait_until(lambda: books.waiting == 100)
        stopper.start()
        wait_until(lambda: books.waiting == 101, what="the word to stop")
    for thread in [*waiting, stopper]:
        thread.join(30)
        assert not thread.is_alive()
    with pytest.raises(Unavailable):
        books.write(row("late"))

    assert sorted(given, key=int) == [str(number) for number in range(100)]
    assert len(names(connection)) == 100


def test_a_writer_that_ends_is_no_longer_listed(connection: Connection, database: Any) -> None:
    with open_books(connection, process_id="mine"):
        assert connection.database["writers"].count_documents({"_id": "mine"}) == 1
    assert connection.database["writers"].count_documents({"_id": "mine"}) == 0


def test_more_than_the_queue_holds_is_turned_away_at_once(books: Books, monkeypatch: Any) -> None:
    monkeypatch.setattr(books_module, "MOST_WAITING", 3)
    waiting = [threading.Thread(target=books.write, args=(row(str(n)),), daemon=True) for n in range(3)]
    with held_up(books):
        for thread in waiting:
            thread.start()
        wait_until(lambda: books.waiting == 3)
        with pytest.raises(Unavailable) as refused:
            books.write(row("one too many"))
        assert refused.value.headers["Retry-After"]
    for thread in waiting:
        thread.join(30)

    assert books.write(row("now")) == "now"


def test_who_has_waited_too_long_is_told_so_and_nothing_is_done(
    connection: Connection, books: Books, monkeypatch: Any
) -> None:
    monkeypatch.setattr(action, "PATIENCE_SECONDS", 0.0)

    with pytest.raises(Unavailable, match="very busy"):
        books.write(row("late"))
    assert names(connection) == []


@pytest.mark.parametrize("step", ["decided", "written", "committed"])
def test_when_the_writer_dies_everybody_is_answered_and_the_process_is_told(
    connection: Connection, database: Any, step: str
) -> None:
    reached, died = threading.Event(), threading.Event()

    def die(at: str) -> None:
        if at == step:
            reached.set()
            wait_until(lambda: mortal.waiting == 3, what="a queue")
            raise SystemExit("the writer is gone")

    def write(name: str) -> str:
        assert name == "0" or reached.wait(30)
        answer: str = mortal.write(row(name))
        return answer

    with open_books(connection, gate=die, on_death=died.set) as mortal:
        given = at_once([lambda n=n: write(str(n)) for n in range(4)])  # type: ignore[misc]
        assert died.wait(10)
        assert [type(answer) for answer in given] == [Unavailable] * 4
        with pytest.raises(Unavailable):
            mortal.write(row("later"))

    assert names(connection) == (["0"] if step == "committed" else [])
