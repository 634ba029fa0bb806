"""Heartbeats: each process with a writer shows that it lives; the session of one that fell silent is ended.

A dead process's last transaction would keep its locks for some time, and whoever wants the same goods would wait. The
database's clock is everybody's.
"""

from __future__ import annotations

from pymongo.database import Database

from shop_server.storage import writers
from shop_server.storage.documents import Document

SILENT_SECONDS = 20


class Heartbeats:
    """The hearts of all processes, beside their writers' sessions in `writers`."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._writers = database["writers"]

    def beat(self, process_id: str) -> bool:
        """This process lives; False when its row is gone, because it was silent for so long that it was taken for dead."""
        return self._writers.update_one({"_id": process_id}, [{"$set": {"alive_at": "$$NOW"}}]).matched_count == 1

    def end_silent(self, process_id: str) -> int:
        """Ends the sessions of processes, other than this one, that have shown no life for so long; gives how many."""
        # One that was just opened has its time from now on.
        self._writers.update_many({"alive_at": {"$exists": False}}, [{"$set": {"alive_at": "$$NOW"}}])
        silent = {
            "_id": {"$ne": process_id},
            "$expr": {"$lt": ["$alive_at", {"$subtract": ["$$NOW", SILENT_SECONDS * 1000]}]},
        }
        ended = 0
        for writer in self._writers.find(silent):
            writers.end(self._database, writer)
            ended += 1
        return ended
