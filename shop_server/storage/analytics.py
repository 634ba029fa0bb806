"""Answers the dashboard: finished days from their rollups, open days from their orders.

Whatever is asked, the cost follows the days and the answer, never the orders ever made.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pymongo.database import Database

from shop_server.rules.analytics import Slot, Sold
from shop_server.rules.payment import CLAIMED
from shop_server.storage.documents import Document
from shop_server.storage.indexing import Query
from shop_server.storage.moments import moment, on_days
from shop_server.storage.rollups import joined
from shop_server.storage.sales import BY_DAY, Pipeline, by_product, by_slot, products_together, sales_on


@dataclass(frozen=True, slots=True)
class Overview:
    """Today's sales, those of some months in paise, and all that the shop has ever sold, to how many customers."""

    today: tuple[Slot, ...]
    months_paise: dict[str, int]
    orders: int
    sales_paise: int
    customers: int


class Analytics:
    """Reads the reports of all shops."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database

    def read_period(self, shop_id: str, days: Sequence[str]) -> tuple[list[Slot], list[Sold]]:
        """The sales of these days: by hour and way of paying, and by product and category."""
        with moment(self._database, shop_id) as now:
            live = [day for day in days if now.is_open(day)]
            rolled = [day for day in days if not now.is_open(day)]
            slots = now.find_days(rolled, "slots") + now.ask(live, by_slot())
            sold = now.aggregate("orders", _sold(shop_id, rolled, live), BY_DAY)
        return [Slot(**row) for row in slots], [Sold(**row) for row in sold]

    def read_overview(self, shop_id: str, today: str, months: Sequence[str]) -> Overview:
        """Today, these months ("2026-11", ascending), and all time."""
        months_paise = dict.fromkeys(months, 0)
        with moment(self._database, shop_id) as now:
            slots = [Slot(**row) for row in now.ask_open(by_slot())]
            for row in now.aggregate("analytics", _months(shop_id, f"{months[0]}-01", f"{months[-1]}-31")):
                months_paise[row["_id"]] += row["sales_paise"]
            changes = now.changes_of_customers()
            had = {row["customer_id"]: row["orders"] for row in now.find_customers(changes)}
        for slot in slots:
            if slot.day[:7] in months_paise:
                months_paise[slot.day[:7]] += slot.sales_paise
        return Overview(
            today=tuple(slot for slot in slots if slot.day == today),
            months_paise=months_paise,
            orders=now.totals.get("orders", 0) + sum(change.orders for change in changes.values()),
            sales_paise=now.totals.get("sales_paise", 0) + sum(change.spent_paise for change in changes.values()),
            customers=now.totals.get("customers", 0) + joined(had, {id_: one.orders for id_, one in changes.items()}),
        )

    def count_to_confirm(self, shop_id: str) -> int:
        """How many payments customers say they have made and the shopkeeper has not looked at."""
        return self._database["orders"].count_documents(_to_confirm(shop_id))


def _to_confirm(shop_id: str) -> Document:
    return {"shop_id": shop_id, "payment.status": CLAIMED}


def _sold(shop_id: str, rolled: Collection[str], live: Collection[str]) -> Pipeline:
    goods: Pipeline = [
        {"$match": on_days(shop_id, rolled)},
        {"$unwind": "$figures.goods"},
        {"$replaceWith": "$figures.goods"},
    ]
    return [
        {"$match": sales_on(shop_id, {"$in": sorted(live)})},
        *by_product(),
        {"$unionWith": {"coll": "analytics", "pipeline": goods}},
        *products_together(),
        {"$unset": "named_at"},
    ]


def _months(shop_id: str, first: str, last: str) -> Pipeline:
    """Answered from the index alone, as it holds each day's sales."""
    return [
        {"$match": {"shop_id": shop_id, "business_day": {"$gte": first, "$lte": last}, "stale": False}},
        {"$group": {"_id": {"$substrBytes": ["$business_day", 0, 7]}, "sales_paise": {"$sum": "$figures.sales_paise"}}},
    ]


_SHOP, _DAYS = "0" * 24, ("2026-11-19", "2026-11-20")
QUERIES = (
    Query("payments to confirm", "orders", _to_confirm(_SHOP)),
    Query("sales by hour", "orders", pipeline=[{"$match": sales_on(_SHOP, {"$in": list(_DAYS)})}, *by_slot()]),
    Query("what was sold", "orders", pipeline=_sold(_SHOP, _DAYS, _DAYS)),
    Query("sales of a month", "analytics", pipeline=_months(_SHOP, "2026-11-01", "2026-11-31")),
)
