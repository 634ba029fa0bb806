"""Where products and their batches are kept, and how they are found."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from pymongo.database import Database

from shop_server.errors import NotFound
from shop_server.rules.batch import Batch
from shop_server.rules.product import Product
from shop_server.storage.documents import Document

_FIELDS = tuple(entry.name for entry in fields(Product) if entry.name not in ("id", "words", "batches"))
_BATCH_FIELDS = tuple(entry.name for entry in fields(Batch))


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


def to_document(product: Product) -> Document:
    document: Document = {"_id": product.id}
    for name in _FIELDS:
        document[name] = getattr(product, name)
    document["words"] = list(product.words)
    document["batches"] = [{name: getattr(batch, name) for name in _BATCH_FIELDS} for batch in product.batches]
    document["expires_on"] = min((b.expires_on for b in product.batches if b.expires_on), default=None)
    return document


def from_document(document: Document) -> Product:
    values: dict[str, Any] = {name: document[name] for name in _FIELDS}
    batches = tuple(Batch(**batch) for batch in document["batches"])
    return Product(id=document["_id"], words=tuple(document["words"]), batches=batches, **values)
