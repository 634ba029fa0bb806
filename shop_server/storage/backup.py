"""Writes all of a shop's records into one file, as they were at one moment, while the shop goes on selling.

Everything is read at one cluster time, so the file holds each sale whole or not at all. What belongs to an open shop only
is left out: who is signed in where, codes that were mailed, what was tried with wrong passwords, exports that wait to be
fetched, leases, writers, news.
Accounts with the hashes of their passwords and the installation's secrets are in it, so the file is to be kept like the
till.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.uri_parser import parse_uri

from shop_server.errors import CannotStart
from shop_server.storage.backup_file import BackupWriter
from shop_server.storage.child import answer_parent
from shop_server.storage.connection import Connection
from shop_server.storage.documents import Document
from shop_server.storage.filling import refuse_half_filled
from shop_server.storage.snapshots import at_one_moment

LEFT_OUT = frozenset(
    {"sessions", "codes", "attempts", "leases", "writers", "news", "backups", "errands", "errand_parts"}
)
"""Whoever gets hold of a backup, or goes back to an old one, is to find nobody signed in and no code that is good."""
ROWS_AT_ONCE = 1_000
HISTORY_SECONDS = 4 * 3600
"""So long the shop's own mongod remembers the moment of a backup, while one is made; otherwise it is five minutes."""
_SNAPSHOT_TOO_OLD = 239


class Made(NamedTuple):
    """A backup that was made: how many rows it has, and how many bytes."""

    rows: int
    bytes: int


def back_up(connection: Connection, path: Path) -> Made:
    """Writes the records to `path`; what is there already is kept. Raises CannotStart, and leaves nothing then."""
    refuse_half_filled(connection.tools)
    try:
        with _long_memory(connection):
            rows = at_one_moment(connection.tools, partial(_write, connection.tools, path))
            return Made(rows, path.stat().st_size)
    except OperationFailure as error:
        if error.code == _SNAPSHOT_TOO_OLD:
            raise CannotStart(_TOO_SLOW) from error
        raise CannotStart(f"The backup was not made: MongoDB refused it ({error.code}).") from error
    except PyMongoError as error:
        raise CannotStart(f"The backup was not made: MongoDB went away ({type(error).__name__}).") from error
    except OSError as error:
        raise CannotStart(f"The backup was not made: {error.strerror} ({path.parent}).") from error


def _write(database: Database[Document], path: Path, session: ClientSession) -> int:
    names = sorted(set(database.list_collection_names()) - LEFT_OUT)
    with BackupWriter(path) as file:
        file.begin({"taken_at": _now(database), "mongodb": database.client.server_info()["version"]})
        for name in names:
            for batch in _batches(database, name, session):
                file.add(name, batch)
        return sum(file.finish().values())


def _batches(database: Database[Document], name: str, session: ClientSession) -> Iterator[bytes]:
    """All rows of a collection, as they lie there: nothing is lost by reading and writing them again."""
    found: Any = database[name].find_raw_batches({}, batch_size=ROWS_AT_ONCE, session=session)
    with found:
        yield from found


def _now(database: Database[Document]) -> Any:
    """The database's own time."""
    return database.client.admin.command("hello")["localTime"]


@contextmanager
def _long_memory(connection: Connection) -> Iterator[None]:
    """Has the shop's own mongod, which nobody else uses, remember its moments for longer than five minutes.

    Of another server the shop changes nothing; there a backup that takes longer is refused by MongoDB.
    """
    if not is_own(connection.uri):
        yield
        return
    admin, name = connection.tools_client.admin, "minSnapshotHistoryWindowInSeconds"
    before = admin.command({"getParameter": 1, name: 1})[name]
    admin.command({"setParameter": 1, name: HISTORY_SECONDS})
    try:
        yield
    finally:
        admin.command({"setParameter": 1, name: min(before, _USUAL_HISTORY_SECONDS)})


def is_own(uri: str) -> bool:
    """Whether it is reached through a socket file, which only the mongod that comes along is."""
    return all(port is None for _, port in parse_uri(uri)["nodelist"])


_USUAL_HISTORY_SECONDS = 300
_TOO_SLOW = (
    "The backup was not made: it took longer than MongoDB remembers a moment. Raise its parameter "
    "minSnapshotHistoryWindowInSeconds (300), or run the backup on a faster disk or nearer to the database."
)


if __name__ == "__main__":
    answer_parent(lambda connection: back_up(connection, Path(sys.argv[1])))
