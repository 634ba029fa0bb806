"""Checks that reports equal the orders (promise 7): each rolled up day, and all that was added up from the days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shop_server.storage.checks import Finding, Reading, side_by_side
from shop_server.storage.documents import Document
from shop_server.storage.rollups import customer_row_id
from shop_server.storage.sales import figures_of_day

_SORTED: Document = {"$sort": {"_id": 1}}


def check_days(reading: Reading) -> Iterator[Finding]:
    """A day that was rolled up and has not changed since has the figures of its orders."""
    days = reading.ask("analytics", {"$match": {"stale": False}}, _SORTED)
    for row in days:
        (figures,) = reading.ask("orders", *figures_of_day(row["shop_id"], row["business_day"]))
        wrong = [name for name in figures if _compared(figures[name]) != _compared(row["figures"].get(name))]
        if wrong:
            yield (
                row["_id"],
                f"report of {row['business_day']} of shop {row['shop_id']}: {', '.join(sorted(wrong))} "
                "are not those of its orders",
            )


def check_missing_days(reading: Reading) -> Iterator[Finding]:
    """Up to the last day that was rolled up each day with orders was."""
    for totals in list(reading.ask("shop_totals", {"$project": {"through": 1}})):
        rows = reading.ask(
            "orders",
            {"$match": {"shop_id": totals["_id"], "business_day": {"$lte": totals["through"]}}},
            {"$group": {"_id": "$business_day"}},
            {"$set": {"row": {"$concat": [totals["_id"], ":", "$_id"]}}},
            {"$lookup": {"from": "analytics", "localField": "row", "foreignField": "_id", "as": "rolled"}},
            {"$match": {"rolled.0": {"$exists": False}}},
            _SORTED,
        )
        for row in rows:
            yield row["row"], f"report of {row['_id']} of shop {totals['_id']}: it is missing"


def check_totals(reading: Reading) -> Iterator[Finding]:
    """A shop's totals are the sum of its days, and so are its customers."""
    sums = reading.ask(
        "analytics",
        {
            "$group": {
                "_id": "$shop_id",
                "orders": {"$sum": "$figures.orders"},
                "sales_paise": {"$sum": "$figures.sales_paise"},
            }
        },
        _SORTED,
    )
    customers = reading.ask(
        "shop_customers", {"$match": {"orders": {"$gt": 0}}}, {"$group": {"_id": "$shop_id", "n": {"$sum": 1}}}, _SORTED
    )
    totals = reading.ask("shop_totals", _SORTED)
    for shop_id, (days, buyers, said) in side_by_side(sums, customers, totals):
        added = (days["orders"], days["sales_paise"]) if days else (0, 0)
        added = (*added, buyers["n"] if buyers else 0)
        given = tuple((said or {}).get(name, 0) for name in ("orders", "sales_paise", "customers"))
        if added != given:
            yield (
                shop_id,
                f"totals of shop {shop_id}: orders, paise and customers are {given}, its days add up to {added}",
            )


def check_customers(reading: Reading) -> Iterator[Finding]:
    """What was noted of each customer is the sum of her days."""
    sums = reading.ask(
        "analytics",
        {"$unwind": "$figures.customers"},
        {
            "$group": {
                "_id": {"$concat": ["$shop_id", ":", "$figures.customers.customer_id"]},
                "orders": {"$sum": "$figures.customers.orders"},
                "spent_paise": {"$sum": "$figures.customers.spent_paise"},
            }
        },
        _SORTED,
    )
    noted = reading.ask("shop_customers", _SORTED)
    for row_id, (days, row) in side_by_side(sums, noted):
        added = (days["orders"], days["spent_paise"]) if days else (0, 0)
        given = (row["orders"], row["spent_paise"]) if row else (0, 0)
        if added != given or (row and row_id != customer_row_id(row["shop_id"], row["customer_id"])):
            shop_id, _, customer_id = row_id.partition(":")
            yield (
                row_id,
                f"customer {customer_id} of shop {shop_id}: orders and paise are {given}, her days add up to {added}",
            )


def _compared(figure: Any) -> Any:
    """A figure without the names of goods: of two that changed in one instant either may be the last."""
    if isinstance(figure, list):
        return [{key: row[key] for key in row if key not in ("name", "category")} for row in figure]
    return figure
