"""Leases: which process of the shop may do a job now, however many run on however many machines."""

from __future__ import annotations

from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shop_server.storage.documents import Document


class Leases:
    """One lease per job. They run by the database's clock, so that the machines' own may differ."""

    def __init__(self, database: Database[Document]) -> None:
        self._collection = database["leases"]

    def claim(self, name: str, owner: str, seconds: float) -> bool:
        """Takes the lease for so long, or prolongs it; False while another owner has it."""
        free: Document = {"$or": [{"$eq": ["$owner", {"$literal": owner}]}, {"$lte": ["$expires_at", "$$NOW"]}]}
        ends: Document = {"$add": ["$$NOW", round(seconds * 1000)]}
        change = {
            "owner": {"$cond": [free, {"$literal": owner}, "$owner"]},
            "expires_at": {"$cond": [free, ends, "$expires_at"]},
        }
        try:
            lease = self._collection.find_one_and_update(
                {"_id": name}, [{"$set": change}], upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:
            # Another process made it in this very moment.
            return False
        return lease is not None and bool(lease["owner"] == owner)

    def release_all(self, owner: str) -> None:
        """Gives back what this owner holds."""
        self._collection.delete_many({"owner": owner})
