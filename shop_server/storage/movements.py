"""The stock book of each product: every movement of goods, never changed once written."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from shop_server.rules.stock import Movement
from shop_server.storage.documents import Document, from_document


class Movements:
    """The movements of all products."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["movements"]

    def list_of_product(self, product_id: str, limit: int, before: tuple[Any, str] | None = None) -> list[Movement]:
        """A product's movements, newest first; `before` is time and id of the last one seen."""
        query: Document = {"product_id": product_id}
        if before is not None:
            at, id_ = before
            query["$or"] = [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": id_}}]
        found = self._collection.find(query).sort([("at", -1), ("_id", -1)]).limit(limit)
        return [from_document(Movement, document) for document in found]
