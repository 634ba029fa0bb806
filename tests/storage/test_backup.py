"""One file with all of a shop's records, as they were at one moment, and the way back into any empty database."""

from __future__ import annotations

import gzip
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
import pytest
from pymongo.database import Database
from pymongo.errors import AutoReconnect, OperationFailure

from indexes import COLLECTIONS, INDEXES
from shop_server.actions.cancel_order import cancel_order
from shop_server.actions.move_order import move_order
from shop_server.actions.settle_payment import Confirmation, claim_payment, confirm_payment
from shop_server.app import Shop as OpenShop
from shop_server.context import Context
from shop_server.errors import CannotStart
from shop_server.rules.person import Person
from shop_server.settings import Settings
from shop_server.storage import backup_file, pipe
from shop_server.storage import restore as restoring
from shop_server.storage.backup import HISTORY_SECONDS, LEFT_OUT, back_up, is_own
from shop_server.storage.backup_file import BackupWriter, check, read_rows
from shop_server.storage.bundled import Bundled
from shop_server.storage.connection import Connection, open_database
from shop_server.storage.filling import MARK, filling
from shop_server.storage.indexing import problems
from shop_server.storage.pipe import MOST_BYTES, Pipe
from shop_server.storage.restore import restore
from shop_server.storage.verify import verify
from tests.builders import a_customer, a_product, a_shop, a_shopkeeper, an_order
from tests.storage.processes import ROOT

Records = Database[dict[str, Any]]
EMPTY = "shop_test_restored"


@pytest.fixture
def devi(context: Context) -> Person:
    """Somebody who bought, in a shop with a little of everything."""
    shop = a_shop(context)
    asha, devi = a_shopkeeper(context, shop), a_customer(context)
    dal = a_product(context, shop, stock=1_000)
    packed = an_order(context, devi, {dal.id: 3})
    move_order(context, packed.id, asha, "packed")
    paid = an_order(context, devi, {dal.id: 2}, "UPI")
    claim_payment(context, paid.id, devi, "412345678901")
    confirm_payment(context, paid.id, asha, Confirmation())
    return devi


@pytest.fixture
def other(mongod: Bundled) -> Iterator[Connection]:
    """An empty database that no shop was ever open on."""
    with open_database(mongod.uri, EMPTY) as opened:
        opened.tools_client.drop_database(EMPTY)
        yield opened
        opened.tools_client.drop_database(EMPTY)


@pytest.fixture
def saved(connection: Connection, devi: Person, tmp_path: Path) -> Path:
    path = tmp_path / "shop.backup"
    back_up(connection, path)
    return path


def bring_back(connection: Connection, path: Path) -> int:
    """Without its indexes, which take the longest to make."""
    return restore(connection, path, (), ())


def rows_of(database: Records) -> dict[str, list[dict[str, Any]]]:
    kept = {name: list(database[name].find().sort("_id", 1)) for name in database.list_collection_names()}
    return {name: rows for name, rows in kept.items() if rows and name not in LEFT_OUT}


def test_a_restored_database_has_every_row_and_every_index_and_keeps_every_promise(
    database: Records, saved: Path, other: Connection
) -> None:
    rows = restore(other, saved, INDEXES, COLLECTIONS)

    assert rows_of(other.tools) == rows_of(database)
    assert rows == sum(map(len, rows_of(database).values()))
    assert problems(other.tools, INDEXES) == []
    assert verify(other.tools) == []
    assert MARK not in other.tools.list_collection_names()


def test_nobody_is_signed_in_at_a_restored_shop_but_its_secrets_are_the_same(
    connection: Connection, database: Records, other: Connection, tmp_path: Path
) -> None:
    database["sessions"].insert_one({"_id": "a" * 24, "user_id": "b" * 24})
    database["attempts"].insert_one({"_id": "devi@example.in", "wrong": 3})
    database["secrets"].insert_many([{"_id": "jwt_secret", "value": "s"}, {"_id": "installation_id", "value": "i"}])
    back_up(connection, tmp_path / "shop.backup")

    bring_back(other, tmp_path / "shop.backup")

    assert [other.tools[name].count_documents({}) for name in sorted(LEFT_OUT)] == [0] * len(LEFT_OUT)
    assert {row["_id"]: row["value"] for row in other.tools["secrets"].find()} == {
        "jwt_secret": "s",
        "installation_id": "i",
    }


