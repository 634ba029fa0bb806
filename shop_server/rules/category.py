"""A category: a shelf of the shop, by which its goods are found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Category:
    """`name_key` is the name without case and accents: it is unique in a shop."""

    id: str
    shop_id: str
    name: str
    name_key: str
    created_at: datetime
    version: int = 1
    deleted_at: datetime | None = None
