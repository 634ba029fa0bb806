"""The fields of the shop's forms: what an amount, a name, a phone or a date must look like, and how they are printed.

Money arrives as rupees and is whole paise from here on; text is NFC, trimmed and free of control characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Context as DecimalContext
from decimal import Decimal, DecimalException, Inexact, InvalidOperation
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from shop_server.web.reading import (
    UNPRINTABLE,
    Answer,
    Body,
    OptionalBody,
    Page,
    Query,
    check,
    encode_cursor,
    expected_version,
    idempotency_key,
    read_body,
    read_json,
    read_page,
    read_query,
)

__all__ = [
    "Answer",
    "Body",
    "Email",
    "Id",
    "Name",
    "Note",
    "OptionalBody",
    "OptionalDate",
    "OptionalEmail",
    "OptionalName",
    "OptionalNote",
    "OptionalPhone",
    "OptionalPincode",
    "OptionalText",
    "Page",
    "Phone",
    "Pincode",
    "PositiveRupees",
    "Quantity",
    "Query",
    "QueryNumber",
    "QueryRupees",
    "Rupees",
    "SearchText",
    "ShopDate",
    "StockLevel",
    "blank_is_absent",
    "check",
    "encode_cursor",
    "expected_version",
    "idempotency_key",
    "instant",
    "read_body",
    "read_json",
    "read_page",
    "read_query",
    "rupees",
    "text_field",
]

MAX_PAISE = 10_000_000 * 100
MAX_QUANTITY = 1_000_000

_ID = re.compile(r"[0-9a-f]{24}")
_LINE_BREAKS = re.compile("[\t\n\r\u2028\u2029]+")


def _wrong(words: str) -> PydanticCustomError:
    # The words hold no braces of their own: pydantic would take them for placeholders.
    return PydanticCustomError("shop", words)


# --- text ---


def text_field(max_length: int, *, lines: bool = False) -> Callable[[str], str]:
    """Cleans a text: NFC, trimmed, 1 to `max_length` characters. With `lines`, line breaks become spaces."""

    def clean(value: str) -> str:
        text = unicodedata.normalize("NFC", _LINE_BREAKS.sub(" ", value) if lines else value).strip()
        if UNPRINTABLE.search(text):
            raise _wrong("leave out invisible control characters")
        if not text:
            raise _wrong("please fill this in")
        if len(text) > max_length:
            raise _wrong(f"enter at most {max_length} characters")
        return text

    return clean


def _blank_to_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


class _BlankIsAbsent:
    """Also tells whoever reads the API's description that "" may be sent."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_blank_to_none, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        described = handler(schema)
        return {"anyOf": [*described.get("anyOf", [described]), {"const": "", "type": "string"}]}


blank_is_absent = _BlankIsAbsent()
"""For optional fields: "" and null mean that there is none. `Annotated[Name | None, blank_is_absent] = None`"""

Name = Annotated[str, AfterValidator(text_field(200)), Field(json_schema_extra={"minLength": 1, "maxLength": 200})]
Note = Annotated[
    str, AfterValidator(text_field(1000, lines=True)), Field(json_schema_extra={"minLength": 1, "maxLength": 1000})
]
SearchText = Annotated[str | None, blank_is_absent, AfterValidator(lambda text: text and text_field(200)(text))]
OptionalName = Annotated[Name | None, blank_is_absent]
OptionalText = OptionalName
OptionalNote = Annotated[Note | None, blank_is_absent]


def _read_phone(value: str) -> str:
    digits = re.sub(r"[\s().-]", "", value)
    if len(digits) > 10:
        digits = re.sub(r"^(?:\+91|0091|91(?=[0-9]{10}$))", "", digits).removeprefix("0")
    if not re.fullmatch(r"[1-9][0-9]{9}", digits):
        raise _wrong("enter a phone number of 10 digits, like 98765 43210")
    return digits


