"""A page of the books: what one action sees, and what it wants written.

A page is one action's part of its group's ledger. Only when the action has decided, and all it wants written has proved
fit to be kept, does its page become part of the ledger.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import DeleteOne, InsertOne, UpdateOne

from shop_server.errors import NotFound
from shop_server.rules import category as shelves
from shop_server.rules import paper, payment_log
from shop_server.rules.category import Category
from shop_server.rules.category_request import PENDING, CategoryRequest
from shop_server.rules.mail import new_mail
from shop_server.rules.order import Order
from shop_server.rules.order_mail import mails_of
from shop_server.rules.paper import Paper
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop
from shop_server.rules.shop_time import business_day
from shop_server.rules.stock import Movement
from shop_server.storage import audit_log, papers
from shop_server.storage.documents import Document, to_document
from shop_server.storage.ledger import Ledger, NotLoaded, Operation
from shop_server.storage.news import Entry
from shop_server.storage.once import Once
from shop_server.storage.outbox import putting, row_of

T = TypeVar("T")


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
                return once.answer_of(done)  # type: ignore[no-any-return]
        answer = decide(self)
        if once is not None:
            kept = once.kept(answer, self.now)
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
        return {id_: product for id_ in ids if (product := self._find("products", id_)) is not None}

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
        """A category, which may be one transaction old. Raises NotFound."""
        category: Category | None = self._find("categories", category_id)
        if category is None:
            raise NotFound("There is no such category.")
        return category

    def current_category(self, category_id: str) -> Category:
        """A category in use, as it is now: the one to change. Raises NotFound."""
        category: Category | None = self._find("current_categories", category_id)
        if category is None or category.deleted_at is not None:
            raise NotFound("There is no such category.")
        return category

    def find_category_named(self, shop_id: str, name_key: str) -> Category | None:
        """The shop's category in use of this name, as it is now."""
        category: Category | None = self._find("categories_by_name", self.named(shop_id, name_key))
        return category

    def category_request(self, request_id: str) -> CategoryRequest:
        """What staff asked for. Raises NotFound."""
        request: CategoryRequest | None = self._find("category_requests", request_id)
        if request is None:
            raise NotFound("There is no such request.")
        return request

    def find_asked_category(self, shop_id: str, name_key: str) -> str | None:
        """The id of the request for a category of this name that waits for the shopkeeper."""
        request_id: str | None = self._find("asked_categories", self.named(shop_id, name_key))
        return request_id

    def find_products_in(self, category: Category) -> list[Product]:
        """Products on sale in the category, as they are now; of very many at least MOST_OF_CATEGORY."""
        product_ids: list[str] = self._find("products_in_category", f"{category.shop_id}:{category.id}") or []
        self._want("products", product_ids)
        known = {**self._ledger.values_of("products"), **self._own_values_of("products")}
        return [
            product
            for product in known.values()
            if product is not None and product.category_id == category.id and product.deleted_at is None
        ]

    def find_product_named(self, shop_id: str, name_key: str) -> str | None:
        """The id of the shop's product on sale of this name."""
        product_id: str | None = self._find("product_names", self.named(shop_id, name_key))
        return product_id

    @staticmethod
    def named(shop_id: str, name_key: str) -> str:
        """How a name in a shop is given as a need: `product_names`, `categories_by_name`."""
        return f"{shop_id}:{name_key}"

    def foresee(self, kind: str, ids: Iterable[str]) -> None:
        """Has all of these read together, where one after the other each would be a round of its own."""
        self._want(kind, ids)

    def order_id_of_utr(self, utr: str) -> str | None:
        """The order whose payment this UTR pays, in any shop."""
        order_id: str | None = self._find("utrs", utr)
        return order_id

    def find_waiting_customers(self, row_ids: Iterable[str]) -> dict[str, Document]:
        """Those of these rows whose customers still wait for a product, by id."""
        ids = list(row_ids)
        self._want("waiting_customers", ids)
        return {id_: row for id_ in ids if (row := self._find("waiting_customers", id_)) is not None}

    def find_invoice(self, order_id: str) -> Paper | None:
        """The bill that was given for an order."""
        found: Paper | None = self._find("invoices", order_id)
        return found

    # Writing

    def keep_products(self, kept: Iterable[Product], moved: Iterable[Movement] = ()) -> None:
        """Writes the products' new values and their stock movements."""
        for product in kept:
            before: Product | None = self._known("products", product.id)
            self._rewrite("products", product)
            # Customers hear only of what they can see: that there is none left, or some again.
            crossed = before is None or (before.stock > 0) != (product.stock > 0)
            self.entries.append(
                Entry("stock", product.id, product.shop_id, changed={"stock": product.stock}, everyone=crossed)
            )
            if before is None or _place(before) != _place(product):
                self._follow_place(product, before)
        for movement in moved:
            document = to_document(movement)
            # One act may waste of the same batch twice: before it releases goods, and of what it released.
            while document["_id"] in self._movement_ids:
                document["_id"] += "+"
            self._movement_ids.add(document["_id"])
            self.insert("movements", document)

    def tell_of_product(self, product: Product) -> None:
        """Lets everybody know that a product is new, or other than it was."""
        changed = {"version": product.version, "gone": product.deleted_at is not None}
        self.entries.append(Entry("product", product.id, product.shop_id, changed=changed, everyone=True))

    def keep_order(self, order: Order, before: Order | None) -> None:
        """Writes an order, new when there is none `before`, and all that follows from the change.

        Every new step of its payment goes into the payment log, its UTR becomes taken and the one before free, it gets
        its bill or credit note, a report of a day that is over becomes stale, and shop and customer hear of it.
        """
        self._rewrite("orders", order)
        self.tell("order", order.id, order.shop_id, (order.customer_id,), status=order.status)
        for mail in mails_of(order, before):
            # Known by the order's version, so that it cannot be there yet: an insert costs least, and each order pays it.
            row = new_mail(mail.template, order.customer_id, mail.data, once=mail.once, now=self.now)
            self.insert("outbox", row_of(row))
        if before is None:
            return
        if before.payment != order.payment:
            self._follow_payment(order, before)
        shop = self.shop(order.shop_id)
        if before.status != order.status:
            papers.give_due(self, order, shop)
        if order.business_day < business_day(self.now, shop.timezone):
            self._mark_report_stale(order)

    def rewrite_order(self, order: Order) -> None:
        """Writes other words about the same order: nothing moves, so no report, log or browser is told."""
        self._rewrite("orders", order)

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

    def last_number(self, shop: Shop, row: str) -> int:
        """The number of the last paper that the shop gave in this row (rules.paper) of this financial year; 0 for none."""
        series = paper.series_of(row, business_day(self.now, shop.timezone))
        return self._find("last_numbers", f"{shop.id}:{series}") or 0

    def give(self, given: Paper, customer_id: str) -> None:
        """Writes a paper with the number after the last, and mails it to the customer."""
        self.insert("papers", papers.to_document(given))
        self.values["last_numbers", f"{given.shop_id}:{given.series}"] = given.seq
        if given.kind != paper.CREDIT_NOTE:
            self.values["invoices", given.order_id] = given
        self.mail("paper", customer_id, papers.as_mail(given), once=given.id)

    def _mark_report_stale(self, order: Order) -> None:
        day = {"shop_id": order.shop_id, "business_day": order.business_day}
        self.update(
            "analytics",
            {"_id": f"{order.shop_id}:{order.business_day}"},
            {"$set": {"stale": True}, "$inc": {"marks": 1}, "$setOnInsert": day},
            upsert=True,
        )

    def keep_category(self, category: Category) -> None:
        """Writes a new category, or new values of one that was read as it is now."""
        self._put_category(category)
        self.tell("category", category.id, category.shop_id)

    def keep_category_request(self, request: CategoryRequest, *, is_new: bool = False) -> None:
        """Writes a new request, or the answer to one that waits."""
        named, waits = self.named(request.shop_id, request.name_key), request.status == PENDING
        if is_new:
            self.insert("category_requests", to_document(request))
        else:
            self.update("category_requests", {"_id": request.id, "status": PENDING}, {"$set": to_document(request)})
        self.values["category_requests", request.id] = request
        self.values["asked_categories", named] = request.id if waits else None
        self.tell(
            "category-request",
            request.id,
            request.shop_id,
            (request.asked_by,),
            name=request.name,
            status=request.status,
        )

    def _follow_place(self, product: Product, before: Product | None) -> None:
        """Notes whose the product's name is, and how many products its category has.

        As every product that comes into a category or leaves it writes the category, none can come into one that another
        process is deleting.
        """
        was_on_sale = before is not None and before.deleted_at is None
        is_on_sale = product.deleted_at is None
        if before is not None and was_on_sale:
            self.values["product_names", self.named(before.shop_id, before.name_key)] = None
        if is_on_sale:
            self.values["product_names", self.named(product.shop_id, product.name_key)] = product.id
        stays = before is not None and before.category_id == product.category_id and was_on_sale == is_on_sale
        if stays:
            return
        if before is not None and was_on_sale:
            self._count_in_category(before.category_id, -1)
        if is_on_sale:
            self._count_in_category(product.category_id, 1)

    def _count_in_category(self, category_id: str, change: int) -> None:
        category = self.current_category(category_id)
        self._put_category(shelves.changed(category, products=category.products + change))

    def _put_category(self, category: Category) -> None:
        before: Category | None = self._known("current_categories", category.id)
        self._rewrite("categories", category)
        self.values["current_categories", category.id] = category
        if before is not None:
            self.values["categories_by_name", self.named(before.shop_id, before.name_key)] = None
        if category.deleted_at is None:
            self.values["categories_by_name", self.named(category.shop_id, category.name_key)] = category

    def notify(
        self, text: str, link: str, *, kind: str, user_id: str | None = None, shop_id: str | None = None
    ) -> None:
        """Leaves a notice for one person, or for everybody who works in a shop."""
        notice_id = self._next_id()
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
        self.tell("notice", notice_id, shop_id, (user_id,) if user_id else (), text=text, link=link, about=kind)

    def audit(self, who: str, act: str, target: str, shop_id: str | None = None, **details: Any) -> None:
        """Adds a line to the audit log; see rules.audit.Act for the words."""
        self.insert("audit_log", audit_log.line(self._next_id(), self.now, who, act, target, shop_id, details))

    def mail(self, template: str, to: str, data: Mapping[str, Any], *, once: str) -> None:
        """Leaves a mail in the outbox; nothing when there is one for this occasion (`once`) or nobody to send it to.

        `template` is one of shop_server/mails, `data` what it is filled with: texts, whole numbers, ISO dates, money as
        "249.00".
        """
        if to:
            self.update("outbox", *putting(new_mail(template, to, data, once=once, now=self.now)), upsert=True)

    def remove_waiting_customer(self, row_id: str) -> None:
        """She waits no longer. Of two who tell her at the same moment, the second finds her gone."""
        self.remove("back_in_stock", row_id)
        self.values["waiting_customers", row_id] = None

    def insert(self, collection: str, document: Document) -> None:
        self.operations.append((collection, InsertOne(RawBSONDocument(bson.encode(document)))))

    def update(self, collection: str, guard: Document, change: Document, *, upsert: bool = False) -> None:
        """Changes the one row that meets `guard`; the group is decided again when none does, unless `upsert`."""
        bson.encode(guard), bson.encode(change)
        self.operations.append((collection, UpdateOne(guard, change, upsert=upsert)))

    def remove(self, collection: str, id_: str) -> None:
        """Takes one row away for good; nothing when it is not there."""
        self.operations.append((collection, DeleteOne({"_id": id_})))

    def tell(
        self, kind: str, id_: str, shop_id: str | None = None, customer_ids: tuple[str, ...] = (), **changed: Any
    ) -> None:
        """Adds to the news of the group."""
        self.entries.append(Entry(kind, id_, shop_id, customer_ids, changed))

    def _next_id(self) -> str:
        """For what this action writes here: the same however often it is decided."""
        return hashlib.blake2b(f"{self.key}:{len(self.operations)}".encode(), digest_size=12).hexdigest()

    def _rewrite(self, collection: str, record: Any) -> None:
        self.rewritten[collection, record.id] = self._ledger.rewriting(collection, record.id, record)
        self.values[collection, record.id] = record

    def _known(self, kind: str, id_: str) -> Any:
        """What stands in the books so far, None for what is new."""
        if (kind, id_) in self.values:
            return self.values[kind, id_]
        return self._ledger.value(kind, id_) if self._ledger.has(kind, id_) else None

    def _own_values_of(self, kind: str) -> Mapping[str, Any]:
        return {id_: value for (other, id_), value in self.values.items() if other == kind}

    def _want(self, kind: str, ids: Iterable[str]) -> None:
        missing = [id_ for id_ in ids if (kind, id_) not in self.values and not self._ledger.has(kind, id_)]
        if missing:
            raise NotLoaded(kind, missing)

    def _find(self, kind: str, id_: str) -> Any:
        key = kind, id_
        return self.values[key] if key in self.values else self._ledger.value(kind, id_)


def _place(product: Product) -> tuple[Any, ...]:
    """Where a product stands in the shop: under which name, in which category, whether on sale at all."""
    return product.name_key, product.category_id, product.deleted_at
