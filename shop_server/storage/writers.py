"""The writers of all processes: when one has died, the locks of its last transaction are let go at once."""

from __future__ import annotations

import logging
import os
import socket
import sys

from bson.binary import Binary
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shop_server import logs
from shop_server.storage.documents import Document


def end_dead(database: Database[Document]) -> int:
    """Ends the sessions of this machine's writers whose process is gone; gives how many there were.

    Without this MongoDB would keep what they had locked until their transaction runs out of time.
    """
    ended = 0
    for writer in database["writers"].find({"host": socket.gethostname()}):
        if not _is_alive(writer["process"]):
            end(database, writer)
            ended += 1
    return ended


def end(database: Database[Document], writer: Document) -> None:
    """Ends the session of this row of `writers`, and takes the row away unless its process lives after all."""
    try:
        session_id = Binary.from_uuid(writer["session_id"])
        database.client.admin.command({"killSessions": [{"id": session_id}]})
    except PyMongoError as error:
        # Its locks go by themselves, only later.
        logs.event("writer_not_ended", logging.WARNING, reason=str(error))
    database["writers"].delete_one({"_id": writer["_id"], "alive_at": writer.get("alive_at")})


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
