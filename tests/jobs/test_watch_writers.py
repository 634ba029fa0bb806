"""A process that died in the middle of a transaction holds nobody up."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shop_server.actions.watch_writers import watch_writers
from shop_server.context import Context
from shop_server.storage.connection import Connection
from shop_server.storage.heartbeats import SILENT_SECONDS, Heartbeats
from tests.builders import a_product, a_shop

Records = Database[dict[str, Any]]


def age(database: Records, process_id: str, seconds: float) -> None:
    """Lets so much time have passed since the process's last sign of life."""
    ago = {"$set": {"alive_at": {"$subtract": ["$$NOW", round(seconds * 1000)]}}}
    assert database["writers"].update_one({"_id": process_id}, [ago]).matched_count == 1


def test_the_session_of_a_silent_process_is_ended_and_its_locks_are_free(
    context: Context, connection: Connection, database: Records
) -> None:
    product = a_product(context, a_shop(context))
    with connection.stream.start_session() as dead:
        dead.start_transaction()
        goods = connection.stream[connection.name]["products"]
        goods.update_one({"_id": product.id}, {"$inc": {"stock": 1}}, session=dead)
        database["writers"].insert_one({"_id": "dead", "session_id": dead.session_id["id"]})

        assert watch_writers(context) == 0  # it may have been opened just now
        age(database, "dead", SILENT_SECONDS + 1)
        assert watch_writers(context) == 1

        database["products"].update_one({"_id": product.id}, {"$set": {"name": "free"}})
        with pytest.raises(PyMongoError):
            dead.commit_transaction()
    assert database["writers"].count_documents({"_id": "dead"}) == 0


def test_a_process_that_was_taken_for_dead_while_it_was_frozen_is_listed_again_with_its_next_order(
    context: Context, database: Records
) -> None:
    shop = a_shop(context)
    watch_writers(context)
    before = database["writers"].find_one({"_id": context.process_id})
    assert before is not None
    Heartbeats(database).end_silent("another process")
    age(database, context.process_id, SILENT_SECONDS + 1)
    assert Heartbeats(database).end_silent("another process") == 1

    watch_writers(context)
    a_product(context, shop)
    watch_writers(context)

    after = database["writers"].find_one({"_id": context.process_id})
    assert after is not None
    assert after["session_id"] != before["session_id"]
    assert after["alive_at"] > before["alive_at"]


def test_a_process_that_lives_is_left_alone_and_never_ends_itself(context: Context, database: Records) -> None:
    watch_writers(context)
    age(database, context.process_id, SILENT_SECONDS * 10)
    assert watch_writers(context) == 0

    database["writers"].insert_one({"_id": "other", "session_id": None})
    assert watch_writers(context) == 0
    age(database, "other", SILENT_SECONDS - 5)
    assert watch_writers(context) == 0
    assert database["writers"].count_documents({}) == 2
