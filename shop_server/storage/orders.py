"""Where orders, with their lines and their payment, are kept, and how they are found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pymongo.database import Database

from shop_server.errors import NotFound
from shop_server.rules.address import Address
from shop_server.rules.batch import Pick
from shop_server.rules.order import AWAITING_PAYMENT, ERASED_NAME, HELD, MONEY_OPEN, OPEN, SALES, Line, Order, Step
from shop_server.rules.payment import CLAIMED, PENDING, REFUND_DUE, SETTLED, Payment, PaymentStep
from shop_server.rules.product import Product
from shop_server.rules.text import name_key
from shop_server.storage import documents, products
from shop_server.storage.documents import Document
from shop_server.storage.indexing import Query

Mark = tuple[datetime, str]
"""The place of an order in a list: when it was placed, and its id."""

_BY_SETTLING = "shop_id_1_payment.settled_at_1"

_MADE_APART = ("id", "lines", "payment", "delivery_address", "history", "gst_number")
_FIELDS = tuple(name for name in Order._fields if name not in _MADE_APART)


class Orders:
    """The orders of all shops."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["orders"]

    def find(self, order_id: str) -> Order | None:
        document = self._collection.find_one({"_id": order_id})
        return from_document(document) if document else None

    def find_with_products(self, order_id: str) -> tuple[Order, dict[str, Product]] | None:
        """An order and the products of its lines that exist, by id: what its page needs, in one question."""
        for row in self._collection.aggregate(_with_products(order_id)):
            found = map(products.from_document, row.pop("products"))
            return from_document(row), {product.id: product for product in found}
        return None

    def get(self, order_id: str) -> Order:
        """Raises NotFound."""
        order = self.find(order_id)
        if order is None:
            raise NotFound("There is no such order.")
        return order

    def list_of_customer(
        self, customer_id: str, states: Sequence[str] | None, limit: int, after: Mark | None
    ) -> list[Order]:
        """A customer's orders, newest first, those in `states` only if given; `after` is time and id of the last seen."""
        query: Document = {"customer_id": customer_id}
        if states is not None:
            query["status"] = {"$in": list(states)}
        return self._newest(query, limit, after)

    def list_of_shop(
        self,
        shop_id: str,
        states: Sequence[str] | None,
        text: str | None,
        placed: tuple[datetime | None, datetime | None],
        limit: int,
        after: Mark | None,
    ) -> list[Order]:
        """A shop's orders, newest first: in `states`, found by `text` (beginning of number, phone or name), and placed
        from the one instant until before the other."""
        query = _of_shop(shop_id, states, placed)
        if text:
            query = {"$or": [{**query, field: _beginning(key)} for field, key in _searched(text)]}
        return self._newest(query, limit, after)

    def list_payments(
        self, shop_id: str, status: str | None, settled_since: datetime, limit: int, after: Mark | None
    ) -> list[Order]:
        """Orders by their payment: in one state, or what waits for the shop and what was settled since."""
        if status is not None:
            return self._newest({"shop_id": shop_id, "payment.status": status}, limit, after)
        # Asked for both at once, MongoDB would look through all orders by time for those settled since.
        with self._collection.database.client.start_session(snapshot=True) as session:
            waiting = self._newest(_waiting(shop_id), limit, after, session=session)
            settled = self._newest(_settled(shop_id, settled_since), limit, after, session=session, hint=_BY_SETTLING)
        return sorted([*waiting, *settled], key=lambda order: (order.placed_at, order.id), reverse=True)[:limit]

    def list_holding(self, shop_id: str, product_id: str) -> list[tuple[str, int]]:
        """The orders that hold a product, those placed first before the others, with how much of it."""
        found = self._collection.find(_holding(shop_id, product_id), {"lines.product_id": 1, "lines.quantity": 1}).sort(
            "placed_at", 1
        )
        return [
            (row["_id"], sum(line["quantity"] for line in row["lines"] if line["product_id"] == product_id))
            for row in found
        ]

    def totals_of_customer(self, customer_id: str) -> tuple[int, int]:
        """How many orders a customer has bought by (cancelled, expired and unpaid ones are none), and for how many paise."""
        for row in self._collection.aggregate(_totals_of_customer(customer_id)):
            return row["orders"], row["total_paise"]
        return 0, 0

    def find_unfinished(self, customer_id: str, shop_id: str | None) -> str | None:
        """An order of this customer, or of this shop, that is open or whose money is somebody else's."""
        for whose in [{"customer_id": customer_id}, *([{"shop_id": shop_id}] if shop_id else [])]:
            for open_ in _UNFINISHED:
                row = self._collection.find_one({**whose, **open_}, {"_id": 1})
                if row is not None:
                    return str(row["_id"])
        return None

    def list_with_person(self, customer_id: str, limit: int) -> list[tuple[str, str]]:
        """The finished orders, with their shops, that still say who this customer was."""
        found = self._collection.find(_with_person(customer_id), {"shop_id": 1}).limit(limit)
        return [(row["_id"], row["shop_id"]) for row in found]

    def last_bought(self, customer_id: str) -> datetime | None:
        """When a customer last bought anything, in any shop."""
        sales = {"customer_id": customer_id, "status": {"$in": list(SALES)}}
        row = self._collection.find_one(sales, {"placed_at": 1}, sort=[("placed_at", -1)])
        at: datetime | None = row["placed_at"] if row else None
        return at

    def list_due(self, now: datetime, limit: int) -> list[str]:
        """The ids of orders whose time to pay is over, the longest over first."""
        found = self._collection.find(_due(now), {"_id": 1}).sort("payment.expires_at", 1).limit(limit)
        return [document["_id"] for document in found]

    def _newest(self, query: Document, limit: int, after: Mark | None, **options: Any) -> list[Order]:
        if after is not None:
            at, id_ = after
            older = {"$or": [{"placed_at": {"$lt": at}}, {"placed_at": at, "_id": {"$lt": id_}}]}
            query = {"$and": [query, {"placed_at": {"$lte": at}}, older]}
        found = self._collection.find(query, **options).sort([("placed_at", -1), ("_id", -1)]).limit(limit)
        return [from_document(document) for document in found]


