"""Every call of the URL table, asked by everybody, of one's own and of others' things: who is let in, and who hears what.

The checks come in one order: 401, 403, 404, 422, 409. Whoever is refused has changed nothing.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from shop_server.actions.cancel_order import cancel_order
from shop_server.web.auth import SESSION_COOKIE
from shop_server.web.catalogue_cache import CatalogueCache
from shop_server.web.routes import all_routes
from tests.api.caller import Caller, Reply
from tests.faults.asks import ANYONE, ASKS, Ask
from tests.faults.town import Town

ROUTES = {f"{route.method} {route.pattern}": route for route in all_routes(CatalogueCache())}
PUT_UP_BY_THE_APP = ("GET /api/events", "GET /api/openapi.json", "GET /healthz", "GET /metrics", "GET /readyz")
CALLS = (*ROUTES, *PUT_UP_BY_THE_APP)
WRITES = tuple(call for call in CALLS if not call.startswith("GET "))
READS = tuple(call for call in CALLS if call.startswith("GET "))
BAD_BODIES: tuple[tuple[Any, int], ...] = (({"unknown": 1}, 422), (b'{"a": ', 400))
NOBODYS_IDS = ("f" * 24, "F" * 24, "f" * 23, "%24ne", "%00", "%F0%9F%A5%AD", "9" * 3000)


def ask_of(call: str) -> Ask:
    assert call in ASKS, f"{call} is new: tests/faults/asks.py must say who may"
    return ASKS[call]


def path_of(call: str, ask: Ask, town: Town) -> str:
    """Where to ask about something new of the rightful ones."""
    named = ask.about(town) if ask.about else {}
    return call.partition(" ")[2].format(**named) + ask.query(town)


def send(caller: Caller, call: str, path: str, body: Any = None) -> Reply:
    method = call.partition(" ")[0]
    # An event stream has no end that could be waited for; its head says it all.
    return caller.call("HEAD" if call == "GET /api/events" else method, path, body, Content_Type="application/json")


def bodies(call: str, ask: Ask, town: Town, name: str) -> list[Any]:
    """A good body, and bad ones where there is one at all."""
    if ask.body is None:
        return [None]
    return [ask.body(town, name), *(bad for bad, _ in BAD_BODIES)]


def test_the_table_and_what_is_told_of_it_here_are_complete(town: Town) -> None:
    assert set(ASKS) == set(CALLS)
    described = town.caller("stranger").get("/api/openapi.json").json["paths"]
    calls = {f"{method.upper()} {path}" for path, methods in described.items() for method in methods}
    assert calls == {call for call in CALLS if " /api/" in call} - {"GET /api/openapi.json"}
    assert {call for call, route in ROUTES.items() if route.body} == {call for call, ask in ASKS.items() if ask.body}


@pytest.mark.parametrize("call", CALLS)
def test_whoever_may_not_is_refused_whatever_she_sends_and_changes_nothing(town: Town, call: str) -> None:
    ask = ask_of(call)
    path = path_of(call, ask, town)
    callers = {name: ask.caller(town, name) for name in ANYONE if ask.refusal_of(name)}
    asked = {name: bodies(call, ask, town, name) for name in callers}
    before = town.digest()
    for name, caller in callers.items():
        for body in asked[name]:
            assert send(caller, call, path, body).status == ask.refusal_of(name), f"{name} sends {body!r}"
        assert town.digest() == before, name
    rightful = ask.caller(town, ask.rightful())
    assert send(rightful, call, path, bodies(call, ask, town, ask.rightful())[0]).status < 300, (
        "it was there to be asked"
    )


@pytest.mark.parametrize("call", CALLS)
def test_whoever_may_is_let_in_and_only_then_is_her_form_looked_at(town: Town, call: str) -> None:
    ask = ask_of(call)
    for name in sorted(ANYONE):
        if ask.refusal_of(name) is None:
            caller, path = ask.caller(town, name), path_of(call, ask, town)
            good, *bad = bodies(call, ask, town, name)
            if bad:
                before = town.digest()
                assert [send(caller, call, path, body).status for body in bad] == [status for _, status in BAD_BODIES]
                assert town.digest() == before, name
            assert send(caller, call, path, good).status in (200, 201, 202, 204), name


@pytest.mark.parametrize("call", [call for call in CALLS if "{" in call])
def test_what_is_not_there_is_not_found_whatever_is_sent(town: Town, call: str) -> None:
    ask = ask_of(call)
    name = ask.rightful()
    caller, pattern = town.caller(name), call.partition(" ")[2]
    named = ask.about(town) if ask.about else {}
    before = town.digest()
    for part in re.findall(r"\{(\w+)\}", pattern):
        for nobodys in NOBODYS_IDS:
            path = pattern.format(**{**named, part: nobodys})
            for body in bodies(call, ask, town, name)[1:] or [None]:
                status = send(caller, call, path, body).status
                assert status == 404 or (status == 400 and nobodys == "%00"), f"{path[:200]} {body!r}"
    assert town.digest() == before


@pytest.mark.parametrize("call", WRITES)
def test_a_write_with_the_cookie_comes_from_our_own_pages_only(town: Town, call: str) -> None:
    ask = ask_of(call)
    name = ask.rightful() if ask.rightful() != "stranger" else "Devi"
    token = ask.caller(town, name).token
    path, (body, *_) = path_of(call, ask, town), bodies(call, ask, town, name)
    browser = Caller(town.port)
    method, cookie = call.partition(" ")[0], f"{SESSION_COOKIE}={token}"
    before = town.digest()
    # Where nobody signs in the cookie says nothing; other websites are sent away all the same.
    of_nobody = () if "stranger" in ask.who else ({}, {"Sec_Fetch_Site": "none"})
    for signs in (
        *of_nobody,
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "cross-site", "Origin": f"http://127.0.0.1:{town.port}"},
    ):
        assert browser.call(method, path, body, Cookie=cookie, **signs).status == 403, signs
    assert town.digest() == before
    assert browser.call(method, path, body, Cookie=cookie, Sec_Fetch_Site="same-origin").status < 300


@pytest.mark.parametrize("call", READS)
def test_every_list_can_be_had_in_parts_and_refuses_a_part_that_is_none(town: Town, call: str) -> None:
    path = call.partition(" ")[2]
    described = town.caller("stranger").get("/api/openapi.json").json["paths"].get(path, {}).get("get", {})
    content = described.get("responses", {}).get("200", {}).get("content", {})
    ask = ask_of(call)
    caller, path = ask.caller(town, ask.rightful()), path_of(call, ask, town)
    mark = "&" if "?" in path else "?"
    if content.get("application/json", {}).get("schema", {}).get("type") != "array":
        assert "limit" not in {each["name"] for each in described.get("parameters", [])}
        return
    for wrong in "limit=0", "limit=201", "limit=x", "cursor=x":
        refused = caller.get(f"{path}{mark}{wrong}")
        assert (refused.status, refused.pointers) == (422, [f"/{wrong.partition('=')[0]}"]), wrong
    rows, part = caller.get(f"{path}{mark}limit=5").json, f"{path}{mark}limit=1"
    for row in rows:
        one = caller.get(part)
        assert one.json == [row]
        part = one.headers.get("Link", "<>")[1:].partition(">")[0]
    assert not part or len(rows) in (0, 5), "what comes after the last"


@pytest.mark.parametrize("call", READS)
def test_every_read_can_be_asked_for_its_head_alone(town: Town, call: str) -> None:
    ask = ask_of(call)
    caller, path = ask.caller(town, ask.rightful()), path_of(call, ask, town)
    head = caller.call("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    # Figures are others each time.
    if call not in ("GET /api/events", "GET /metrics"):
        whole = caller.get(path)
        assert int(head.headers["Content-Length"]) == len(whole.body)
        assert head.headers["Content-Type"] == whole.headers["Content-Type"]
        assert head.headers.get("ETag") == whole.headers.get("ETag")


def test_rows_of_others_in_a_change_of_many_are_not_found_and_stay(town: Town) -> None:
    mine, rows = town.fresh_product(), [{"id": town.rice.id, "price": 1}, {"id": "f" * 24, "price": 1}]
    before = town.digest()
    reply = town.caller("Chitra").patch("/api/products", [*rows, {"id": mine.id, "stock": 0}])
    assert [row["status"] for row in reply.json] == [404, 404, 404]
    assert town.digest() == before


@pytest.mark.parametrize(
    ("name", "change", "status"),
    [
        ("Bharat (prices)", {"stock": 1}, 403),
        ("Bharat (prices)", {"name": "Cheaper rice"}, 403),
        ("Bharat (prices)", {"cost": 1}, 200),
        ("Bharat (inventory)", {"price": 1}, 403),
        ("Bharat (inventory)", {"mrp": 1000}, 403),
        ("Bharat (inventory)", {"cost": 1}, 403),
        ("Bharat (inventory)", {"stock": 1}, 200),
    ],
)
def test_who_keeps_the_goods_sets_no_prices_and_the_other_way_round(
    town: Town, name: str, change: dict[str, Any], status: int
) -> None:
    product_id = town.fresh_product().id
    before = town.digest()
    assert town.caller(name).put(f"/api/products/{product_id}", change).status == status
    (row,) = town.caller(name).patch("/api/products", [{"id": product_id, **change}]).json
    assert row["status"] == status
    assert (town.digest() == before) == (status == 403)


@pytest.mark.parametrize(
    "call", ["PATCH /api/orders/{id}", "POST /api/orders/{id}/return", "PUT /api/orders/{id}/status"]
)
def test_a_form_is_read_before_it_is_asked_whether_that_is_possible_now(town: Town, call: str) -> None:
    ask, order_id = ask_of(call), town.order()["id"]
    cancel_order(town.context, order_id, town.people["Devi"], "Changed my mind")
    caller, path = ask.caller(town, ask.rightful()), call.partition(" ")[2].format(id=order_id)
    before = town.digest()
    statuses = [send(caller, call, path, body).status for body in bodies(call, ask, town, ask.rightful())]
    assert statuses == [409, 422, 400]
    assert town.digest() == before
