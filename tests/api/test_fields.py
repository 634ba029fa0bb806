"""What people type: read exactly, cleaned, or refused with every wrong field named in plain words."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, Field, ValidationError

from shop_server.errors import BadRequest, InvalidInput, ShopError
from shop_server.web.fields import (
    MAX_PAISE,
    Body,
    Email,
    Id,
    Name,
    Note,
    OptionalDate,
    OptionalEmail,
    OptionalName,
    OptionalNote,
    OptionalPhone,
    OptionalPincode,
    Page,
    Phone,
    Pincode,
    PositiveRupees,
    Quantity,
    Query,
    QueryRupees,
    Rupees,
    SearchText,
    ShopDate,
    StockLevel,
    encode_cursor,
    expected_version,
    idempotency_key,
    instant,
    read_body,
    read_page,
    read_query,
    rupees,
)
from shop_server.web.pages import part_of
from shop_server.web.request import Request, parse_head


def _even(value: int) -> int:
    if value % 2:
        raise ValueError("enter an even number")
    return value


class Line(Body):
    id: Id
    quantity: Quantity


class Sample(Body):
    """A field of every kind."""

    unit_price: Rupees = 0
    paid: PositiveRupees = 1
    name: Name = "x"
    note: Note = "x"
    phone: Phone = "9876543210"
    email: Email = "asha@example.in"
    pincode: Pincode = "560001"
    stock: StockLevel = 0
    expires_on: ShopDate = date(2026, 11, 21)
    method: Literal["Cash", "Card", "UPI"] = "Cash"
    accept: bool = False
    lines: list[Line] = Field(default_factory=list)
    pairs: Annotated[int, AfterValidator(_even)] = 0
    other_name: OptionalName = None
    other_note: OptionalNote = None
    other_phone: OptionalPhone = None
    other_email: OptionalEmail = None
    other_pincode: OptionalPincode = None
    other_day: OptionalDate = None


class Wanted(Body):
    first_name: Name
    price: Rupees


def request(body: bytes = b"", target: str = "/", *headers: str) -> Request:
    asked = parse_head("\r\n".join([f"GET {target} HTTP/1.1", "Host: shop", *headers]).encode("latin-1"))
    asked.body = body
    return asked


def read(field: str, text: str) -> Any:
    """The field's value from a body that has only this field, with the JSON `text`."""
    sample = read_body(request(f'{{"{field}": {text}}}'.encode()), Sample)
    (name,) = sample.model_fields_set
    return getattr(sample, name)


def refusal(field: str, text: str) -> str:
    with pytest.raises(InvalidInput) as refused:
        read(field, text)
    (wrong,) = refused.value.errors
    assert wrong.pointer == f"/{field}"
    return wrong.detail


# --- money ---


@pytest.mark.parametrize(
    ("text", "paise"),
    [
        ("0", 0),
        ("5", 500),
        ("12.5", 1250),
        ("0.01", 1),
        ("19.99", 1999),
        ("1e2", 10_000),
        ("5.00", 500),
        ("0.100", 10),
        ("1.1", 110),
        ("10000000", MAX_PAISE),
        ("9999999.99", MAX_PAISE - 1),
        ("-0", 0),
        ("0e999999999", 0),
        ("1." + "0" * 10_000, 100),
        ("2.675e2", 26_750),
    ],
)
def test_reads_amounts_exactly(text: str, paise: int) -> None:
    assert read("unitPrice", text) == paise
    assert type(read("unitPrice", text)) is int


@pytest.mark.parametrize(
    "text",
    [
        *(
            "0.005",
            "0.001",
            "1.999",
            "-1",
            "-0.01",
            "10000000.01",
            "1e8",
            "1e400",
            "1e-400",
            "1e-999999999",
            "1e999999999",
        ),
        *("true", "false", '"5"', '""', "[5]", "{}", "null", "1.0000000000000000000000000000000001"),
    ],
)
def test_refuses_what_is_no_amount(text: str) -> None:
    assert refusal("unitPrice", text).startswith("Unit price: ")


@pytest.mark.parametrize("text", ["1e9999999999999999999999", "9" * 5000, "1.2.3", "0x1", "nan"])
def test_what_is_no_number_is_no_json(text: str) -> None:
    with pytest.raises(BadRequest):
        read("unitPrice", text)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_amount_is_named_like_any_wrong_field(text: str) -> None:
    assert refusal("unitPrice", text) == "Unit price: enter an amount in rupees with at most two decimals"


