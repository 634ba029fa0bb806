"""Where products and their batches are kept, and how they are found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pymongo.database import Database

from shop_server.errors import NotFound
from shop_server.rules.batch import Batch
from shop_server.rules.product import Product
from shop_server.storage import documents
from shop_server.storage.documents import Document
from shop_server.storage.indexing import Query

NEWEST, BY_NAME, BY_PRICE, BY_PRICE_DOWN = "newest", "name", "price", "-price"

_FIELDS = tuple(name for name in Product._fields if name not in ("id", "words", "batches"))

_SORTS: dict[str, tuple[str, int]] = {
    NEWEST: ("created_at", -1),
    BY_NAME: ("name_key", 1),
    BY_PRICE: ("price_paise", 1),
    BY_PRICE_DOWN: ("price_paise", -1),
}
_BY_WORDS = [("shop_id", 1), ("words", 1)]
_BY_CATEGORY = [("shop_id", 1), ("category_id", 1), ("created_at", -1), ("_id", -1)]
_BY_SORT = {
    NEWEST: [("shop_id", 1), ("created_at", -1), ("_id", -1)],
    BY_NAME: [("shop_id", 1), ("name_key", 1), ("_id", 1)],
    BY_PRICE: [("shop_id", 1), ("price_paise", 1), ("_id", 1)],
    BY_PRICE_DOWN: [("shop_id", 1), ("price_paise", 1), ("_id", 1)],
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which products are looked for. `todays` names the shops, each with its own date; every word must begin one of theirs.

    `in_stock` True leaves only what can be sold today, False what cannot; `expires_before` what has a batch that does.
    """

    todays: Mapping[str, str]
    words: tuple[str, ...] = ()
    category_ids: tuple[str, ...] | None = None
    min_price_paise: int | None = None
    max_price_paise: int | None = None
    in_stock: bool | None = None
    expires_before: str | None = None
    sort: str = NEWEST


Place = tuple[datetime | str | int, str]
"""A row's place in a list: the value it is sorted by, and its id."""


class Products:
    """The products of all shops."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["products"]

    def find(self, product_id: str) -> Product | None:
        """A product, also one that was taken from sale."""
        document = self._collection.find_one({"_id": product_id})
        return from_document(document) if document else None

    def get(self, product_id: str) -> Product:
        """A product on sale. Raises NotFound."""
        product = self.find(product_id)
        if product is None or product.deleted_at is not None:
            raise NotFound("There is no such product.")
        return product

    def list_by_ids(self, product_ids: list[str]) -> dict[str, Product]:
        """Those that exist, by id, also those taken from sale."""
        found = self._collection.find({"_id": {"$in": product_ids}})
        return {document["_id"]: from_document(document) for document in found}

    def list_wanted(self, wanted: Wanted, limit: int, after: Place | None = None) -> list[Product]:
        """Products on sale in the order of `wanted.sort`, those that come after the row at that place.

        Products that are added meanwhile make no gap and no repeat. The index is chosen here, so that one question is always
        answered in one way.
        """
        name, direction = _SORTS[wanted.sort]
        found = (
            self._collection.find(_query(wanted, after))
            .sort([(name, direction), ("_id", direction)])
            .hint(_index(wanted))
            .limit(limit)
        )
        return [from_document(document) for document in found]

    @staticmethod
    def place(product: Product, sort: str) -> Place:
        """Where the product stands in a list in this order."""
        value: datetime | str | int = getattr(product, _SORTS[sort][0])
        return value, product.id

    def find_held(self, shop_id: str, category_id: str) -> Product | None:
        """A product on sale of the category that open orders hold, if there is one."""
        document = self._collection.find_one(_held_in(shop_id, category_id))
        return from_document(document) if document else None


def to_document(product: Product) -> Document:
    values = product._asdict()
    return {"_id": values.pop("id"), **values, "batches": _batches(product), **_derived(product)}


def changes(before: Product, after: Product) -> Document:
    """What has changed in a product's document between two states of it."""
    changed = documents.changes(before, after)
    if "batches" in changed:
        changed["batches"] = _batches(after)
    known = _derived(before)
    changed |= {name: value for name, value in _derived(after).items() if value != known[name]}
    return changed


def from_document(document: Document) -> Product:
    values: dict[str, Any] = {name: document[name] for name in _FIELDS}
    batches = tuple(Batch(**batch) for batch in document["batches"])
    return Product(id=document["_id"], words=tuple(document["words"]), batches=batches, **values)


def _batches(product: Product) -> list[Document]:
    return [batch._asdict() for batch in product.batches]


def _derived(product: Product) -> Document:
    """What only the indexes need."""
    return {
        "expires_on": min((batch.expires_on for batch in product.batches if batch.expires_on), default=None),
        "stock_step": stock_step(product.stock),
        "is_low": product.low_stock_at is not None and product.stock <= product.low_stock_at,
    }


def stock_step(stock: int) -> int:
    """The stock rounded down to its first four binary digits: 900 is 896, and below 16 nothing is lost.

    This is what stands in the index by stock. The stock itself changes with each sale, and whatever changes in an index
    makes MongoDB look at all indexes of the row: that was four fifths of its work for an order.
    """
    dropped = max(0, stock.bit_length() - 4)
    return stock >> dropped << dropped


