"""How a flat record of the shop becomes a document of the database, field by field, with its id as `_id`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

Document = dict[str, Any]
Record = TypeVar("Record")


def to_document(record: Any) -> Document:
    """A frozen record without nested records, as a document."""
    document: Document = {"_id": record.id}
    for name in _names(type(record)):
        document[name] = getattr(record, name)
    return document


def from_document(kind: type[Record], document: Document) -> Record:
    """The record again; a field that the document lacks has its default."""
    values = {name: document[name] for name in _names(kind) if name in document}
    make: Callable[..., Record] = kind
    return make(id=document["_id"], **values)


def _names(kind: type) -> tuple[str, ...]:
    names = _NAMES.get(kind)
    if names is None:
        names = _NAMES[kind] = tuple(entry.name for entry in fields(kind) if entry.name != "id")
    return names


_NAMES: dict[type, tuple[str, ...]] = {}
