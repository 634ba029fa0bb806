"""Staying signed in, being signed out, and what is no sign-in at all."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.cookies import SimpleCookie
from typing import Any

import jwt
import pytest

from shop_server.app import Shop
from shop_server.settings import Settings
from shop_server.storage.connection import Connection
from tests.api.caller import Caller, Reply
from tests.fake_clock import FakeClock
from tests.waiting import wait_until

DEVI = {
    "email": "devi@example.in",
    "password": "mangoes in May",
    "firstName": "Devi",
    "lastName": "Kulkarni",
    "phone": "9876543210",
    "role": "customer",
}
ESHAN = {**DEVI, "email": "eshan@example.in", "phone": "9876543211", "firstName": "Eshan"}
ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Mobile Safari/537.36"
)


@pytest.fixture
def visitor(shop: Shop) -> Caller:
    return Caller(shop.port)


@pytest.fixture
def devi(visitor: Caller) -> Reply:
    return visitor.post("/api/auth/register", DEVI)


def login(visitor: Caller, password: str = "mangoes in May", email: str = "devi@example.in") -> Reply:
    return visitor.post("/api/auth/login", {"email": email, "password": password}, User_Agent=ANDROID)


def refresh(visitor: Caller, token: str) -> Reply:
    return visitor.post("/api/auth/refresh", {"refreshToken": token})


def is_in(visitor: Caller, reply: Reply) -> bool:
    status = Caller(visitor.port, reply.json["token"]).get("/api/auth/me").status
    assert status in (200, 401)
    return status == 200


# --- refreshing ---


def test_a_refresh_gives_a_new_pair_that_works(visitor: Caller, devi: Reply) -> None:
    again = refresh(visitor, devi.json["refreshToken"])
    assert again.status == 200
    assert set(again.json) == set(devi.json)
    assert again.json["userId"] == devi.json["userId"]
    assert again.json["refreshToken"] != devi.json["refreshToken"]
    assert is_in(visitor, again)
    assert refresh(visitor, again.json["refreshToken"]).status == 200


def test_an_access_token_runs_out_and_a_refresh_helps(visitor: Caller, devi: Reply, clock: FakeClock) -> None:
    clock.advance(minutes=15)
    assert not is_in(visitor, devi)
    assert is_in(visitor, refresh(visitor, devi.json["refreshToken"]))


# A request may have waited for a moment before it was read, so that a thousandth of a second later is not later.
@pytest.mark.parametrize("later_seconds", [2, 5, 3600])
def test_the_reuse_of_a_refresh_token_ends_the_session(
    visitor: Caller, devi: Reply, clock: FakeClock, later_seconds: float
) -> None:
    newer = refresh(visitor, devi.json["refreshToken"])
    clock.advance(seconds=later_seconds)
    assert refresh(visitor, devi.json["refreshToken"]).status == 401
    assert not is_in(visitor, newer)
    assert refresh(visitor, newer.json["refreshToken"]).status == 401


def test_the_reuse_ends_no_other_session(visitor: Caller, devi: Reply, clock: FakeClock) -> None:
    other = login(visitor)
    refresh(visitor, devi.json["refreshToken"])
    clock.advance(seconds=1)
    assert refresh(visitor, devi.json["refreshToken"]).status == 401
    assert is_in(visitor, other)


def test_a_refresh_that_was_under_way_when_its_twin_was_answered_gets_the_same_token(
    visitor: Caller, devi: Reply
) -> None:
    replies: list[Reply] = []
    threads = [
        threading.Thread(target=lambda: replies.append(refresh(visitor, devi.json["refreshToken"]))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    # The shop's clock stands still: all of them arrive at the moment of the first.
    assert [reply.status for reply in replies] == [200] * 6
    assert len({reply.json["refreshToken"] for reply in replies}) == 1
    assert refresh(visitor, replies[0].json["refreshToken"]).status == 200


@pytest.mark.parametrize(
    "token",
    ["", "x", "0" * 24 + ".1." + "A" * 43, None],
)
def test_refuses_a_refresh_token_that_it_never_gave(visitor: Caller, devi: Reply, token: str | None) -> None:
    body = {} if token is None else {"refreshToken": token}
    assert visitor.post("/api/auth/refresh", body).status == 401
    assert is_in(visitor, devi)


@pytest.mark.parametrize("body", [{"refreshToken": {"$gt": ""}}, {"refreshToken": 5}, {"token": "x"}, []], ids=str)
def test_refuses_a_refresh_that_is_no_form(visitor: Caller, body: Any) -> None:
    assert visitor.post("/api/auth/refresh", body).status == 422


def test_a_session_is_over_after_a_week_however_often_it_was_refreshed(
    visitor: Caller, devi: Reply, clock: FakeClock
) -> None:
    clock.advance(days=6.99)
    again = refresh(visitor, devi.json["refreshToken"])
    assert is_in(visitor, again)
    clock.advance(days=0.01)
    assert not is_in(visitor, again)
    assert refresh(visitor, again.json["refreshToken"]).status == 401


# --- signing out ---


def test_after_signing_out_neither_token_is_taken(visitor: Caller, devi: Reply) -> None:
    assert is_in(visitor, devi)
    gone = Caller(visitor.port, devi.json["token"]).post("/api/auth/logout")
    assert (gone.status, gone.body) == (204, b"")
    assert not is_in(visitor, devi)
    assert refresh(visitor, devi.json["refreshToken"]).status == 401


def test_another_process_refuses_an_ended_session_within_a_second(
    shop: Shop, settings: Settings, connection: Connection, clock: FakeClock, devi: Reply
) -> None:
    other = Shop(settings, connection, clock=clock, password_rounds=4, with_jobs=False)
    other.start()
    try:
        assert is_in(Caller(other.port), devi)
        Caller(shop.port, devi.json["token"]).post("/api/auth/logout")
        ended = time.monotonic()
        wait_until(lambda: not is_in(Caller(other.port), devi), seconds=5, what="the end of the session over there")
        assert time.monotonic() - ended < 1
    finally:
        other.stop()


def test_two_processes_that_start_at_once_take_each_others_tokens(
    settings: Settings, connection: Connection, database: Any, clock: FakeClock
) -> None:
    shops: list[Shop] = []
    threads = [
        threading.Thread(
            target=lambda: shops.append(Shop(settings, connection, clock=clock, password_rounds=4, with_jobs=False))
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for shop in shops:
        shop.start()
    try:
        first, second = (Caller(shop.port) for shop in shops)
        assert is_in(second, first.post("/api/auth/register", DEVI))
    finally:
        for shop in shops:
            shop.stop()


def test_she_sees_where_she_is_signed_in_and_ends_it_there(visitor: Caller, devi: Reply, clock: FakeClock) -> None:
    clock.advance(minutes=1)
    phone = login(visitor)
    here = Caller(visitor.port, phone.json["token"])
    rows = here.get("/api/account/sessions").json
    assert [(row["device"], row["current"]) for row in rows] == [("Chrome on Android", True), ("", False)]
    assert set(rows[0]) == {"id", "device", "createdAt", "lastUsedAt", "expiresAt", "current"}
    assert here.delete(f"/api/account/sessions/{rows[1]['id']}").status == 204
    assert not is_in(visitor, devi)
    assert is_in(visitor, phone)
    assert here.delete(f"/api/account/sessions/{rows[1]['id']}").status == 404


def test_another_persons_session_is_not_found(visitor: Caller, devi: Reply) -> None:
    eshan = visitor.post("/api/auth/register", ESHAN)
    hers = Caller(visitor.port, devi.json["token"]).get("/api/account/sessions").json[0]["id"]
    his = Caller(visitor.port, eshan.json["token"])
    assert his.delete(f"/api/account/sessions/{hers}").status == 404
    assert his.delete("/api/account/sessions/$ne").status == 404
    assert is_in(visitor, devi)


# --- what is no sign-in ---


def test_a_token_signed_by_somebody_else_or_not_at_all_is_refused(visitor: Caller, devi: Reply, shop: Shop) -> None:
    claims = jwt.decode(devi.json["token"], options={"verify_signature": False})
    forged = [
        jwt.encode(claims, "", algorithm="none"),
        jwt.encode(claims, "x" * 64, algorithm="HS256"),
        jwt.encode({**claims, "role": "shopkeeper"}, "x" * 64, algorithm="HS512"),
        devi.json["token"][:-2],
        devi.json["refreshToken"],
        "",
        "null",
        "x" * 5000,
    ]
    for token in forged:
        assert Caller(visitor.port, token).get("/api/auth/me").status == 401, token
    assert visitor.get("/api/auth/me", Authorization=f"Basic {devi.json['token']}").status == 401
    assert visitor.get("/api/auth/me", Authorization=f"bearer  {devi.json['token']}").status == 200


@pytest.mark.parametrize(
    "change",
    [
        {"sub": "f" * 24},
        {"sid": "f" * 24},
        {"sid": {"$ne": ""}},
        {"sid": "$where"},
        {"sid": "\x00"},
        {"exp": float("inf")},
        {"exp": True},
        {"iss": "another shop"},
    ],
    ids=str,
)
def test_not_even_the_right_key_makes_a_sign_in_of_other_claims(
    visitor: Caller, devi: Reply, shop: Shop, change: dict[str, Any]
) -> None:
    secret = shop.context.tokens._secret
    claims = jwt.decode(devi.json["token"], options={"verify_signature": False})
    assert Caller(visitor.port, jwt.encode(claims, secret)).get("/api/auth/me").status == 200
    assert Caller(visitor.port, jwt.encode(claims | change, secret)).get("/api/auth/me").status == 401


def test_a_role_in_a_token_gives_no_rights_that_its_person_has_not(visitor: Caller, devi: Reply, shop: Shop) -> None:
    claims = jwt.decode(devi.json["token"], options={"verify_signature": False})
    token = jwt.encode(claims | {"role": "shopkeeper"}, shop.context.tokens._secret)
    assert Caller(visitor.port, token).get("/api/auth/me").json["userRole"] == "customer"
    assert Caller(visitor.port, token).get("/api/shopkeeper/stats").status == 403


def test_where_anybody_may_look_a_wrong_sign_in_makes_a_stranger(visitor: Caller, devi: Reply) -> None:
    assert Caller(visitor.port, "gone").get("/api/shops").status == 200


def test_a_wrong_bearer_token_is_not_made_good_by_a_cookie(visitor: Caller, devi: Reply) -> None:
    cookie = f"shop_session={devi.json['token']}"
    assert visitor.get("/api/auth/me", Cookie=cookie).status == 200
    assert visitor.get("/api/auth/me", Cookie=cookie, Authorization="Bearer x").status == 401


# --- cookies ---


class Browser:
    """Keeps cookies as browsers do, and says whose page asks."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.jar: dict[str, str] = {}
        self.set_cookies: list[str] = []

    def call(self, method: str, path: str, body: Any = None, site: str = "same-origin") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Sec-Fetch-Site": site, "Cookie": "; ".join(f"{name}={value}" for name, value in self.jar.items())}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        response.read()
        self.set_cookies = response.headers.get_all("Set-Cookie") or []
        for line in self.set_cookies:
            for name, morsel in SimpleCookie(line).items():
                self.jar[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.jar[name]
        connection.close()
        return response.status


@pytest.fixture
def browser(shop: Shop, devi: Reply) -> Browser:
    browser = Browser(shop.port)
    assert browser.call("POST", "/api/auth/login", {"email": DEVI["email"], "password": DEVI["password"]}) == 200
    return browser


def test_the_cookies_are_out_of_reach_of_scripts_and_other_websites(browser: Browser) -> None:
    session, refreshing = sorted(browser.set_cookies, reverse=True)
    assert session.startswith("shop_session=")
    assert session.endswith("; Path=/; Max-Age=900; HttpOnly; SameSite=Strict")
    assert refreshing.endswith("; Path=/api/auth; Max-Age=604800; HttpOnly; SameSite=Strict")


def test_a_browser_signs_in_goes_on_and_signs_out_by_cookies_alone(browser: Browser, clock: FakeClock) -> None:
    assert browser.call("GET", "/api/auth/me") == 200
    clock.advance(minutes=16)
    assert browser.call("GET", "/api/auth/me") == 401
    assert browser.call("POST", "/api/auth/refresh") == 200
    assert browser.call("GET", "/api/auth/me") == 200
    assert browser.call("POST", "/api/auth/logout") == 204
    assert browser.jar == {}


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_no_other_website_can_refresh_a_sign_in_even_when_it_ran_out(
    browser: Browser, clock: FakeClock, site: str
) -> None:
    clock.advance(minutes=16)
    assert browser.call("POST", "/api/auth/refresh", site=site) == 403
    assert browser.call("POST", "/api/auth/refresh") == 200


def test_two_tabs_that_refresh_one_cookie_within_ten_seconds_both_go_on(browser: Browser, clock: FakeClock) -> None:
    stale = dict(browser.jar)
    assert browser.call("POST", "/api/auth/refresh") == 200
    fresh = dict(browser.jar)
    clock.advance(seconds=10)
    browser.jar = dict(stale)
    assert browser.call("POST", "/api/auth/refresh") == 200
    assert browser.jar["shop_refresh"] == fresh["shop_refresh"]
    assert browser.call("GET", "/api/auth/me") == 200


def test_a_cookie_used_again_after_ten_seconds_ends_the_session(browser: Browser, clock: FakeClock) -> None:
    stale = dict(browser.jar)
    assert browser.call("POST", "/api/auth/refresh") == 200
    # What waits in line counts as asked before; to the second the limit is held in tests/rules/test_account.py.
    clock.advance(seconds=11)
    browser.jar, fresh = stale, browser.jar
    assert browser.call("POST", "/api/auth/refresh") == 401
    browser.jar = fresh
    assert browser.call("GET", "/api/auth/me") == 401


def test_a_cookie_two_turns_old_ends_the_session_at_once(browser: Browser) -> None:
    stale = dict(browser.jar)
    assert browser.call("POST", "/api/auth/refresh") == 200
    assert browser.call("POST", "/api/auth/refresh") == 200
    browser.jar = stale
    assert browser.call("POST", "/api/auth/refresh") == 401


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_write_by_cookie_from_another_websites_page_is_refused(browser: Browser, site: str) -> None:
    assert browser.call("PATCH", "/api/account", {"firstName": "Hacked"}, site=site) == 403
    assert browser.call("POST", "/api/auth/logout", site=site) == 403
    assert browser.call("GET", "/api/auth/me") == 200


def test_behind_https_the_cookies_are_secure(
    settings: Settings, connection: Connection, database: Any, clock: FakeClock
) -> None:
    shop = Shop(
        replace(settings, public_url="https://shop.example.in"),
        connection,
        clock=clock,
        password_rounds=4,
        with_jobs=False,
    )
    shop.start()
    try:
        browser = Browser(shop.port)
        assert browser.call("POST", "/api/auth/register", DEVI) == 201
        assert all(line.endswith("; Secure") for line in browser.set_cookies)
        assert len(browser.set_cookies) == 2
    finally:
        shop.stop()


# --- guessing ---


@pytest.fixture
def strict(settings: Settings, connection: Connection, database: Any, clock: FakeClock) -> Iterator[Caller]:
    """A shop that counts wrong sign-ins, with Devi's and Eshan's accounts."""
    shop = Shop(replace(settings, rate_limits=True), connection, clock=clock, password_rounds=4, with_jobs=False)
    shop.start()
    visitor = Caller(shop.port)
    for who in (DEVI, ESHAN):
        assert visitor.post("/api/auth/register", who).status == 201
    yield visitor
    shop.stop()


def test_after_five_wrong_passwords_not_even_the_right_one_is_taken_for_a_while(
    strict: Caller, clock: FakeClock
) -> None:
    assert [login(strict, f"wrong {number}").status for number in range(5)] == [401] * 5
    locked = login(strict)
    assert locked.status == 429
    assert locked.headers["Retry-After"] == "900"
    by_phone = strict.post("/api/auth/login", {"phone": DEVI["phone"], "password": DEVI["password"]})
    assert by_phone.status == 429
    assert login(strict, email="eshan@example.in").status == 200
    clock.advance(minutes=15)
    assert login(strict).status == 200


def test_an_unknown_account_is_locked_like_a_known_one(strict: Caller) -> None:
    replies = [login(strict, f"wrong {number}", "nobody@example.in") for number in range(6)]
    assert [reply.status for reply in replies] == [401] * 5 + [429]


def test_a_right_password_forgives_the_wrong_ones_before(strict: Caller) -> None:
    for _ in range(2):
        assert [login(strict, f"wrong {number}").status for number in range(4)] == [401] * 4
        assert login(strict).status == 200


def test_twenty_failures_lock_a_network_address_for_every_account(strict: Caller) -> None:
    replies = [login(strict, "wrong one", f"nobody{number}@example.in").status for number in range(20)]
    assert replies == [401] * 20
    assert login(strict).status == 429


def test_of_many_guesses_at_once_only_five_are_answered(strict: Caller) -> None:
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda number=number: statuses.append(login(strict, f"wrong {number}").status))
        for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(statuses) == [401] * 5 + [429] * 7


def test_many_right_sign_ins_at_once_are_all_let_in(strict: Caller) -> None:
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(login(strict).status)) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert statuses == [200] * 24


def test_guessing_the_current_password_counts_too(strict: Caller) -> None:
    devi = Caller(strict.port, login(strict).json["token"])
    body = {"current": "wrong one", "new": "guavas in winter"}
    assert [devi.put("/api/account/password", body).status for _ in range(6)] == [422] * 5 + [429]


def test_the_time_to_wait_is_told_and_counts_down(strict: Caller, clock: FakeClock) -> None:
    for number in range(5):
        login(strict, f"wrong {number}")
    clock.advance(minutes=14, seconds=30)
    locked = login(strict)
    assert locked.headers["Retry-After"] == "30"
    assert "1 minute " in locked.json["detail"]
