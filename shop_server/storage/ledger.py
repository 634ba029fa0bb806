"""The ledger: what a whole group of actions has read and decided so far, and what of it is to be written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import DeleteOne, InsertOne, UpdateOne

from shop_server.storage import documents, news, orders, products
from shop_server.storage.news import Entry

if TYPE_CHECKING:
    from shop_server.storage.page import Page

Operation = InsertOne[Any] | UpdateOne | DeleteOne

_WRITING_ORDER = ("papers", "products", "orders", "categories", "movements", "idempotency_keys", "payment_log")
"""First what is most likely to meet another process, so that a conflict costs little."""

_COLLECTION_OF = {
    "products": "products",
    "orders": "orders",
    "current_categories": "categories",
    "categories_by_name": "categories",
}
"""Where what was read under this name is written back."""


_DOCUMENTS: dict[str, Any] = {"products": products, "orders": orders, "categories": documents}
"""What makes documents of the records of a collection, and of what has changed in them."""


class NotLoaded(Exception):
    """An action needs something that the group has not read yet."""

    def __init__(self, kind: str, ids: Iterable[str]) -> None:
        super().__init__(kind)
        self.kind = kind
        self.ids = tuple(ids)


class Ledger:
    """What a group has read, and after each action what it will write. `settings` are known without being read."""

    def __init__(self, now: datetime, settings: Mapping[tuple[str, str], Any]) -> None:
        self.now = now
        self._settings = settings
        self.entries: list[Entry] = []
        self._values: dict[tuple[str, str], Any] = {}
        self._read: dict[tuple[str, str], Any] = {}
        self._rewritten: dict[tuple[str, str], RawBSONDocument] = {}
        self._operations: dict[str, list[Operation]] = {}
        self._matches: dict[str, int] = {}

    def unread(self, kind: str, ids: Iterable[str]) -> set[str]:
        return {id_ for id_ in ids if not self.has(kind, id_)}

    def add_read(self, kind: str, ids: Iterable[str], found: Mapping[str, Any]) -> None:
        """Notes what was read; what was not found is known to be missing."""
        for id_ in ids:
            value = found.get(id_)
            self._values[kind, id_] = value
            if kind in _COLLECTION_OF and value is not None:
                self._read[_COLLECTION_OF[kind], value.id] = value
            if kind == "categories_by_name" and value is not None:
                self._values.setdefault(("current_categories", value.id), value)

    def value(self, kind: str, id_: str) -> Any:
        """Raises NotLoaded when nobody has asked for it yet."""
        key = kind, id_
        if key in self._values:
            return self._values[key]
        if key in self._settings:
            return self._settings[key]
        raise NotLoaded(kind, (id_,))

    def has(self, kind: str, id_: str) -> bool:
        key = kind, id_
        return key in self._values or key in self._settings

    def rewriting(self, collection: str, id_: str, record: Any) -> RawBSONDocument:
        """What writes this state of a row: all of it when it is new, else what differs from what was read.

        Indexes over fields that stay the same then cost nothing, and those are most of what an order would cost.
        Raises what the encoding raises.
        """
        before = self._read.get((collection, id_))
        room = _DOCUMENTS[collection]
        return RawBSONDocument(
            bson.encode(room.to_document(record) if before is None else room.changes(before, record))
        )

    def values_of(self, kind: str) -> Mapping[str, Any]:
        """All that is known of one kind, by id."""
        return {id_: value for (other, id_), value in self._values.items() if other == kind}

    def is_empty(self) -> bool:
        return not (self._rewritten or self._operations or self.entries)

    def take(self, page: Page) -> None:
        """Makes an action's page part of the group's decision."""
        self._values.update(page.values)
        self._rewritten.update(page.rewritten)
        for collection, operation in page.operations:
            self._operations.setdefault(collection, []).append(operation)
            if isinstance(operation, UpdateOne):
                self._matches[collection] = self._matches.get(collection, 0) + 1
        self.entries += page.entries

    def bulks(self, process_id: str) -> Iterable[tuple[str, Sequence[Operation]]]:
        """One bulk per collection, and the group's news last."""
        bulks = {collection: list(operations) for collection, operations in self._operations.items()}
        for (collection, id_), document in self._rewritten.items():
            # A row that was read needs no guard: it was read in this very transaction, and MongoDB refuses to write over
            # what has changed since.
            is_new = (collection, id_) not in self._read
            operation = InsertOne(document) if is_new else UpdateOne({"_id": id_}, {"$set": document})
            bulks.setdefault(collection, []).append(operation)
        for collection in _WRITING_ORDER:
            if collection in bulks:
                yield collection, bulks.pop(collection)
        yield from bulks.items()
        if self.entries:
            yield "news", [InsertOne(news.to_document(process_id, self.now, self.entries))]

    def expected_matches(self, collection: str) -> int:
        """How many rows the guards of this collection's bulk must have met, or made where there were none."""
        replaced = sum(1 for key in self._rewritten if key[0] == collection and key in self._read)
        return replaced + self._matches.get(collection, 0)
