"""What lies on the shelf and wants the shopkeeper's eye: low, sold out, about to expire, expired."""

from __future__ import annotations

from collections.abc import Iterator

from pymongo.database import Database

from shop_server.rules.product import Product
from shop_server.storage.documents import Document
from shop_server.storage.indexing import Query
from shop_server.storage.products import from_document, stock_step

_LOOKED_AT = 500


class StockWatch:
    """Looks along the shelves of all shops. `low_stock_at` is the shop's level, for products without their own."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["products"]
        self._noticed = database["low_stock_notices"]

    def count_low(self, shop_id: str, low_stock_at: int) -> int:
        """Products on sale at or below their level, also those that are out."""
        return self._collection.count_documents(_low(shop_id, low_stock_at))

    def count_out(self, shop_id: str) -> int:
        """Products on sale of which nothing is free to sell."""
        return self._collection.count_documents(_out(shop_id))

    def count_expiring(self, shop_id: str, until: str) -> int:
        """Products on sale of which some expires on a day up to `until`."""
        return self._collection.count_documents(_expiring(shop_id, until))

    def list_lowest(self, shop_id: str, limit: int) -> list[Product]:
        """The products on sale with the least stock, least first.

        The index knows their stock to within a sixteenth, so some more are looked at than are given. Where hundreds have
        nearly the same, it is left to chance which of those are the last ones given.
        """
        nearly = self._collection.find(_on_sale(shop_id), {"stock": 1}).sort([("stock_step", 1), ("_id", 1)])
        lowest = sorted(nearly.limit(_LOOKED_AT), key=lambda row: (row["stock"], row["_id"]))[:limit]
        found = self._collection.find({"_id": {"$in": [row["_id"] for row in lowest]}})
        return sorted(map(from_document, found), key=lambda product: (product.stock, product.id))

    def list_low(self, shop_id: str, low_stock_at: int) -> set[str]:
        """The ids of what `count_low` counts."""
        return {row["_id"] for row in self._collection.find(_low(shop_id, low_stock_at), {"_id": 1})}

    def list_noticed(self, shop_id: str) -> set[str]:
        """The ids of those products of which the shop was told that they run low, and not yet that they are back."""
        return {row["_id"] for row in self._noticed.find({"shop_id": shop_id}, {"_id": 1})}

    def list_back_or_gone(self, product_ids: list[str]) -> list[Product]:
        """Those of these products of which something lies free on the shelf, or that are not sold any more."""
        return [from_document(row) for row in self._collection.find(_back_or_gone(product_ids))]

    def list_expired(self, before: str, limit: int) -> Iterator[tuple[str, str, str]]:
        """Products with free stock, of any shop, of which some expired before that day: shop, id and that expiry."""
        found = self._collection.find(_expired(before), {"shop_id": 1, "expires_on": 1}).sort("expires_on", 1)
        for row in found.limit(limit):
            yield row["shop_id"], row["_id"], row["expires_on"]


def _on_sale(shop_id: str) -> Document:
    return {"shop_id": shop_id, "deleted_at": None}


def _low(shop_id: str, low_stock_at: int) -> Document:
    """By the shop's level, or by its own: `is_low` says so of a product with a level of its own."""
    by_shop = {"stock_step": {"$lte": stock_step(low_stock_at)}, "stock": {"$lte": low_stock_at}}
    return {
        "$or": [
            {**_on_sale(shop_id), **by_shop, "low_stock_at": None},
            {**_on_sale(shop_id), "is_low": True},
        ]
    }


def _out(shop_id: str) -> Document:
    return {**_on_sale(shop_id), "stock_step": 0}


def _expiring(shop_id: str, until: str) -> Document:
    return {**_on_sale(shop_id), "expires_on": {"$gt": "", "$lte": until}}


def _back_or_gone(product_ids: list[str]) -> Document:
    return {"_id": {"$in": product_ids}, "$or": [{"stock": {"$gt": 0}}, {"deleted_at": {"$ne": None}}]}


def _expired(before: str) -> Document:
    return {"expires_on": {"$gt": "", "$lt": before}, "stock": {"$gt": 0}}


_SHOP = "0" * 24
QUERIES = (
    Query("products that run low", "products", _low(_SHOP, 10)),
    Query("products of which the shop was told", "low_stock_notices", {"shop_id": _SHOP}),
    Query("what is back of what is waited for", "products", _back_or_gone([_SHOP])),
    Query("products that are out", "products", _out(_SHOP)),
    Query("products about to expire", "products", _expiring(_SHOP, "2026-11-28")),
    Query("products with the least stock", "products", _on_sale(_SHOP), (("stock_step", 1), ("_id", 1))),
    Query("products that have expired", "products", _expired("2026-11-21"), (("expires_on", 1),)),
)
