"""The carts of customers who are signed in, so that a cart follows its owner from phone to laptop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pymongo.database import Database

from shop_server.storage.documents import Document


class Carts:
    """One cart per customer."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["carts"]

    def find(self, customer_id: str, *, since: datetime | None = None) -> list[Document]:
        """What is in the cart: id, quantity, and the price_paise it had when it was put there.

        With `since`, only of a cart that was touched after that.
        """
        touched = {"updated_at": {"$gt": since}} if since else {}
        cart = self._collection.find_one({"_id": customer_id, **touched})
        return list(cart["items"]) if cart else []

    def keep(self, customer_id: str, items: Sequence[Document], now: datetime) -> None:
        """Replaces the cart; the last one to write wins."""
        self._collection.replace_one({"_id": customer_id}, {"items": list(items), "updated_at": now}, upsert=True)
