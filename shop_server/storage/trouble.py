"""What may come between a group of the books and its commit, and what to do about it."""

from __future__ import annotations

from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError, ServerSelectionTimeoutError

from shop_server.errors import Duplicate
from shop_server.storage.connection import is_unavailable

_WRITE_CONFLICT, _DUPLICATE_KEY = 112, 11000
_NEVER_TWICE = frozenset({"idempotency_keys", "papers", "payment_log"})
"""What is looked up before it is written: a row that is there already has only just come from another process."""


class Busy(Exception):
    """The group lost a race; deciding it again on fresh data may succeed."""


class Rejected(Exception):
    """What the group wants written cannot be. `refusal` is the answer for the action to blame, once it is known."""

    def __init__(self, refusal: Exception) -> None:
        self.refusal = refusal


class Unknown(Exception):
    """Nobody can say whether the group was committed."""


def meaning_of(error: BaseException) -> BaseException:
    """What an error on the way to the commit means: Busy, Rejected, or itself when the database is away."""
    if isinstance(error, (Busy, Rejected)) or not isinstance(error, Exception):
        return error
    if isinstance(error, ServerSelectionTimeoutError):
        return error
    if isinstance(error, OperationFailure) and error.code == _WRITE_CONFLICT:
        return Busy()
    if isinstance(error, PyMongoError) and error.has_error_label("TransientTransactionError"):
        return Busy()
    return error if is_unavailable(error) else Rejected(error)


def meaning_of_bulk_error(collection: str, error: BulkWriteError) -> BaseException:
    """What it means that a bulk was not written as a whole."""
    for row in error.details.get("writeErrors", ()):
        if row.get("code") == _DUPLICATE_KEY:
            if collection in _NEVER_TWICE:
                return Busy()
            return Rejected(Duplicate("There is one already.", extra={"index": ",".join(row.get("keyPattern", {}))}))
    return meaning_of(error)
