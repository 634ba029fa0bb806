"""The nightly backups: a folder of the shop's own with the last of them, and a row for each night that says how it went."""

from __future__ import annotations

import shutil
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pymongo import ReturnDocument

from shop_server.errors import CannotStart
from shop_server.storage.backup import Made
from shop_server.storage.child import ask_child
from shop_server.storage.connection import Connection
from shop_server.storage.documents import Document, from_document

NIGHTS_KEPT = 14
MB = 1_000_000
ROOM_LEFT_BYTES = 256 * MB
"""Beside a backup, as the shop goes on writing."""
_NAMES = "shop-????-??-??*.backup"
_NIGHT_LENGTH = len("shop-2026-11-21")
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Night:
    """What became of one night's backup: `made_at` on which machine (`host`), or why there is none (`trouble`)."""

    id: str
    made_at: datetime | None = None
    host: str = ""
    rows: int = 0
    bytes: int = 0
    trouble: str | None = None


class Backups:
    """The backups of all nights. Each is made in a process of its own, as a thread that computes starves the writer."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._collection = connection.database["backups"]

    def is_made(self, night: str) -> bool:
        """Whether this night has its backup, on whichever machine."""
        row = self._collection.find_one({"_id": night}, {"made_at": 1})
        return row is not None and row.get("made_at") is not None

    def last(self) -> Night | None:
        """The last night of which there is anything to tell."""
        row = self._collection.find_one(sort=[("_id", -1)])
        return None if row is None else from_document(Night, row)

    def last_made_at(self) -> datetime | None:
        """When the last backup was made that is there."""
        row = self._collection.find_one({"made_at": {"$gt": _LONG_AGO}}, sort=[("_id", -1)])
        return row["made_at"] if row else None

    def make(self, night: str, folder: Path) -> Made:
        """Writes the night's backup into the folder, and drops what is older than the last NIGHTS_KEPT.

        Only one process may do so at a time. Raises CannotStart with the reason, CalledProcessError, or OSError.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left_over in folder.glob("shop-????-??-??*.part"):
            left_over.unlink()
        self._check_room(folder)
        path = folder / f"shop-{night}.backup"
        # One that is there is whole, as it has its name. It may be of before a backup was brought back, and the only
        # one of what was written since: it stays.
        while path.exists():
            path = path.with_name(f"{path.stem}+.backup")
        made = Made(*ask_child("shop_server.storage.backup", self._connection, str(path.absolute())))
        nights = sorted({path.name[:_NIGHT_LENGTH] for path in folder.glob(_NAMES)})
        for old in nights[:-NIGHTS_KEPT]:
            for path in folder.glob(f"{old}*.backup"):
                path.unlink()
        return made

    def _check_room(self, folder: Path) -> None:
        """Raises CannotStart where the backup might fill the disk: the shop would take no more orders then."""
        # As if nothing could be packed: pictures cannot.
        wanted = int(self._connection.database.command("dbStats")["dataSize"]) + ROOM_LEFT_BYTES
        free = shutil.disk_usage(folder).free
        if free < wanted:
            raise CannotStart(
                f"There is no room for it in {folder.absolute()}: {free // MB:,} MB are free, and {wanted // MB:,} MB are needed."
            )

    def note_made(self, night: str, at: datetime, made: Made) -> None:
        """The night has its backup; of the nights before the last NIGHTS_KEPT nothing more is known."""
        row = {"made_at": at, "host": socket.gethostname(), "rows": made.rows, "bytes": made.bytes, "trouble": None}
        self._collection.update_one({"_id": night}, {"$set": row}, upsert=True)
        for old in list(self._collection.find({}, {"_id": 1}).sort("_id", -1).skip(NIGHTS_KEPT)):
            self._collection.delete_one({"_id": old["_id"]})

    def note_failed(self, night: str, trouble: str) -> bool:
        """It could not be made, at least not now; whether this is the first time tonight."""
        before: Document | None = self._collection.find_one_and_update(
            {"_id": night}, {"$set": {"trouble": trouble}}, upsert=True, return_document=ReturnDocument.BEFORE
        )
        return before is None or before.get("trouble") is None
