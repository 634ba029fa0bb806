"""The shop's own mongod: it comes with the shop, outlives every accident, and nobody else reaches it."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
from pymongo import MongoClient
from pymongo.errors import NotPrimaryError, PyMongoError

from shop_server.errors import CannotStart
from shop_server.storage import bundled as bundled_module
from shop_server.storage.bundled import Bundled, records
from shop_server.storage.data_lock import DataInUse, is_locked
from shop_server.storage.mongod_program import find_program
from tests.storage.processes import kill_mongod, open_in_another_process, pid_of
from tests.waiting import wait_until


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def shop(data_dir: Path) -> Iterator[Bundled]:
    """An open shop's mongod."""
    bundled = Bundled(data_dir)
    bundled.start()
    yield bundled
    bundled.stop()


def client_of(bundled: Bundled) -> MongoClient[dict[str, Any]]:
    return MongoClient(bundled.uri, timeoutMS=10_000, w="majority")


def keep(bundled: Bundled, text: str) -> None:
    with client_of(bundled) as client:
        client["shop"]["notes"].insert_one({"_id": text})


def keep_again(bundled: Bundled, text: str) -> None:
    """Once the mongod that was killed runs again and has elected itself, which it refuses writes before."""

    def is_kept() -> bool:
        try:
            keep(bundled, text)
        except NotPrimaryError:
            return False
        return True

    wait_until(is_kept, what="a mongod that takes writes again")


def kept(bundled: Bundled) -> list[str]:
    with client_of(bundled) as client:
        return [note["_id"] for note in client["shop"]["notes"].find().sort("_id")]


def mongod_lock(data_dir: Path) -> Path:
    return data_dir / "mongodb" / "mongod.lock"


def test_takes_transactions_as_soon_as_it_has_started(shop: Bundled) -> None:
    with client_of(shop) as client, client.start_session() as session, session.start_transaction():
        client["shop"]["notes"].insert_one({"_id": "rent is paid"}, session=session)

    assert kept(shop) == ["rent is paid"]


def test_is_reachable_through_a_private_socket_only(shop: Bundled, data_dir: Path) -> None:
    with client_of(shop) as client:
        listens = client.admin.command("getCmdLineOpts")["parsed"]["net"]["bindIp"]

    assert listens == str(data_dir / "mongodb" / "mongodb-27017.sock")
    assert stat.S_IMODE((data_dir / "mongodb").stat().st_mode) == 0o700
    assert stat.S_IMODE(Path(listens).stat().st_mode) == 0o600


def test_keeps_its_records_over_a_restart(data_dir: Path) -> None:
    for note in ("monday", "tuesday"):
        bundled = Bundled(data_dir)
        bundled.start()
        keep(bundled, note)
        notes = kept(bundled)
        bundled.stop()
        assert not is_locked(mongod_lock(data_dir))

    assert notes == ["monday", "tuesday"]


def test_starts_again_by_itself_when_it_is_killed(shop: Bundled) -> None:
    keep(shop, "before")
    killed = kill_mongod(shop)

    keep_again(shop, "after")

    assert kept(shop) == ["after", "before"]
    assert pid_of(shop) != killed


def test_takes_over_a_mongod_that_a_killed_shop_left_running(data_dir: Path) -> None:
    process = open_in_another_process(data_dir)
    left_running = pid_of(Bundled(data_dir))
    process.kill()
    process.wait()

    bundled = Bundled(data_dir)
    bundled.start()
    try:
        assert pid_of(bundled) == left_running
    finally:
        bundled.stop()
    assert not is_locked(mongod_lock(data_dir))


def test_starts_one_it_took_over_again_when_that_is_killed(data_dir: Path) -> None:
    process = open_in_another_process(data_dir)
    process.kill()
    process.wait()
    bundled = Bundled(data_dir)
    bundled.start()
    try:
        kill_mongod(bundled)
        keep_again(bundled, "after")
        assert kept(bundled) == ["after"]
    finally:
        bundled.stop()


def test_keeps_all_that_was_acknowledged_when_shop_and_mongod_are_killed_together(data_dir: Path) -> None:
    process = open_in_another_process(data_dir)
    keep(Bundled(data_dir), "acknowledged")
    kill_mongod(Bundled(data_dir))
    process.kill()
    process.wait()

    bundled = Bundled(data_dir)
    bundled.start()
    try:
        assert kept(bundled) == ["acknowledged"]
    finally:
        bundled.stop()


def test_frees_what_the_transaction_of_a_killed_shop_had_locked(data_dir: Path) -> None:
    process = open_in_another_process(data_dir)
    left = Bundled(data_dir)
    keep(left, "stock: 1")
    with client_of(left) as dead:
        session = dead.start_session()
        session.start_transaction()
        dead["shop"]["notes"].update_one({"_id": "stock: 1"}, {"$set": {"held": True}}, session=session)
        process.kill()
        process.wait()

        bundled = Bundled(data_dir)
        bundled.start()
        try:
            with MongoClient[dict[str, Any]](bundled.uri, timeoutMS=1000) as client:
                client["shop"]["notes"].update_one({"_id": "stock: 1"}, {"$set": {"sold": True}})
                assert client["shop"]["notes"].find_one() == {"_id": "stock: 1", "sold": True}
        finally:
            bundled.stop()


