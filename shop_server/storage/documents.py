"""How a flat record of the shop becomes a document of the database, field by field, with its id as `_id`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, NamedTuple, TypeVar

Document = dict[str, Any]
Record = TypeVar("Record")


def to_document(record: Any) -> Document:
    """A record without nested records, as a document."""
    document: Document = {"_id": record.id}
    for name in _names(type(record)):
        document[name] = getattr(record, name)
    return document


def from_document(kind: type[Record], document: Document) -> Record:
    """The record again; a field that the document lacks has its default."""
    values = {name: document[name] for name in _names(kind) if name in document}
    make: Callable[..., Record] = kind
    return make(id=document["_id"], **values)


def changes(before: NamedTuple, after: NamedTuple) -> Document:
    """The fields in which two states of one record differ, as they are afterwards."""
    return {
        name: new for name, old, new in zip(before._fields, before, after, strict=True) if new is not old and new != old
    }


def _names(kind: type) -> tuple[str, ...]:
    names = _NAMES.get(kind)
    if names is None:
        every = getattr(kind, "_fields", None) or [entry.name for entry in fields(kind)]
        names = _NAMES[kind] = tuple(name for name in every if name != "id")
    return names


_NAMES: dict[type, tuple[str, ...]] = {}
