"""News: what changed, for caches that are now stale and for the browsers that it concerns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """One thing that changed: its kind (order, payment, stock, product, shop, session …), whose it is, and how.

    `shop_id` and `customer_ids` name whom it concerns, `everyone` says that it concerns all who look at the shop;
    `changed` is sent to their browsers, so it holds nothing private to either.
    """

    kind: str
    id: str
    shop_id: str | None = None
    customer_ids: tuple[str, ...] = ()
    changed: Mapping[str, Any] = MappingProxyType({})
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """What one commit changed. `source` is the process that made it."""

    source: str
    at: datetime
    entries: tuple[Entry, ...]


def to_document(source: str, at: datetime, entries: Sequence[Entry]) -> dict[str, Any]:
    """News as the `news` collection keeps it for an hour."""
    return {"source": source, "at": at, "entries": [entry._asdict() for entry in entries]}


def from_document(document: dict[str, Any]) -> News:
    entries = tuple(
        Entry(row["kind"], row["id"], row["shop_id"], tuple(row["customer_ids"]), row["changed"], row["everyone"])
        for row in document["entries"]
    )
    return News(document["source"], document["at"], entries)
