"""What the writer of the books can read, and from where."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.database import Database

from shop_server.rules.category import Category
from shop_server.rules.category_request import PENDING, CategoryRequest
from shop_server.rules.shop import Shop
from shop_server.storage import orders, papers, products
from shop_server.storage.documents import Document, from_document

MOST_OF_CATEGORY = 200
"""So many products of a category are read at once; a larger one is worked through in slices."""


class Rooms:
    """Reads for the writer. Settings (shops and categories) are kept between groups until `forget_settings`."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._settings: dict[tuple[str, str], Any] = {}

    @property
    def settings(self) -> Mapping[tuple[str, str], Any]:
        """Those that are kept, by kind and id."""
        return self._settings

    def forget_settings(self) -> None:
        """Called when a shop or a category changed."""
        self._settings = {}

    def load(self, kind: str, ids: Collection[str], session: ClientSession) -> dict[str, Any]:
        """Reads the named rows of one kind inside the writer's transaction; what is not there is left out."""
        if kind in ("shops", "categories"):
            return self._load_settings(kind, ids)
        read: Callable[[Collection[str], ClientSession], dict[str, Any]] = getattr(self, f"_{kind}")
        return read(ids, session)

    def _load_settings(self, kind: str, ids: Collection[str]) -> dict[str, Any]:
        # Not in the transaction: its snapshot may be older than the news that made these be forgotten. And kept in the map
        # of before the reading: should news come meanwhile, it is thrown away with that.
        kept = self._settings
        record = Shop if kind == "shops" else Category
        rows = self._database[kind].find({"_id": {"$in": list(ids)}})
        found = {row["_id"]: from_document(record, row) for row in rows}
        for id_, value in found.items():
            kept[kind, id_] = value
        return found

    def _products(self, ids: Collection[str], session: ClientSession) -> dict[str, Any]:
        found = self._find("products", {"_id": {"$in": list(ids)}}, session)
        return {document["_id"]: products.from_document(document) for document in found}

    def _orders(self, ids: Collection[str], session: ClientSession) -> dict[str, Any]:
        found = self._find("orders", {"_id": {"$in": list(ids)}}, session)
        return {document["_id"]: orders.from_document(document) for document in found}

    def _keys(self, ids: Collection[str], session: ClientSession) -> dict[str, Any]:
        found = self._find("idempotency_keys", {"_id": {"$in": list(ids)}}, session)
        return {document["_id"]: document for document in found}

    def _utrs(self, utrs: Collection[str], session: ClientSession) -> dict[str, Any]:
        found = self._database["orders"].find({"payment.utr": {"$in": list(utrs)}}, {"payment.utr": 1}, session=session)
        return {document["payment"]["utr"]: document["_id"] for document in found}

    def _payment_log_heads(self, shop_ids: Collection[str], session: ClientSession) -> dict[str, Any]:
        heads = {}
        for shop_id in shop_ids:
            row = self._database["payment_log"].find_one({"shop_id": shop_id}, sort=[("seq", -1)], session=session)
            if row is not None:
                heads[shop_id] = row
        return heads

    def _last_numbers(self, names: Collection[str], session: ClientSession) -> dict[str, Any]:
        numbers = {}
        for name in names:
            shop_id, series = name.split(":", 1)
            last = self._database["papers"].find_one(
                {"shop_id": shop_id, "series": series}, {"seq": 1}, sort=[("seq", -1)], session=session
            )
            if last is not None:
                numbers[name] = last["seq"]
        return numbers

    def _invoices(self, order_ids: Collection[str], session: ClientSession) -> dict[str, Any]:
        found = self._find("papers", papers.invoice_of(list(order_ids)), session)
        return {document["order_id"]: papers.from_document(document) for document in found}

    def _current_categories(self, ids: Collection[str], session: ClientSession) -> dict[str, Any]:
        found = self._find("categories", {"_id": {"$in": list(ids)}}, session)
        return {document["_id"]: from_document(Category, document) for document in found}

    def _product_names(self, names: Collection[str], session: ClientSession) -> dict[str, Any]:
        found = self._database["products"].find(
            {"$or": [_named(name) for name in names]}, {"shop_id": 1, "name_key": 1}, session=session
        )
        return {f"{row['shop_id']}:{row['name_key']}": row["_id"] for row in found}

    def _products_in_category(self, categories: Collection[str], session: ClientSession) -> dict[str, Any]:
        ids = {}
        for name in categories:
            shop_id, category_id = name.split(":", 1)
            query = {"shop_id": shop_id, "category_id": category_id, "deleted_at": None}
            found = self._database["products"].find(query, {"_id": 1}, session=session).limit(MOST_OF_CATEGORY)
            ids[name] = [document["_id"] for document in found]
        return ids

    def _categories_by_name(self, names: Collection[str], session: ClientSession) -> dict[str, Any]:
        found = self._find("categories", {"$or": [_named(name) for name in names]}, session)
        return {f"{row['shop_id']}:{row['name_key']}": from_document(Category, row) for row in found}

    def _category_requests(self, ids: Collection[str], session: ClientSession) -> dict[str, Any]:
        found = self._find("category_requests", {"_id": {"$in": list(ids)}}, session)
        return {document["_id"]: from_document(CategoryRequest, document) for document in found}

    def _asked_categories(self, names: Collection[str], session: ClientSession) -> dict[str, Any]:
        wanted = [dict(zip(("shop_id", "name_key"), name.split(":", 1), strict=True)) for name in names]
        waiting = [{**name, "status": PENDING} for name in wanted]
        found = self._find("category_requests", {"$or": waiting}, session)
        return {f"{row['shop_id']}:{row['name_key']}": row["_id"] for row in found}

    def _waiting_customers(self, ids: Collection[str], session: ClientSession) -> dict[str, Any]:
        found = self._find("back_in_stock", {"_id": {"$in": list(ids)}}, session)
        return {document["_id"]: document for document in found}

    def _find(self, collection: str, query: Document, session: ClientSession) -> list[Document]:
        return list(self._database[collection].find(query, session=session))


def _named(name: str) -> Document:
    """What in a shop is in use under a name, given as "shop:name"."""
    shop_id, name_key = name.split(":", 1)
    return {"shop_id": shop_id, "name_key": name_key, "deleted_at": None}
