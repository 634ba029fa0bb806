"""The stock book of each product: every movement of goods, never changed once written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pymongo.database import Database

from shop_server.rules.stock import BY_PEOPLE, WASTED, Movement
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

    def list_by_people(self, product_id: str, limit: int, before: tuple[Any, str] | None = None) -> list[Movement]:
        """The same without what orders do: what came in, came back, was counted or thrown away."""
        query = {**_query(product_id, before), "kind": {"$in": BY_PEOPLE}}
        found = self._collection.find(query).sort(_NEWEST_FIRST).limit(limit)
        return [from_document(Movement, document) for document in found]

    def list_expired(self, shop_id: str, since: datetime, until: datetime) -> list[Movement]:
        """What a shop took off its shelves as expired, batch by batch, from the one instant until before the other."""
        return [from_document(Movement, row) for row in self._collection.find(_expired(shop_id, since, until))]


_NEWEST_FIRST = [("at", -1), ("_id", -1)]


def _expired(shop_id: str, since: datetime, until: datetime) -> Document:
    return {"shop_id": shop_id, "kind": WASTED, "reason": "expired", "at": {"$gte": since, "$lt": until}}


def _query(product_id: str, before: tuple[Any, str] | None) -> Document:
    query: Document = {"product_id": product_id}
    if before is not None:
        at, id_ = before
        query["$or"] = [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": id_}}]
    return query


_AT = datetime(2026, 11, 21, tzinfo=UTC)
QUERIES = (
    Query("what has expired in a shop", "movements", _expired("0" * 24, _AT, _AT)),
    Query(
        "who did what to a product",
        "movements",
        {**_query("0" * 24, (_AT, "5")), "kind": {"$in": BY_PEOPLE}},
        tuple(_NEWEST_FIRST),
    ),
    Query("a product's stock book", "movements", _query("0" * 24, None), tuple(_NEWEST_FIRST)),
    Query(
        "its next page", "movements", _query("0" * 24, (datetime(2026, 11, 21, tzinfo=UTC), "5")), tuple(_NEWEST_FIRST)
    ),
)
