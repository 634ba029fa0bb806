"""The stock book of each product: every movement of goods, never changed once written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pymongo.database import Database

from shop_server.rules.stock import Movement
from shop_server.storage.documents import Document, from_document
from shop_server.storage.indexing import Query


class Movements:
    """The movements of all products."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["movements"]

    def list_of_product(self, product_id: str, limit: int, before: tuple[Any, str] | None = None) -> list[Movement]:
        """A product's movements, newest first; `before` is time and id of the last one seen."""
        found = self._collection.find(_query(product_id, before)).sort(_NEWEST_FIRST).limit(limit)
        return [from_document(Movement, document) for document in found]


_NEWEST_FIRST = [("at", -1), ("_id", -1)]


def _query(product_id: str, before: tuple[Any, str] | None) -> Document:
    query: Document = {"product_id": product_id}
    if before is not None:
        at, id_ = before
        query["$or"] = [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": id_}}]
    return query


QUERIES = (
    Query("a product's stock book", "movements", _query("0" * 24, None), tuple(_NEWEST_FIRST)),
    Query(
        "its next page", "movements", _query("0" * 24, (datetime(2026, 11, 21, tzinfo=UTC), "5")), tuple(_NEWEST_FIRST)
    ),
)
