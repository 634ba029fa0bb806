"""A shopkeeper's list of goods, row by row: what its columns mean, and what its cells say.

Cells are text as a person types it: ₹1,249.50, 21/11/2026, 12 %. What a cell leaves out stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, TypedDict

from shop_server.errors import FieldError, InvalidInput
from shop_server.rules.csv_text import unsafe
from shop_server.rules.product import PIECE, WEIGHT, Product

MOST_ROWS = 20_000
MOST_COLUMNS = 60
MAX_PAISE = 10_000_000 * 100
MAX_QUANTITY = 1_000_000

_SPACES = re.compile(r"\s+")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Wish(NamedTuple):
    """What one row wants of the product called `name`: `fields` as in rules.product.Product, what is free to sell, its
    category, and the days of its one batch."""

    name: str
    fields: Mapping[str, Any]
    category: str | None = None
    stock: int | None = None
    batch: Mapping[str, Any] = {}


class Difference(NamedTuple):
    """One field of a product, as the list calls it, before and after; both as text, "" for none."""

    field: str
    before: str
    after: str


class Outcome(TypedDict):
    """What became of a row (rules.errand.OUTCOMES): its `differences` when it changed something, else the `errors` that
    refused it. Plain, so that it can be kept as it is."""

    outcome: str
    differences: list[dict[str, str]]
    errors: list[dict[str, str]]


class Columns(NamedTuple):
    """Which column says what: a field's name for each, None for those that mean nothing here (`ignored`)."""

    fields: tuple[str | None, ...]
    ignored: tuple[str, ...]


def read_heads(cells: Sequence[str]) -> Columns:
    """What the columns are. Raises InvalidInput when none is the name, or two are the same."""
    fields = tuple(_FIELDS_BY_HEAD.get(_head(cell)) for cell in cells)
    if "name" not in fields:
        heads = "name, quantity, category, price"
        raise InvalidInput([FieldError("", f"The first row must name the columns, as in: {heads}.")])
    twice = {field for field in fields if field is not None and fields.count(field) > 1}
    if twice:
        raise InvalidInput([FieldError("", f"There are two columns for {_words(min(twice)).lower()}.")])
    ignored = tuple(cell[:50] for cell, field in zip(cells, fields, strict=True) if field is None and cell)
    return Columns(fields, ignored)


def read_row(columns: Columns, cells: Sequence[str]) -> Wish:
    """What a row wants. Raises InvalidInput with every wrong cell."""
    values: dict[str, Any] = {}
    wrong: list[FieldError] = []
    for field, cell in zip(columns.fields, cells, strict=False):
        text = unsafe(cell.strip())
        if field is None or not text:
            continue
        try:
            values[field] = _READERS[field](text)
        except ValueError as refusal:
            wrong.append(FieldError(f"/{field}", f"{_words(field)}: {refusal}"))
    if "name" not in values and not wrong:
        wrong.append(FieldError("/name", "Name: please fill this in"))
    if wrong:
        raise InvalidInput(wrong)
    name, category, stock = values.pop("name"), values.pop("category", None), values.pop("quantity", None)
    batch = {stored: values.pop(field) for field, stored in _BATCH_FIELDS.items() if field in values}
    fields = {_STORED_AS.get(field, field): value for field, value in values.items()}
    return Wish(name, fields, category, stock, batch)


def check_is_whole(wish: Wish) -> None:
    """Raises InvalidInput with all that a row lacks to enter a product that is not there yet."""
    given = {"category": wish.category, "price": wish.fields.get("price_paise"), "quantity": wish.stock}
    missing = [name for name, value in given.items() if value is None]
    if missing:
        raise InvalidInput([FieldError(f"/{name}", f"{_words(name)}: a new product needs this") for name in missing])


def differences(wish: Wish, before: Product, after: Product, categories: Mapping[str, str]) -> list[Difference]:
    """What a row changes of a product; `categories` are names by id."""
    pairs = {field: (getattr(before, field), getattr(after, field)) for field in wish.fields}
    if wish.stock is not None:
        pairs["quantity"] = before.stock, after.stock
    if wish.category is not None:
        pairs["category"] = (categories[before.category_id], categories[after.category_id])
    for field in wish.batch:
        pairs[field] = _of_batch(before, field), _of_batch(after, field)
    return [
        Difference(_CALLED.get(field, field), _shown(field, old), _shown(field, new))
        for field, (old, new) in pairs.items()
        if old != new
    ]


def _of_batch(product: Product, field: str) -> Any:
    return getattr(product.batches[0], field) if len(product.batches) == 1 else None


def _shown(field: str, value: Any) -> str:
    if value is None:
        return ""
    if field in ("price_paise", "mrp_paise", "cost_paise", "tax_basis_points"):
        return f"{Decimal(value).scaleb(-2):.2f}"
    return str(value)


