"""The writers of all processes: when one has died, the locks of its last transaction are let go at once."""

from __future__ import annotations

import logging
import os
import socket
import sys
from pathlib import Path

from bson.binary import Binary
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shop_server import logs
from shop_server.storage.documents import Document


def this_process() -> Document:
    """By what others of this machine tell whether this process lives: number and birth, as numbers are given anew."""
    pid = os.getpid()
    return {"host": socket.gethostname(), "process": pid, "birth": _birth(pid)}


def end_dead(database: Database[Document]) -> int:
    """Ends the sessions of this machine's writers whose process is gone; gives how many there were.

    Without this MongoDB would keep what they had locked until their transaction runs out of time.
    """
    ended = 0
    for writer in database["writers"].find({"host": socket.gethostname()}):
        if not _is_alive(writer):
            end(database, writer)
            ended += 1
    return ended


def end(database: Database[Document], writer: Document) -> None:
    """Ends the session of this row of `writers`, and takes the row away unless its process lives after all."""
    end_session(database, writer)
    database["writers"].delete_one({"_id": writer["_id"], "alive_at": writer.get("alive_at")})


def end_session(database: Database[Document], writer: Document) -> None:
    """Ends the session of this row of `writers`, with whatever it has begun and not committed."""
    try:
        session_id = Binary.from_uuid(writer["session_id"])
        database.client.admin.command({"killSessions": [{"id": session_id}]})
    except PyMongoError as error:
        # Its locks go by themselves, only later.
        logs.event("writer_not_ended", logging.WARNING, reason=str(error))


def _is_alive(writer: Document) -> bool:
    if sys.platform == "win32":
        return True
    try:
        os.kill(writer["process"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    # A container that starts anew gives the same numbers again.
    return bool(writer.get("birth") == _birth(writer["process"]))


def _birth(pid: int) -> str | None:
    """When this process began, in ticks of which boot of the machine; None where the system does not tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        # Behind its name, which may hold anything: the twentieth word is when it began.
        began = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return None
    return f"{boot.strip()}:{began}"
