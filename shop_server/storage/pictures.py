"""Where the pictures of products are kept: each in two sizes, as WebP, never changed once written."""

from __future__ import annotations

from pymongo.database import Database

from shop_server.storage.documents import Document

SIZES = ("large", "small")


class Pictures:
    """The pictures of all shops. They are written through the books, together with the product that shows them."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["pictures"]

    def find(self, picture_id: str, size: str) -> bytes | None:
        """One size ("large" or "small") of a picture, as WebP."""
        if size not in SIZES:
            return None
        document = self._collection.find_one({"_id": picture_id}, {size: 1})
        return document[size] if document else None