def _query(wanted: Wanted, after: Place | None = None) -> Document:
    shop_ids = list(wanted.todays)
    query: Document = {"shop_id": shop_ids[0] if len(shop_ids) == 1 else {"$in": shop_ids}, "deleted_at": None}
    conditions: list[Document] = [{"words": {"$regex": "^" + re.escape(word)}} for word in _longest_first(wanted.words)]
    if wanted.category_ids is not None:
        query["category_id"] = {"$in": list(wanted.category_ids)}
    if wanted.min_price_paise is not None:
        conditions.append({"price_paise": {"$gte": wanted.min_price_paise}})
    if wanted.max_price_paise is not None:
        conditions.append({"price_paise": {"$lte": wanted.max_price_paise}})
    if wanted.expires_before is not None:
        query["expires_on"] = {"$gt": "", "$lt": wanted.expires_before}
    if wanted.in_stock is not None:
        conditions.append({"$or" if wanted.in_stock else "$nor": _sellable(wanted.todays)})
    if after is not None:
        conditions += _after(wanted.sort, after)
    if conditions:
        query["$and"] = conditions
    return query


def _index(wanted: Wanted) -> list[tuple[str, int]]:
    if wanted.words:
        return _BY_WORDS
    if wanted.category_ids is not None:
        return _BY_CATEGORY
    return _BY_SORT[wanted.sort]


def _longest_first(words: Sequence[str]) -> list[str]:
    # Only one word can be looked up in the index, the others are compared: the longest finds the fewest.
    return sorted(words, key=len, reverse=True)


def _after(sort: str, after: Place) -> list[Document]:
    name, direction = _SORTS[sort]
    value, id_ = after
    beyond = "$gt" if direction == 1 else "$lt"
    # The first condition says nothing new, but bounds the index also where the second is not split in two.
    return [{name: {beyond + "e": value}}, {"$or": [{name: {beyond: value}}, {name: value, "_id": {beyond: id_}}]}]


def _sellable(todays: Mapping[str, str]) -> list[Document]:
    """Conditions of which one is met by what has more in stock than has expired on the shop's own day."""
    shops_by_day: dict[str, list[str]] = {}
    for shop_id, today in todays.items():
        shops_by_day.setdefault(today, []).append(shop_id)
    if len(shops_by_day) == 1:
        (today,) = shops_by_day
        return _sellable_on(today)
    return [
        {"shop_id": {"$in": shop_ids}, "$or": _sellable_on(today)} for today, shop_ids in sorted(shops_by_day.items())
    ]


def _sellable_on(today: str) -> list[Document]:
    expired = {
        "$filter": {
            "input": "$batches",
            # What never expires sorts below every date, so it is left out by name.
            "cond": {"$and": [{"$ne": ["$$this.expires_on", None]}, {"$lt": ["$$this.expires_on", today]}]},
        }
    }
    quantity = {"$sum": {"$map": {"input": expired, "in": "$$this.quantity"}}}
    return [
        {"stock": {"$gt": 0}, "expires_on": None},
        {"stock": {"$gt": 0}, "expires_on": {"$gte": today}},
        {"stock": {"$gt": 0}, "expires_on": {"$lt": today}, "$expr": {"$gt": ["$stock", quantity]}},
    ]


def _held_in(shop_id: str, category_id: str) -> Document:
    return {"shop_id": shop_id, "category_id": category_id, "deleted_at": None, "held": {"$gt": 0}}


_ONE_SHOP = {"0" * 24: "2026-11-21"}
_TWO_SHOPS = {"0" * 24: "2026-11-21", "1" * 24: "2026-11-20"}
_SOME_PLACE: dict[str, Place] = {NEWEST: (datetime(2026, 11, 21, tzinfo=UTC), "5"), BY_NAME: ("milk", "5")}


def _example(name: str, wanted: Wanted, after: Place | None = None) -> Query:
    key, direction = _SORTS[wanted.sort]
    return Query(name, "products", _query(wanted, after), ((key, direction), ("_id", direction)))


QUERIES = (
    *(_example(f"a shop's products, {sort}", Wanted(_ONE_SHOP, sort=sort)) for sort in _SORTS),
    *(
        _example(f"the next page, {sort}", Wanted(_ONE_SHOP, sort=sort), _SOME_PLACE.get(sort, (12_000, "5")))
        for sort in _SORTS
    ),
    _example("all shops' products", Wanted(_TWO_SHOPS)),
    _example("products by the beginning of words", Wanted(_ONE_SHOP, words=("mil", "ful"))),
    _example("products of a category", Wanted(_ONE_SHOP, category_ids=("0" * 24,))),
    _example("products in stock at a price", Wanted(_TWO_SHOPS, in_stock=True, min_price_paise=1, max_price_paise=9)),
    _example("products that expire soon", Wanted(_ONE_SHOP, expires_before="2026-11-28")),
    Query("a held product of a category", "products", _held_in("0" * 24, "0" * 24)),
    Query("a product's name is taken", "products", {"shop_id": "0" * 24, "name_key": "milk", "deleted_at": None}),
)