def test_a_backup_beside_a_selling_shop_has_each_sale_whole_or_not_at_all(
    context: Context, connection: Connection, database: Records, other: Connection, devi: Person, tmp_path: Path
) -> None:
    dal = database["products"].find_one({}) or {}
    done = threading.Event()

    def sell() -> None:
        while not done.is_set():
            order = an_order(context, devi, {dal["_id"]: 1})
            cancel_order(context, order.id, devi, "again")

    sellers = [threading.Thread(target=sell) for _ in range(3)]
    for seller in sellers:
        seller.start()
    try:
        before = database["orders"].count_documents({})
        back_up(connection, tmp_path / "shop.backup")
        after = database["orders"].count_documents({})
    finally:
        done.set()
        for seller in sellers:
            seller.join()
    bring_back(other, tmp_path / "shop.backup")

    assert before <= other.tools["orders"].count_documents({}) <= after
    assert verify(other.tools) == []


def test_every_row_is_of_the_moment_at_which_the_backup_began(
    context: Context,
    connection: Connection,
    database: Records,
    devi: Person,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dal, add, late = database["products"].find_one({}) or {}, BackupWriter.add, [""]

    def sell_meanwhile(self: BackupWriter, collection: str, batch: bytes) -> None:
        if not late[0]:
            late[0] = an_order(context, devi, {dal["_id"]: 1}).id
        add(self, collection, batch)

    monkeypatch.setattr(BackupWriter, "add", sell_meanwhile)
    back_up(connection, tmp_path / "shop.backup")

    saved = {name: bson.decode_all(batch) for name, batch in read_rows(tmp_path / "shop.backup")}
    assert len(saved["orders"]) == 2
    assert late[0] not in {row["_id"] for row in saved["orders"]}
    assert saved["products"][0]["version"] == dal["version"]


def test_the_mongod_that_comes_along_remembers_the_moment_for_as_long_as_it_takes(
    connection: Connection, devi: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, name, seen = connection.tools_client.admin, "minSnapshotHistoryWindowInSeconds", []
    begin = BackupWriter.begin

    def look(self: BackupWriter, head: dict[str, Any]) -> None:
        seen.append(admin.command({"getParameter": 1, name: 1})[name])
        begin(self, head)

    monkeypatch.setattr(BackupWriter, "begin", look)
    back_up(connection, tmp_path / "shop.backup")

    assert seen == [HISTORY_SECONDS]
    assert admin.command({"getParameter": 1, name: 1})[name] == 300


def test_nothing_is_changed_at_a_mongodb_of_ones_own() -> None:
    assert is_own("mongodb://%2Ftmp%2Fa%2Fmongodb-27017.sock/?directConnection=true")
    assert not is_own("mongodb://127.0.0.1:27017/?directConnection=true")
    assert not is_own("mongodb://a.example.in,b.example.in/?replicaSet=shop")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OperationFailure("too old", 239), "longer than MongoDB remembers a moment"),
        (OperationFailure("not allowed", 13), r"MongoDB refused it \(13\)"),
        (AutoReconnect("gone"), r"MongoDB went away \(AutoReconnect\)"),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_says_in_one_sentence_why_there_is_no_backup_and_leaves_nothing(
    connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def fail(self: BackupWriter, collection: str, batch: bytes) -> None:
        raise error

    connection.tools["secrets"].replace_one({"_id": "one"}, {"value": "row"}, upsert=True)
    monkeypatch.setattr(BackupWriter, "add", fail)

    with pytest.raises(CannotStart, match=said):
        back_up(connection, tmp_path / "shop.backup")

    assert list(tmp_path.iterdir()) == []


def test_takes_the_next_moment_when_an_index_was_made_in_this_one(
    connection: Connection, devi: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[int] = []
    add = BackupWriter.add

    def fail_once(self: BackupWriter, collection: str, batch: bytes) -> None:
        if not failed:
            failed.append(1)
            raise OperationFailure("unavailable", 246)
        add(self, collection, batch)

    monkeypatch.setattr(BackupWriter, "add", fail_once)

    assert back_up(connection, tmp_path / "shop.backup").rows == sum(
        len(bson.decode_all(batch)) for _, batch in read_rows(tmp_path / "shop.backup")
    )


def test_only_its_owner_can_read_a_backup(saved: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert list(saved.parent.iterdir()) == [saved], "and nothing else is left"


def test_an_older_backup_is_never_written_over(connection: Connection, saved: Path) -> None:
    before = saved.read_bytes()

    with pytest.raises(CannotStart, match="is there already"):
        back_up(connection, saved)

    assert saved.read_bytes() == before


def test_a_backup_that_cannot_be_written_leaves_nothing(connection: Connection, devi: Person, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"cannot be written to .*nowhere: No such file or directory"):
        back_up(connection, tmp_path / "nowhere" / "shop.backup")

    with pytest.raises(RuntimeError), BackupWriter(tmp_path / "shop.backup") as file:
        file.begin({})
        raise RuntimeError("the disk is full, say")

    assert list(tmp_path.iterdir()) == []


def cut(data: bytes) -> bytes:
    return data[:-1]


def cut_in_the_middle(data: bytes) -> bytes:
    return data[: len(data) // 2]


def with_one_other_bit(data: bytes) -> bytes:
    return data[:200] + bytes([data[200] ^ 1]) + data[201:]


def with_something_behind(data: bytes) -> bytes:
    return data + b"\n"


def with_another_seal(data: bytes) -> bytes:
    return data[:-2] + bytes([data[-2] ^ 1]) + data[-1:]


SPOILS = (cut, cut_in_the_middle, with_one_other_bit, with_something_behind, with_another_seal)


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda spoil: str(spoil.__name__))
def test_a_backup_that_is_not_whole_is_refused_before_anything_is_written(
    saved: Path, other: Connection, spoil: Callable[[bytes], bytes]
) -> None:
    saved.write_bytes(spoil(saved.read_bytes()))

    with pytest.raises(CannotStart, match="is not whole: it was cut off or changed"):
        bring_back(other, saved)

    assert other.tools.list_collection_names() == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a spreadsheet", gzip.compress(b"something else", mtime=0)])
def test_what_is_no_backup_is_refused(other: Connection, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "shop.backup"
    path.write_bytes(content)

    with pytest.raises(CannotStart, match="is not a backup of a shop"):
        bring_back(other, path)


def test_a_backup_that_is_not_there_is_refused(other: Connection, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"shop\.backup cannot be read: No such file or directory"):
        bring_back(other, tmp_path / "shop.backup")


def test_a_backup_of_a_newer_shop_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_file, "FORMAT", 2)
    with BackupWriter(tmp_path / "shop.backup") as file:
        file.begin({})
        file.finish()
    monkeypatch.undo()

    with pytest.raises(CannotStart, match="was written by a newer shop"):
        check(tmp_path / "shop.backup")


def test_a_database_with_anything_in_it_is_refused_and_stays_as_it_is(
    connection: Connection, database: Records, saved: Path
) -> None:
    before = rows_of(database)
    database["writers"].delete_many({})

    with pytest.raises(CannotStart, match="is not empty"):
        bring_back(connection, saved)

    assert rows_of(database) == before
    assert MARK not in database.list_collection_names()


def test_a_database_on_which_a_shop_is_open_is_refused(other: Connection, saved: Path) -> None:
    writers = other.tools["writers"]
    for alive in ({}, {"alive_at": datetime.now(UTC)}):
        writers.insert_one({"_id": "a shop elsewhere", "host": "elsewhere", **alive})
        with pytest.raises(CannotStart, match="A shop is open on this database"):
            bring_back(other, saved)
        writers.delete_many({})

    writers.insert_one({"_id": "a dead one", "host": "elsewhere", "alive_at": datetime(2026, 11, 20, tzinfo=UTC)})
    bring_back(other, saved)
    assert verify(other.tools) == []


def test_no_shop_opens_on_half_a_restore_and_doing_it_again_makes_it_whole(
    saved: Path, database: Records, other: Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def two_handfuls(path: Path) -> Iterator[tuple[str, bytes]]:
        rows = read_rows(path)
        yield next(rows)
        yield next(rows)
        raise KeyboardInterrupt

    monkeypatch.setattr(restoring, "read_rows", two_handfuls)
    monkeypatch.setattr(pipe, "MOST_ROWS", 1)
    with pytest.raises(KeyboardInterrupt):
        bring_back(other, saved)
    monkeypatch.undo()
    for look in (lambda: OpenShop(settings, other), lambda: back_up(other, saved.with_name("half.backup"))):
        with pytest.raises(CannotStart, match=r"is only half filled: --restore shop\.backup is under way"):
            look()

    bring_back(other, saved)

    assert rows_of(other.tools) == rows_of(database)
    assert verify(other.tools) == []


def test_a_restore_that_was_killed_can_be_done_again(
    saved: Path, database: Records, mongod: Bundled, other: Connection
) -> None:
    killed_half_way = f"""
import os, sys
from pathlib import Path
from shop_server.storage import pipe
from shop_server.storage.connection import open_database
from shop_server.storage.restore import restore
pipe.MOST_ROWS = 1
with open_database({mongod.uri!r}, {EMPTY!r}) as connection:
    restore(connection, Path({str(saved)!r}), (), (), lambda rows: rows > 3 and os.kill(os.getpid(), 9))
"""
    assert subprocess.run([sys.executable, "-c", killed_half_way], cwd=ROOT, check=False).returncode == -9
    assert other.tools[MARK].find_one() is not None
    assert sum(map(len, rows_of(other.tools).values())) > 3
    # The lease of one that was killed runs out by itself.
    other.tools["leases"].delete_many({})

    bring_back(other, saved)

    assert rows_of(other.tools) == rows_of(database)


def test_two_who_fill_one_database_at_once_do_not_get_into_each_others_way(
    other: Connection, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shop_server.storage.filling.LEASE_SECONDS", 0.2)

    with filling(other.tools, "--restore other.backup") as keep:
        other.tools["leases"].update_one({"_id": MARK}, {"$set": {"owner": "somebody else"}})
        monkeypatch.setattr("shop_server.storage.filling.PROLONG_SECONDS", -1.0)
        monkeypatch.setattr("shop_server.storage.filling.LEASE_SECONDS", -10.0)
        other.tools["leases"].update_one({"_id": MARK}, [{"$set": {"expires_at": {"$add": ["$$NOW", 60_000]}}}])
        with pytest.raises(CannotStart, match="is filling this database just now"):
            bring_back(other, saved)
        with pytest.raises(CannotStart, match="has begun to fill"):
            keep()


def test_large_rows_go_in_bulks_that_mongodb_takes(other: Connection) -> None:
    picture = b"\xff" * (MOST_BYTES // 2)
    with Pipe(other.tools) as sender:
        sender.send("pictures", ({"_id": str(number), "data": picture} for number in range(7)))

    assert sender.sent == {"pictures": 7}
    assert other.tools["pictures"].count_documents({}) == 7


def test_a_row_that_mongodb_refuses_is_not_passed_over(other: Connection) -> None:
    with pytest.raises(RuntimeError, match=r"orders: .*duplicate key"), Pipe(other.tools) as sender:
        sender.send("orders", [{"_id": "1"}, {"_id": "1"}])
