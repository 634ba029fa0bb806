"""Each night one backup, whoever is open and whenever; and a word to the admin when there is none."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pymongo.database import Database

from shop_server.actions.back_up import back_up_nightly
from shop_server.context import Context
from shop_server.errors import CannotStart
from shop_server.jobs.schedule import JOBS, Schedule
from shop_server.settings import Settings
from shop_server.storage import backup, backups
from shop_server.storage.backup import Made
from shop_server.storage.backup_file import check, read_rows
from shop_server.storage.backups import NIGHTS_KEPT, ROOM_LEFT_BYTES
from shop_server.storage.connection import Connection
from tests.builders import a_shop, a_shopkeeper, open_context
from tests.fake_clock import FakeClock

(BACK_UP,) = (job for job in JOBS if job.run is back_up_nightly)


@pytest.fixture
def folder(settings: Settings) -> Path:
    return settings.data_dir / "backups"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup is an empty file, made at once."""

    def make(module: str, connection: Connection, path: str) -> list[int]:
        Path(path).touch()
        return [1, 2]

    monkeypatch.setattr(backups, "ask_child", make)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(module: str, connection: Connection, path: str) -> list[int]:
        raise CannotStart("The disk is full.")

    monkeypatch.setattr(backups, "ask_child", make)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_writes_a_whole_backup_in_a_process_of_its_own(
    context: Context, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = a_shop(context)

    def starve(connection: object, path: object) -> Made:
        raise AssertionError("the backup is made in the shop's own process")

    monkeypatch.setattr(backup, "back_up", starve)
    assert back_up_nightly(context)

    (path,) = folder.iterdir()
    assert path.name == "shop-2026-11-21.backup"
    assert check(path)["taken_at"]
    assert "shops" in {name for name, _ in read_rows(path)}
    night = context.backups.last()
    assert night is not None
    assert (night.id, night.made_at, night.bytes) == ("2026-11-21", context.clock.now(), path.stat().st_size)
    assert shop.id.encode() in b"".join(rows for _, rows in read_rows(path))


@pytest.mark.usefixtures("quick")
def test_makes_one_a_night_and_makes_good_for_nights_when_it_was_closed(
    context: Context, clock: FakeClock, folder: Path
) -> None:
    made = []
    for hours in (0, 1, 14, 2, 72):
        clock.advance(hours=hours)
        made.append(back_up_nightly(context))

    assert made == [True, False, False, True, True]
    assert len(names(folder)) == 3


@pytest.mark.usefixtures("quick")
def test_keeps_the_last_fourteen_and_nothing_that_was_broken_off(
    context: Context, clock: FakeClock, folder: Path, database: Database[dict[str, Any]]
) -> None:
    folder.mkdir(parents=True)
    (folder / "shop-2026-11-20.backup.99.part").touch()
    (folder / "my own copy").touch()
    for _ in range(NIGHTS_KEPT + 3):
        assert back_up_nightly(context)
        clock.advance(days=1)

    assert names(folder) == ["my own copy", *(f"shop-{day}.backup" for day in days("2026-11-24", NIGHTS_KEPT))]
    assert database["backups"].count_documents({}) == NIGHTS_KEPT


def days(first: str, number: int) -> list[str]:
    return [(date.fromisoformat(first) + timedelta(days=n)).isoformat() for n in range(number)]


@pytest.mark.usefixtures("quick")
def test_exactly_one_process_makes_it(
    context: Context, connection: Connection, settings: Settings, clock: FakeClock
) -> None:
    with open_context(connection, settings, clock) as other:
        assert [Schedule(each, [BACK_UP]).run(BACK_UP) for each in (context, other, context)] == [True, False, True]
        assert context.backups.is_made("2026-11-21")


@pytest.mark.usefixtures("failing")
def test_tells_the_admin_once_a_night_that_it_failed_and_why(
    context: Context, clock: FakeClock, database: Database[dict[str, Any]]
) -> None:
    shop = a_shop(context)
    asha = a_shopkeeper(context, shop, is_admin=True)

    for hours in (0, 1, 24):
        clock.advance(hours=hours)
        with pytest.raises(CannotStart):
            back_up_nightly(context)

    notices = context.notices.list_of(asha.user_id, None, (), 10, None)
    assert [notice.text for notice in notices] == ["Last night's backup was not made. The disk is full."] * 2
    night = context.backups.last()
    assert night is not None
    assert (night.trouble, night.made_at) == ("The disk is full.", None)


def test_is_made_later_in_the_night_when_it_failed_at_first(
    context: Context, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("failing")
    with pytest.raises(CannotStart):
        back_up_nightly(context)
    request.getfixturevalue("quick")

    assert back_up_nightly(context)

    night = context.backups.last()
    assert night is not None
    assert (night.trouble, night.made_at) == (None, clock.now())
    assert context.backups.last_made_at() == clock.now()


@pytest.mark.usefixtures("quick")
def test_does_not_fill_the_disk_that_the_shop_needs(
    context: Context, folder: Path, database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = int(database.command("dbStats")["dataSize"]) + ROOM_LEFT_BYTES
    free = {"bytes": needed // 2}
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free["bytes"]))
    with pytest.raises(
        CannotStart, match=r"There is no room for it in .*backups: 128 MB are free, and 256 MB are needed"
    ):
        back_up_nightly(context)
    assert names(folder) == []

    free["bytes"] = 2 * needed
    assert back_up_nightly(context)


def test_one_that_is_there_already_stays_as_it_may_be_the_only_one_of_before_a_restore(
    context: Context, folder: Path, quick: None, clock: FakeClock
) -> None:
    folder.mkdir(parents=True)
    (folder / "shop-2026-11-21.backup").write_text("all that was sold until an older one was brought back")

    assert back_up_nightly(context)

    assert names(folder) == ["shop-2026-11-21+.backup", "shop-2026-11-21.backup"]
    assert (folder / "shop-2026-11-21.backup").read_text().startswith("all that was sold")
    for _ in range(NIGHTS_KEPT):
        clock.advance(days=1)
        assert back_up_nightly(context)
    assert names(folder) == [f"shop-{day}.backup" for day in days("2026-11-22", NIGHTS_KEPT)]


def test_a_shop_that_was_only_just_opened_has_other_things_to_do() -> None:
    assert BACK_UP.first_seconds >= 60
    assert BACK_UP.every_seconds <= 3600
