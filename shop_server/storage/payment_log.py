"""The payment logs of the shops: rows are only ever added, by the books."""

from __future__ import annotations

from collections.abc import Iterator

from pymongo.database import Database

from shop_server.storage.documents import Document
from shop_server.storage.indexing import Query


class PaymentLog:
    """Reads the logs."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["payment_log"]

    def list_of_shop(self, shop_id: str, limit: int, before: int | None) -> list[Document]:
        """A shop's rows, newest first, older than number `before` if given."""
        query: Document = {"shop_id": shop_id}
        if before is not None:
            query["seq"] = {"$lt": before}
        return list(self._collection.find(query).sort("seq", -1).limit(limit))

    def count_of_shop(self, shop_id: str) -> int:
        return self._collection.count_documents({"shop_id": shop_id})

    def read_all(self, shop_id: str) -> Iterator[Document]:
        """Every row of a shop, from the first on."""
        return iter(self._collection.find({"shop_id": shop_id}).sort("seq", 1))


QUERIES = (
    Query("a shop's payment log", "payment_log", {"shop_id": "0" * 24, "seq": {"$lt": 9}}, (("seq", -1),)),
    Query("a shop's payment log from the first row", "payment_log", {"shop_id": "0" * 24}, (("seq", 1),)),
)
