"""Reaching the records: which MongoDB the shop works with, and what it does while that is away."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DuplicateKeyError,
    InvalidOperation,
    OperationFailure,
    PyMongoError,
    WaitQueueTimeoutError,
)

from shop_server.errors import CannotStart
from shop_server.storage.bundled import Bundled
from shop_server.storage.connection import Connection, client_for, is_unavailable, open_database
from shop_server.storage.mongod_program import find_program
from tests.storage.processes import kill_mongod, pid_of
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def own_mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bundled]:
    """A mongod to freeze and kill."""
    bundled = Bundled(tmp_path_factory.mktemp("own"))
    bundled.start()
    yield bundled
    bundled.stop()


@pytest.fixture
def own(own_mongod: Bundled) -> Iterator[Connection]:
    with open_database(own_mongod.uri, "shop") as connection:
        connection.database["notes"].insert_one({"text": "kept"})
        yield connection


@pytest.fixture
def frozen(own_mongod: Bundled, own: Connection) -> Iterator[Connection]:
    """Records whose mongod has stopped answering."""
    pid = pid_of(own_mongod)
    os.kill(pid, signal.SIGSTOP)
    yield own
    os.kill(pid, signal.SIGCONT)
    wait_until(lambda: answers(own), what="the answer of the thawed mongod")


def answers(connection: Connection) -> bool:
    try:
        return connection.database["notes"].find_one() is not None
    except PyMongoError as error:
        assert is_unavailable(error), error
        return False


def seconds_until_unavailable(asks: Callable[[], object]) -> float:
    begun = time.monotonic()
    with pytest.raises(PyMongoError) as caught:
        asks()
    assert is_unavailable(caught.value)
    return time.monotonic() - begun


def test_gives_times_with_their_zone(database: Database[dict[str, Any]], clock: Any) -> None:
    database["notices"].insert_one({"_id": "a", "at": clock.now()})

    found = database["notices"].find_one({"_id": "a"})

    assert found == {"_id": "a", "at": clock.now()}


def test_writes_are_safe_on_a_majority_before_they_are_answered(connection: Connection) -> None:
    for client in (connection.readers, connection.writer):
        assert client.write_concern.document == {"w": "majority"}


def test_a_frozen_database_is_unavailable_within_seconds_for_reader_and_writer(frozen: Connection) -> None:
    notes = frozen.database["notes"]

    assert seconds_until_unavailable(notes.find_one) < 3
    assert seconds_until_unavailable(lambda: notes.update_one({"_id": "a"}, {"$set": {"b": 1}})) < 3
    assert seconds_until_unavailable(lambda: frozen.writer["shop"]["notes"].insert_one({})) < 6


def is_frozen(pid: int) -> bool:
    """Whether all of it has stopped: the signal takes its time to reach each thread."""
    tasks = Path(f"/proc/{pid}/task").glob("*/stat")
    return all(task.read_text().rpartition(")")[2].split()[0] == "T" for task in tasks)


def test_goes_on_by_itself_when_a_frozen_database_is_back(own_mongod: Bundled, own: Connection) -> None:
    pid = pid_of(own_mongod)
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: is_frozen(pid), what="the frost")
        assert not answers(own)
    finally:
        os.kill(pid, signal.SIGCONT)

    wait_until(lambda: answers(own), seconds=5, what="the answer")


def test_goes_on_by_itself_when_a_killed_database_is_back(own_mongod: Bundled, own: Connection) -> None:
    kill_mongod(own_mongod)

    wait_until(lambda: answers(own), seconds=10, what="the answer")


def test_a_stopped_database_is_unavailable_within_seconds(tmp_path: Path) -> None:
    bundled = Bundled(tmp_path)
    bundled.start()
    with open_database(bundled.uri, "shop") as connection:
        bundled.stop()

        assert seconds_until_unavailable(connection.database["notes"].find_one) < 3


@pytest.mark.parametrize(
    "error",
    [
        OperationFailure("interrupted", 11600),
        OperationFailure("not primary", 10107),
        OperationFailure("no space", 14031),
        OperationFailure("lost", 1, {"errorLabels": ["TransientTransactionError"]}),
        WaitQueueTimeoutError("no connection is free"),
        InvalidOperation("Cannot use MongoClient after close"),
    ],
    ids=["shutting down", "not primary", "disk full", "transaction lost", "all connections busy", "shop is closing"],
)
def test_takes_what_passes_for_unavailable(error: PyMongoError) -> None:
    assert is_unavailable(error)


@pytest.mark.parametrize(
    "error",
    [
        DuplicateKeyError("taken", 11000),
        BulkWriteError({"writeErrors": [{"code": 11000}]}),
        OperationFailure("unknown operator", 2),
        InvalidOperation("no documents"),
        ValueError("ours"),
    ],
    ids=["duplicate", "duplicate in a bulk", "wrong query", "wrong call", "not the database's"],
)
def test_takes_no_mistake_for_unavailable(error: Exception) -> None:
    assert not is_unavailable(error)


@contextmanager
def launched(folder: Path, *options: str) -> Iterator[Path]:
    """A mongod that nobody has told anything; its socket."""
    place = folder / "mongodb-27018.sock"
    listen = ["--bind_ip", str(place), "--unixSocketPrefix", str(folder), "--port", "27018"]
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [str(find_program(None)), "--dbpath", str(folder), *listen, *options], stdout=said, start_new_session=True
        )
    try:
        yield place
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def standalone(tmp_path: Path) -> Iterator[str]:
    """A mongod as it comes: no replica set."""
    with launched(tmp_path) as place:
        yield f"mongodb://{quote_plus(str(place))}/"


def test_who_came_before_mongod_knew_its_replica_set_is_served_once_it_does(tmp_path: Path) -> None:
    with launched(tmp_path, "--replSet", "shop") as place:
        uri = f"mongodb://{quote_plus(str(place))}/?directConnection=true"
        clients = [client_for(uri, "test", timeoutMS=1000) for _ in range(3)]
        with MongoClient[dict[str, Any]](uri) as mongosh:
            mongosh.admin.command("hello")
            for client in clients:
                with pytest.raises(AutoReconnect):
                    client["shop"]["notes"].find_one()
            mongosh.admin.command("replSetInitiate", {"_id": "shop", "members": [{"_id": 0, "host": str(place)}]})
            wait_until(lambda: mongosh.admin.command("hello")["isWritablePrimary"], what="the primary")
        for client in clients:
            with client:
                wait_until(partial(is_served, client), what="an answer")
                assert client["shop"]["notes"].find_one() is None


def is_served(client: MongoClient[dict[str, Any]]) -> bool:
    try:
        client["shop"]["notes"].find_one()
    except AutoReconnect:
        return False
    return True


def test_refuses_a_standalone_with_the_lines_that_make_it_a_replica_set(standalone: str) -> None:
    with pytest.raises(CannotStart) as caught:
        open_database(standalone, "shop")

    first, *lines = str(caught.value).splitlines()
    assert "stands alone" in first
    assert "--replSet shop" in lines[0]
    assert "rs.initiate()" in lines[1]


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_names_the_host_but_never_the_password_when_nobody_answers(
    free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shop_server.storage.connection.START_SECONDS", 0.3)

    with pytest.raises(CannotStart) as caught:
        open_database(f"mongodb://asha:hunter2hunter2@127.0.0.1:{free_port}/", "shop")

    assert f"No MongoDB answers at 127.0.0.1:{free_port}" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "uri",
    ["mongodb://", "mongodb://a:b:c@host", "mongodb://localhost/?tls=maybe", "mongodb+srv://localhost"],
    ids=["no host", "unescaped password", "bad option", "srv without a domain"],
)
def test_refuses_a_uri_that_is_none_in_one_sentence(uri: str) -> None:
    with pytest.raises(CannotStart, match=r"^MONGODB_URI cannot be used: "):
        open_database(uri, "shop")


@pytest.mark.parametrize(
    ("version", "works"), [("5.0.31", False), ("6.0.0", True), ("7.0.28", True), ("8.2.1", True), ("9.0.0", False)]
)
def test_works_with_versions_6_to_8(
    mongod: Bundled, monkeypatch: pytest.MonkeyPatch, version: str, works: bool
) -> None:
    monkeypatch.setattr(MongoClient, "server_info", lambda client: {"version": version})
    if works:
        open_database(mongod.uri, "shop").close()
    else:
        with pytest.raises(CannotStart, match=f"is version {version}; the shop needs 6.0 to 8.x"):
            open_database(mongod.uri, "shop")
