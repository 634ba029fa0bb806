"""The customers of a shop: who bought there, how much, and when last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pymongo.database import Database

from shop_server.rules.order import SALES
from shop_server.storage.documents import Document
from shop_server.storage.indexing import Query
from shop_server.storage.moments import Bought, Moment, moment

Mark = tuple[datetime, str]
"""A customer's place in the list: since when she buys here, and her id."""

_NEWEST_FIRST = (("since", -1), ("customer_id", -1))


class Customers:
    """The customers of all shops."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database

    def list_of_shop(self, shop_id: str, limit: int, after: Mark | None) -> list[Bought]:
        """Who bought here, the newest customers first; `after` is the place of the last one seen.

        The rolled up customers, and those of open days with what they have bought there: the two do not overlap.
        """
        with moment(self._database, shop_id) as now:
            recent = _recent(now)
            rolled: list[Bought] = []
            # Those that are left out because they bought lately may fill whole pages.
            place, missing = after, limit
            while missing > 0:
                rows = now.find("shop_customers", _rolled(shop_id, place), _NEWEST_FIRST, limit)
                rolled += [_bought(row) for row in rows if row["customer_id"] not in recent]
                missing = limit - len(rolled) if len(rows) == limit else 0
                place = (rows[-1]["since"], rows[-1]["customer_id"]) if rows else None
        newest = [one for one in recent.values() if one.orders > 0 and (after is None or _place(one) < after)]
        return sorted([*newest, *rolled], key=_place, reverse=True)[:limit]

    def last_sales(self, shop_id: str, customer_ids: Sequence[str]) -> dict[str, datetime]:
        """When each of these customers last bought here."""
        if not customer_ids:
            return {}
        found = self._database.aggregate(_last_sales(shop_id, customer_ids))
        return {row["customer_id"]: row["placed_at"] for row in found}


def _recent(now: Moment) -> dict[str, Bought]:
    """All customers of open days, each with all that she ever bought; in the end that may be nothing."""
    recent = now.changes_of_customers()
    for row in now.find_customers(recent):
        change = recent[row["customer_id"]]
        recent[change.customer_id] = Bought(
            change.customer_id, row["orders"] + change.orders, row["spent_paise"] + change.spent_paise, row["since"]
        )
    return recent


def _bought(row: Document) -> Bought:
    return Bought(row["customer_id"], row["orders"], row["spent_paise"], row["since"])


def _place(one: Bought) -> Mark:
    return one.since, one.customer_id


def _rolled(shop_id: str, after: Mark | None) -> Document:
    query: Document = {"shop_id": shop_id, "orders": {"$gt": 0}}
    if after is not None:
        since, customer_id = after
        query["since"] = {"$lte": since}
        query["$or"] = [{"since": {"$lt": since}}, {"since": since, "customer_id": {"$lt": customer_id}}]
    return query


def _last_sales(shop_id: str, customer_ids: Sequence[str]) -> list[Document]:
    """Looks up one order per customer, however many she has made."""
    return [
        {"$documents": [{"customer_id": id_} for id_ in customer_ids]},
        {
            "$lookup": {
                "from": "orders",
                "localField": "customer_id",
                "foreignField": "customer_id",
                "pipeline": [
                    {"$match": {"shop_id": shop_id, "status": {"$in": list(SALES)}}},
                    {"$sort": {"placed_at": -1}},
                    {"$limit": 1},
                    {"$project": {"placed_at": 1}},
                ],
                "as": "last",
            }
        },
        {"$unwind": "$last"},
        {"$project": {"customer_id": 1, "placed_at": "$last.placed_at"}},
    ]


_SHOP = "0" * 24
QUERIES = (
    Query(
        "a shop's customers, the newest first",
        "shop_customers",
        _rolled(_SHOP, (datetime(2026, 11, 20, tzinfo=UTC), "0" * 24)),
        _NEWEST_FIRST,
    ),
    Query(
        "what a customer bought last",
        "orders",
        {"shop_id": _SHOP, "customer_id": "0" * 24, "status": {"$in": list(SALES)}},
        (("placed_at", -1),),
    ),
)
