"""Rolls finished days up, so that reports need not read their orders again.

A day's figures stand in `analytics`, and what stands there is also in the shop's totals (`shop_totals`) and in what each
of its customers bought (`shop_customers`): the three change in one transaction. Whoever changes an order of an older day
marks that day stale in the same transaction as the order; a stale day is read from the orders until it is rolled up again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database

from shop_server.storage.documents import Document
from shop_server.storage.indexing import Query
from shop_server.storage.sales import BY_DAY, figures_of_day


class Rollups:
    """Makes and keeps the rolled up days of all shops. Any number of processes may do so at once."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database

    def last_day(self, shop_id: str) -> str:
        """The last day of a shop that was rolled up; "" for none."""
        row = self._database["shop_totals"].find_one({"_id": shop_id}, {"through": 1})
        return row["through"] if row else ""

    def list_new_days(self, shop_id: str, after: str, until: str) -> list[str]:
        """The days after one and until another on which anything was ordered, oldest first."""
        rows = self._database["orders"].aggregate(_days_with_orders(shop_id, after, until), hint=BY_DAY)
        return [row["_id"] for row in rows]

    def list_stale_days(self, shop_id: str, through: str) -> list[str]:
        """The days up to `through` that have changed since they were rolled up, oldest first."""
        found = self._database["analytics"].find(stale_days(shop_id, through), {"business_day": 1})
        return [row["business_day"] for row in found.sort("business_day", 1)]

    def roll_up(self, shop_id: str, day: str) -> bool:
        """Reckons a day from its orders. False when it changed meanwhile and is to be done again.

        The mark is read before the orders are, and compared when the figures are taken over: a change that comes in
        between leaves the day stale.
        """
        row = self._database["analytics"].find_one({"_id": day_id(shop_id, day)}, {"marks": 1}) or {}
        self._database["orders"].aggregate(_roll_up(shop_id, day, row.get("marks", 0)), hint=BY_DAY)
        with self._database.client.start_session() as session:
            return session.with_transaction(lambda current: self._take_over(current, shop_id, day))

    def mark_doubtful(self, shop_id: str, through: str) -> int:
        """Marks the days on which other orders lie than were there when they were rolled up; gives how many.

        Orders come into a day that is over when a clock was wrong or the shop has changed its timezone.
        """
        doubtful = [
            UpdateOne(
                {"_id": day_id(shop_id, row["_id"])},
                {
                    "$set": {"stale": True},
                    "$inc": {"marks": 1},
                    "$setOnInsert": {"shop_id": shop_id, "business_day": row["_id"]},
                },
                upsert=True,
            )
            for row in self._database["orders"].aggregate(_doubtful_days(shop_id, through), hint=BY_DAY)
        ]
        if doubtful:
            self._database["analytics"].bulk_write(doubtful, ordered=False)
        return len(doubtful)

    def _take_over(self, session: ClientSession, shop_id: str, day: str) -> bool:
        """Makes the new figures those of the day, and the shop's totals and customers follow."""
        analytics = self._database["analytics"]
        row = analytics.find_one({"_id": day_id(shop_id, day)}, session=session)
        if row is None or "next" not in row:
            return True  # Another process has just done it.
        if row["next"]["marks"] != row.get("marks", 0):
            return False
        old, new = row.get("figures", _NOTHING), row["next"]["figures"]
        changes = _changes_of_customers(old["customers"], new["customers"])
        joined = self._change_customers(session, shop_id, changes)
        self._database["shop_totals"].update_one(
            {"_id": shop_id},
            {
                "$inc": {
                    "orders": new["orders"] - old["orders"],
                    "sales_paise": new["sales_paise"] - old["sales_paise"],
                    "customers": joined,
                },
                "$max": {"through": day},
            },
            upsert=True,
            session=session,
        )
        analytics.update_one(
            {"_id": row["_id"]},
            {"$set": {"figures": new, "stale": False}, "$unset": {"next": ""}},
            session=session,
        )
        return True

    def _change_customers(self, session: ClientSession, shop_id: str, changes: dict[str, Document]) -> int:
        """Gives how many customers the shop has more than before."""
        changes = {id_: change for id_, change in changes.items() if change["orders"] or change["spent_paise"]}
        if not changes:
            return 0
        ids = {customer_row_id(shop_id, id_): id_ for id_ in changes}
        customers = self._database["shop_customers"]
        had = {
            ids[row["_id"]]: row["orders"]
            for row in customers.find({"_id": {"$in": list(ids)}}, {"orders": 1}, session=session)
        }
        customers.bulk_write(
            [
                UpdateOne(
                    {"_id": row_id},
                    {
                        "$inc": {"orders": changes[id_]["orders"], "spent_paise": changes[id_]["spent_paise"]},
                        "$setOnInsert": {"shop_id": shop_id, "customer_id": id_, "since": changes[id_]["first_at"]},
                    },
                    upsert=True,
                )
                for row_id, id_ in ids.items()
            ],
            ordered=False,
            session=session,
        )
        return joined(had, {id_: change["orders"] for id_, change in changes.items()})


