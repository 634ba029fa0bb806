"""Questions to the orders: what was sold in an hour, of a product, to a customer. One aggregation pipeline each.

Days, hours and weekdays stand in the orders as the shop's clock showed them, so that no question reckons with timezones.
"""

from __future__ import annotations

from shop_server.rules.order import DELIVERED, RETURN_REQUESTED, SALES
from shop_server.storage.documents import Document

Pipeline = list[Document]

BY_DAY = "shop_id_1_business_day_1_status_1"
"""The index for every question about days, to be named with it: MongoDB tries all that begin with the shop, and for the
latest days takes the one by time for just as good, with which it then reads every order ever made."""

_EXECUTED = [DELIVERED, RETURN_REQUESTED]


def profit_of(line: str) -> Document:
    """What a line brought above its cost, in paise. One whose cost is not known counts as neither profit nor loss."""
    total, cost = f"{line}.line_total_paise", f"{line}.cost_paise"
    return {"$subtract": [total, {"$ifNull": [cost, total]}]}


_PROFIT: Document = {"$sum": {"$map": {"input": "$lines", "in": profit_of("$$this")}}}


def sales_on(shop_id: str, days: Document) -> Document:
    """A shop's sales on the days that meet the condition `days`."""
    return {"shop_id": shop_id, "business_day": days, "status": {"$in": list(SALES)}}


def by_slot() -> Pipeline:
    """How many orders there were, and for how much, per day, hour and way of paying."""
    return [
        {
            "$group": {
                "_id": {"day": "$business_day", "hour": "$business_hour", "method": "$payment.method"},
                "orders": {"$sum": 1},
                "sales_paise": {"$sum": "$total_paise"},
                "executed": {"$sum": {"$cond": [{"$in": ["$status", _EXECUTED]}, 1, 0]}},
                "profit_paise": {"$sum": _PROFIT},
            }
        },
        {"$sort": {"_id": 1}},
        {
            "$project": {
                "_id": 0,
                "day": "$_id.day",
                "hour": "$_id.hour",
                "method": "$_id.method",
                "orders": 1,
                "sales_paise": 1,
                "executed": 1,
                "profit_paise": 1,
            }
        },
    ]


def by_product() -> Pipeline:
    """How much of each product was sold under each category, and for how much; with their latest names."""
    return [
        {"$unwind": "$lines"},
        {
            "$project": {
                "_id": 0,
                "product_id": "$lines.product_id",
                "category_id": "$lines.category_id",
                "name": "$lines.name",
                "category": "$lines.category",
                "quantity": "$lines.quantity",
                "revenue_paise": "$lines.line_total_paise",
                "named_at": "$placed_at",
            }
        },
        *products_together(),
    ]


def products_together() -> Pipeline:
    """Adds up rows of `by_product`."""
    latest: Document = {"$top": {"sortBy": {"named_at": -1}, "output": ["$name", "$category", "$named_at"]}}
    return [
        {
            "$group": {
                "_id": {"product_id": "$product_id", "category_id": "$category_id"},
                "quantity": {"$sum": "$quantity"},
                "revenue_paise": {"$sum": "$revenue_paise"},
                "latest": latest,
            }
        },
        {"$sort": {"_id": 1}},
        {
            "$project": {
                "_id": 0,
                "product_id": "$_id.product_id",
                "category_id": "$_id.category_id",
                "name": {"$arrayElemAt": ["$latest", 0]},
                "category": {"$arrayElemAt": ["$latest", 1]},
                "quantity": 1,
                "revenue_paise": 1,
                "named_at": {"$arrayElemAt": ["$latest", 2]},
            }
        },
    ]


def by_customer() -> Pipeline:
    """How many orders each customer made, for how much, and when the first."""
    return [
        {
            "$group": {
                "_id": "$customer_id",
                "orders": {"$sum": 1},
                "spent_paise": {"$sum": "$total_paise"},
                "first_at": {"$min": "$placed_at"},
            }
        },
        {"$sort": {"_id": 1}},
        {"$project": {"_id": 0, "customer_id": "$_id", "orders": 1, "spent_paise": 1, "first_at": 1}},
    ]


def figures_of_day(shop_id: str, day: str) -> Pipeline:
    """All that reports want of one day, as one document: `placed` counts the orders of any state, the rest are sales."""
    return [
        {"$match": {"shop_id": shop_id, "business_day": day}},
        {
            "$facet": {
                "placed": [{"$count": "orders"}],
                "slots": [{"$match": {"status": {"$in": list(SALES)}}}, *by_slot()],
                "goods": [{"$match": {"status": {"$in": list(SALES)}}}, *by_product()],
                "customers": [{"$match": {"status": {"$in": list(SALES)}}}, *by_customer()],
            }
        },
        {
            "$project": {
                "placed": {"$ifNull": [{"$first": "$placed.orders"}, 0]},
                "orders": {"$sum": "$slots.orders"},
                "sales_paise": {"$sum": "$slots.sales_paise"},
                "slots": 1,
                "goods": 1,
                "customers": 1,
            }
        },
    ]
