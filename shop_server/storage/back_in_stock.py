"""Who waits for which product to come back. Whoever is told is taken off the list in the books, with what tells her."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pymongo.database import Database

from shop_server.storage.documents import Document
from shop_server.storage.indexing import Query


class BackInStock:
    """One row per person and product."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["back_in_stock"]

    def add(self, user_id: str, product_id: str, shop_id: str, now: datetime) -> None:
        """She waits from now on; nothing when she does already."""
        row = {"user_id": user_id, "product_id": product_id, "shop_id": shop_id, "at": now}
        self._collection.update_one({"_id": f"{product_id}:{user_id}"}, {"$setOnInsert": row}, upsert=True)

    def each_product(self) -> Iterator[str]:
        """The ids of all products that somebody waits for."""
        for row in self._collection.aggregate(_products()):
            yield row["_id"]

    def list_of_product(self, product_id: str, limit: int) -> list[str]:
        """The ids of the rows of a product."""
        return [row["_id"] for row in self._collection.find(_of_product(product_id), {"_id": 1}).limit(limit)]


def _products() -> list[Document]:
    """Answered from the index, by one step per product however many wait for it."""
    return [{"$match": {"product_id": {"$gt": ""}}}, {"$group": {"_id": "$product_id"}}]


def _of_product(product_id: str) -> Document:
    return {"product_id": product_id}


QUERIES = (
    Query("products that somebody waits for", "back_in_stock", pipeline=_products()),
    Query("who waits for a product", "back_in_stock", _of_product("0" * 24)),
    Query("what somebody waits for", "back_in_stock", {"user_id": "0" * 24}),
)
