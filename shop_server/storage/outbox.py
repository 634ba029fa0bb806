"""The outbox: mails that wait to be sent, and what became of those before.

A mail has an id made of what it is about (`once`), so that it can be put there any number of times and is one mail. Who
wants to send it claims it: one guarded update, by which it is nobody else's for LEASE. Should its process die meanwhile,
the mail is due again after that. Died it after the mail server had taken the mail and before it was marked as sent, the
mail goes out twice, with the same Message-ID: rather twice than never.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import ReturnDocument
from pymongo.database import Database

from shop_server.clock import Clock
from shop_server.rules.mail import CODES_FIRST, DEAD, OTHERS_NEXT, SENT, WAITING, CodeWanted, Mail, new_mail
from shop_server.storage.documents import Document, from_document, to_document
from shop_server.storage.indexing import Query

LEASE = timedelta(minutes=5)
"""Longer than it takes to send one mail."""

Mark = tuple[datetime, str]
"""A mail's place in the list: when it was put there, and its id."""

_SOONEST = (("rank", 1), ("due_at", 1))
_NEWEST_FIRST = (("at", -1), ("_id", -1))


class Outbox:
    """All mails of the installation."""

    def __init__(self, database: Database[Document], clock: Clock) -> None:
        self._collection = database["outbox"]
        self._clock = clock

    def put(
        self, template: str, to: str, data: Mapping[str, Any], *, once: str, code: CodeWanted | None = None
    ) -> None:
        """Leaves a mail to be sent soon; nothing when there is one for this occasion (`once`) or nobody to send it to.

        Inside the books it is `page.mail`. With `code`, one is made when the mail is sent, and is its `code`.
        """
        if to:
            guard, change = putting(new_mail(template, to, data, once=once, now=self._clock.now(), code=code))
            self._collection.update_one(guard, change, upsert=True)

    def claim(self, claim: str, now: datetime) -> Mail | None:
        """Takes the next mail that is due: it is nobody else's for LEASE, and this counts as an attempt to send it."""
        row = self._collection.find_one_and_update(
            _due(now),
            {"$set": {"due_at": now + LEASE, "claim": claim}, "$inc": {"attempts": 1}},
            sort=_SOONEST,
            return_document=ReturnDocument.AFTER,
        )
        return _mail(row) if row else None

    def mark_sent(self, mail: Mail, now: datetime) -> bool:
        """The mail server has it. False when the claim had run out, and the mail become somebody else's."""
        return self._settle(mail, {"state": SENT, "sent_at": now, "trouble": None})

    def put_off(self, mail: Mail, until: datetime, trouble: str) -> bool:
        """It could not be sent now."""
        return self._settle(mail, {"due_at": until, "trouble": trouble})

    def give_up(self, mail: Mail, trouble: str) -> bool:
        """It will not be sent."""
        return self._settle(mail, {"state": DEAD, "trouble": trouble})

    def drop(self, mail: Mail) -> None:
        """It was for nobody."""
        self._collection.delete_one({"_id": mail.id})

    def list_newest(self, limit: int, after: Mark | None = None) -> list[Mail]:
        """All mails, the newest first; `after` is the place of the last one seen."""
        return [_mail(row) for row in self._collection.find(_older(after)).sort(_NEWEST_FIRST).limit(limit)]

    def count_waiting(self) -> int:
        """How many mails wait to be sent, whenever they are due."""
        return self._collection.count_documents(_waiting())

    def forget_before(self, at: datetime) -> int:
        """Forgets the mails that were put there before; gives how many."""
        return self._collection.delete_many({"at": {"$lt": at}}).deleted_count

    def _settle(self, mail: Mail, change: Document) -> bool:
        guard = {"_id": mail.id, "state": WAITING, "claim": mail.claim}
        return self._collection.update_one(guard, {"$set": {**change, "claim": None}}).modified_count == 1


def putting(mail: Mail) -> tuple[Document, Document]:
    """What finds this mail, and what writes it unless it is there."""
    document = row_of(mail)
    return {"_id": document.pop("_id")}, {"$setOnInsert": document}


def row_of(mail: Mail) -> Document:
    """A mail as the collection keeps it."""
    document = to_document(mail)
    if mail.code_wanted is not None:
        wanted = mail.code_wanted
        document["code_wanted"] = {name: getattr(wanted, name) for name in CodeWanted.__slots__}
    return document


def _mail(row: Document) -> Mail:
    wanted = row["code_wanted"]
    return from_document(Mail, {**row, "code_wanted": CodeWanted(**wanted) if wanted else None})


def _waiting() -> Document:
    return {"state": WAITING, "rank": {"$in": [CODES_FIRST, OTHERS_NEXT]}}


def _due(now: datetime) -> Document:
    return {**_waiting(), "due_at": {"$lte": now}}


def _older(after: Mark | None) -> Document:
    if after is None:
        return {}
    at, id_ = after
    return {"at": {"$lte": at}, "$or": [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": id_}}]}


_NOW = datetime(2026, 11, 21, tzinfo=UTC)
QUERIES = (
    Query("the next mail to send", "outbox", _due(_NOW), _SOONEST),
    Query("the outbox, the newest first", "outbox", _older((_NOW, "0" * 24)), _NEWEST_FIRST),
    Query("mails to forget", "outbox", {"at": {"$lt": _NOW}}),
)
