"""A page of the books: what one action sees, and what it wants written.

The ledger is what a whole group has read and written so far; a page is one action's part of it. Only when the action has
decided, and all it wants written has proved fit to be kept, does its page become part of the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import InsertOne, ReplaceOne, UpdateOne

from shop_server.errors import NotFound, wrong_field
from shop_server.rules import payment_log
from shop_server.rules.category import Category
from shop_server.rules.order import Order
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop
from shop_server.rules.shop_time import business_day
from shop_server.rules.stock import Movement
from shop_server.storage import news, orders, products
from shop_server.storage.documents import Document, to_document
from shop_server.storage.news import Entry

T = TypeVar("T")
Operation = InsertOne[Any] | ReplaceOne[Any] | UpdateOne

_WRITING_ORDER = ("products", "orders", "movements", "idempotency_keys", "payment_log")
"""First what is most likely to meet another process, so that a conflict costs little."""


@dataclass(frozen=True, slots=True)
class Once:
    """An idempotency key: its scope (who and which call), and a fingerprint of what was asked."""

    scope: str
    key: str
    fingerprint: str

    @property
    def id(self) -> str:
        return f"{self.scope}:{self.key}"


class NotLoaded(Exception):
    """The action needs something that the group has not read yet."""

    def __init__(self, kind: str, ids: Iterable[str]) -> None:
        super().__init__(kind)
        self.kind = kind
        self.ids = tuple(ids)


class Ledger:
    """What a group has read, and after each action what it will write."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.entries: list[Entry] = []
        self._values: dict[tuple[str, str], Any] = {}
        self._versions: dict[tuple[str, str], int] = {}
        self._rewritten: dict[tuple[str, str], RawBSONDocument] = {}
        self._operations: dict[str, list[Operation]] = {}
        self._matches: dict[str, int] = {}

    def unread(self, kind: str, ids: Iterable[str]) -> set[str]:
        return {id_ for id_ in ids if (kind, id_) not in self._values}

    def add_read(self, kind: str, ids: Iterable[str], found: Mapping[str, Any]) -> None:
        """Notes what was read; what was not found is known to be missing."""
        for id_ in ids:
            value = found.get(id_)
            self._values[kind, id_] = value
            if kind in ("products", "orders") and value is not None:
                self._versions[kind, id_] = value.version

    def value(self, kind: str, id_: str) -> Any:
        return self._values[kind, id_]

    def has(self, kind: str, id_: str) -> bool:
        return (kind, id_) in self._values

    def is_empty(self) -> bool:
        return not (self._rewritten or self._operations)

    def take(self, page: Page) -> None:
        """Makes an action's page part of the group's decision."""
        self._values.update(page.values)
        self._rewritten.update(page.rewritten)
        for collection, operation in page.operations:
            self._operations.setdefault(collection, []).append(operation)
            if isinstance(operation, UpdateOne) and not operation._upsert:
                self._matches[collection] = self._matches.get(collection, 0) + 1
        self.entries += page.entries

    def bulks(self, process_id: str) -> Iterable[tuple[str, Sequence[Operation]]]:
        """One bulk per collection, and the group's news last."""
        bulks = {collection: list(operations) for collection, operations in self._operations.items()}
        for (collection, id_), document in self._rewritten.items():
            version = self._versions.get((collection, id_))
            operation: Operation = (
                InsertOne(document) if version is None else ReplaceOne({"_id": id_, "version": version}, document)
            )
            bulks.setdefault(collection, []).append(operation)
        for collection in _WRITING_ORDER:
            if collection in bulks:
                yield collection, bulks.pop(collection)
        yield from bulks.items()
        if self.entries:
            yield "news", [InsertOne(news.to_document(process_id, self.now, self.entries))]

    def expected_matches(self, collection: str) -> int:
        """How many rows the guards of this collection's bulk must have met."""
        replaced = sum(1 for key in self._rewritten if key[0] == collection and key in self._versions)
        return replaced + self._matches.get(collection, 0)