def test_replaces_a_mongod_that_runs_otherwise_than_it_would(data_dir: Path, tmp_path: Path) -> None:
    process = open_in_another_process(data_dir)
    before = pid_of(Bundled(data_dir))
    process.kill()
    process.wait()
    other_program = tmp_path / "mongod"
    other_program.symlink_to(find_program(None))

    bundled = Bundled(data_dir, other_program)
    bundled.start()
    try:
        assert pid_of(bundled) != before
    finally:
        bundled.stop()


@pytest.mark.parametrize("left_running", [False, True], ids=["after a stop", "with its mongod left running"])
def test_opens_a_data_folder_that_was_moved(tmp_path: Path, left_running: bool) -> None:
    process = open_in_another_process(tmp_path / "old")
    keep(Bundled(tmp_path / "old"), "kept")
    if left_running:
        process.kill()
    process.communicate()
    (tmp_path / "old").rename(tmp_path / "new")

    bundled = Bundled(tmp_path / "new")
    bundled.start()
    try:
        keep(bundled, "written")
        assert kept(bundled) == ["kept", "written"]
    finally:
        bundled.stop()


def test_refuses_a_second_start_and_names_the_first(shop: Bundled, data_dir: Path) -> None:
    shop.note_address("http://127.0.0.1:8000")
    mongod = pid_of(shop)

    with pytest.raises(DataInUse, match=f"the shop already runs as process {os.getpid()} at http://127.0.0.1:8000"):
        Bundled(data_dir).start()

    assert pid_of(shop) == mongod
    keep(shop, "unharmed")


def test_never_starts_a_second_mongod_because_the_first_does_not_answer(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundled_module, "START_SECONDS", 0.5)
    process = open_in_another_process(data_dir)
    frozen = pid_of(Bundled(data_dir))
    process.kill()
    process.wait()
    os.kill(frozen, signal.SIGSTOP)
    try:
        with pytest.raises(CannotStart, match="does not answer"):
            Bundled(data_dir).start()
    finally:
        os.kill(frozen, signal.SIGCONT)

    bundled = Bundled(data_dir)
    bundled.attach()
    assert pid_of(bundled) == frozen
    os.kill(frozen, signal.SIGTERM)
    wait_until(lambda: not is_locked(mongod_lock(data_dir)), what="the end of mongod")


@pytest.mark.parametrize(
    "name", ["x" * 90, "Asha's data, new: 2026", "मेरी दुकान"], ids=["long", "comma and colon", "Devanagari"]
)
def test_works_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    for note in ("a", "b"):
        bundled = Bundled(tmp_path / name)
        bundled.start()
        keep(bundled, note)
        notes = kept(bundled)
        bundled.stop()

    assert notes == ["a", "b"]
    assert not Path(unquote_plus(bundled.uri).removeprefix("mongodb://").partition("/?")[0]).exists()


def test_stops_a_mongod_that_no_longer_listens(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled_module, "STOP_SECONDS", 0.5)
    bundled = Bundled(data_dir)
    bundled.start()
    keep(bundled, "acknowledged")
    os.kill(pid_of(bundled), signal.SIGSTOP)

    bundled.stop()

    again = Bundled(data_dir)
    again.start()
    assert kept(again) == ["acknowledged"]
    again.stop()


def test_goes_on_trying_while_mongod_cannot_be_started_again(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bundled_module, "RETRY_SECONDS", 0.05)
    trouble = tmp_path / "trouble"
    program = script(tmp_path, f'[ -e "{trouble}" ] && echo "No space left on device" && exit 14\n{real_mongod()}')
    bundled = Bundled(data_dir, program)
    bundled.start()
    try:
        trouble.touch()
        kill_mongod(bundled)
        wait_until(lambda: "mongod_cannot_start" in caplog.messages, what="the failed start")
        with pytest.raises(PyMongoError), MongoClient[dict[str, Any]](bundled.uri, timeoutMS=300) as client:
            client.admin.command("ping")

        trouble.unlink()
        keep(bundled, "open again")
    finally:
        bundled.stop()


def test_a_tool_works_beside_the_open_shop_and_leaves_it_open(shop: Bundled, data_dir: Path) -> None:
    keep(shop, "found")

    with records(None, data_dir, None, "shop") as connection:
        assert connection.database["notes"].find_one() == {"_id": "found"}

    keep(shop, "still open")


def test_a_tool_starts_and_stops_a_mongod_when_no_shop_is_open(data_dir: Path) -> None:
    with records(None, data_dir, None, "shop") as connection:
        connection.database["notes"].insert_one({"_id": "a"})
        assert is_locked(mongod_lock(data_dir))

    assert not is_locked(mongod_lock(data_dir))


def real_mongod() -> str:
    return f'exec "{find_program(None)}" "$@"'


def script(folder: Path, text: str) -> Path:
    program = folder / "mongod.sh"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return program
