"""Where the shops' categories are kept."""

from __future__ import annotations

from pymongo.database import Database

from shop_server.errors import NotFound
from shop_server.rules.category import Category
from shop_server.storage.documents import Document, from_document


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

    def list_of_shop(self, shop_id: str) -> list[Category]:
        """A shop's categories by name."""
        found = self._collection.find({"shop_id": shop_id, "deleted_at": None}).sort("name_key", 1)
        return [from_document(Category, document) for document in found]
