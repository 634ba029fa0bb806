"""What every test may ask for: a real mongod of the test run's own, an empty database on it, settings, and a clock."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient, monitoring
from pymongo.database import Database

from indexes import COLLECTIONS, INDEXES
from shop_server.app import Shop as OpenShop
from shop_server.context import Context
from shop_server.settings import Settings
from shop_server.storage.bundled import Bundled
from shop_server.storage.connection import Connection, open_database
from shop_server.storage.indexing import create_all
from tests.builders import open_context
from tests.fake_clock import FakeClock
from tests.mailbox import Mailbox, open_mailbox
from tests.query_watch import QueryWatch

DATABASE_NAME = "shop_test"


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors, as half of the time a browser or a mongod is waited for; four are enough."""
    return min(4, (os.cpu_count() or 1) + 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that kill shops, those that visit them in a browser and the quick ones take turns from the beginning on: so
    no worker is left alone with a long one at the end, and seldom do several at once want all of the machine."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    faults, browser = ([path for path in files if path.parent.name == name] for name in ("faults", "browser"))
    quick = [path for path in files if path not in {*faults, *browser}]
    turns = chain.from_iterable(zip_longest(faults, browser, quick))
    items[:] = [item for path in turns if path is not None for item in files[path]]


@pytest.fixture(scope="session")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bundled]:
    """The mongod of this test worker; tests that stop or kill one start their own."""
    bundled = Bundled(tmp_path_factory.mktemp("records"))
    bundled.start()
    try:
        with MongoClient[dict[str, Any]](bundled.uri) as client:
            # Tests stand at an instant of their own; nothing of it is to be cleared away as long past.
            client.admin.command({"setParameter": 1, "ttlMonitorEnabled": False})
        yield bundled
    finally:
        bundled.stop()


@pytest.fixture(scope="session")
def broom(mongod: Bundled) -> Iterator[Database[dict[str, Any]]]:
    """The database through a client that nobody watches: what is done with it are no queries of the shop."""
    with MongoClient[dict[str, Any]](mongod.uri) as client:
        yield client[DATABASE_NAME]


@pytest.fixture(scope="session")
def connection(mongod: Bundled, broom: Database[dict[str, Any]]) -> Iterator[Connection]:
    """The shop's clients, with all collections and indexes made. At the end all queries they sent must have used one.

    The broom comes first, as the watch is kept over every client that is made later.
    """
    watch = QueryWatch()
    monitoring.register(watch)
    with open_database(mongod.uri, DATABASE_NAME) as opened:
        create_all(opened.tools, INDEXES, COLLECTIONS)
        with _made_once(opened):
            yield opened
        without_index = watch.without_index(opened.tools)
        assert not without_index, "queries without an index:\n" + "\n".join(without_index)


@pytest.fixture(autouse=True)
def same_log() -> Iterator[None]:
    """Whoever opens a shop sets up its log; it ends with the test, and the next one finds what pytest put there."""
    root, shop = logging.getLogger(), logging.getLogger("shop")
    handlers, levels = root.handlers[:], (root.level, shop.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    shop.setLevel(levels[1])


@contextmanager
def _made_once(connection: Connection) -> Iterator[None]:
    """A shop that is opened on this connection finds its indexes made, which takes longer than all the rest of opening."""

    def make(database: Database[dict[str, Any]], *what: Any) -> None:
        if database != connection.tools:
            create_all(database, *what)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shop_server.storage.indexing.create_all", make)
        yield


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Mailbox]:
    """The mail server of this test worker."""
    with open_mailbox() as opened:
        yield opened


@pytest.fixture
def mailbox(mail_server: Mailbox) -> Mailbox:
    """It, with nothing in it; a test's own settings name its `url`."""
    mail_server.clear()
    return mail_server


@pytest.fixture
def database(connection: Connection, broom: Database[dict[str, Any]]) -> Database[dict[str, Any]]:
    """An empty database with its indexes."""
    for name in _filled(broom):
        broom[name].delete_many({})
    return connection.database


def _filled(database: Database[dict[str, Any]]) -> list[str]:
    """The collections with something in them, asked for at once: looking into each alone takes longer than most tests."""
    first, *others = database.list_collection_names()

    def look(name: str) -> list[dict[str, Any]]:
        return [{"$limit": 1}, {"$project": {"_id": {"$literal": name}}}]

    unions = [{"$unionWith": {"coll": name, "pipeline": look(name)}} for name in others]
    return [row["_id"] for row in database[first].aggregate([*look(first), *unions])]


@pytest.fixture
def mongo_client(connection: Connection, database: Database[dict[str, Any]]) -> MongoClient[dict[str, Any]]:
    """The client that the books of a test write through."""
    return connection.writer


@pytest.fixture
def settings(mongod: Bundled, tmp_path: Path) -> Settings:
    """A shop on any free port, over the test worker's database, without rate limits."""
    return Settings(port=0, data_dir=tmp_path, mongodb_uri=mongod.uri, database_name=DATABASE_NAME, rate_limits=False)


@pytest.fixture
def clock() -> FakeClock:
    """The time in the shop, standing still."""
    return FakeClock()


@pytest.fixture
def context(
    connection: Connection, database: Database[dict[str, Any]], settings: Settings, clock: FakeClock
) -> Iterator[Context]:
    """All that actions work with, over the empty database; tests/builders.py puts a shop into it."""
    with open_context(connection, settings, clock) as opened:
        yield opened


@pytest.fixture
def shop(
    connection: Connection, database: Database[dict[str, Any]], settings: Settings, clock: FakeClock
) -> Iterator[OpenShop]:
    """The whole shop, open on a port of its own, over the empty database; the clock stands still."""
    opened = OpenShop(settings, connection, clock=clock, password_rounds=4, with_jobs=False)
    opened.start()
    try:
        yield opened
    finally:
        opened.stop()
