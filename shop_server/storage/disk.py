"""How much room the records still have: mongod dies on a disk without any, so the shop stops writing before."""

from __future__ import annotations

from pymongo.database import Database

from shop_server.storage.documents import Document

LEAST_FREE_BYTES = 64 * 1024 * 1024
"""What the busiest shop writes between two looks, and what mongod needs to close in good order and to open again."""


class Disk:
    """The disk of whichever machine keeps the records."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database

    def is_full(self) -> bool:
        """Whether nothing more should be written to it; False where MongoDB does not tell."""
        told = self._database.command("dbStats")
        if "fsTotalSize" not in told:
            return False
        return bool(told["fsTotalSize"] - told["fsUsedSize"] < LEAST_FREE_BYTES)
