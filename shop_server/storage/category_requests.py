"""Where it is kept what categories staff have asked for. They are written in the books, with the category they become."""

from __future__ import annotations

from datetime import UTC, datetime

from pymongo.database import Database

from shop_server.errors import NotFound
from shop_server.rules.category_request import CategoryRequest
from shop_server.storage.documents import Document, from_document
from shop_server.storage.indexing import Query

Mark = tuple[datetime, str]
"""A request's place in the list: when it was asked, and its id."""

_NEWEST_FIRST = (("asked_at", -1), ("_id", -1))


class CategoryRequests:
    """The requests of all shops."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["category_requests"]

    def get(self, request_id: str) -> CategoryRequest:
        """Raises NotFound."""
        document = self._collection.find_one({"_id": request_id})
        if document is None:
            raise NotFound("There is no such request.")
        return from_document(CategoryRequest, document)

    def list_of_shop(self, shop_id: str, status: str | None, limit: int, after: Mark | None) -> list[CategoryRequest]:
        """A shop's requests, newest first, those in `status` only if given."""
        found = self._collection.find(_of_shop(shop_id, status, after)).sort(_NEWEST_FIRST).limit(limit)
        return [from_document(CategoryRequest, document) for document in found]


def _of_shop(shop_id: str, status: str | None, after: Mark | None) -> Document:
    query: Document = {"shop_id": shop_id} | ({"status": status} if status else {})
    if after is not None:
        at, id_ = after
        query |= {"asked_at": {"$lte": at}, "$or": [{"asked_at": {"$lt": at}}, {"asked_at": at, "_id": {"$lt": id_}}]}
    return query


_MARK = (datetime(2026, 11, 21, tzinfo=UTC), "0" * 24)
QUERIES = (
    Query("what staff have asked for", "category_requests", _of_shop("0" * 24, None, _MARK), _NEWEST_FIRST),
    Query("what waits for an answer", "category_requests", _of_shop("0" * 24, "pending", _MARK), _NEWEST_FIRST),
)
