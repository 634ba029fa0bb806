"""What the shop does at the keyboard besides being open: checks and saves its records, and brings them back."""

from __future__ import annotations

import secrets
import sys
import time
from pathlib import Path

from shop_server.clock import SystemClock
from shop_server.rules.shop import DEFAULT_TIMEZONE
from shop_server.rules.shop_time import business_day
from shop_server.security.passwords import Passwords
from shop_server.settings import Settings
from shop_server.storage.announcements import Announcements
from shop_server.storage.backup import back_up
from shop_server.storage.bundled import records
from shop_server.storage.child import give_way
from shop_server.storage.filling import refuse_half_filled
from shop_server.storage.restore import restore
from shop_server.storage.sessions import Sessions
from shop_server.storage.users import Users
from shop_server.storage.verify import verify

SAY_EVERY_SECONDS = 2.0


def check_records(settings: Settings) -> int:
    """Prints what is broken in the records, also beside an open shop; 0 when nothing is. Raises CannotStart."""
    with records(settings.mongodb_uri, settings.data_dir, settings.mongod, settings.database_name) as connection:
        refuse_half_filled(connection.tools)
        broken = verify(connection.tools)
    for line in broken:
        print(line)
    print("The records keep every promise." if not broken else f"{len(broken)} things are broken.")
    return 1 if broken else 0


def reset_password(settings: Settings, email: str) -> int:
    """Prints a new password for the account with this address, also beside an open shop; all its sign-ins end.

    1 when there is no such account. Raises CannotStart.
    """
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    with records(settings.mongodb_uri, settings.data_dir, settings.mongod, settings.database_name) as connection:
        users = Users(connection.database)
        user = users.find_by("email", email.strip().lower())
        if user is None or not users.replace_password(user, Passwords().keep(password)):
            print("There is no account with this email address.", file=sys.stderr)
            return 1
        Sessions(connection.database, users).end_all(user.id)
        Announcements(connection.database, SystemClock(), process_id="keyboard").tell("user", [user.id])
    print(f"The new password of {user.name} is {password}\nSign in with it, and change it on your profile.")
    return 0


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
    # Not above: where a package is missing, it is run_server that says what to type.
    from indexes import COLLECTIONS, INDEXES

    said_at = time.monotonic()

    def say(rows: int) -> None:
        nonlocal said_at
        if time.monotonic() - said_at > SAY_EVERY_SECONDS:
            said_at = time.monotonic()
            print(f"{rows:,} rows ...", file=sys.stderr, flush=True)

    with records(settings.mongodb_uri, settings.data_dir, settings.mongod, settings.database_name) as connection:
        rows = restore(connection, path, INDEXES, COLLECTIONS, say)
    print(f"Restored {rows:,} rows from {path}. Now open the shop; --verify checks its records.")
    return 0


def write_sample(folder: Path, seed: int, scale: int, until: str | None) -> int:
    """Writes sample data of `scale` orders before the day `until` (today) into a new folder. Raises CannotStart."""
    from shop_server.demo.history import write_history
    from shop_server.demo.progress import Progress

    progress = Progress("orders", scale)
    write_history(folder, seed, scale, until or business_day(SystemClock().now(), DEFAULT_TIMEZONE), progress.add)
    progress.end()
    print(f"{scale:,} orders lie in {folder}. Bring them into an empty shop with: run_server.py --load {folder}")
    return 0


def load_sample(settings: Settings, folder: Path) -> int:
    """Brings sample data into an empty database on which no shop is open. Raises CannotStart."""
    from indexes import COLLECTIONS, INDEXES
    from shop_server.demo.load import load
    from shop_server.demo.people import PASSWORD

    with records(settings.mongodb_uri, settings.data_dir, settings.mongod, settings.database_name) as connection:
        orders, owner = load(connection, folder, INDEXES, COLLECTIONS)
    print(f"{orders:,} orders are in the shop, and its records keep every promise.")
    print(f"Sign in as {owner}, or as anybody in staff.csv and customers.csv, each with the password {PASSWORD}")
    return 0
