"""What an installation makes up once and keeps: its own id, and the secret that signs its tokens."""

from __future__ import annotations

from collections.abc import Callable

from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shop_server.storage.documents import Document


class Secrets:
    """Secrets by name, kept in the database so that every process has the same and a backup holds them."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["secrets"]

    def get_or_make(self, name: str, make: Callable[[], str]) -> str:
        """The secret of this name; made when there is none. Of two processes that start at once both get the same."""
        try:
            kept = self._collection.find_one_and_update(
                {"_id": name},
                {"$setOnInsert": {"value": make()}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            kept = self._collection.find_one({"_id": name})
        if kept is None:
            raise LookupError(f"the secret {name} was taken away while the shop started")
        value: str = kept["value"]
        return value