class Page:
    """What one action sees and keeps. `key` names the action once and for all; `now` is the group's."""

    def __init__(self, ledger: Ledger, key: str) -> None:
        self.now = ledger.now
        self.key = key
        self.values: dict[tuple[str, str], Any] = {}
        self.rewritten: dict[tuple[str, str], RawBSONDocument] = {}
        self.operations: list[tuple[str, Operation]] = []
        self.entries: list[Entry] = []
        self._ledger = ledger
        self._movement_ids: set[str] = set()

    def run(self, decide: Callable[[Page], T], once: Once | None) -> T:
        """Lets the action decide, or repeats its answer when it was done before; then it is part of the ledger."""
        if once is not None:
            done = self._find("keys", once.id)
            if done is not None:
                if done["fingerprint"] != once.fingerprint:
                    raise wrong_field("/Idempotency-Key", "This key was used before for something else.")
                return done["answer"]  # type: ignore[no-any-return]
        answer = decide(self)
        if once is not None:
            kept = {"_id": once.id, "fingerprint": once.fingerprint, "answer": answer, "at": self.now}
            self.insert("idempotency_keys", kept)
            self.values["keys", once.id] = kept
        self._ledger.take(self)
        return answer

    # Reading

    def product(self, product_id: str) -> Product:
        """Raises NotFound."""
        product: Product | None = self._find("products", product_id)
        if product is None:
            raise NotFound("There is no such product.")
        return product

    def find_products(self, product_ids: Iterable[str]) -> dict[str, Product]:
        """Those that exist, by id."""
        ids = list(product_ids)
        self._want("products", ids)
        found = {id_: self._find("products", id_) for id_ in ids}
        return {id_: product for id_, product in found.items() if product is not None}

    def order(self, order_id: str) -> Order:
        """Raises NotFound."""
        order: Order | None = self._find("orders", order_id)
        if order is None:
            raise NotFound("There is no such order.")
        return order

    def shop(self, shop_id: str) -> Shop:
        """The shop's settings, which may be one transaction old. Raises NotFound."""
        shop: Shop | None = self._find("shops", shop_id)
        if shop is None:
            raise NotFound("There is no such shop.")
        return shop

    def category(self, category_id: str) -> Category:
        """Raises NotFound."""
        category: Category | None = self._find("categories", category_id)
        if category is None:
            raise NotFound("There is no such category.")
        return category

    def find_category_named(self, shop_id: str, name_key: str) -> Category | None:
        category: Category | None = self._find("categories_by_name", f"{shop_id}:{name_key}")
        return category

    def order_id_of_utr(self, utr: str) -> str | None:
        """The order whose payment this UTR pays, in any shop."""
        order_id: str | None = self._find("utrs", utr)
        return order_id

    # Writing

    def keep_products(self, kept: Iterable[Product], moved: Iterable[Movement] = ()) -> None:
        """Writes the products' new values and their stock movements."""
        for product in kept:
            before = self._known("products", product.id)
            self._rewrite("products", product.id, product, products.to_document(product))
            # Customers hear only of what they can see: that there is none left, or some again.
            crossed = before is None or (before.stock > 0) != (product.stock > 0)
            self.entries.append(
                Entry("stock", product.id, product.shop_id, changed={"stock": product.stock}, everyone=crossed)
            )
        for movement in moved:
            document = to_document(movement)
            # One act may waste of the same batch twice: before it releases goods, and of what it released.
            while document["_id"] in self._movement_ids:
                document["_id"] += "+"
            self._movement_ids.add(document["_id"])
            self.insert("movements", document)

    def keep_order(self, order: Order, before: Order | None) -> None:
        """Writes an order, new when there is none `before`, and all that follows from the change.

        Every new step of its payment goes into the payment log, its UTR becomes taken and the one before free, a report
        of a day that is over becomes stale, and shop and customer hear of it.
        """
        self._rewrite("orders", order.id, order, orders.to_document(order))
        self.tell("order", order.id, order.shop_id, (order.customer_id,), status=order.status)
        if before is None:
            return
        if before.payment != order.payment:
            self._follow_payment(order, before)
        shop = self.shop(order.shop_id)
        if order.business_day < business_day(self.now, shop.timezone):
            self._mark_report_stale(order)

    def _follow_payment(self, order: Order, before: Order) -> None:
        if before.payment.utr != order.payment.utr:
            if before.payment.utr:
                self.values["utrs", before.payment.utr] = None
            if order.payment.utr:
                self.values["utrs", order.payment.utr] = order.id
        for row in payment_log.new_rows(order, before, self._find("payment_log_heads", order.shop_id)):
            self.insert("payment_log", row)
            self.values["payment_log_heads", order.shop_id] = row
        self.tell("payment", order.id, order.shop_id, (order.customer_id,), status=order.payment.status)

    def _mark_report_stale(self, order: Order) -> None:
        day = {"shop_id": order.shop_id, "business_day": order.business_day}
        self.update(
            "analytics",
            {"_id": f"{order.shop_id}:{order.business_day}"},
            {"$set": {"stale": True}, "$inc": {"marks": 1}, "$setOnInsert": day},
            upsert=True,
        )

    def keep_category(self, category: Category) -> None:
        """Writes a new category."""
        self.insert("categories", to_document(category))
        self.values["categories", category.id] = category
        self.values["categories_by_name", f"{category.shop_id}:{category.name_key}"] = category

    def notify(
        self, text: str, link: str, *, kind: str, user_id: str | None = None, shop_id: str | None = None
    ) -> None:
        """Leaves a notice for one person, or for everybody who works in a shop."""
        notice_id = f"{self.key}:{len(self.operations)}"
        self.insert(
            "notices",
            {
                "_id": notice_id,
                "user_id": user_id,
                "shop_id": shop_id,
                "kind": kind,
                "text": text,
                "link": link,
                "at": self.now,
                "read_by": [],
            },
        )
        self.tell("notice", notice_id, shop_id, (user_id,) if user_id else (), text=text, link=link)

    def insert(self, collection: str, document: Document) -> None:
        self.operations.append((collection, InsertOne(RawBSONDocument(bson.encode(document)))))

    def update(self, collection: str, guard: Document, change: Document, *, upsert: bool = False) -> None:
        """Changes the one row that meets `guard`; the group is decided again when none does, unless `upsert`."""
        bson.encode(guard), bson.encode(change)
        self.operations.append((collection, UpdateOne(guard, change, upsert=upsert)))

    def tell(
        self, kind: str, id_: str, shop_id: str | None = None, customer_ids: tuple[str, ...] = (), **changed: Any
    ) -> None:
        """Adds to the news of the group."""
        self.entries.append(Entry(kind, id_, shop_id, customer_ids, changed))

    def _rewrite(self, kind: str, id_: str, value: Any, document: Document) -> None:
        self.rewritten[kind, id_] = RawBSONDocument(bson.encode(document))
        self.values[kind, id_] = value

    def _known(self, kind: str, id_: str) -> Any:
        """What stands in the books so far, None for what is new."""
        if (kind, id_) in self.values:
            return self.values[kind, id_]
        return self._ledger.value(kind, id_) if self._ledger.has(kind, id_) else None

    def _want(self, kind: str, ids: Iterable[str]) -> None:
        missing = [id_ for id_ in ids if (kind, id_) not in self.values and not self._ledger.has(kind, id_)]
        if missing:
            raise NotLoaded(kind, missing)

    def _find(self, kind: str, id_: str) -> Any:
        if (kind, id_) in self.values:
            return self.values[kind, id_]
        self._want(kind, (id_,))
        return self._ledger.value(kind, id_)