def test_says_what_is_wrong_with_an_amount() -> None:
    assert refusal("unitPrice", "0.005") == "Unit price: enter an amount in rupees with at most two decimals"
    assert refusal("paid", "0") == "Paid: enter an amount above zero"
    assert refusal("unitPrice", "-1") == "Unit price: enter an amount that is not below zero"
    assert refusal("unitPrice", "1e8") == "Unit price: enter at most ₹1,00,00,000"
    assert refusal("unitPrice", "null") == "Unit price: please fill this in"


@given(st.integers(min_value=0, max_value=MAX_PAISE))
def test_amounts_survive_the_way_out_and_in(paise: int) -> None:
    printed = json.dumps(rupees(paise))
    assert Decimal(printed) == Decimal(paise) / 100
    assert len(printed.partition(".")[2]) <= 2
    assert read("unitPrice", printed) == paise


@given(st.integers(min_value=-(10**14), max_value=10**14))
def test_sums_far_beyond_any_shop_are_printed_exactly(paise: int) -> None:
    assert Decimal(json.dumps(rupees(paise))) == Decimal(paise) / 100


# --- text ---


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("name", "  Toor dal ", "Toor dal"),
        ("name", "Cafe\u0301", "Café"),
        ("name", "दाल क्\u200dष", "दाल क्\u200dष"),
        ("name", "x" * 200, "x" * 200),
        ("name", "😀", "😀"),
        ("note", "first\r\nsecond\tthird", "first second third"),
        ("phone", "+91 98765 43210", "9876543210"),
        ("phone", "098765-43210", "9876543210"),
        ("phone", "919876543210", "9876543210"),
        ("phone", "(0)9876543210", "9876543210"),
        ("phone", "+91 098765 43210", "9876543210"),
        ("phone", "020 2553 1234", "2025531234"),
        ("phone", "1234567890", "1234567890"),
        ("email", " Asha@Example.IN ", "asha@example.in"),
        ("email", "asha@shop.test", "asha@shop.test"),
        ("pincode", "560 001", "560001"),
        ("otherName", "", None),
        ("otherName", "  ", None),
        ("otherName", None, None),
        ("otherNote", "", None),
        ("otherPhone", "", None),
        ("otherEmail", "", None),
        ("otherPincode", "", None),
        ("otherDay", "", None),
        ("otherName", " Asha ", "Asha"),
        ("otherPhone", "+919876543210", "9876543210"),
        ("otherEmail", "A@B.IN", "a@b.in"),
        ("otherDay", "2026-11-21", date(2026, 11, 21)),
        ("expiresOn", "2028-02-29", date(2028, 2, 29)),
    ],
)
def test_cleans_what_is_typed(field: str, typed: str | None, kept: object) -> None:
    assert read(field, json.dumps(typed)) == kept


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", " \u00a0 "),
        ("name", "a\x00b"),
        ("name", "a\nb"),
        ("name", "a\u202eb"),
        ("name", "x" * 201),
        ("name", 5),
        ("name", None),
        ("name", {"$gt": ""}),
        ("note", "x" * 1001),
        ("note", "a\x1bb"),
        ("phone", "0587654321"),
        ("phone", "98765"),
        ("phone", "+1 9876543210"),
        ("phone", "९८७६५४३२१०"),
        ("phone", 9876543210),
        ("phone", ""),
        ("email", "asha"),
        ("email", "asha@shop"),
        ("email", "a b@example.in"),
        ("email", "asha@example.in\nBcc: x@y.in"),
        ("email", "a" * 300 + "@example.in"),
        ("email", {"$gt": ""}),
        ("pincode", "060001"),
        ("pincode", "56001"),
        ("expiresOn", "2026-02-30"),
        ("expiresOn", "21-11-2026"),
        ("expiresOn", "2026-11-21T00:00:00Z"),
        ("expiresOn", "0001-01-01"),
        ("expiresOn", "٢٠٢٦-١١-٢١"),
        ("expiresOn", 20261121),
        ("otherDay", "never"),
        ("otherName", 5),
        ("otherEmail", "x"),
        ("method", "Gold"),
        ("method", ["Cash"]),
        ("accept", "true"),
        ("accept", 1),
        ("stock", -1),
        ("stock", 1.0),
        ("stock", "1"),
        ("stock", True),
        ("stock", 10**30),
        ("lines", {}),
        ("lines", "x"),
    ],
)
def test_refuses_what_does_not_fit(field: str, typed: object) -> None:
    assert ": " in refusal(field, json.dumps(typed))


