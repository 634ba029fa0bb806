"""Reads what a visitor sends: JSON bodies and query fields, checked against a model, refused in words she understands.

Every wrong field is named at once, by its JSON pointer. Whatever arrives, the answer is a 400 or a 422, never a 500.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from shop_server.errors import BadRequest, FieldError, InvalidInput, wrong_field
from shop_server.web.request import Request

DEFAULT_PAGE, MAX_PAGE = 50, 200
# Controls, line and paragraph separators, and what turns the direction of text around (names that read as others).
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class Body(BaseModel):
    """Base of every request body: camelCase names, nothing unknown, nothing converted (no "1" for 1, no true for 1).

    A field left out and one given as "" or null may mean different things in a change: see `model_fields_set`.
    """

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, alias_generator=to_camel, validate_by_alias=True, allow_inf_nan=False
    )


class OptionalBody(Body):
    """Base of request bodies that may be left out altogether: no body says what {} does."""


class Query(BaseModel):
    """Base of the fields after the question mark: text, read as what the model says. Unknown ones are ignored."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, alias_generator=to_camel, validate_by_alias=True, allow_inf_nan=False
    )


class Answer(BaseModel):
    """Base of the models that describe answers: camelCase names. They are built when somebody asks for the description."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True, defer_build=True
    )


SomeBody = TypeVar("SomeBody", bound=BaseModel)


def read_body(request: Request, model: type[SomeBody]) -> SomeBody:
    """The body as `model`. Raises BadRequest for what is not JSON, InvalidInput with every wrong field."""
    if not request.body and issubclass(model, OptionalBody):
        return model()
    return check(read_json(request.body), model)


def read_query(request: Request, model: type[SomeBody]) -> SomeBody:
    """The query fields as `model`. Raises BadRequest and InvalidInput."""
    return check(request.query, model)


def check(data: Any, model: type[SomeBody]) -> SomeBody:
    """`data` as `model`. Raises InvalidInput with every wrong field."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InvalidInput(field_errors(error, model)) from None


def read_json(body: bytes) -> Any:
    """One JSON value; numbers with a point are Decimal. Raises BadRequest (also for fields given twice)."""
    try:
        value = _JSON.decode(body.decode("utf-8"))
        if _SURROGATE.search(body):
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeError:
        raise BadRequest("The body is not UTF-8 text.") from None
    except (ValueError, InvalidOperation):
        # Malformed, or a number of thousands of digits.
        raise BadRequest("The body is not JSON.") from None
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    return value


def _object_without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadRequest(f"The body has the field {twice[:100]!r} twice.")
    return found


_JSON = json.JSONDecoder(
    parse_float=Decimal,
    # NaN and Infinity are no amounts: whoever reads the field says so, by its name.
    parse_constant=Decimal,
    object_pairs_hook=_object_without_repeats,
)


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted: at most `limit` rows, after the row that `cursor` describes (None: the first)."""

    limit: int
    cursor: tuple[Any, ...] | None


def read_page(request: Request, *kinds: type) -> Page:
    """The fields `limit` and `cursor`; `kinds` are the types of the cursor's values (int, str). Raises InvalidInput."""
    raw = request.query.get("limit", str(DEFAULT_PAGE))
    if not re.fullmatch(r"[0-9]{1,3}", raw) or not 1 <= int(raw) <= MAX_PAGE:
        raise wrong_field("/limit", f"Limit: enter a whole number from 1 to {MAX_PAGE}")
    cursor = request.query.get("cursor")
    return Page(int(raw), None if cursor is None else _decode_cursor(cursor, kinds))


def encode_cursor(values: Sequence[int | str]) -> str:
    """The place after a row, for the next page's address; the visitor need not understand it."""
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")


