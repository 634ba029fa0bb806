"""Rounds: what is done once a month for many, and how far it has come, so that a restart goes on there."""

from __future__ import annotations

from typing import NamedTuple

from pymongo.database import Database

from shop_server.storage.documents import Document


class Round(NamedTuple):
    """`after` is the last one it was done for."""

    after: str = ""
    done: bool = False


class Rounds:
    """The rounds of all months. Whoever makes one does what can be done twice without harm."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["rounds"]

    def get(self, name: str) -> Round:
        """How far a round has come; one that was never begun is at its beginning."""
        row = self._collection.find_one({"_id": name})
        return Round(row["after"], row["done"]) if row else Round()

    def note(self, name: str, after: str, *, done: bool = False) -> None:
        """It has come so far."""
        self._collection.update_one({"_id": name}, {"$set": {"after": after, "done": done}}, upsert=True)