def test_speaks_plainly() -> None:
    assert refusal("name", '""') == "Name: please fill this in"
    assert refusal("name", json.dumps("x" * 201)) == "Name: enter at most 200 characters"
    assert refusal("stock", "-1") == "Stock: enter at least 0"
    assert refusal("stock", '"7"') == "Stock: enter a whole number"
    assert refusal("method", '"Gold"') == "Method: choose 'Cash', 'Card' or 'UPI'"
    assert refusal("accept", "1") == "Accept: say true or false"
    assert refusal("lines", "{}") == "Lines: give a list"
    assert refusal("phone", '"12"') == "Phone: enter a phone number of 10 digits, like 98765 43210"
    assert refusal("expiresOn", '"soon"') == "Expires on: enter a date like 2026-11-21"
    assert refusal("pairs", "3") == "Pairs: enter an even number"
    assert refusal("unknown", "3") == "unknown field 'unknown'"
    assert refusal("unit_price", "3") == "unknown field 'unit_price'"


# --- bodies ---


def test_names_every_wrong_field_at_once_by_its_pointer() -> None:
    body = {
        "unitPrice": "x",
        "lines": [{"id": "0" * 24, "quantity": 1}, {"id": "z", "quantity": 0, "a/b~c": 1}],
        "foo": 1,
    }
    with pytest.raises(InvalidInput) as refused:
        read_body(request(json.dumps(body).encode()), Sample)
    pointers = {wrong.pointer for wrong in refused.value.errors}
    assert pointers == {"/unitPrice", "/lines/1/id", "/lines/1/quantity", "/lines/1/a~1b~0c", "/foo"}


def test_names_the_missing_fields() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_body(request(b"{}"), Wanted)
    assert list(refused.value.errors) == [
        ("/firstName", "First name: please fill this in"),
        ("/price", "Price: please fill this in"),
    ]


@pytest.mark.parametrize("body", [b"[]", b"3", b'"x"', b"null", b"true"])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_body(request(body), Sample)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{}{}",
        b"\xff",
        b'{"name": "\xc3\x28"}',
        b"\xef\xbb\xbf{}",
        b"{'name': 'x'}",
        b'{"name": "a\nb"}',
        b'{"name": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"name": "a", "name": "b"}',
        b'{"lines": [{"id": "a", "id": "b"}]}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"stock": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        read_body(request(body), Sample)


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert read("name", '"\\ud83d\\ude00"') == "😀"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELD_NAMES = [field.alias or name for name, field in Sample.model_fields.items()]


@given(st.dictionaries(st.sampled_from(FIELD_NAMES) | st.text(max_size=5), json_values, max_size=4))
def test_whatever_the_body_says_it_is_read_or_refused(body: dict[str, Any]) -> None:
    try:
        sample = read_body(request(json.dumps(body).encode()), Sample)
    except ShopError as error:
        assert error.status in (400, 422)
        json.dumps(getattr(error, "errors", ()), ensure_ascii=False).encode()
        return
    sample.model_dump_json()


@given(st.binary(max_size=60))
def test_whatever_bytes_come_they_are_read_or_refused(body: bytes) -> None:
    try:
        read_body(request(body), Sample)
    except ShopError as error:
        assert error.status in (400, 422)


def test_a_body_cannot_be_changed_after_it_was_checked() -> None:
    sample = read_body(request(b"{}"), Sample)
    with pytest.raises(ValidationError):
        sample.name = "other"  # type: ignore[misc]


# --- queries, pages, headers ---


class Find(Query):
    q: SearchText = None
    min_price: QueryRupees = None
    in_stock: bool | None = None
    days: int = 7


def test_reads_query_fields_as_what_they_are() -> None:
    found = read_query(request(b"", "/?q=%20dal%20&minPrice=12.50&inStock=true&days=30&utm=x"), Find)
    assert found == Find.model_construct(q="dal", min_price=1250, in_stock=True, days=30)
    empty = read_query(request(b"", "/?q=&minPrice="), Find)
    assert (empty.q, empty.min_price, empty.in_stock, empty.days) == (None, None, None, 7)


