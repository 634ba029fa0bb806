"""Where the shops' categories are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pymongo.database import Database

from shop_server.errors import NotFound
from shop_server.rules.category import Category
from shop_server.storage.documents import Document, from_document
from shop_server.storage.indexing import Query

LONGEST_LIST = 2_000


class Categories:
    """The categories of all shops."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["categories"]

    def get(self, category_id: str) -> Category:
        """A category that is in use. Raises NotFound."""
        document = self._collection.find_one({"_id": category_id, "deleted_at": None})
        if document is None:
            raise NotFound("There is no such category.")
        return from_document(Category, document)

    def names(self, category_ids: Iterable[str]) -> dict[str, str]:
        """The names of these categories by id, also of those no longer in use."""
        found = self._collection.find({"_id": {"$in": list(set(category_ids))}}, {"name": 1})
        return {document["_id"]: document["name"] for document in found}

    def list_of_shops(self, shop_ids: Sequence[str]) -> list[Category]:
        """The categories of these shops, shop by shop, by name."""
        found = self._collection.find(_in_shops(shop_ids)).sort([("shop_id", 1), ("name_key", 1)]).limit(LONGEST_LIST)
        return [from_document(Category, document) for document in found]

    def ids_called(self, shop_ids: Sequence[str], name_key: str) -> tuple[str, ...]:
        """The categories of this name in these shops."""
        found = self._collection.find({**_in_shops(shop_ids), "name_key": name_key}, {"_id": 1})
        return tuple(document["_id"] for document in found)


def _in_shops(shop_ids: Sequence[str]) -> Document:
    return {"shop_id": {"$in": list(shop_ids)}, "deleted_at": None}


QUERIES = (
    Query("categories of shops, by name", "categories", _in_shops(["0" * 24]), (("shop_id", 1), ("name_key", 1))),
    Query("categories of one name", "categories", {**_in_shops(["0" * 24]), "name_key": "dairy"}),
)
