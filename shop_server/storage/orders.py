"""Where orders, with their lines and their payment, are kept, and how they are found."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from pymongo.database import Database

from shop_server.errors import NotFound
from shop_server.rules.batch import Pick
from shop_server.rules.order import AWAITING_PAYMENT, Address, Line, Order, Step
from shop_server.rules.payment import PENDING, Payment, PaymentStep
from shop_server.storage.documents import Document

_FIELDS = tuple(
    entry.name for entry in fields(Order) if entry.name not in ("id", "lines", "payment", "delivery_address", "history")
)
_LINE_FIELDS = tuple(entry.name for entry in fields(Line) if entry.name != "picks")
_PICK_FIELDS = tuple(entry.name for entry in fields(Pick))
_PAYMENT_FIELDS = tuple(entry.name for entry in fields(Payment) if entry.name != "history")
_PAYMENT_STEP_FIELDS = tuple(entry.name for entry in fields(PaymentStep))
_ADDRESS_FIELDS = tuple(entry.name for entry in fields(Address))
_STEP_FIELDS = tuple(entry.name for entry in fields(Step))


class Orders:
    """The orders of all shops."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["orders"]

    def find(self, order_id: str) -> Order | None:
        document = self._collection.find_one({"_id": order_id})
        return from_document(document) if document else None

    def get(self, order_id: str) -> Order:
        """Raises NotFound."""
        order = self.find(order_id)
        if order is None:
            raise NotFound("There is no such order.")
        return order

    def list_due(self, now: datetime, limit: int) -> list[str]:
        """The ids of orders whose time to pay is over, the longest over first."""
        query = {"status": AWAITING_PAYMENT, "payment.status": PENDING, "payment.expires_at": {"$lte": now}}
        found = self._collection.find(query, {"_id": 1}).sort("payment.expires_at", 1).limit(limit)
        return [document["_id"] for document in found]


def to_document(order: Order) -> Document:
    document: Document = {"_id": order.id}
    for name in _FIELDS:
        document[name] = getattr(order, name)
    document["lines"] = [_line_document(line) for line in order.lines]
    document["payment"] = _plain(order.payment, _PAYMENT_FIELDS)
    document["payment"]["history"] = [_plain(step, _PAYMENT_STEP_FIELDS) for step in order.payment.history]
    address = order.delivery_address
    document["delivery_address"] = _plain(address, _ADDRESS_FIELDS) if address else None
    document["history"] = [_plain(step, _STEP_FIELDS) for step in order.history]
    return document


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
        **values,
    )


def _line_document(line: Line) -> Document:
    document = _plain(line, _LINE_FIELDS)
    document["picks"] = [_plain(pick, _PICK_FIELDS) for pick in line.picks]
    return document


def _line(document: Document) -> Line:
    values = dict(document)
    values["picks"] = tuple(Pick(**pick) for pick in values["picks"])
    return Line(**values)


def _plain(record: Any, names: tuple[str, ...]) -> Document:
    return {name: getattr(record, name) for name in names}
