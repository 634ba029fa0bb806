"""What the shop does at the keyboard besides being open: checks and saves its records, and brings them back."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import indexes
from shop_server.settings import Settings
from shop_server.storage.backup import back_up
from shop_server.storage.bundled import records
from shop_server.storage.child import give_way
from shop_server.storage.restore import restore
from shop_server.storage.verify import verify

SAY_EVERY_SECONDS = 2.0


def check_records(settings: Settings) -> int:
    """Prints what is broken in the records, also beside an open shop; 0 when nothing is. Raises CannotStart."""
    with records(settings.mongodb_uri, settings.data_dir, settings.mongod, settings.database_name) as connection:
        broken = verify(connection.tools)
    for line in broken:
        print(line)
    print("The records keep every promise." if not broken else f"{len(broken)} things are broken.")
    return 1 if broken else 0


def save_records(settings: Settings, path: Path) -> int:
    """Writes a backup, also beside an open shop. Raises CannotStart."""
    give_way()
    with records(settings.mongodb_uri, settings.data_dir, settings.mongod, settings.database_name) as connection:
        made = back_up(connection, path)
    print(
        f"Saved {made.rows:,} rows to {path} ({made.bytes / 1_000_000:,.1f} MB). Keep it like the till: it holds all."
    )
    return 0


def bring_back(settings: Settings, path: Path) -> int:
    """Restores a backup into an empty database on which no shop is open. Raises CannotStart."""
    said_at = time.monotonic()

    def say(rows: int) -> None:
        nonlocal said_at
        if time.monotonic() - said_at > SAY_EVERY_SECONDS:
            said_at = time.monotonic()
            print(f"{rows:,} rows ...", file=sys.stderr, flush=True)

    with records(settings.mongodb_uri, settings.data_dir, settings.mongod, settings.database_name) as connection:
        rows = restore(connection, path, indexes.INDEXES, indexes.COLLECTIONS, say)
    print(f"Restored {rows:,} rows from {path}. Now open the shop; --verify checks its records.")
    return 0
