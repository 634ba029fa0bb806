"""What a shop sold of each product over some of its days, asked of the orders; MongoDB does the sums."""

from __future__ import annotations

from datetime import datetime, timedelta

from pymongo.database import Database

from shop_server.rules.order import SALES, Order
from shop_server.rules.sold import Goods
from shop_server.storage import orders
from shop_server.storage.documents import Document
from shop_server.storage.indexing import Query
from shop_server.storage.sales import BY_DAY, Pipeline, profit_of

FIRST_DAY, LAST_DAY = "0000-00-00", "9999-99-99"
"""For whoever means all days."""
MOST_ORDERS = 2_000
_OLDEST_FIRST = [("placed_at", 1), ("_id", 1)]


class SoldGoods:
    """The sold goods of all shops. For an open shop through the patient client: a year of a large one takes a while."""

    def __init__(self, database: Database[Document]) -> None:
        self._orders = database["orders"]

    def list_goods(self, shop_id: str, first: str = FIRST_DAY, last: str = LAST_DAY) -> list[Goods]:
        """What was sold from the first day to the last, by product and category. Returned orders are no sales."""
        return [Goods(**row) for row in self._orders.aggregate(_goods(shop_id, first, last), hint=BY_DAY)]

    def list_days(self, shop_id: str, first: str, last: str) -> dict[str, tuple[int, int]]:
        """Of each day with sales, oldest first, how many orders there were and for how many paise."""
        found = self._orders.aggregate(_days(shop_id, first, last), hint=BY_DAY)
        return {row["_id"]: (row["orders"], row["sales_paise"]) for row in found}

    def list_bought(self, customer_id: str, first: str, last: str) -> list[Order]:
        """What a customer bought from the first day to the last, in whichever shops, oldest first."""
        found = self._orders.find(_bought(customer_id, first, last)).sort(_OLDEST_FIRST).limit(MOST_ORDERS)
        return [orders.from_document(row) for row in found]

    def list_buyers(self, shop_id: str, first: str, last: str, after: str, limit: int) -> list[str]:
        """Who bought on these days, by id; `after` is the last one seen."""
        found = self._orders.aggregate(_buyers(shop_id, first, last, after, limit), hint=BY_DAY)
        return [row["_id"] for row in found]


def _sales(shop_id: str, first: str, last: str) -> Document:
    days = {"$gte": first, "$lte": last}
    return {"$match": {"shop_id": shop_id, "business_day": days, "status": {"$in": list(SALES)}}}


def _bought(customer_id: str, first: str, last: str) -> Document:
    # A day of the shop's lies within two of the world's; it is those that the index knows.
    about = {
        "$gte": datetime.fromisoformat(f"{first}T00:00:00+00:00") - timedelta(days=1),
        "$lt": datetime.fromisoformat(f"{last}T00:00:00+00:00") + timedelta(days=2),
    }
    days = {"$gte": first, "$lte": last}
    return {"customer_id": customer_id, "placed_at": about, "business_day": days, "status": {"$in": list(SALES)}}


def _goods(shop_id: str, first: str, last: str) -> Pipeline:
    names = ["$lines.name", "$lines.category", "$lines.sold_by"]
    return [
        _sales(shop_id, first, last),
        {"$unwind": "$lines"},
        {
            "$group": {
                "_id": {"product_id": "$lines.product_id", "category_id": "$lines.category_id"},
                "orders": {"$sum": 1},
                "quantity": {"$sum": "$lines.quantity"},
                "revenue_paise": {"$sum": "$lines.line_total_paise"},
                "profit_paise": {"$sum": profit_of("$lines")},
                "latest": {"$top": {"sortBy": {"placed_at": -1}, "output": names}},
            }
        },
        {
            "$project": {
                "_id": 0,
                "product_id": "$_id.product_id",
                "category_id": "$_id.category_id",
                "name": {"$arrayElemAt": ["$latest", 0]},
                "category": {"$arrayElemAt": ["$latest", 1]},
                "sold_by": {"$arrayElemAt": ["$latest", 2]},
                **dict.fromkeys(("orders", "quantity", "revenue_paise", "profit_paise"), 1),
            }
        },
    ]


def _days(shop_id: str, first: str, last: str) -> Pipeline:
    return [
        _sales(shop_id, first, last),
        {"$group": {"_id": "$business_day", "orders": {"$sum": 1}, "sales_paise": {"$sum": "$total_paise"}}},
        {"$sort": {"_id": 1}},
    ]


def _buyers(shop_id: str, first: str, last: str, after: str, limit: int) -> Pipeline:
    return [
        _sales(shop_id, first, last),
        {"$group": {"_id": "$customer_id"}},
        {"$match": {"_id": {"$gt": after}}},
        {"$sort": {"_id": 1}},
        {"$limit": limit},
    ]


_SHOP, _FIRST, _LAST = "0" * 24, "2026-10-01", "2026-10-31"
QUERIES = (
    Query("what was sold, with its profit", "orders", pipeline=_goods(_SHOP, _FIRST, _LAST)),
    Query("sales of each day", "orders", pipeline=_days(_SHOP, _FIRST, _LAST)),
    Query("what a customer bought on some days", "orders", _bought("0" * 24, _FIRST, _LAST), tuple(_OLDEST_FIRST)),
    Query("who bought on some days", "orders", pipeline=_buyers(_SHOP, _FIRST, _LAST, "", 1)),
)
