"""Reading much of the records as of one moment, also when MongoDB has no such moment just now."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import OperationFailure

from shop_server.storage.documents import Document

T = TypeVar("T")

_SNAPSHOT_UNAVAILABLE = 246
_MOST_TRIES = 5


def at_one_moment(database: Database[Document], read: Callable[[ClientSession], T]) -> T:
    """What `read` gives, which reads through the session. It may be called several times. Raises PyMongoError."""
    attempt = 1
    while True:
        try:
            with database.client.start_session(snapshot=True) as session:
                return read(session)
        except OperationFailure as error:
            # An index was made just now; the next moment is fine.
            if error.code != _SNAPSHOT_UNAVAILABLE or attempt == _MOST_TRIES:
                raise
            time.sleep(0.2 * attempt)
            attempt += 1
