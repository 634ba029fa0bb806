"""Following the news: every commit is heard, also after an outage, and a gap is told."""

from __future__ import annotations

import queue
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from indexes import COLLECTIONS, INDEXES
from shop_server.storage import news
from shop_server.storage.bundled import Bundled
from shop_server.storage.changes import Changes
from shop_server.storage.connection import Connection, open_database
from shop_server.storage.indexing import create_all
from shop_server.storage.news import Entry, News
from tests.storage.processes import kill_mongod

NOW = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
GAP = "gap"


class Ear:
    """A listener that remembers what it heard."""

    def __init__(self, changes: Changes) -> None:
        self.heard: queue.Queue[News | str] = queue.Queue()
        changes.listen(self.heard.put, lambda: self.heard.put(GAP))

    def next(self) -> News | str:
        return self.heard.get(timeout=10)


def publish(database: Database[dict[str, Any]], order_id: str) -> None:
    entry = Entry("order", order_id, "shop-of-asha", ("devi",), {"status": "placed"})
    database["news"].insert_one({"_id": secrets.token_hex(12), **news.to_document("another process", NOW, [entry])})


@pytest.fixture
def changes(connection: Connection, database: Database[dict[str, Any]]) -> Iterator[Changes]:
    changes = Changes(connection.news_database)
    yield changes
    changes.stop()


@pytest.fixture
def own_mongod(tmp_path: Path) -> Iterator[Bundled]:
    bundled = Bundled(tmp_path)
    bundled.start()
    yield bundled
    bundled.stop()


@pytest.fixture
def own_connection(own_mongod: Bundled) -> Iterator[Connection]:
    connection = open_database(own_mongod.uri, "shop")
    yield connection
    connection.close()


def follow(changes: Changes) -> None:
    changes.start()
    assert changes.wait_until_following(10)


def test_hears_what_another_process_wrote(changes: Changes, database: Database[dict[str, Any]]) -> None:
    ear = Ear(changes)
    follow(changes)
    assert ear.next() == GAP

    publish(database, "o1")

    entry = Entry("order", "o1", "shop-of-asha", ("devi",), {"status": "placed"})
    assert ear.next() == News("another process", NOW, (entry,))


def test_one_failing_listener_keeps_nothing_from_the_others(
    changes: Changes, database: Database[dict[str, Any]]
) -> None:
    def fail(heard: News) -> None:
        raise ValueError(heard)

    changes.listen(fail)
    ear = Ear(changes)
    follow(changes)

    publish(database, "o1")
    publish(database, "o2")

    assert [ear.next(), order_of(ear.next()), order_of(ear.next())] == [GAP, "o1", "o2"]


def test_empties_caches_once_when_it_begins_as_they_may_be_older_than_the_stream(changes: Changes) -> None:
    ear = Ear(changes)
    follow(changes)

    assert ear.next() == GAP
    assert ear.heard.empty()


def test_says_a_gap_and_goes_on_when_its_place_in_history_is_gone(
    changes: Changes, database: Database[dict[str, Any]]
) -> None:
    ear = Ear(changes)
    follow(changes)
    assert ear.next() == GAP

    database.drop_collection("news")
    create_all(database, INDEXES, COLLECTIONS)
    assert ear.next() == GAP
    publish(database, "o1")

    assert order_of(ear.next()) == "o1"


def test_takes_up_where_it_was_after_the_database_was_killed(own_connection: Connection, own_mongod: Bundled) -> None:
    changes = Changes(own_connection.news_database)
    ear = Ear(changes)
    follow(changes)
    publish(own_connection.database, "o1")
    assert [ear.next(), order_of(ear.next())] == [GAP, "o1"]

    kill_mongod(own_mongod)
    with open_database(own_mongod.uri, "shop") as other:
        publish(other.tools, "o2")

    assert order_of(ear.next()) == "o2"
    changes.stop()


def test_follows_by_itself_once_the_database_is_there(tmp_path: Path) -> None:
    bundled = Bundled(tmp_path)
    bundled.start()
    connection = open_database(bundled.uri, "shop")
    bundled.stop()
    changes = Changes(connection.news_database)
    changes.start()
    assert not changes.wait_until_following(0.5)

    again = Bundled(tmp_path)
    again.start()
    try:
        assert changes.wait_until_following(20)
    finally:
        changes.stop()
        connection.close()
        again.stop()


def order_of(heard: News | str) -> str:
    assert isinstance(heard, News), heard
    return heard.entries[0].id
