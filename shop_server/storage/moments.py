"""One moment of a shop's records: finished days stand in their rollups, open days are asked of the orders.

A day is open until it was rolled up, and again when it has changed since. What is read through one moment belongs together,
whatever is written meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from pymongo.client_session import ClientSession
from pymongo.database import Database

from shop_server.storage.documents import Document
from shop_server.storage.indexing import Query
from shop_server.storage.rollups import customer_row_id, stale_days
from shop_server.storage.sales import BY_DAY, Pipeline, by_customer, sales_on

_STALE_INDEX = "stale_1_shop_id_1_business_day_1"


@dataclass(frozen=True, slots=True)
class Bought:
    """What one customer bought of a shop, and when she first did."""

    customer_id: str
    orders: int
    spent_paise: int
    since: datetime


@contextmanager
def moment(database: Database[Document], shop_id: str) -> Iterator[Moment]:
    """The shop as it is now."""
    with database.client.start_session(snapshot=True) as session:
        yield Moment(database, session, shop_id)


class Moment:
    """`through` is the last day that was rolled up ("" for none), `stale` are those before it that have changed since."""

    def __init__(self, database: Database[Document], session: ClientSession, shop_id: str) -> None:
        self._database = database
        self._session = session
        self._shop_id = shop_id
        self.totals: Document = database["shop_totals"].find_one({"_id": shop_id}, session=session) or {}
        self.through: str = self.totals.get("through", "")
        found = database["analytics"].find(
            stale_days(shop_id, self.through), {"business_day": 1}, session=session, hint=_STALE_INDEX
        )
        self.stale = frozenset(row["business_day"] for row in found)

    def is_open(self, day: str) -> bool:
        return day > self.through or day in self.stale

    def ask(self, days: Collection[str], question: Pipeline) -> list[Document]:
        """Asks the orders of these days."""
        return self._ask({"$in": sorted(days)}, question) if days else []

    def ask_open(self, question: Pipeline) -> list[Document]:
        """Asks the orders of all open days."""
        return self._ask({"$gt": self.through}, question) + self.ask(self.stale, question)

    def find_days(self, days: Collection[str], wanted: str) -> list[Document]:
        """The figure `wanted` of each of these days as it was rolled up, with all that is in it."""
        fields = {f"figures.{wanted}": 1}
        found = self._database["analytics"].find(on_days(self._shop_id, days), fields, session=self._session)
        return [part for row in found for part in row.get("figures", {}).get(wanted, [])]

    def aggregate(self, collection: str, pipeline: Pipeline, hint: str | None = None) -> list[Document]:
        """The rows of a pipeline; `hint` names the index to use."""
        options: Document = {"hint": hint} if hint else {}
        return list(self._database[collection].aggregate(pipeline, session=self._session, **options))

    def find(
        self, collection: str, query: Document, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[Document]:
        found = self._database[collection].find(query, session=self._session).limit(limit)
        return list(found.sort(sort) if sort else found)

    def changes_of_customers(self) -> dict[str, Bought]:
        """By customer, what totals and rolled up customers do not know yet: it may also be less than they say."""
        changes: dict[str, Bought] = {}
        _add(changes, 1, self.ask_open(by_customer()))
        if self.stale:
            _add(changes, -1, self.find_days(self.stale, "customers"))
        return changes

    def find_customers(self, customer_ids: Collection[str]) -> list[Document]:
        """These customers as they were rolled up."""
        ids = [customer_row_id(self._shop_id, id_) for id_ in customer_ids]
        return self.find("shop_customers", {"_id": {"$in": ids}}) if ids else []

    def _ask(self, days: Document, question: Pipeline) -> list[Document]:
        return self.aggregate("orders", [{"$match": sales_on(self._shop_id, days)}, *question], BY_DAY)


def on_days(shop_id: str, days: Collection[str]) -> Document:
    """The rollups of these days."""
    return {"shop_id": shop_id, "business_day": {"$in": sorted(days)}}


def _add(changes: dict[str, Bought], sign: int, rows: Sequence[Document]) -> None:
    for row in rows:
        id_, orders, spent_paise, since = row["customer_id"], row["orders"], row["spent_paise"], row["first_at"]
        known = changes.get(id_, Bought(id_, 0, 0, since))
        changes[id_] = Bought(
            id_, known.orders + sign * orders, known.spent_paise + sign * spent_paise, min(known.since, since)
        )


_SHOP, _DAYS = "0" * 24, ("2026-11-19", "2026-11-20")
QUERIES = (
    Query("sales by customer", "orders", pipeline=[{"$match": sales_on(_SHOP, {"$gt": _DAYS[0]})}, *by_customer()]),
    Query("rolled up days", "analytics", on_days(_SHOP, _DAYS)),
)
