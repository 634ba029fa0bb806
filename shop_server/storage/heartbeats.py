"""Heartbeats: each process with a writer shows that it lives; the session of one that fell silent is ended.

A dead process's last transaction would keep its locks for some time, and whoever wants the same goods would wait. The
database's clock is everybody's.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from pymongo.database import Database

from shop_server.storage import writers
from shop_server.storage.documents import Document

SILENT_SECONDS = 20
_SILENT: Document = {"$lt": ["$alive_at", {"$subtract": ["$$NOW", SILENT_SECONDS * 1000]}]}


class Heartbeats:
    """The hearts of all processes, beside their writers' sessions in `writers`."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._writers = database["writers"]
        self._figures: Callable[[], Document] | None = None

    def share(self, figures: Callable[[], Document]) -> None:
        """From now on each beat shows what `figures` tells of this process to the others of its machine."""
        self._figures = figures

    def shared_figures(self) -> dict[str, Document]:
        """What the living processes of this machine have shown, by process."""
        living = {"host": socket.gethostname(), "figures": {"$exists": True}, "$expr": {"$not": [_SILENT]}}
        return {row["_id"]: row["figures"] for row in self._writers.find(living, {"figures": 1})}

    def beat(self, process_id: str) -> bool:
        """This process lives; False when its row is gone, because it was silent for so long that it was taken for dead."""
        shown: Document = {"alive_at": "$$NOW"}
        if self._figures is not None:
            shown["figures"] = {"$literal": self._figures()}
        return self._writers.update_one({"_id": process_id}, [{"$set": shown}]).matched_count == 1

    def end_silent(self, process_id: str) -> int:
        """Ends the sessions of processes, other than this one, that have shown no life for so long; gives how many."""
        # One that was just opened has its time from now on.
        self._writers.update_many({"alive_at": {"$exists": False}}, [{"$set": {"alive_at": "$$NOW"}}])
        silent = {
            "_id": {"$ne": process_id},
            "$expr": _SILENT,
        }
        ended = 0
        for writer in self._writers.find(silent):
            writers.end(self._database, writer)
            ended += 1
        return ended