def _totals_of_customer(customer_id: str) -> list[Document]:
    return [
        {"$match": {"customer_id": customer_id, "status": {"$in": list(SALES)}}},
        {"$group": {"_id": None, "orders": {"$sum": 1}, "total_paise": {"$sum": "$total_paise"}}},
    ]


def _with_products(order_id: str) -> list[Document]:
    of_its_lines = {"from": "products", "localField": "lines.product_id", "foreignField": "_id", "as": "products"}
    return [{"$match": {"_id": order_id}}, {"$lookup": of_its_lines}]


_UNFINISHED: tuple[Document, ...] = (
    {"status": {"$in": list(OPEN)}},
    {"payment.status": {"$in": list(MONEY_OPEN)}},
)


def _with_person(customer_id: str) -> Document:
    return {
        "customer_id": customer_id,
        "customer_name": {"$ne": ERASED_NAME},
        "status": {"$nin": list(OPEN)},
        "payment.status": {"$nin": list(MONEY_OPEN)},
    }


def _of_shop(shop_id: str, states: Sequence[str] | None, placed: tuple[datetime | None, datetime | None]) -> Document:
    query: Document = {"shop_id": shop_id}
    if states is not None:
        query["status"] = {"$in": list(states)}
    first, last = placed
    bounds = ({"$gte": first} if first else {}) | ({"$lt": last} if last else {})
    if bounds:
        query["placed_at"] = bounds
    return query


def _holding(shop_id: str, product_id: str) -> Document:
    return {"shop_id": shop_id, "hold": HELD, "lines.product_id": product_id}


def _due(now: datetime) -> Document:
    return {"status": AWAITING_PAYMENT, "payment.status": PENDING, "payment.expires_at": {"$lte": now}}


def _waiting(shop_id: str) -> Document:
    return {"shop_id": shop_id, "payment.status": {"$in": [CLAIMED, REFUND_DUE]}}


def _settled(shop_id: str, since: datetime) -> Document:
    return {"shop_id": shop_id, "payment.settled_at": {"$gte": since}, "payment.status": SETTLED}


