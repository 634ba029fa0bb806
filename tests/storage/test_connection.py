"""Reaching the records: which MongoDB the shop works with, and what it does while that is away."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database


def test_keeps_and_finds_a_record(database: Database[dict[str, Any]]) -> None:
    database["notices"].insert_one({"_id": "a", "text": "Milk has come"})

    assert database["notices"].find_one({"_id": "a"}) == {"_id": "a", "text": "Milk has come"}
