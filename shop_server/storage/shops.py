"""Where the shops' settings are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.database import Database

from shop_server.errors import NotFound, StaleVersion
from shop_server.rules.shop import Shelf, Shop
from shop_server.storage.documents import Document, from_document
from shop_server.storage.indexing import Query
from shop_server.storage.memory import Memory

MOST_REMEMBERED = 500
REMEMBERED_SECONDS = 60.0
LONGEST_LIST = 500
_MOST_TRIES = 5
_NEWEST_FIRST = (("created_at", -1), ("_id", -1))

Mark = tuple[datetime, str]
"""A shop's place in the list: when it was opened, and its id."""

_OPEN_TO_CUSTOMERS: Document = {"approved": True, "suspended": False}


class Shops:
    """All shops of the installation, remembered in this process until news of a shop comes."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._collection = database["shops"]
        self._memory: Memory[Shop] = Memory(MOST_REMEMBERED, REMEMBERED_SECONDS)

    def find(self, shop_id: str) -> Shop | None:
        """A shop by its id, whatever its state."""
        try:
            return self.get(shop_id)
        except NotFound:
            return None

    def get(self, shop_id: str) -> Shop:
        """A shop by its id, whatever its state. Raises NotFound."""
        shop = self._memory.find(shop_id)
        if shop is None:
            generation = self._memory.generation
            shop = self._read(shop_id)
            self._memory.keep(shop_id, shop, generation)
        return shop

    def each(self) -> Iterator[Shop]:
        """Every shop, whatever its state, without the picture of its QR: for what is done in all of them."""
        for document in self._collection.find({}, {"qr_picture": 0}):
            yield from_document(Shop, document)

    def list_approved(self) -> list[Shop]:
        """The shops that customers see, by name."""
        found = self._collection.find(_OPEN_TO_CUSTOMERS).sort([("name", 1), ("_id", 1)]).limit(LONGEST_LIST)
        return [from_document(Shop, document) for document in found]

    def find_owned(self, owner_id: str) -> Shop | None:
        """The shop that is this person's, whatever its state and hers."""
        document = self._collection.find_one({"owner_id": owner_id})
        return from_document(Shop, document) if document else None

    def list_newest(self, state: Mapping[str, bool], limit: int, after: Mark | None) -> list[Shop]:
        """Shops in whatever state, the newest first, without the picture of their QR; `state` names fields and values."""
        found = self._collection.find(_newest(state, after), {"qr_picture": 0}).sort(_NEWEST_FIRST).limit(limit)
        return [from_document(Shop, document) for document in found]

    def list_shelves(self, shop_ids: Sequence[str]) -> dict[str, list[Shelf]]:
        """The categories of these shops by name, with how many products are on sale in each."""
        shelves: dict[str, list[Shelf]] = {}
        for row in self._database["categories"].find(_categories_of(shop_ids)).sort([("shop_id", 1), ("name_key", 1)]):
            shelf = Shelf(row["_id"], row["name"], row["products"])
            shelves.setdefault(row["shop_id"], []).append(shelf)
        return shelves

    def change(self, shop_id: str, decide: Callable[[Shop], dict[str, Any]]) -> Shop:
        """Sets the fields that `decide` gives for the shop as it is; decided again when somebody else was faster.

        What `decide` raises refuses the change. Raises NotFound, and StaleVersion when others keep being faster.
        """
        for _ in range(_MOST_TRIES):
            shop = self._read(shop_id)
            changes = decide(shop)
            document = self._collection.find_one_and_update(
                {"_id": shop.id, "version": shop.version},
                {"$set": changes, "$inc": {"version": 1}},
                return_document=ReturnDocument.AFTER,
            )
            if document is not None:
                return from_document(Shop, document)
        raise StaleVersion("Somebody else is changing the shop's settings just now. Please try again.")

    def hear(self, kind: str, id_: str) -> None:
        """Forgets what news of this kind ("shop") has made stale."""
        if kind == "shop":
            self._memory.forget(lambda shop_id, shop: shop_id == id_)

    def forget_all(self) -> None:
        """When news may have been missed."""
        self._memory.forget_all()

    def _read(self, shop_id: str) -> Shop:
        document = self._collection.find_one({"_id": shop_id})
        if document is None:
            raise NotFound("There is no such shop.")
        return from_document(Shop, document)


def _newest(state: Mapping[str, bool], after: Mark | None) -> Document:
    if after is None:
        return dict(state)
    at, id_ = after
    older = [{"created_at": {"$lt": at}}, {"created_at": at, "_id": {"$lt": id_}}]
    return {**state, "created_at": {"$lte": at}, "$or": older}


def _categories_of(shop_ids: Sequence[str]) -> Document:
    return {"shop_id": {"$in": list(shop_ids)}, "deleted_at": None}


_MARK = (datetime(2026, 11, 21, tzinfo=UTC), "0" * 24)
QUERIES = (
    Query("the shop of a shopkeeper", "shops", {"owner_id": "0" * 24}),
    Query("all shops, the newest first", "shops", _newest({}, _MARK), _NEWEST_FIRST),
    Query("shops that wait to be let in", "shops", _newest({"approved": False}, _MARK), _NEWEST_FIRST),
    Query("suspended shops", "shops", _newest({"suspended": True}, None), _NEWEST_FIRST),
    Query("all shops, by name", "shops", _OPEN_TO_CUSTOMERS, (("name", 1), ("_id", 1))),
    Query("categories of shops", "categories", _categories_of(["0" * 24]), (("shop_id", 1), ("name_key", 1))),
)
