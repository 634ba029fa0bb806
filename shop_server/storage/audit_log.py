"""Where the audit log is kept: lines are only ever added, here or in the books together with what they tell of."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.database import Database

from shop_server.rules.audit import ACTS, Act
from shop_server.storage.documents import Document, from_document, to_document
from shop_server.storage.indexing import Query

Mark = tuple[datetime, str]
"""A line's place in the log: when it was written, and its id."""

_NEWEST_FIRST = (("at", -1), ("_id", -1))


class AuditLog:
    """The log of the whole installation."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["audit_log"]

    def note(self, now: datetime, who: str, act: str, target: str, shop_id: str | None = None, **details: Any) -> None:
        """Adds a line about what has just been done outside the books. See rules.audit.Act for the words."""
        self.note_in(None, now, who, act, target, shop_id, **details)

    def note_in(
        self,
        session: ClientSession | None,
        now: datetime,
        who: str,
        act: str,
        target: str,
        shop_id: str | None,
        **details: Any,
    ) -> None:
        """Adds a line about what this transaction does."""
        row = line(secrets.token_hex(12), now, who, act, target, shop_id, details)
        self._collection.insert_one(row, session=session)

    def list_lines(self, limit: int, after: Mark | None, **wanted: str) -> list[Act]:
        """The newest lines first; `wanted` limits them to those of one `who`, `act`, `target` or `shop_id`."""
        found = self._collection.find(_after(after, wanted)).sort(_NEWEST_FIRST).limit(limit)
        return [from_document(Act, row) for row in found]


def line(
    id_: str, at: datetime, who: str, act: str, target: str, shop_id: str | None, details: dict[str, Any]
) -> Document:
    """A line as the collection `audit_log` keeps it. Raises ValueError for an act that has no words."""
    if act not in ACTS:
        raise ValueError(f"rules/audit.py does not know the act {act!r}")
    return to_document(Act(id_, at, who, act, target, shop_id, details))


def _after(after: Mark | None, wanted: dict[str, str]) -> Document:
    if after is None:
        return dict(wanted)
    at, id_ = after
    return {**wanted, "at": {"$lte": at}, "$or": [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": id_}}]}


_MARK = (datetime(2026, 11, 21, tzinfo=UTC), "0" * 24)
QUERIES = (
    Query("the audit log", "audit_log", _after(_MARK, {}), _NEWEST_FIRST),
    Query("what one person did", "audit_log", _after(_MARK, {"who": "0" * 24}), _NEWEST_FIRST),
    Query("what was done to one thing", "audit_log", _after(_MARK, {"target": "0" * 24}), _NEWEST_FIRST),
    Query("what was done in one shop", "audit_log", _after(_MARK, {"shop_id": "0" * 24}), _NEWEST_FIRST),
    Query("acts of one kind", "audit_log", _after(_MARK, {"act": "user-suspended"}), _NEWEST_FIRST),
)
