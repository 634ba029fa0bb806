"""Where the pictures of products are kept: each in two sizes, as WebP, never changed once written."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

from pymongo.database import Database

from shop_server.storage.documents import Document

SIZES = ("large", "small")
_AT_ONCE = 500


class Pictures:
    """The pictures of all shops. They are written through the books, together with the product that shows them."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["pictures"]
        self._products = database["products"]

    def find(self, picture_id: str, size: str) -> bytes | None:
        """One size ("large" or "small") of a picture, as WebP."""
        if size not in SIZES:
            return None
        document = self._collection.find_one({"_id": picture_id}, {size: 1})
        return document[size] if document else None

    def forget_orphans(self, before: datetime) -> int:
        """Clears away pictures of before that no product shows any more; gives how many."""
        rows = self._collection.find({}, {"product_id": 1, "at": 1})
        old = ((row["_id"], row["product_id"]) for row in rows if row["at"] < before)
        orphans = 0
        while some := dict(islice(old, _AT_ONCE)):
            shown = {
                row["picture_id"]
                for row in self._products.find({"_id": {"$in": list(set(some.values()))}}, {"picture_id": 1})
            }
            gone = [picture_id for picture_id in some if picture_id not in shown]
            if gone:
                orphans += self._collection.delete_many({"_id": {"$in": gone}}).deleted_count
        return orphans
