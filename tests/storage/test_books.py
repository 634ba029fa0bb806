"""The books: one hand writes at a time, for all that wait together, and nobody is harmed by what another got wrong."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest
from pymongo import MongoClient, monitoring

from shop_server.context import Once, Page
from shop_server.errors import Duplicate, OutOfStock, StaleVersion
from shop_server.storage.books import Books
from shop_server.storage.connection import Connection
from shop_server.storage.rooms import Rooms
from tests.at_once import answers, at_once
from tests.builders import new_id
from tests.fake_clock import FakeClock
from tests.storage.writing import Decide, decided_together, names, open_books, row

# One group


def test_what_waits_together_is_written_together(connection: Connection, books: Books) -> None:
    news_before = connection.database["news"].count_documents({})

    def told(name: str) -> Decide:
        def decide(page: Page) -> None:
            row(name)(page)
            page.tell("order", name)

        return decide

    decided_together(books, told("a"), told("b"), told("c"))

    assert names(connection) == ["a", "b", "c"]
    (news,) = connection.database["news"].find().skip(news_before)
    assert [entry["id"] for entry in news["entries"]] == ["a", "b", "c"]


def test_all_of_a_group_see_the_same_time(books: Books) -> None:
    first, second = decided_together(books, lambda page: page.now, lambda page: page.now)

    assert first == second


def test_each_sees_what_the_one_before_has_decided(books: Books) -> None:
    def name_shelf(page: Page) -> str:
        page.values["scratch", "shelf"] = "mine"
        page.insert("scratch", {"_id": "shelf", "name": "shelf"})
        return "named"

    assert decided_together(books, name_shelf, lambda page: page._find("scratch", "shelf")) == ["named", "mine"]


def test_a_refusal_leaves_no_trace_on_others(connection: Connection, books: Books) -> None:
    def refused(page: Page) -> None:
        row("refused")(page)
        page.tell("order", "refused")
        raise OutOfStock("Nothing left.")

    given = decided_together(books, row("a"), refused, row("b"))

    assert given[0::2] == ["a", "b"] and isinstance(given[1], OutOfStock)
    assert names(connection) == ["a", "b"]
    assert connection.database["news"].count_documents({"entries.id": "refused"}) == 0


def test_any_other_failure_is_its_own_too(connection: Connection, books: Books) -> None:
    def broken(page: Page) -> None:
        row("broken")(page)
        raise ZeroDivisionError("mine alone")

    given = decided_together(books, row("a"), broken, row("b"))

    assert isinstance(given[1], ZeroDivisionError)
    assert names(connection) == ["a", "b"]


def in_a_row(page: Page, value: Any) -> None:
    page.insert("scratch", {"value": value})


def in_the_news(page: Page, value: Any) -> None:
    page.tell("order", "odd", value=value)


def in_a_guard(page: Page, value: Any) -> None:
    page.update("scratch", {"value": value}, {"$set": {"value": 1}})


def in_a_change(page: Page, value: Any) -> None:
    page.update("scratch", {"_id": "new"}, {"$set": {"value": value}}, upsert=True)


def in_a_name(page: Page, value: Any) -> None:
    page.find_products([value])


UNKEEPABLE = (10**30, "\ud800", Decimal("1.5"), object(), {1: 2})
TOO_LONG = "x" * 17_000_000
NOT_TO_BE_KEPT = [
    *((put, value) for put in (in_a_row, in_the_news, in_a_guard, in_a_change) for value in UNKEEPABLE),
    *((put, TOO_LONG) for put in (in_a_row, in_the_news, in_a_change)),
    *((in_a_name, value) for value in (10**30, "\ud800")),
]


@pytest.mark.parametrize(
    ("put", "value"), NOT_TO_BE_KEPT, ids=[f"{put.__name__}-{type(value).__name__}" for put, value in NOT_TO_BE_KEPT]
)
def test_what_mongodb_cannot_keep_fails_its_own_action_only(
    connection: Connection, books: Books, put: Any, value: Any
) -> None:
    def odd(page: Page) -> None:
        row("odd")(page)
        put(page, value)

    given = decided_together(books, row("a"), odd, row("b"))

    assert given[0::2] == ["a", "b"] and isinstance(given[1], Exception)
    assert names(connection) == ["a", "b"]


@pytest.mark.parametrize("value", UNKEEPABLE, ids=lambda value: type(value).__name__)
def test_an_answer_that_cannot_be_kept_for_a_replay_undoes_its_action(
    connection: Connection, books: Books, value: Any
) -> None:
    def odd(page: Page) -> Any:
        row("odd")(page)
        return {"answer": value}

    with pytest.raises(Exception, match=r"."):
        books.write(odd, once=Once("devi", "k", "f"))
    assert names(connection) == []


def test_a_name_that_cannot_be_looked_up_fails_its_own_action_only(books: Books) -> None:
    given = at_once(
        [
            lambda: books.write(row("a"), products=("1",)),
            lambda: books.write(row("odd"), products=("\ud800",)),
            lambda: books.write(row("b"), orders=("2",)),
        ]
    )

    assert given[0::2] == ["a", "b"] and isinstance(given[1], UnicodeEncodeError)


def test_a_change_that_mongodb_refuses_fails_its_own_action_only(connection: Connection, books: Books) -> None:
    def odd(page: Page) -> None:
        row("odd")(page)
        page.update("scratch", {"_id": "odd"}, {"$nonsense": {"value": 1}}, upsert=True)

    given = decided_together(books, row("a"), odd, row("b"))

    assert "$nonsense" in str(given[1])
    assert names(connection) == ["a", "b"]


def test_a_row_that_exists_fails_the_one_action_that_makes_it_again(connection: Connection, books: Books) -> None:
    connection.database["scratch"].insert_one({"_id": "taken", "name": "old"})

    def again(page: Page) -> None:
        row("again")(page)
        page.insert("scratch", {"_id": "taken", "name": "new"})

    given = decided_together(books, row("a"), again, row("b"))

    assert isinstance(given[1], Duplicate) and given[1].extra == {"index": "_id"}
    assert names(connection) == ["a", "b", "old"]


def test_a_guard_that_nothing_meets_fails_its_own_action_only(connection: Connection, books: Books) -> None:
    def late(page: Page) -> None:
        row("late")(page)
        page.update("scratch", {"_id": "gone", "version": 1}, {"$set": {"version": 2}})

    given = decided_together(books, row("a"), late, row("b"))

    assert given[0::2] == ["a", "b"] and isinstance(given[1], StaleVersion)
    assert names(connection) == ["a", "b"]


def test_a_row_may_be_made_and_then_met(connection: Connection, books: Books) -> None:
    for _ in range(2):
        books.write(lambda page: page.update("scratch", {"_id": "day"}, {"$inc": {"marks": 1}}, upsert=True))

    assert connection.database["scratch"].find_one() == {"_id": "day", "marks": 2}


# Reading


def test_what_was_not_named_beforehand_is_read_in_a_second_round(books: Books) -> None:
    rounds = []

    def decide(page: Page) -> dict[str, Any]:
        rounds.append(page.key)
        return page.find_products(["1", "2", "3"])

    assert books.write(decide) == {}
    assert len(rounds) == 2
    rounds.clear()
    books.write(decide, products=("1", "2", "3"))
    assert len(rounds) == 1


def test_an_action_that_never_stops_asking_fails_alone(connection: Connection, books: Books) -> None:
    def endless(page: Page) -> None:
        for number in range(1_000):
            page.find_products([str(number)])

    given = decided_together(books, row("a"), endless, row("b"))

    assert isinstance(given[1], RuntimeError)
    assert names(connection) == ["a", "b"]
    assert books.write(row("later")) == "later"


def test_a_group_that_only_reads_leaves_nothing(connection: Connection, books: Books) -> None:
    assert books.write(lambda page: page.find_products(["1"])) == {}
    assert connection.database["news"].count_documents({}) == 0


def test_a_group_that_only_tells_is_heard(connection: Connection, database: Any) -> None:
    heard: list[Any] = []
    with open_books(connection, on_commit=heard.extend) as books:
        books.write(lambda page: page.tell("notice", "n"))

    assert [entry.id for entry in heard] == ["n"]
    assert connection.database["news"].count_documents({"entries.id": "n"}) == 1


def test_nobody_is_answered_before_the_news_are_heard(connection: Connection, database: Any) -> None:
    heard, go_on = threading.Event(), threading.Event()

    def hear(entries: Any) -> None:
        heard.set()
        assert go_on.wait(30)

    with open_books(connection, on_commit=hear) as books:
        caller = threading.Thread(target=books.write, args=(lambda page: page.tell("stock", "1"),), daemon=True)
        caller.start()
        assert heard.wait(30)
        caller.join(0.2)
        assert caller.is_alive()
        go_on.set()
        caller.join(30)
        assert not caller.is_alive()


def test_a_group_reads_one_snapshot_and_is_kept_by_a_majority(
    connection: Connection, mongod: Any, database: Any
) -> None:
    class Listener(monitoring.CommandListener):
        def started(self, event: monitoring.CommandStartedEvent) -> None:
            seen.append(event.command)

        def succeeded(self, event: Any) -> None: ...

        def failed(self, event: Any) -> None: ...

    seen: list[Any] = []
    with MongoClient[dict[str, Any]](mongod.uri, event_listeners=[Listener()], tz_aware=True) as client:
        rooms = Rooms(client[connection.name])
        books = Books(client, connection.name, FakeClock(), rooms, process_id=new_id())
        books.start()
        books.write(row("a"), products=("1",))
        books.stop()

    (begun,) = [command for command in seen if command.get("startTransaction")]
    (done,) = [command for command in seen if "commitTransaction" in command]
    assert begun["readConcern"]["level"] == "snapshot"
    assert done["writeConcern"]["w"] == "majority"


def test_an_action_never_calls_the_books_again(books: Books) -> None:
    with pytest.raises(RuntimeError, match="never calls the books again"):
        books.write(lambda page: books.write(row("inner")))
    assert books.write(row("later")) == "later"


def test_many_callers_get_each_their_own_answer(books: Books) -> None:
    given = at_once([lambda n=n: books.write(lambda page: n) for n in range(200)])  # type: ignore[misc]

    assert answers(given) == list(range(200))
