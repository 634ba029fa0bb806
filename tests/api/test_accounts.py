"""Opening an account, signing in, and one's own profile and password, over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from shop_server.app import Shop
from shop_server.gateways.upi_qr import UpiQr
from tests.api.caller import Caller, Reply

DEVI = {
    "email": "Devi@Example.in",
    "password": "mangoes in May",
    "firstName": "Devi",
    "lastName": "Kulkarni",
    "phone": "+91 98765 43210",
    "role": "customer",
}
ASHA = {
    "email": "asha@example.in",
    "password": "jaggery and ghee",
    "firstName": "Asha",
    "lastName": "Patil",
    "phone": "98765 00001",
    "role": "shopkeeper",
    "shopName": "Asha Kirana",
    "shopAddress": "12 Station Road, Pune",
}


@pytest.fixture
def visitor(shop: Shop) -> Caller:
    return Caller(shop.port)


def register(visitor: Caller, who: dict[str, Any], **changes: Any) -> Reply:
    return visitor.post("/api/auth/register", {**who, **changes})


def login(visitor: Caller, **given: str) -> Reply:
    return visitor.post("/api/auth/login", given)


def as_(visitor: Caller, reply: Reply) -> Caller:
    return Caller(visitor.port, reply.json["token"])


# --- opening an account ---


def test_a_customer_opens_an_account_and_is_signed_in(visitor: Caller) -> None:
    register(visitor, ASHA)
    reply = register(visitor, DEVI, dateOfBirth="1990-02-28", username="Devi.K", city="")
    assert reply.status == 201
    assert set(reply.json) == {
        "message", "token", "refreshToken", "expiresIn", "userId", "userName", "userRole", "isAdmin",
    }  # fmt: skip
    assert (reply.json["userName"], reply.json["userRole"], reply.json["isAdmin"]) == (
        "Devi Kulkarni",
        "customer",
        False,
    )
    assert reply.json["expiresIn"] == 900
    me = as_(visitor, reply).get("/api/auth/me")
    assert me.json == {
        "userId": reply.json["userId"],
        "userName": "Devi Kulkarni",
        "userRole": "customer",
        "isAdmin": False,
        "permissions": [],
    }


def test_a_shopkeeper_opens_her_shop_with_her_account(visitor: Caller) -> None:
    reply = register(visitor, ASHA, gstNumber="27aapfu0939f1zv", upiId="asha@okbank", city="Pune")
    asha = as_(visitor, reply)
    me = asha.get("/api/auth/me").json
    assert me["permissions"] == [
        "orders", "payments", "inventory", "prices", "customers", "reports", "settings",
    ]  # fmt: skip
    own = asha.get("/api/shopkeeper/shop").json
    assert own["id"] == me["shopId"]
    assert (own["name"], own["address"], own["city"]) == ("Asha Kirana", "12 Station Road, Pune", "Pune")
    assert (own["gstNumber"], own["upiId"], own["phone"]) == ("27AAPFU0939F1ZV", "asha@okbank", "9876500001")
    assert [row["name"] for row in visitor.get("/api/shops").json] == ["Asha Kirana"]


def test_the_upi_id_is_read_from_the_picture_of_her_qr(visitor: Caller) -> None:
    picture = UpiQr().data_url("upi://pay?pa=asha@okbank&pn=Asha")
    asha = as_(visitor, register(visitor, ASHA, qrCodeUrl=picture))
    assert asha.get("/api/shopkeeper/shop").json["upiId"] == "asha@okbank"


def test_only_the_first_account_is_the_admin(visitor: Caller) -> None:
    assert register(visitor, DEVI).json["isAdmin"] is True
    assert register(visitor, ASHA).json["isAdmin"] is False


def test_of_many_first_accounts_at_once_only_one_is_the_admin(visitor: Caller) -> None:
    replies = at_once(
        [
            partial(register, visitor, DEVI, email=f"d{number}@example.in", phone=f"987650000{number}")
            for number in range(8)
        ]
    )
    assert [reply.status for reply in replies] == [201] * 8
    assert sorted(reply.json["isAdmin"] for reply in replies) == [False] * 7 + [True]


def test_of_one_email_address_at_once_only_one_gets_the_account(visitor: Caller) -> None:
    replies = at_once([partial(register, visitor, DEVI, phone=f"987650000{number}") for number in range(8)])
    assert sorted(reply.status for reply in replies) == [201] + [409] * 7


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"email": "devi"}, "/email"),
        ({"email": {"$gt": ""}}, "/email"),
        ({"email": None}, "/email"),
        ({"password": "short"}, "/password"),
        ({"password": "password123"}, "/password"),
        ({"password": "न" * 25}, "/password"),
        ({"password": 12345678}, "/password"),
        ({"firstName": " "}, "/firstName"),
        ({"firstName": "x" * 201}, "/firstName"),
        ({"lastName": "a\u0000b"}, "/lastName"),
        ({"phone": "12345"}, "/phone"),
        ({"role": "admin"}, "/role"),
        ({"role": "staff"}, "/role"),
        ({"username": "a b"}, "/username"),
        ({"username": "d"}, "/username"),
        ({"pincode": "000001"}, "/pincode"),
        ({"dateOfBirth": "31-01-1990"}, "/dateOfBirth"),
        ({"dateOfBirth": "1990-02-30"}, "/dateOfBirth"),
        ({"dateOfBirth": "2026-11-22"}, "/dateOfBirth"),
        ({"shopName": "Not hers"}, "/shopName"),
        ({"isAdmin": True}, "/isAdmin"),
    ],
    ids=str,
)
def test_refuses_a_customer_with_a_wrong_field(visitor: Caller, wrong: dict[str, Any], pointer: str) -> None:
    reply = register(visitor, DEVI, **wrong)
    assert (reply.status, reply.pointers) == (422, [pointer])
    assert login(visitor, email="devi@example.in", password="mangoes in May").status == 401


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"shopName": ""}, "/shopName"),
        ({"shopAddress": None}, "/shopAddress"),
        ({"gstNumber": "27AAPFU0939F1ZX"}, "/gstNumber"),
        ({"upiId": "asha"}, "/upiId"),
        ({"qrCodeUrl": "https://example.in/qr.png"}, "/qrCodeUrl"),
        ({"qrCodeUrl": "data:image/png;base64,AAAA"}, "/qrCodeUrl"),
        ({"qrCodeUrl": UpiQr().data_url("https://example.in")}, "/qrCodeUrl"),
        ({"qrCodeUrl": UpiQr().data_url("upi://pay?pa=chitra@okbank"), "upiId": "asha@okbank"}, "/qrCodeUrl"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_refuses_a_shopkeeper_with_a_wrong_field(visitor: Caller, wrong: dict[str, Any], pointer: str) -> None:
    reply = register(visitor, ASHA, **wrong)
    assert (reply.status, reply.pointers) == (422, [pointer])
    assert visitor.get("/api/shops").json == []


def test_names_every_wrong_field_at_once(visitor: Caller) -> None:
    reply = visitor.post("/api/auth/register", {"role": "shopkeeper", "email": "x", "more": 1})
    assert set(reply.pointers) == {
        "/email", "/password", "/firstName", "/lastName", "/phone", "/shopName", "/shopAddress", "/more",
    }  # fmt: skip


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"\xff"])
def test_refuses_what_is_no_form(visitor: Caller, body: bytes) -> None:
    for path in ("/api/auth/register", "/api/auth/login"):
        assert visitor.post(path, body).status in (400, 422)


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"phone": "9876500009", "email": "DEVI@example.IN"}, "email"),
        ({"email": "d2@example.in", "phone": "09876543210"}, "phone"),
        ({"email": "d2@example.in", "phone": "9876500009", "username": "DEVI"}, "username"),
    ],
)
def test_refuses_a_taken_email_phone_or_user_name(visitor: Caller, other: dict[str, str], field: str) -> None:
    assert register(visitor, DEVI, username="devi").status == 201
    reply = register(visitor, ASHA, **other)
    assert (reply.status, reply.json["field"]) == (409, field)
    assert visitor.get("/api/shops").json == []


def test_a_registration_sent_again_with_its_key_opens_no_second_account(visitor: Caller) -> None:
    def again(key: str, **changes: Any) -> Reply:
        return visitor.post("/api/auth/register", {**ASHA, **changes}, Idempotency_Key=key)

    first, second = again("k1"), again("k1")
    assert (first.status, second.status) == (201, 201)
    assert first.json["userId"] == second.json["userId"]
    assert as_(visitor, second).get("/api/auth/me").status == 200
    assert len(visitor.get("/api/shops").json) == 1
    assert again("k1", firstName="Usha").status == 422
    assert again("k1", password="guessed it right").status == 422
    assert again("k2").status == 409


# --- signing in ---


@pytest.mark.parametrize(
    "name",
    [
        {"email": "DEVI@example.in"},
        {"phone": "+91-98765-43210"},
        {"username": "Devi"},
        {"email": "devi@example.in", "phone": ""},
    ],
    ids=str,
)
def test_signs_in_by_email_phone_or_user_name(visitor: Caller, name: dict[str, str]) -> None:
    registered = register(visitor, DEVI, username="devi")
    reply = login(visitor, password="mangoes in May", **name)
    assert reply.status == 200
    assert reply.json["userId"] == registered.json["userId"]
    assert set(reply.json) == set(registered.json)
    assert as_(visitor, reply).get("/api/auth/me").status == 200


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(visitor: Caller) -> None:
    register(visitor, DEVI)
    replies = [
        login(visitor, email="devi@example.in", password="mangoes in June"),
        login(visitor, email="nobody@example.in", password="mangoes in May"),
        login(visitor, phone="9876500000", password="mangoes in May"),
        login(visitor, username="nobody", password="x" * 100),
    ]
    assert {reply.status for reply in replies} == {401}
    assert len({reply.body for reply in replies}) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"email": {"$gt": ""}, "password": "mangoes in May"},
        {"email": "devi@example.in", "password": {"$gt": ""}},
        {"username": ["devi"], "password": "mangoes in May"},
        {"phone": 9876543210, "password": "mangoes in May"},
        {"email": "devi@example.in"},
        {"password": "mangoes in May"},
        {"email": "devi@example.in", "phone": "9876543210", "password": "mangoes in May"},
        {"email": "devi@example.in", "password": "mangoes in May", "$where": "1"},
        {"email": "devi@example.in", "password": "\ud800aaaaaaaa"},
    ],
    ids=str,
)
def test_refuses_a_sign_in_that_is_no_form(visitor: Caller, body: dict[str, Any]) -> None:
    register(visitor, DEVI)
    assert visitor.post("/api/auth/login", body).status in (400, 422)


# --- one's own profile and password ---


def test_a_customer_sees_her_profile_without_secrets(visitor: Caller) -> None:
    devi = as_(visitor, register(visitor, DEVI, dateOfBirth="1990-02-28"))
    profile = devi.get("/api/customer/profile")
    assert profile.status == 200
    assert profile.json == {
        "id": profile.json["id"],
        "role": "customer",
        "email": "devi@example.in",
        "phone": "9876543210",
        "username": None,
        "firstName": "Devi",
        "lastName": "Kulkarni",
        "address": "",
        "city": "",
        "state": "",
        "pincode": "",
        "country": "",
        "dateOfBirth": "1990-02-28",
        "createdAt": "2026-11-21T04:30:00Z",
        "totalOrders": 0,
        "totalSpent": 0,
        "emailConfirmed": False,
        "reminders": True,
    }
    assert b"password" not in profile.body
    assert b"$2b$" not in profile.body


def test_the_customers_profile_is_for_customers(visitor: Caller) -> None:
    assert as_(visitor, register(visitor, ASHA)).get("/api/customer/profile").status == 403


def test_changes_of_the_profile_are_seen_at_once_and_the_rest_stays(visitor: Caller) -> None:
    devi = as_(visitor, register(visitor, DEVI, city="Pune", username="devi"))
    changed = devi.patch(
        "/api/account", {"firstName": "Devika", "username": "Devika", "city": "", "pincode": "411 001"}
    )
    assert changed.status == 200
    assert (changed.json["firstName"], changed.json["username"], changed.json["city"]) == ("Devika", "devika", "")
    assert (changed.json["pincode"], changed.json["lastName"]) == ("411001", "Kulkarni")
    assert devi.get("/api/auth/me").json["userName"] == "Devika Kulkarni"
    assert devi.patch("/api/account", {}).json == changed.json


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"firstName": ""}, "/firstName"),
        ({"firstName": None}, "/firstName"),
        ({"email": "new@example.in"}, "/email"),
        ({"role": "shopkeeper"}, "/role"),
        ({"isAdmin": True}, "/isAdmin"),
        ({"pincode": "12"}, "/pincode"),
        ({"dateOfBirth": 5}, "/dateOfBirth"),
        ({"dateOfBirth": "2026-11-22"}, "/dateOfBirth"),
        ({"username": "!"}, "/username"),
    ],
    ids=str,
)
def test_refuses_a_wrong_field_of_the_profile(visitor: Caller, wrong: dict[str, Any], pointer: str) -> None:
    devi = as_(visitor, register(visitor, DEVI))
    reply = devi.patch("/api/account", wrong)
    assert (reply.status, reply.pointers) == (422, [pointer])


def test_a_taken_user_name_is_refused(visitor: Caller) -> None:
    register(visitor, ASHA, username="asha")
    devi = as_(visitor, register(visitor, DEVI))
    assert devi.patch("/api/account", {"username": "ASHA"}).status == 409


def test_a_new_password_replaces_the_old_one_and_ends_the_other_sessions(visitor: Caller) -> None:
    phone = as_(visitor, register(visitor, DEVI))
    laptop = as_(visitor, login(visitor, email="devi@example.in", password="mangoes in May"))
    body = {"current": "mangoes in May", "new": "guavas in winter"}
    assert laptop.put("/api/account/password", body).status == 204
    assert laptop.get("/api/auth/me").status == 200
    assert phone.get("/api/auth/me").status == 401
    assert login(visitor, email="devi@example.in", password="mangoes in May").status == 401
    assert login(visitor, email="devi@example.in", password="guavas in winter").status == 200


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"current": "wrong one", "new": "guavas in winter"}, "/current"),
        ({"current": "mangoes in May", "new": "short"}, "/new"),
        ({"current": "mangoes in May", "new": "qwerty123"}, "/new"),
        ({"current": "mangoes in May"}, "/new"),
        ({"current": {"$ne": 1}, "new": "guavas in winter"}, "/current"),
    ],
    ids=str,
)
def test_refuses_a_wrong_change_of_password(visitor: Caller, body: dict[str, Any], pointer: str) -> None:
    devi = as_(visitor, register(visitor, DEVI))
    reply = devi.put("/api/account/password", body)
    assert (reply.status, reply.pointers) == (422, [pointer])
    assert login(visitor, email="devi@example.in", password="mangoes in May").status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/auth/me"),
        ("POST", "/api/auth/logout"),
        ("PATCH", "/api/account"),
        ("PUT", "/api/account/password"),
        ("GET", "/api/account/sessions"),
        ("DELETE", "/api/account/sessions/x"),
        ("GET", "/api/customer/profile"),
    ],
)
def test_a_stranger_must_sign_in_first(visitor: Caller, method: str, path: str) -> None:
    reply = visitor.call(method, path, {"anything": 1} if method in ("PATCH", "PUT") else None)
    assert reply.status == 401


def at_once(calls: list[Callable[[], Reply]]) -> list[Reply]:
    """Makes all these calls at the same time."""
    replies: list[Reply] = []
    gate = threading.Barrier(len(calls))

    def make(call: Callable[[], Reply]) -> None:
        gate.wait(10)
        replies.append(call())

    threads = [threading.Thread(target=make, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(replies) == len(calls)
    return replies
