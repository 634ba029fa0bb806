"""What an error of the database means for a group of the books."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from shop_server.errors import Duplicate
from shop_server.storage.trouble import Busy, Rejected, meaning_of, meaning_of_bulk_error

TRANSIENT = {"errorLabels": ["TransientTransactionError"]}


def a_taken_row(*fields: str) -> BulkWriteError:
    return BulkWriteError({"writeErrors": [{"code": 11000, "keyPattern": dict.fromkeys(fields, 1)}]})


@pytest.mark.parametrize(
    "error", [OperationFailure("conflict", 112), OperationFailure("aborted", 251, TRANSIENT), Busy()]
)
def test_a_lost_race_is_run_again(error: Exception) -> None:
    assert isinstance(meaning_of(error), Busy)


@pytest.mark.parametrize(
    "error",
    [
        ServerSelectionTimeoutError("nobody there"),
        AutoReconnect("hung up"),
        NotPrimaryError("stepped down", {"code": 10107}),
        OperationFailure("its disk is full", 14031),
        SystemExit(),
    ],
)
def test_a_database_that_is_away_is_nobodys_fault(error: BaseException) -> None:
    assert meaning_of(error) is error


@pytest.mark.parametrize("error", [ValueError("odd"), OperationFailure("unknown operator", 9), PyMongoError("odd")])
def test_anything_else_is_the_fault_of_one_of_the_group(error: Exception) -> None:
    meaning = meaning_of(error)

    assert isinstance(meaning, Rejected) and meaning.refusal is error


def test_a_row_that_exists_is_a_duplicate_by_the_index_it_broke() -> None:
    meaning = meaning_of_bulk_error("products", a_taken_row("shop_id", "name_key"))

    assert isinstance(meaning, Rejected) and isinstance(meaning.refusal, Duplicate)
    assert meaning.refusal.extra == {"index": "shop_id,name_key"}


@pytest.mark.parametrize("collection", ["idempotency_keys", "payment_log"])
def test_a_key_or_a_log_row_that_exists_has_only_just_come_and_is_seen_next_time(collection: str) -> None:
    assert isinstance(meaning_of_bulk_error(collection, a_taken_row("_id")), Busy)


@pytest.mark.parametrize(
    ("details", "meaning"),
    [({"writeErrors": [{"code": 9}]}, Rejected), ({"writeErrors": [], **TRANSIENT}, Busy)],
)
def test_any_other_failure_of_a_bulk_means_what_it_means_elsewhere(details: dict[str, Any], meaning: type) -> None:
    assert isinstance(meaning_of_bulk_error("products", BulkWriteError(details)), meaning)