def day_id(shop_id: str, day: str) -> str:
    """The id of a shop's day in `analytics`."""
    return f"{shop_id}:{day}"


def customer_row_id(shop_id: str, customer_id: str) -> str:
    """The id of a shop's customer in `shop_customers`."""
    return f"{shop_id}:{customer_id}"


def stale_days(shop_id: str, through: str) -> Document:
    """The days up to `through` that have changed since they were rolled up."""
    return {"stale": True, "shop_id": shop_id, "business_day": {"$lte": through}}


def joined(had: dict[str, int], more: dict[str, int]) -> int:
    """How many customers a shop wins (or loses) when each of `more` makes so many more orders than she `had`."""
    return sum((had.get(id_, 0) + orders > 0) - (had.get(id_, 0) > 0) for id_, orders in more.items())


def _changes_of_customers(old: Iterable[Document], new: Iterable[Document]) -> dict[str, Document]:
    changes: dict[str, Document] = {}
    for sign, rows in ((-1, old), (1, new)):
        for row in rows:
            change = changes.setdefault(row["customer_id"], {"orders": 0, "spent_paise": 0, "first_at": None})
            change["orders"] += sign * row["orders"]
            change["spent_paise"] += sign * row["spent_paise"]
            change["first_at"] = row["first_at"]
    return changes


_NOTHING: dict[str, Any] = {"orders": 0, "sales_paise": 0, "customers": []}


def _days_with_orders(shop_id: str, after: str, until: str) -> list[Document]:
    return [
        {"$match": {"shop_id": shop_id, "business_day": {"$gt": after, "$lte": until}}},
        {"$group": {"_id": "$business_day"}},
        {"$sort": {"_id": 1}},
    ]


def _roll_up(shop_id: str, day: str, marks: int) -> list[Document]:
    """The new figures are laid beside the old ones, with the mark that stood there before the orders were read."""
    return [
        *figures_of_day(shop_id, day),
        {
            "$project": {
                "_id": day_id(shop_id, day),
                "shop_id": shop_id,
                "business_day": day,
                "next": {"marks": {"$literal": marks}, "figures": "$$ROOT"},
            }
        },
        {"$merge": {"into": "analytics", "on": "_id", "whenMatched": "merge", "whenNotMatched": "insert"}},
    ]


def _doubtful_days(shop_id: str, through: str) -> list[Document]:
    return [
        {"$match": {"shop_id": shop_id, "business_day": {"$lte": through}}},
        {"$group": {"_id": "$business_day", "orders": {"$sum": 1}}},
        {"$set": {"row": {"$concat": [shop_id, ":", "$_id"]}}},
        {"$lookup": {"from": "analytics", "localField": "row", "foreignField": "_id", "as": "rolled"}},
        {"$match": {"$expr": {"$ne": ["$orders", {"$first": "$rolled.figures.placed"}]}}},
        {"$project": {"orders": 1}},
    ]


QUERIES = (
    Query("days to be reckoned again", "analytics", stale_days("0" * 24, "2026-11-20"), (("business_day", 1),)),
    Query("days with orders", "orders", pipeline=_days_with_orders("0" * 24, "", "2026-11-20")),
    Query("one day's figures", "orders", pipeline=figures_of_day("0" * 24, "2026-11-20")),
    Query(
        "days whose orders are others than were rolled up", "orders", pipeline=_doubtful_days("0" * 24, "2026-11-20")
    ),
)
