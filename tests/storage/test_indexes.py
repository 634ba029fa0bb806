"""The list of indexes: the database has exactly these, and every query of the shop is answered by one."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from indexes import COLLECTIONS, INDEXES
from shop_server.settings import SETTING_NAMES
from shop_server.storage.bundled import Bundled
from shop_server.storage.indexing import Index, Query, create_all, every_query, explain, problems, unused
from tests.storage.processes import ROOT

Records = Database[dict[str, Any]]
BY_SHOP = Index("scratch", (("shop_id", 1), ("name", 1)), "a test")


@pytest.fixture
def scratch(database: Records) -> Records:
    """A database with one collection that no other test looks at."""
    own = database.client["shop_test_indexes"]
    own.drop_collection("scratch")
    return own


def test_says_nothing_when_the_database_has_exactly_the_listed_indexes(database: Records) -> None:
    assert problems(database, INDEXES) == []


def test_every_index_says_what_it_serves_and_is_listed_once() -> None:
    assert all(index.serves for index in INDEXES)
    assert len({(index.collection, index.name) for index in INDEXES}) == len(INDEXES)


def test_makes_the_collections_that_are_only_asked_for_by_id(database: Records) -> None:
    assert set(COLLECTIONS) <= set(database.list_collection_names())


def test_names_a_missing_index_and_what_it_was_for(scratch: Records) -> None:
    assert problems(scratch, [BY_SHOP]) == ["missing: scratch.shop_id_1_name_1 (a test)"]


def test_names_an_index_that_is_not_in_the_list(scratch: Records) -> None:
    scratch["scratch"].create_index("forgotten")

    assert problems(scratch, []) == ["not in the list: scratch.forgotten_1"]


@pytest.mark.parametrize(
    "options",
    [{"unique": True}, {"only": {"name": {"$gt": ""}}}, {"expires_after_seconds": 60}],
    ids=["unique", "partial", "expiring"],
)
def test_names_an_index_with_other_options_and_makes_it_anew(scratch: Records, options: dict[str, Any]) -> None:
    keys = (("at", 1),)
    create_all(scratch, [Index("scratch", keys, "a test")])
    changed = Index("scratch", keys, "a test", **options)

    assert problems(scratch, [changed])[0].startswith("different: scratch.at_1 is ")

    create_all(scratch, [changed])
    assert problems(scratch, [changed]) == []


def test_creating_twice_changes_nothing(scratch: Records) -> None:
    create_all(scratch, [BY_SHOP])
    create_all(scratch, [BY_SHOP])

    assert problems(scratch, [BY_SHOP]) == []


def test_names_an_unused_index_until_a_query_uses_it(scratch: Records) -> None:
    create_all(scratch, [BY_SHOP])
    assert "scratch.shop_id_1_name_1 (a test)" in unused(scratch, [BY_SHOP])[0]

    scratch["scratch"].find_one({"shop_id": "s", "name": "n"})
    assert unused(scratch, [BY_SHOP]) == []


def test_explains_which_index_answers_a_query(scratch: Records) -> None:
    create_all(scratch, [BY_SHOP])

    by_index = Query("of a shop", "scratch", {"shop_id": "s"}, (("name", 1),))
    by_pipeline = Query("of a shop", "scratch", pipeline=[{"$match": {"shop_id": "s"}}, {"$count": "n"}])
    by_id = Query("one", "scratch", {"_id": "a"})

    assert explain(scratch, by_index) == (True, "shop_id_1_name_1")
    assert explain(scratch, by_pipeline) == (True, "shop_id_1_name_1")
    assert explain(scratch, by_id) == (True, "_id_")


@pytest.mark.parametrize(
    "query",
    [
        Query("by name only", "scratch", {"name": "n"}),
        Query("all", "scratch", pipeline=[{"$group": {"_id": "$name"}}]),
        Query(
            "beside others",
            "scratch",
            pipeline=[
                {"$match": {"shop_id": "s"}},
                {"$lookup": {"from": "scratch", "localField": "name", "foreignField": "name", "as": "same"}},
            ],
        ),
    ],
    ids=["filter", "pipeline", "lookup"],
)
def test_says_that_a_query_reads_every_document(scratch: Records, query: Query) -> None:
    create_all(scratch, [BY_SHOP])

    assert explain(scratch, query) == (False, "reads every document")


@pytest.mark.parametrize("query", every_query(), ids=lambda query: f"{query.collection}: {query.name}")
def test_every_query_of_the_shop_uses_an_index(database: Records, query: Query) -> None:
    uses_index, how = explain(database, query)

    assert uses_index, how


def run_indexes(uri: str, *arguments: str) -> tuple[int, str]:
    """Exit code and output of `python indexes.py` on an otherwise unused database."""
    clean = {name: value for name, value in os.environ.items() if name not in SETTING_NAMES}
    done = subprocess.run(
        [sys.executable, "indexes.py", *arguments],
        cwd=ROOT,
        env={**clean, "MONGODB_URI": uri, "DATABASE_NAME": "shop_test_indexes_command"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_command_says_what_is_missing_makes_it_and_explains_every_query(mongod: Bundled) -> None:
    code, said = run_indexes(mongod.uri, "verify")
    assert code == 1
    assert f"{len(INDEXES)} indexes, {len(INDEXES)} problems" in said

    assert run_indexes(mongod.uri, "create") == (0, f"{len(INDEXES)} indexes, 0 problems\n")

    code, said = run_indexes(mongod.uri, "verify", "--explain")
    assert code == 0
    assert sum(line.startswith("ok ") for line in said.splitlines()) == len(every_query())


def test_the_command_lists_what_each_index_serves(mongod: Bundled) -> None:
    code, said = run_indexes(mongod.uri, "list")

    assert code == 0
    assert len(said.splitlines()) == len(INDEXES)
    assert "orders: payment.utr (unique): one UTR settles at most one payment (promise 4)\n" in said


@pytest.mark.parametrize(
    ("collection", "first", "second"),
    [
        ("users", {"email": "devi@example.in"}, {"email": "devi@example.in"}),
        ("users", {"phone": "9876543210"}, {"phone": "9876543210"}),
        ("users", {"username": "devi"}, {"username": "devi"}),
        (
            "products",
            {"shop_id": "s", "name_key": "milk", "deleted_at": None},
            {"shop_id": "s", "name_key": "milk", "deleted_at": None},
        ),
        ("orders", {"payment": {"utr": "412345678901"}}, {"payment": {"utr": "412345678901"}}),
        ("payment_log", {"shop_id": "s", "seq": 1}, {"shop_id": "s", "seq": 1}),
    ],
    ids=["email", "phone", "username", "product name", "UTR", "payment log"],
)
def test_what_must_be_unique_is_refused_a_second_time(
    database: Records, collection: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    database[collection].insert_one({"_id": "a", **first})

    with pytest.raises(DuplicateKeyError):
        database[collection].insert_one({"_id": "b", **second})


@pytest.mark.parametrize(
    ("collection", "row"),
    [
        ("users", {"email": None, "phone": None, "username": None}),
        ("products", {"shop_id": "s", "name_key": "milk", "deleted_at": "once"}),
        ("orders", {"payment": {"utr": None}}),
    ],
    ids=["erased person", "product no longer sold", "payment without UTR"],
)
def test_what_is_absent_or_gone_may_be_there_many_times(
    database: Records, collection: str, row: dict[str, Any]
) -> None:
    database[collection].insert_one({"_id": "a", **row})
    database[collection].insert_one({"_id": "b", **row})

    assert database[collection].count_documents({}) == 2
