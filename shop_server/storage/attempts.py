"""Where wrong sign-ins are counted, for all processes together."""

from __future__ import annotations

from datetime import datetime, timedelta

from pymongo import ReturnDocument
from pymongo.database import Database

from shop_server.storage.documents import Document

MOST_KEPT = 100


class Attempts:
    """Failures by key (an account, an address); a key is gone when its last failure has left the window."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["attempts"]

    def list_failures(self, key: str) -> list[datetime]:
        """When it failed lately, oldest first."""
        document = self._collection.find_one({"_id": key})
        return document["failed_at"] if document else []

    def add(self, key: str, at: datetime, window: timedelta) -> list[datetime]:
        """Notes a failure and gives all within the window, this one last. Of many at once each sees those before it."""
        recent: Document = {
            "$filter": {"input": {"$ifNull": ["$failed_at", []]}, "cond": {"$gt": ["$$this", at - window]}}
        }
        change: Document = {
            "failed_at": {"$slice": [{"$concatArrays": [recent, [at]]}, -MOST_KEPT]},
            "expires_at": at + window,
        }
        document = self._collection.find_one_and_update(
            {"_id": key}, [{"$set": change}], upsert=True, return_document=ReturnDocument.AFTER
        )
        assert document is not None
        failed_at: list[datetime] = document["failed_at"]
        return failed_at

    def forget(self, key: str) -> None:
        """As if it had never failed."""
        self._collection.delete_one({"_id": key})