def _read_text(longest: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        clean = unicodedata.normalize("NFC", _SPACES.sub(" ", text)).strip()
        if _UNPRINTABLE.search(clean):
            raise ValueError("leave out invisible control characters")
        if len(clean) > longest:
            raise ValueError(f"enter at most {longest} characters")
        return clean

    return read


def _number(text: str, words: str) -> Decimal:
    plain = re.sub(r"^(?:₹|rs\.?|inr)|[,\s]", "", text, flags=re.IGNORECASE)
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", plain):
        raise ValueError(words)
    return Decimal(plain)


def _hundredths(text: str, words: str, most: int) -> int:
    hundredths = _number(text, words).scaleb(2)
    if hundredths != int(hundredths) or hundredths > most:
        raise ValueError(words)
    return int(hundredths)


def _read_cost(text: str) -> int:
    return _hundredths(text, "enter an amount in rupees with at most two decimals", MAX_PAISE)


def _read_price(text: str) -> int:
    paise = _read_cost(text)
    if paise == 0:
        raise ValueError("enter an amount above zero")
    return paise


def _read_tax(text: str) -> int:
    return _hundredths(text.removesuffix("%"), "enter the tax in percent, like 5 or 18", 100_00)


def _read_quantity(text: str) -> int:
    words = f"enter a whole number from 0 to {MAX_QUANTITY:,}; by weight it is grams"
    number = _number(text, words)
    if number != int(number) or number > MAX_QUANTITY:
        raise ValueError(words)
    return int(number)


def _read_day(text: str) -> str:
    iso = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", text)
    indian = re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})", text)
    if iso is None and indian is None:
        raise ValueError("enter a date like 2026-11-21 or 21/11/2026")
    year, month, day = iso.groups() if iso else reversed(indian.groups() if indian else ())
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise ValueError("there is no such day") from None
    if not 1900 <= found.year <= 2199:
        raise ValueError("enter a date like 2026-11-21 or 21/11/2026")
    return found.isoformat()


def _read_measure(text: str) -> str:
    measure = {"piece": PIECE, "pieces": PIECE, "weight": WEIGHT, "kg": WEIGHT}.get(text.casefold())
    if measure is None:
        raise ValueError("enter piece or weight")
    return measure


def _read_hsn(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) in (2, 4, 6, 8)):
        raise ValueError("enter the 2, 4, 6 or 8 digits of the HSN code")
    return text


_READERS: Mapping[str, Callable[[str], Any]] = {
    "name": _read_text(200),
    "category": _read_text(200),
    "quantity": _read_quantity,
    "price": _read_price,
    "mrp": _read_price,
    "cost": _read_cost,
    "unit": _read_text(50),
    "soldBy": _read_measure,
    "description": _read_text(1000),
    "barcode": _read_text(50),
    "hsn": _read_hsn,
    "gstRate": _read_tax,
    "lowStockAt": _read_quantity,
    "batchNo": _read_text(50),
    "manufacturedOn": _read_day,
    "expiresOn": _read_day,
    "restockOn": _read_day,
}
_STORED_AS = {
    "price": "price_paise",
    "mrp": "mrp_paise",
    "cost": "cost_paise",
    "gstRate": "tax_basis_points",
    "soldBy": "sold_by",
    "lowStockAt": "low_stock_at",
    "restockOn": "restock_on",
}
_BATCH_FIELDS = {"expiresOn": "expires_on", "manufacturedOn": "manufactured_on", "batchNo": "batch_no"}
_CALLED = {stored: field for field, stored in (*_STORED_AS.items(), *_BATCH_FIELDS.items())}
_ALSO_CALLED = {
    "product": "name", "productname": "name", "item": "name",
    "stock": "quantity", "qty": "quantity", "sectionname": "category", "section": "category",
    "sellingprice": "price", "rate": "price", "costprice": "cost", "measure": "soldBy",
    "gst": "gstRate", "gstpercent": "gstRate", "hsncode": "hsn", "expd": "expiresOn", "expiry": "expiresOn",
    "expirydate": "expiresOn", "mfd": "manufacturedOn", "batch": "batchNo",
}  # fmt: skip
_FIELDS_BY_HEAD = {name.lower(): name for name in _READERS} | _ALSO_CALLED


def _head(cell: str) -> str:
    """A column's head without case, spaces and signs: "Expires on" is "expireson", "Price (₹)" is "price"."""
    return "".join(character for character in re.sub(r"\(.*?\)", "", cell).lower() if character.isalnum())


def _words(field: str) -> str:
    """A field's name as people write it: "gstRate" is "Gst rate"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", field).capitalize()
