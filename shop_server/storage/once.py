"""Idempotency keys: what was asked under one, and the answer that is given again for a day."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shop_server.errors import wrong_field
from shop_server.storage.documents import Document


@dataclass(frozen=True, slots=True)
class Once:
    """An idempotency key: its scope (who and which call), and a fingerprint of what was asked."""

    scope: str
    key: str
    fingerprint: str

    @property
    def id(self) -> str:
        return f"{self.scope}:{self.key}"

    @property
    def short_id(self) -> str:
        """An id for the one thing that is made under this key."""
        return hashlib.blake2b(self.id.encode(), digest_size=12).hexdigest()

    def kept(self, answer: Any, now: datetime) -> Document:
        """The row of `idempotency_keys` that remembers the answer for a day."""
        return {"_id": self.id, "fingerprint": self.fingerprint, "answer": answer, "at": now}

    def answer_of(self, row: Document) -> Any:
        """The answer of then. Raises InvalidInput when something else was asked under this key."""
        if row["fingerprint"] != self.fingerprint:
            raise wrong_field("/Idempotency-Key", "This key was used before for something else.")
        return row["answer"]
