"""The codes that were mailed: six digits that are good for a while, for one thing, for one account, and once."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pymongo import ReturnDocument
from pymongo.database import Database

from shop_server.rules.mail import INVITATION
from shop_server.storage.documents import Document
from shop_server.storage.indexing import Query

MOST_TRIES = 5
DIGITS = 6
LINK_BYTES = 24


class Codes:
    """One code at a time for a purpose and an account. Only its seal is kept: `seal` needs the shop's secret."""

    def __init__(self, database: Database[Document], seal: Callable[[str], str]) -> None:
        self._collection = database["codes"]
        self._seal = seal

    def make(self, purpose: str, account: str, now: datetime, minutes: int, target: str = "") -> str:
        """A new code, good for so many minutes; the one before is good no more. An invitation's stands in a link: long."""
        is_typed = purpose != INVITATION
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}" if is_typed else secrets.token_urlsafe(LINK_BYTES)
        row = {
            "target": target,
            "seal": self._seal(f"{purpose}:{account}:{code}"),
            "tries": 0,
            "expires_at": now + timedelta(minutes=minutes),
        }
        self._collection.replace_one({"_id": f"{purpose}:{account}"}, row, upsert=True)
        return code

    def take(self, purpose: str, account: str, given: str, now: datetime) -> str | None:
        """Uses a code up and gives its target; None when it is wrong, over, used before, or tried too often.

        Each try is counted before the code is looked at, so that of many at once no more than MOST_TRIES are.
        """
        row = self._try(purpose, account, given, now)
        if row is None:
            return None
        used = self._collection.delete_one({"_id": row["_id"], "seal": row["seal"]}).deleted_count == 1
        return str(row["target"]) if used else None

    def is_right(self, purpose: str, account: str, given: str, now: datetime) -> bool:
        """The same without using it up, for what is done once by other means; this is a try too."""
        return self._try(purpose, account, given, now) is not None

    def forget(self, purpose: str, account: str) -> None:
        """As if no code had been mailed."""
        self._collection.delete_one({"_id": f"{purpose}:{account}"})

    def _try(self, purpose: str, account: str, given: str, now: datetime) -> Document | None:
        row = self._collection.find_one_and_update(
            _open(f"{purpose}:{account}", now), {"$inc": {"tries": 1}}, return_document=ReturnDocument.AFTER
        )
        seal = self._seal(f"{purpose}:{account}:{given}")
        return row if row is not None and hmac.compare_digest(row["seal"], seal) else None


def _open(id_: str, now: datetime) -> Document:
    return {"_id": id_, "expires_at": {"$gt": now}, "tries": {"$lt": MOST_TRIES}}


QUERIES = (Query("a code that is good", "codes", _open("reset:" + "0" * 24, datetime(2026, 11, 21, tzinfo=UTC))),)
