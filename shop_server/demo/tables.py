"""The eleven CSV files of sample data: their columns, and how a row is written and read.

Money is whole paise, quantities are pieces or grams, instants are UTC with milliseconds ("2026-11-21T05:30:00.000Z"), days
are the shop's. Nothing stands in an empty field. What has several parts (the steps of an order, the batches a line was
packed from) stands in one field: parts behind each other with "; " between, the values of each with spaces between, "-" for
none, and words for people last.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

from shop_server.errors import CannotStart
from shop_server.rules.account import User
from shop_server.rules.batch import Batch
from shop_server.rules.category import Category
from shop_server.rules.order import Line, Order
from shop_server.rules.payment import Payment
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop
from shop_server.rules.stock import Movement

Row = dict[str, str]


def _fields(kind: type, *left_out: str) -> tuple[str, ...]:
    """The names of a record's fields, in their order."""
    return tuple(name for name in get_type_hints(kind) if name not in left_out)


_PERSON = ("id", "email", "phone", "first_name", "last_name", "created_at")
_ADDRESS = ("line", "city", "state", "pincode", "country")

COLUMNS: dict[str, tuple[str, ...]] = {
    "shops": _fields(Shop, "qr_picture"),
    "staff": (*_PERSON, "role", "shop_id", "permissions", "is_admin"),
    "customers": (*_PERSON, "date_of_birth"),
    "addresses": ("id", "customer_id", "kind", *_ADDRESS),
    "categories": _fields(Category, "name_key", "deleted_at"),
    "products": _fields(Product, "name_key", "words", "batches", "picture_id", "deleted_at", "restock_on"),
    "batches": ("product_id", "received", *_fields(Batch)),
    "orders": (
        *_fields(
            Order,
            *("lines", "payment", "delivery_address", "business_day", "business_hour", "weekday"),
            *("pickup_on", "gst_number"),
        ),
        "address_id",
        *_ADDRESS,
    ),
    "order_lines": ("order_id", *_fields(Line)),
    "payments": ("order_id", *_fields(Payment)),
    "stock_movements": _fields(Movement),
}
"""The files, in the order in which each refers only to those before it."""

_RECORDS: dict[str, type] = {
    "shops": Shop, "staff": User, "customers": User, "categories": Category, "products": Product, "batches": Batch,
    "orders": Order, "order_lines": Line, "payments": Payment, "stock_movements": Movement,
}  # fmt: skip
"""Whose types the columns have; others are text, but for the one number that no record has."""


class Tables:
    """Writes the files into a new or empty folder, row by row."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise CannotStart(f"{folder} is not empty: name a new folder for the sample data.")
        self._files = {name: (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") for name in COLUMNS}
        self._writers = {name: csv.writer(file, lineterminator="\n") for name, file in self._files.items()}
        for name, columns in COLUMNS.items():
            self._writers[name].writerow(columns)

    def add(self, table: str, record: Any, **more: Any) -> None:
        """Writes a row: the fields of `record` that have a column, and what else is given."""
        row = []
        for name in COLUMNS[table]:
            value = more[name] if name in more else getattr(record, name)
            # Whole numbers, text and nothing are written as they are.
            say = _SAID.get(type(value))
            row.append(value if say is None else say(value))
        self._writers[table].writerow(row)

    def close(self) -> None:
        for file in self._files.values():
            file.close()


def read_table(folder: Path, table: str, note: Callable[[int], None] = lambda size: None) -> Iterator[dict[str, Any]]:
    """The rows of a file, each value of its column's type; `note` hears how many bytes were read.

    Raises CannotStart, naming file and line, for what cannot be read.
    """
    path, columns = folder / f"{table}.csv", COLUMNS[table]
    kind = _RECORDS.get(table)
    types = {"received": int, **(get_type_hints(kind) if kind else {})}
    readers = [_reader(types.get(name, str)) for name in columns]
    try:
        with path.open(encoding="utf-8", newline="") as file:

            def lines() -> Iterator[str]:
                for line in file:
                    note(len(line))
                    yield line

            rows = csv.reader(lines(), strict=True)
            if next(rows, None) != list(columns):
                raise CannotStart(f"{path} does not begin with its columns: {', '.join(columns)}.")
            try:
                for row in rows:
                    yield {name: read(text) for name, read, text in zip(columns, readers, row, strict=True)}
            except (ValueError, csv.Error) as error:
                raise CannotStart(f"{path}, line {rows.line_num}, cannot be read: {error}.") from error
    except (OSError, UnicodeError) as error:
        raise CannotStart(f"{path} cannot be read: {error}.") from error


def in_parts(records: Sequence[Any], *names: str) -> str:
    """Records as one field."""
    return "; ".join(" ".join(_text(getattr(record, name)) or "-" for name in names) for record in records)


def from_parts(kind: Callable[..., Any], text: str, *names: str) -> tuple[Any, ...]:
    """The records in a field. Raises ValueError."""
    types = _types(kind)
    readers = [_reader(types[name]) for name in names]
    return tuple(
        kind(
            **{
                name: read("" if value == "-" else value)
                for name, read, value in zip(names, readers, part.split(" ", len(names) - 1), strict=True)
            }
        )
        for part in text.split("; ")
        if part
    )


@cache
def _types(kind: Callable[..., Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return _SAID.get(type(value), str)(value)


def _say_instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_SAID: Mapping[type, Callable[[Any], str]] = {
    datetime: _say_instant,
    bool: lambda value: "yes" if value else "no",
    tuple: " ".join,
}


def _reader(kind: Any) -> Callable[[str], Any]:
    may_be_missing = NoneType in get_args(kind)
    if may_be_missing:
        (kind,) = (one for one in get_args(kind) if one is not NoneType)
    read = _READERS.get(kind, str)
    return (lambda text: read(text) if text else None) if may_be_missing else read


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no Z")
    return at.astimezone(UTC)


def _switch(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError(f"{text!r} is neither yes nor no")
    return text == "yes"


_READERS: Mapping[Any, Callable[[str], Any]] = {int: int, datetime: _instant, bool: _switch}
