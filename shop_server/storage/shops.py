"""Where the shops' settings are kept."""

from __future__ import annotations

from pymongo.database import Database

from shop_server.rules.shop import Shop
from shop_server.storage.documents import Document, from_document


class Shops:
    """All shops of the installation."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["shops"]

    def find(self, shop_id: str) -> Shop | None:
        document = self._collection.find_one({"_id": shop_id})
        return from_document(Shop, document) if document else None