@pytest.mark.parametrize(
    "query", ["minPrice=-1", "minPrice=x", "minPrice=1e3", "minPrice=NaN", "inStock=maybe", "days=x"]
)
def test_refuses_wrong_query_fields(query: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_query(request(b"", f"/?{query}"), Find)
    assert refused.value.errors[0].pointer == "/" + query.partition("=")[0]


def test_reads_pages() -> None:
    assert read_page(request(), int, str) == Page(50, None)
    cursor = encode_cursor([1_700_000_000_000, "a" * 24])
    page = read_page(request(b"", f"/?limit=200&cursor={cursor}"), int, str)
    assert (page.limit, page.cursor) == (200, (1_700_000_000_000, "a" * 24))


@pytest.mark.parametrize("limit", ["0", "201", "-1", "1.5", "x", "", "1e2", "%D9%A1"])
def test_refuses_a_wrong_limit(limit: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_page(request(b"", f"/?limit={limit}"), int)
    assert refused.value.errors[0].pointer == "/limit"


@pytest.mark.parametrize(
    "cursor",
    [
        *(
            "",
            "x",
            "!!",
            "bnVsbA",
            encode_cursor([]),
            encode_cursor([1]),
            encode_cursor(["a", 1]),
            encode_cursor([2**70, "a"]),
        ),
        *(encode_cursor([True, "a"]), encode_cursor([1, "a\0"]), encode_cursor([1, "\ud800"]), "W1tb" * 600),
    ],
)
def test_refuses_a_wrong_cursor(cursor: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_page(request(b"", f"/?cursor={cursor}"), int, str)
    assert refused.value.errors[0].pointer == "/cursor"


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", max_size=40))
def test_whatever_the_cursor_says_it_is_read_or_refused(cursor: str) -> None:
    try:
        page = read_page(request(b"", f"/?cursor={cursor}"), int, str)
    except InvalidInput:
        return
    assert page.cursor is not None
    assert [type(value) for value in page.cursor] == [int, str]


def test_a_part_of_a_short_list_goes_on_after_its_last_row_whatever_came_or_went() -> None:
    rows = [{"id": each} for each in "abcde"]
    part, headers = part_of(request(b"", "/shops?limit=2"), rows)
    assert (part, headers["X-Total-Count"]) == (rows[:2], "5")
    following = headers["Link"].removeprefix("<").partition(">")[0]
    for now in rows, [{"id": "new"}, *rows], rows[:1] + rows[2:]:
        part, headers = part_of(request(b"", following), now)
        assert [row["id"] for row in part] == ["c", "d"]
    assert part_of(request(), rows)[0] == rows
    assert part_of(request(b"", f"/?cursor={encode_cursor([-5, 'gone'])}"), rows)[0] == rows
    assert part_of(request(b"", f"/?cursor={encode_cursor([99, 'gone'])}"), rows)[0] == []


def test_reads_the_idempotency_key() -> None:
    assert idempotency_key(request()) is None
    assert idempotency_key(request(b"", "/", "Idempotency-Key: k-1 2")) == "k-1 2"
    for key in ("", "x" * 101, "k\xe4"):
        with pytest.raises(InvalidInput):
            idempotency_key(request(b"", "/", f"Idempotency-Key: {key}"))


def test_reads_the_expected_version() -> None:
    assert expected_version(request()) is None
    assert expected_version(request(b"", "/", "If-Match: *")) is None
    assert expected_version(request(b"", "/", 'If-Match: "12"')) == 12
    for value in ("12", '"x"', '"-1"', '"1", "2"', f'"{"9" * 30}"'):
        with pytest.raises(InvalidInput):
            expected_version(request(b"", "/", f"If-Match: {value}"))


def test_prints_instants_in_utc() -> None:
    assert instant(datetime(2026, 11, 21, 5, 30, 0, 999_000, UTC)) == "2026-11-21T05:30:00Z"
    assert instant(datetime.fromisoformat("2026-11-21T11:00:00+05:30")) == "2026-11-21T05:30:00Z"


def test_no_answer_has_a_number_that_is_none() -> None:
    from shop_server.web.response import json_response

    with pytest.raises(ValueError, match="JSON"):
        json_response({"price": math.nan})