def _searched(text: str) -> list[tuple[str, str]]:
    """Where a shopkeeper's search looks: a name, and what could be a phone or an order's number."""
    key = name_key(text)
    places = [("customer_key", key)]
    if re.fullmatch(r"[0-9]{3,10}", key):
        places.append(("customer_phone", key))
    if re.fullmatch(r"#?[0-9a-f]{4,24}", key):
        places.append(("_id", key.removeprefix("#")))
    return places


def _beginning(key: str) -> Document:
    return {"$gte": key, "$lt": key + "\uffff"}


def to_document(order: Order) -> Document:
    values = order._asdict()
    document = {"_id": values.pop("id"), **values, "customer_key": name_key(order.customer_name)}
    return _with_documents(document, order)


def changes(before: Order, after: Order) -> Document:
    """What has changed in an order's document between two states of it."""
    changed = documents.changes(before, after)
    if "customer_name" in changed:
        changed["customer_key"] = name_key(after.customer_name)
    return _with_documents(changed, after)


def from_document(document: Document) -> Order:
    values: dict[str, Any] = {name: document[name] for name in _FIELDS}
    payment = dict(document["payment"])
    payment["history"] = tuple(PaymentStep(**step) for step in payment["history"])
    address = document["delivery_address"]
    return Order(
        id=document["_id"],
        lines=tuple(_line(line) for line in document["lines"]),
        payment=Payment(**payment),
        delivery_address=Address(**address) if address else None,
        history=tuple(Step(**step) for step in document["history"]),
        gst_number=document.get("gst_number"),
        **values,
    )


def _with_documents(document: Document, order: Order) -> Document:
    """With documents for the records that are among its values."""
    if "lines" in document:
        document["lines"] = [
            {**line._asdict(), "picks": [pick._asdict() for pick in line.picks]} for line in order.lines
        ]
    if "payment" in document:
        payment = order.payment
        document["payment"] = {**payment._asdict(), "history": [step._asdict() for step in payment.history]}
    if "history" in document:
        document["history"] = [step._asdict() for step in order.history]
    if order.delivery_address is not None and "delivery_address" in document:
        document["delivery_address"] = order.delivery_address._asdict()
    return document


def _line(document: Document) -> Line:
    values = dict(document)
    values["picks"] = tuple(Pick(**pick) for pick in values["picks"])
    return Line(**values)


_ID, _AT = "0" * 24, datetime(2026, 11, 21, tzinfo=UTC)
_NEWEST = (("placed_at", -1), ("_id", -1))
QUERIES = (
    Query("what a customer has bought", "orders", pipeline=_totals_of_customer(_ID)),
    Query("an order with its products", "orders", pipeline=_with_products(_ID)),
    Query("what a customer has open", "orders", {"customer_id": _ID, **_UNFINISHED[0]}),
    Query("a shop's open money", "orders", {"shop_id": _ID, **_UNFINISHED[1]}),
    Query("what still says who a customer was", "orders", _with_person(_ID)),
    Query("a customer's orders", "orders", {"customer_id": _ID, "status": {"$in": [HELD]}}, _NEWEST),
    Query("a shop's orders", "orders", {"shop_id": _ID}, _NEWEST),
    Query("a shop's orders in a state", "orders", _of_shop(_ID, ["placed"], (_AT, None)), _NEWEST),
    Query(
        "a shop's orders found by a word",
        "orders",
        {"$or": [{"shop_id": _ID, field: _beginning(key)} for field, key in _searched("98765432")]},
        _NEWEST,
    ),
    Query("payments that wait at the desk", "orders", _waiting(_ID), _NEWEST),
    Query("payments settled since", "orders", _settled(_ID, _AT), _NEWEST),
    Query("payments in a state", "orders", {"shop_id": _ID, "payment.status": CLAIMED}, _NEWEST),
    Query("orders that hold a product", "orders", _holding(_ID, _ID), (("placed_at", 1),)),
    Query("holds that are over", "orders", _due(_AT), (("payment.expires_at", 1),)),
    Query("the order that a UTR pays", "orders", {"payment.utr": {"$in": ["612345678901"]}}),
)
