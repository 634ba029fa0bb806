"""Whatever is written into the shop's forms, its addresses and its headers: an answer that says what is wrong, never a 500.

Hypothesis takes a good form of every call and spoils it. Whoever is refused has changed nothing, hears which field was
wrong, and a good form is answered as ever afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from shop_server.actions.verify_records import verify_records
from shop_server.errors import BadRequest, InvalidInput
from shop_server.web.catalogue_cache import CatalogueCache
from shop_server.web.fields import check, encode_cursor, read_json
from shop_server.web.routes import all_routes
from tests.api.caller import Caller, Reply
from tests.faults.asks import ASKS
from tests.faults.effort import tries
from tests.faults.town import Town

ROUTES = {f"{route.method} {route.pattern}": route for route in all_routes(CatalogueCache())}
WITH_BODY = [call for call, route in ROUTES.items() if route.body is not None]
WITH_QUERY = [call for call, route in ROUTES.items() if route.query is not None]
WITH_NAMES = [call for call in ROUTES if "{" in call]

HERE = "@here@"
"""Stands in a form where something evil is put."""

EVIL_JSON = (
    *("null", "true", "false", "0", "-1", "1.5", "1.005", "-0.0", "1e2", "1e400", "1e-400", "NaN", "-Infinity"),
    *(str(2**31), str(2**53 + 1), str(2**63), str(10**30), "9" * 5000, "1e999999999", "0.1e1000000"),
    *("[]", "{}", "[[]]", "[null]", "[" * 2000 + "]" * 2000, '{"$gt": ""}', '{"$where": "sleep(9999)"}', '{"": 1}'),
    *('""', '" "', '"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udc00\\ud800"', '"\\u202e"', '"\\ufeff"', '"\\u2028"'),
    *('"$ne"', '"a.b"', '"__proto__"', '"{0}"', '"{words}"', '"%s%n"', '"../../etc/passwd"', '"/a~1b"', '"\\r\\nX: y"'),
    *('"e\\u0301"', '"ﬁ"', '"🥭"', f'"{"🥭" * 500}"', f'"{"a" * 100_000}"', '"<script>alert(1)</script>"', "'x'"),
    *('"2026-02-30"', '"0000-00-00"', '"9999-12-31"', '"2026-11-21T00:00:00Z"', '"12345678901٣"', '"९८७६५४३२१०"'),
    *(
        '"data:image/png;base64,AAAA"',
        '"data:,"',
        '"a@b"',
        '"@"',
        '"a@[127.0.0.1]"',
        '"f"' * 2,
        "",
        "\\",
        "\x00",
        "\ud800",
    ),
)
EVIL_TEXT = (
    *("", " ", "0", "-1", "1e9", "1.5", "NaN", "²", "٣", "1_0", "+5", "0x10", "9" * 400, "true", "null", "[]", "$ne"),
    *("a" * 5000, "\x00", "\x7f", "\u202e", "\u2028", "🥭", "e\u0301", "2026-02-30", "2026-11-21", "0000-01-01"),
    *("9999-12-31", "f" * 24, "../..", "%", "a,b", "placed,", ",", ".*", "(" * 500, "\\", "'", '"', "{}", "placed"),
)
EVIL_ADDRESSES = ("%", "%zz", "%00", "%ff", "%c0%af", "%ed%a0%80", "%F4%90%80%80", "..%2f..", "%2e%2e", "a%0d%0aX:y")

# The shop lives in the same process, and its threads use `random` for themselves.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")
plenty = tries(25)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
evil_json = st.sampled_from(EVIL_JSON) | any_json.map(json.dumps)
evil_text = st.sampled_from(EVIL_TEXT) | st.text(max_size=40)
evil_cursor = st.lists(st.integers() | evil_text | st.sampled_from(["newest", "name", "price"]), max_size=4).map(
    encode_cursor
)


@pytest.fixture(scope="module", autouse=True)
def records_stay_whole(town: Town) -> Iterator[None]:
    yield
    assert verify_records(town.context) == []


def check_answer(reply: Reply) -> None:
    """Fails for a 500, and for a refusal that does not say what is wrong."""
    assert reply.status < 500, reply.body
    if reply.status < 400:
        return
    problem = reply.json
    assert {"type", "title", "status", "detail", "instance", "error"} <= problem.keys()
    assert problem["status"] == reply.status
    assert problem["detail"] == problem["error"] != ""
    if reply.status == 422:
        assert problem["errors"]
        for error in problem["errors"]:
            assert error["pointer"] == "" or error["pointer"].startswith("/"), error
            assert error["detail"]


def fields_of(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def places_in(form: Any, *before: Any) -> list[tuple[Any, ...]]:
    """Where something can be put into a form."""
    inside = form.items() if isinstance(form, dict) else enumerate(form) if isinstance(form, list) else ()
    return [before, *(place for name, value in inside for place in places_in(value, *before, name))]


def with_here(form: Any, place: tuple[Any, ...]) -> Any:
    """The form with HERE at this place."""
    if not place:
        return HERE
    name, *rest = place
    if isinstance(form, list):
        return [with_here(value, tuple(rest)) if number == name else value for number, value in enumerate(form)]
    return {**form, name: with_here(form.get(name), tuple(rest))}


def spoilt(data: st.DataObject, form: Any, fields: list[str]) -> bytes:
    """A form with something wrong in it."""
    way = data.draw(st.sampled_from(["replaced"] * 5 + ["left out", "twice", "unknown", "broken"]))
    text = json.dumps(form)
    if way == "replaced":
        places = [*places_in(form), *((field,) for field in fields if isinstance(form, dict))]
        here = json.dumps(with_here(form, data.draw(st.sampled_from(places))))
        text = here.replace(json.dumps(HERE), data.draw(evil_json))
    elif way == "left out" and isinstance(form, dict):
        text = json.dumps({name: form[name] for name in form if name != data.draw(st.sampled_from(sorted(form)))})
    elif way == "twice" and isinstance(form, dict):
        text = "{" + text[1:-1] + ", " + text[1:]
    elif way == "unknown" and isinstance(form, dict):
        text = json.dumps({**form, data.draw(evil_text): 1})
    else:
        cut = len(text) * data.draw(st.integers(0, 100)) // 100
        text = text[:cut] + data.draw(st.sampled_from(["", "\x00", "\xff", "}", ",", "//", "\ufeff"]))
    return text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("call", WITH_BODY)
def test_every_field_takes_or_refuses_whatever_is_written_there(town: Town, call: str) -> None:
    ask, model = ASKS[call], ROUTES[call].body
    assert ask.body is not None
    assert model is not None
    form = ask.body(town, ask.rightful())
    for place in {*places_in(form), *((field,) for field in fields_of(model) if isinstance(form, dict))}:
        here = json.dumps(with_here(form, place))
        for evil in EVIL_JSON:
            with suppress(BadRequest, InvalidInput):
                check(read_json(here.replace(json.dumps(HERE), evil).encode("utf-8", "surrogatepass")), model)


@pytest.mark.parametrize("call", WITH_BODY)
def test_a_spoilt_form_is_refused_in_words_and_changes_nothing(town: Town, call: str) -> None:
    ask, model = ASKS[call], ROUTES[call].body
    assert ask.body is not None
    assert model is not None
    name, (method, pattern) = ask.rightful(), call.split(" ")
    fields, caller = fields_of(model), ask.caller(town, name)

    def path() -> str:
        return pattern.format(**(ask.about(town) if ask.about else {}))

    there = path()

    @plenty
    @given(data=st.data())
    def send_spoilt(data: st.DataObject) -> None:
        nonlocal there
        body = spoilt(data, ask.body(town, name), fields)  # type: ignore[misc]
        before = town.digest()
        reply = caller.call(method, there, body, Content_Type="application/json")
        check_answer(reply)
        if reply.status >= 400:
            assert town.digest() == before
        else:
            there = path()

    send_spoilt()
    town.catch_up()
    assert ask.caller(town, name).call(method, path(), ask.body(town, name)).status in (200, 201, 202, 204)


@pytest.mark.parametrize("call", WITH_QUERY)
def test_a_spoilt_question_is_refused_in_words(town: Town, call: str) -> None:
    ask, model = ASKS[call], ROUTES[call].query
    assert model is not None
    name = ask.rightful()
    caller, method = ask.caller(town, name), call.split(" ")[0]
    path = call.split(" ")[1].format(**(ask.about(town) if ask.about else {}))
    fields = fields_of(model)
    body = ask.body(town, name) if ask.body else None

    @plenty
    @given(data=st.data())
    def ask_spoilt(data: st.DataObject) -> None:
        asked = []
        for field in data.draw(st.lists(st.sampled_from(fields), min_size=1, max_size=2)):
            value = data.draw(evil_cursor | evil_text if field == "cursor" else evil_text)
            raw = quote(value.encode("utf-8", "surrogatepass"), safe="")
            asked.append(f"{field}={data.draw(st.sampled_from(EVIL_ADDRESSES)) if value == '%' else raw}")
        check_answer(caller.call(method, f"{path}?{'&'.join(asked)}", body))

    ask_spoilt()
    assert caller.call(method, path + ask.query(town), body).status in (200, 202)


@pytest.mark.parametrize("call", WITH_NAMES)
def test_a_spoilt_address_finds_nothing(town: Town, call: str) -> None:
    ask, (method, pattern) = ASKS[call], call.split(" ")
    caller = ask.caller(town, ask.rightful())
    before = town.digest()
    for part in (*EVIL_ADDRESSES, *(quote(text, safe="") for text in EVIL_TEXT)):
        path = pattern.replace("{batch_id}", part).replace("{size}", part).replace("{id}", part)
        reply = caller.call(method, path)
        check_answer(reply)
        assert reply.status in (400, 404), path
    assert town.digest() == before


EVIL_HEADERS = ("", "a" * 101, "a" * 8000, '"', '"-1"', '"' + "9" * 40 + '"', "*", "é", "\t,")


@pytest.mark.parametrize(
    "header",
    [
        *("Idempotency_Key", "If_Match", "If_None_Match", "Accept_Encoding", "Content_Type", "Content_Encoding"),
        *("Cookie", "Origin", "Sec_Fetch_Site", "Authorization", "Accept", "Range", "X_Forwarded_For", "User_Agent"),
    ],
)
def test_a_spoilt_header_breaks_nothing(town: Town, header: str) -> None:
    asha: Caller = town.caller("Asha")
    product_id = town.fresh_product().id
    for value in EVIL_HEADERS:
        told: dict[str, str] = {header: value}
        check_answer(asha.get("/api/products", **told))
        check_answer(asha.put(f"/api/products/{product_id}", {"description": town.name()}, **told))
        check_answer(asha.post("/api/categories", {"name": town.name()}, **told))
        check_answer(town.caller("stranger").post("/api/auth/refresh", **told))


HEADERS_OF_ANSWERS = {
    *("date", "x-request-id", "content-type", "content-length", "content-encoding", "cache-control", "etag", "vary"),
    *("content-security-policy", "x-content-type-options", "referrer-policy", "permissions-policy", "set-cookie"),
    *("cross-origin-opener-policy", "cross-origin-resource-policy", "connection", "allow", "retry-after", "link"),
    *("x-total-count", "content-disposition", "location"),
}
SPLITTING = (
    "%0d%0aX-Evil:%20yes",
    "%0aSet-Cookie:%20shop_session=evil",
    "%c4%8d%c4%8aX-Evil:%20yes",
    "%E0%A5%90%22%3E,%3B",
)


@pytest.mark.parametrize("call", ROUTES)
def test_nothing_that_was_asked_becomes_a_header_of_the_answer(town: Town, call: str) -> None:
    ask, route, (method, pattern) = ASKS[call], ROUTES[call], call.split(" ")
    caller = ask.caller(town, ask.rightful())
    named = ask.about(town) if ask.about else {}
    questions = ["", *fields_of(route.query)] if route.query is not None else [""]
    for evil in SPLITTING:
        paths = [pattern.format(**{**named, part: evil}) for part in named] if method != "DELETE" else []
        paths += [f"{pattern.format(**named)}?{question}={evil}&limit=1" for question in questions if method == "GET"]
        for path in paths:
            reply = caller.call("HEAD" if method == "GET" else method, path, None, Idempotency_Key="a b: c")
            assert {name.lower() for name in reply.headers} <= HEADERS_OF_ANSWERS, path
            assert all(text.isascii() for text in reply.headers.values()), path
            assert not reply.headers.get("Set-Cookie", "").startswith("shop_session=evil"), path


def test_the_way_to_the_next_page_carries_the_question_as_it_was_asked(town: Town) -> None:
    for _ in range(2):
        town.fresh_product()
    reply = town.caller("Devi").get("/api/products?limit=1&q=thing&category=&x=%22%3E%3B%20rel%3D%E0%A5%90")
    link = reply.headers["Link"]
    assert link.isascii()
    address = link.removeprefix("<").removesuffix('>; rel="next"')
    assert not {*'<>" '} & {*address}
    assert town.caller("Devi").get(address).json[0]["id"] != reply.json[0]["id"]
