"""Brings many rows into a database: in bulk, and one bulk under way while the next is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import bson
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database

from shop_server.storage.documents import Document

MOST_ROWS = 1_000
MOST_BYTES = 4 << 20
"""Of one bulk. MongoDB takes four times as much, and a row alone may be that large."""


class Pipe:
    """Rows sent are in the database, all of them, when the `with` ends; `sent` counts them by collection.

    Raises what goes wrong with a row, though not before the next ones are sent.
    """

    def __init__(self, database: Database[Document]) -> None:
        self.sent: Counter[str] = Counter()
        self._database = database
        self._waiting: dict[str, list[RawBSONDocument]] = {}
        self._bytes: Counter[str] = Counter()
        self._sender = ThreadPoolExecutor(1)
        self._under_way: Future[None] | None = None

    def send(self, collection: str, rows: Iterable[Document]) -> None:
        """Sends documents."""
        self.send_encoded(collection, (RawBSONDocument(bson.encode(row)) for row in rows))

    def send_encoded(self, collection: str, rows: Iterable[RawBSONDocument]) -> None:
        """Sends documents that are BSON already."""
        waiting = self._waiting.setdefault(collection, [])
        for row in rows:
            size = len(row.raw)
            if len(waiting) == MOST_ROWS or (waiting and self._bytes[collection] + size > MOST_BYTES):
                self._flush(collection)
                waiting = self._waiting[collection]
            waiting.append(row)
            self._bytes[collection] += size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Sends the rest, unless something went wrong; raises what went wrong with a bulk under way."""
        with self._sender:
            if kind is None:
                for collection in list(self._waiting):
                    self._flush(collection)
                if self._under_way is not None:
                    self._under_way.result()

    def _flush(self, collection: str) -> None:
        bulk, self._waiting[collection], self._bytes[collection] = self._waiting[collection], [], 0
        if self._under_way is not None:
            self._under_way.result()
        if bulk:
            self.sent[collection] += len(bulk)
            self._under_way = self._sender.submit(self._insert, collection, bulk)

    def _insert(self, collection: str, bulk: list[RawBSONDocument]) -> None:
        # The driver's own insert would look into each document for its id.
        said = self._database.command("insert", collection, documents=bulk, ordered=False)
        if said.get("writeErrors"):
            raise RuntimeError(f"{collection}: {said['writeErrors'][0]}")
