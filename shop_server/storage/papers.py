"""The papers that shops have given: rows are only ever added, by the books, each with the next number of its series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.database import Database

from shop_server.rules import paper_text
from shop_server.rules.order import CANCELLED, PACKED, RETURNED, Order
from shop_server.rules.paper import (
    CREDIT_NOTE,
    CREDIT_NOTES,
    INVOICES,
    Paper,
    PaperLine,
    Party,
    credit_note,
    invoice,
    why_undone,
)
from shop_server.rules.shop import Shop
from shop_server.storage.documents import Document
from shop_server.storage.indexing import Query

if TYPE_CHECKING:
    from shop_server.storage.page import Page


class Papers:
    """Reads the papers."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["papers"]

    def find_invoice(self, order_id: str) -> Paper | None:
        """The bill of an order, whichever of the kinds."""
        return _paper(self._collection.find_one(invoice_of([order_id])))

    def find_credit_note(self, order_id: str) -> Paper | None:
        return _paper(self._collection.find_one({"order_id": order_id, "kind": CREDIT_NOTE}))


def give_due(page: Page, order: Order, shop: Shop) -> None:
    """Once packed an order has its bill, and when it comes to nothing after that, a credit note."""
    if order.status == PACKED:
        page.give(invoice(order, shop, page.last_number(shop, INVOICES), page.now), order.customer_id)
    elif order.status in (CANCELLED, RETURNED) and (bill := page.find_invoice(order.id)) is not None:
        last = page.last_number(shop, CREDIT_NOTES)
        page.give(credit_note(bill, shop, last, page.now, why_undone(order)), order.customer_id)


def as_mail(paper: Paper) -> Document:
    """What the mail with this paper is filled with."""
    return {"shop_name": paper.seller.name, "order_id": paper.order_id, "paper": paper_text.say(paper)}


def invoice_of(order_ids: list[str]) -> Document:
    """What finds the bills of these orders."""
    return {"order_id": {"$in": order_ids}, "kind": {"$ne": CREDIT_NOTE}}


def to_document(paper: Paper) -> Document:
    values = paper._asdict()
    return {
        "_id": values.pop("id"),
        **values,
        "seller": paper.seller._asdict(),
        "buyer": paper.buyer._asdict(),
        "lines": [line._asdict() for line in paper.lines],
    }


def from_document(document: Document) -> Paper:
    values: dict[str, Any] = {name: document[name] for name in _FIELDS}
    return Paper(
        id=document["_id"],
        seller=_party(document["seller"]),
        buyer=_party(document["buyer"]),
        lines=tuple(PaperLine(**line) for line in document["lines"]),
        **values,
    )


def _paper(document: Document | None) -> Paper | None:
    return from_document(document) if document else None


def _party(document: Document) -> Party:
    return Party(**{**document, "address": tuple(document["address"])})


_FIELDS = tuple(name for name in Paper._fields if name not in ("id", "seller", "buyer", "lines"))
QUERIES = (
    Query("an order's bill", "papers", invoice_of(["0" * 24])),
    Query("an order's credit note", "papers", {"order_id": "0" * 24, "kind": CREDIT_NOTE}),
    Query("the last paper of a series", "papers", {"shop_id": "0" * 24, "series": "invoices 2026-27"}, (("seq", -1),)),
)
