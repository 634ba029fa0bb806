"""Fills an empty database from outside: from a backup, or from sample data.

While rows come in a mark stands in the database, so that no shop opens on half of them. Who is broken off leaves the mark,
and what he had brought in is cleared away by whoever begins again.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from pymongo.database import Database
from pymongo.errors import PyMongoError

from shop_server.errors import CannotStart
from shop_server.storage import writers
from shop_server.storage.documents import Document
from shop_server.storage.heartbeats import SILENT_SECONDS
from shop_server.storage.leases import Leases

MARK = "filling"
"""The collection that is there only meanwhile. Its one row says with what, and so how to do it again."""
LEASE_SECONDS, PROLONG_SECONDS = 15.0, 5.0
NOBODYS = frozenset({MARK, "secrets", "leases", "writers", "news"})
"""What the mere opening of a shop leaves behind."""


def refuse_half_filled(database: Database[Document]) -> None:
    """Raises CannotStart for a database that was not filled to the end."""
    mark = database[MARK].find_one()
    if mark is not None:
        raise CannotStart(
            f"The database {database.name} is only half filled: {mark['_id']} is under way there, or was broken off. "
            "If it is not running any more, do it again; it clears away first what it had brought in."
        )


@contextmanager
def filling(database: Database[Document], how: str) -> Iterator[Callable[[], None]]:
    """An empty database without indexes, for this process alone; the shop may open on it when all has gone well.

    What is given is to be called now and then, at least each few seconds: it keeps the others away. `how` names the
    command. Raises CannotStart when the database is not empty, or somebody is at work there; nothing was written then.
    """
    leases, owner = Leases(database), secrets.token_hex(12)
    _wait_for_lease(leases, owner)
    try:
        if database[MARK].find_one() is None:
            _mark_empty(database, how)
        for name in database.list_collection_names():
            if name not in (MARK, "leases"):
                database.drop_collection(name)
        prolonged_at = time.monotonic()

        def keep() -> None:
            nonlocal prolonged_at
            if time.monotonic() - prolonged_at > PROLONG_SECONDS:
                prolonged_at = time.monotonic()
                if not leases.claim(MARK, owner, LEASE_SECONDS):
                    raise CannotStart("Somebody else has begun to fill this database.")

        yield keep
        database.drop_collection(MARK)
    finally:
        with suppress(PyMongoError):
            leases.release_all(owner)


def _wait_for_lease(leases: Leases, owner: str) -> None:
    """One that was killed a moment ago still has it."""
    deadline = time.monotonic() + LEASE_SECONDS + 1
    while not leases.claim(MARK, owner, LEASE_SECONDS):
        if time.monotonic() > deadline:
            raise CannotStart("Somebody else is filling this database just now.")
        time.sleep(0.1)


def _mark_empty(database: Database[Document], how: str) -> None:
    """Sets the mark first, and then looks: so that a shop that opens just now is seen, or sees."""
    database[MARK].insert_one({"_id": how})
    try:
        writers.end_dead(database)
        silent: Document = {"$lt": ["$alive_at", {"$subtract": ["$$NOW", SILENT_SECONDS * 1000]}]}
        if database["writers"].find_one({"$nor": [{"alive_at": {"$exists": True}, "$expr": silent}]}):
            raise CannotStart("A shop is open on this database: close it first.")
        for name in sorted(set(database.list_collection_names()) - NOBODYS):
            if database[name].find_one({}, {"_id": 1}) is not None:
                raise CannotStart(
                    f"The database {database.name} is not empty (there is something in {name}): set DATABASE_NAME to "
                    "another name, or DATA_DIR to another folder. Nothing was written."
                )
    except BaseException:
        database.drop_collection(MARK)
        raise