def _read_email(value: str) -> str:
    text = value.strip()
    # Only now: it takes a while to read in, and no shop opens later because of it.
    from email_validator import EmailNotValidError, validate_email

    try:
        # Names without a dot are typing mistakes; whether mail arrives is found out by sending one.
        email = validate_email(text, check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError:
        raise _wrong("enter an email address, like asha@example.in") from None
    if len(email) > 254:
        raise _wrong("enter at most 254 characters")
    return email


def _read_pincode(value: str) -> str:
    digits = value.replace(" ", "")
    if not re.fullmatch(r"[1-9][0-9]{5}", digits):
        raise _wrong("enter a PIN code of 6 digits")
    return digits


def _read_id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise _wrong("this is not an id of the shop")
    return value


Phone = Annotated[str, AfterValidator(_read_phone), Field(json_schema_extra={"examples": ["+91 98765 43210"]})]
OptionalPhone = Annotated[Phone | None, blank_is_absent]
Email = Annotated[str, AfterValidator(_read_email), Field(json_schema_extra={"format": "email", "maxLength": 254})]
OptionalEmail = Annotated[Email | None, blank_is_absent]
Pincode = Annotated[str, AfterValidator(_read_pincode), Field(json_schema_extra={"examples": ["560001"]})]
OptionalPincode = Annotated[Pincode | None, blank_is_absent]
Id = Annotated[str, AfterValidator(_read_id), Field(json_schema_extra={"pattern": "^[0-9a-f]{24}$"})]


# --- money and numbers ---

_PAISA = Decimal("0.01")
# Raises instead of rounding, however many decimals are given.
_EXACT = DecimalContext(prec=30, traps=[Inexact, InvalidOperation])
_AMOUNT = "enter an amount in rupees with at most two decimals"


def _read_paise(value: Any) -> int:
    """A JSON number of rupees as whole paise; refuses everything else, also true, "5" and 0.005."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _wrong("please fill this in" if value is None else _AMOUNT)
    amount = Decimal(value)
    if not amount.is_finite():
        raise _wrong(_AMOUNT)
    if amount < 0:
        raise _wrong("enter an amount that is not below zero")
    if amount > MAX_PAISE // 100:
        raise _wrong("enter at most ₹1,00,00,000")
    try:
        paise = amount.quantize(_PAISA, context=_EXACT).scaleb(2)
    except DecimalException:
        raise _wrong(_AMOUNT) from None
    return int(paise)


def _read_positive_paise(value: Any) -> int:
    paise = _read_paise(value)
    if paise == 0:
        raise _wrong("enter an amount above zero")
    return paise


def _read_query_paise(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", value):
        raise _wrong(_AMOUNT)
    return _read_paise(Decimal(value))


def _read_query_number(value: Any) -> int:
    # Stricter than int(), which takes 1_0 for ten.
    if not re.fullmatch(r"[0-9]{1,9}", str(value)):
        raise _wrong("enter a whole number")
    return int(value)


def _amount_schema(**more: Any) -> WithJsonSchema:
    return WithJsonSchema(
        {"type": "number", "multipleOf": 0.01, "maximum": MAX_PAISE // 100, **more}, mode="validation"
    )


Rupees = Annotated[int, BeforeValidator(_read_paise), _amount_schema(minimum=0)]
"""An amount of ₹0 to ₹1 crore; whole paise inside."""
PositiveRupees = Annotated[int, BeforeValidator(_read_positive_paise), _amount_schema(exclusiveMinimum=0)]
QueryRupees = Annotated[
    Annotated[int, BeforeValidator(_read_query_paise), _amount_schema(minimum=0)] | None, blank_is_absent
]
QueryNumber = Annotated[int, BeforeValidator(_read_query_number)]
Quantity = Annotated[int, Field(strict=True, ge=1, le=MAX_QUANTITY)]
StockLevel = Annotated[int, Field(strict=True, ge=0, le=MAX_QUANTITY)]


def rupees(paise: int) -> int | float:
    """Paise as the JSON number of rupees.

    Exact: up to 15 digits the float nearest to a number with two decimals prints as exactly that number (Python and
    JavaScript both print the shortest decimal that reads back as the same float), and amounts stay far below.
    """
    whole, rest = divmod(paise, 100)
    return whole if rest == 0 else paise / 100


# --- time ---


def _read_date(value: Any) -> date:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
        try:
            day = date.fromisoformat(value.strip())
        except ValueError:
            raise _wrong("there is no such day") from None
        if 1900 <= day.year <= 2199:
            return day
    raise _wrong("please fill this in" if value is None else "enter a date like 2026-11-21")


ShopDate = Annotated[date, BeforeValidator(_read_date)]
"""A day of the shop, as 2026-11-21."""
OptionalDate = Annotated[ShopDate | None, blank_is_absent]


def instant(at: datetime) -> str:
    """An aware UTC datetime as 2026-11-21T05:30:00Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