def _decode_cursor(cursor: str, kinds: tuple[type, ...]) -> tuple[Any, ...]:
    refusal = wrong_field("/cursor", "Cursor: this is not one that the shop gave out")
    if len(cursor) > 2000 or not re.fullmatch(r"[A-Za-z0-9_-]+", cursor):
        raise refusal
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise refusal from None
    if not isinstance(values, list) or len(values) != len(kinds):
        raise refusal
    for value, kind in zip(values, kinds, strict=True):
        # Numbers must fit what MongoDB can hold, texts must be text.
        fits = type(value) is kind and not (isinstance(value, int) and abs(value) >= 2**63)
        if not fits or (isinstance(value, str) and UNPRINTABLE.search(value)):
            raise refusal
    return tuple(values)


def idempotency_key(request: Request) -> str | None:
    """The Idempotency-Key, if one came. Raises InvalidInput unless it is 1 to 100 printable characters."""
    key = request.headers.get("idempotency-key")
    if key is not None and not re.fullmatch(r"[ -~]{1,100}", key):
        raise wrong_field("/Idempotency-Key", "Idempotency-Key: use 1 to 100 printable characters")
    return key


def expected_version(request: Request) -> int | None:
    """The version in If-Match, if one came ("*" fits every version). Raises InvalidInput."""
    raw = request.headers.get("if-match")
    if raw is None or raw == "*":
        return None
    match = re.fullmatch(r'(?:W/)?"([0-9]{1,15})"', raw)
    if match is None:
        raise wrong_field("/If-Match", 'If-Match: give the version in quotes, as in "3"')
    return int(match[1])


def field_errors(error: ValidationError, model: type[BaseModel], prefix: str = "") -> list[FieldError]:
    """What pydantic found, as pointers and plain words: "Price: enter an amount in rupees …"."""
    titles = {field.alias or name: field.title for name, field in model.model_fields.items()}
    found = []
    for entry in error.errors(include_url=False, include_context=True):
        loc = entry["loc"]
        pointer = prefix + "".join(f"/{_escape(str(part))}" for part in loc)
        found.append(FieldError(pointer, _words(entry, _label(loc, titles))))
    return found


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")[:100]


def _label(loc: tuple[int | str, ...], titles: dict[str, str | None]) -> str:
    names = [part for part in loc if isinstance(part, str)]
    if not names:
        return ""
    if len(loc) == 1 and (title := titles.get(names[0])):
        return title
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", names[-1]).capitalize()


def _words(entry: ErrorDetails, label: str) -> str:
    kind = entry["type"]
    if kind == "extra_forbidden":
        return f"unknown field {str(entry['loc'][-1])[:100]!r}"
    context = {name: str(value) for name, value in entry.get("ctx", {}).items()}
    if entry["input"] is None or (kind == "string_too_short" and context["min_length"] == "1"):
        kind = "missing"
    if kind == "value_error" or kind not in _PYDANTIC_KINDS:
        # The shop's own words: a validator raised ValueError or PydanticCustomError.
        words = context.get("error", entry["msg"])
    else:
        words = _WORDS.get(kind, "this is not right").format_map(context)
    return f"{label}: {words}" if label else words


_PYDANTIC_KINDS = frozenset(get_args(ErrorType))
_WORDS = {
    "missing": "please fill this in",
    "string_type": "enter text",
    "string_unicode": "enter text",
    "string_too_short": "enter at least {min_length} characters",
    "string_too_long": "enter at most {max_length} characters",
    "string_pattern_mismatch": "this does not look right",
    "int_type": "enter a whole number",
    "int_parsing": "enter a whole number",
    "int_parsing_size": "this number is too large",
    "int_from_float": "enter a whole number",
    "greater_than": "enter more than {gt}",
    "greater_than_equal": "enter at least {ge}",
    "less_than": "enter less than {lt}",
    "less_than_equal": "enter at most {le}",
    "bool_type": "say true or false",
    "bool_parsing": "say true or false",
    "literal_error": "choose {expected}",
    "enum": "choose {expected}",
    "list_type": "give a list",
    "tuple_type": "give a list",
    "too_short": "give at least {min_length}",
    "too_long": "give at most {max_length}",
    "dict_type": "give an object with fields",
    "model_type": "give an object with fields",
    "model_attributes_type": "give an object with fields",
}
