"""Where notices are kept: for one person, or for everybody who works in a shop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pymongo.database import Database

from shop_server.rules.notice import Notice
from shop_server.storage.documents import Document
from shop_server.storage.indexing import Query

Mark = tuple[datetime, str]
"""A notice's place in the list: when it was left, and its id."""

_NEWEST_FIRST = (("at", -1), ("_id", -1))


class Notices:
    """The notices of all people and shops. They are written in the books, with what they tell of."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["notices"]

    def list_of(
        self, user_id: str, shop_id: str | None, unheard: Sequence[str], limit: int, after: Mark | None
    ) -> list[Notice]:
        """What waits for a person and for the shop she works in, newest first; of the shop's no `unheard` kinds."""
        found = self._collection.find(_of(user_id, shop_id, unheard, after)).sort(_NEWEST_FIRST).limit(limit)
        return [_notice(row, user_id) for row in found]

    def mark_read(self, notice_id: str, user_id: str, shop_id: str | None, unheard: Sequence[str]) -> bool:
        """Notes that she has read it; False when there is no such notice for her."""
        own = {"_id": notice_id, "$or": _addressed(user_id, shop_id, unheard)}
        return self._collection.update_one(own, {"$addToSet": {"read_by": user_id}}).matched_count == 1


def _of(user_id: str, shop_id: str | None, unheard: Sequence[str], after: Mark | None) -> Document:
    addressed = _addressed(user_id, shop_id, unheard)
    if after is None:
        return {"$or": addressed}
    at, id_ = after
    older: Document = {"at": {"$lte": at}, "$or": [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": id_}}]}
    return {"$or": [{**to, **older} for to in addressed]}


def _addressed(user_id: str, shop_id: str | None, unheard: Sequence[str]) -> list[Document]:
    own: Document = {"user_id": user_id}
    if not shop_id:
        return [own]
    return [own, {"shop_id": shop_id, "kind": {"$nin": list(unheard)}} if unheard else {"shop_id": shop_id}]


def _notice(row: Document, user_id: str) -> Notice:
    return Notice(row["_id"], row["kind"], row["text"], row["at"], row["link"], user_id in row["read_by"])


_MARK = (datetime(2026, 11, 21, tzinfo=UTC), "0" * 24)
QUERIES = (
    Query("a customer's notices", "notices", _of("0" * 24, None, (), None), _NEWEST_FIRST),
    Query("a shopkeeper's notices", "notices", _of("0" * 24, "1" * 24, (), _MARK), _NEWEST_FIRST),
    Query("a cashier's notices", "notices", _of("0" * 24, "1" * 24, ("order",), _MARK), _NEWEST_FIRST),
)
