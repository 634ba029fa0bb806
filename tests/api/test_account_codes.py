"""Codes by mail over HTTP: a new password, a proved address, another address or phone number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shop_server.actions.send_mails import send_mails
from shop_server.app import Shop as OpenShop
from shop_server.context import Context
from shop_server.rules.account import REMIND_AFTER
from shop_server.security.rate_limits import CODES_PER_ACCOUNT, CODES_PER_ADDRESS, CodeLimits
from shop_server.settings import Settings
from shop_server.storage.attempts import Attempts
from shop_server.storage.connection import Connection
from tests.api.caller import Caller, Reply
from tests.at_once import at_once
from tests.fake_clock import FakeClock
from tests.mailbox import Mailbox, text_of

PASSWORD, NEW_PASSWORD = "mango pickle 7", "jaggery and ghee"
EMAIL = "devi@example.in"


@pytest.fixture
def settings(settings: Settings, mailbox: Mailbox) -> Settings:
    return replace(settings, smtp_url=mailbox.url, rate_limits=True)


@pytest.fixture
def context(shop: OpenShop) -> Context:
    return shop.context


@pytest.fixture
def devi(shop: OpenShop) -> Caller:
    return register(shop, EMAIL, "9876543210")


def register(shop: OpenShop, email: str, phone: str) -> Caller:
    body = {
        "email": email,
        "phone": phone,
        "password": PASSWORD,
        "firstName": "Devi",
        "lastName": "K",
        "role": "customer",
    }
    reply = Caller(shop.port).post("/api/auth/register", body)
    assert reply.status == 201
    return Caller(shop.port, reply.json["token"])


def forget(shop: OpenShop, email: str = EMAIL) -> Reply:
    return Caller(shop.port).post("/api/auth/forgot-password", {"email": email})


def reset(shop: OpenShop, code: str, email: str = EMAIL, password: str = NEW_PASSWORD) -> Reply:
    body = {"email": email, "code": code, "password": password}
    return Caller(shop.port).post("/api/auth/reset-password", body)


def sign_in(shop: OpenShop, password: str, email: str = EMAIL) -> int:
    return Caller(shop.port).post("/api/auth/login", {"email": email, "password": password}).status


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def mailed_reset_code(shop: OpenShop, mailbox: Mailbox) -> str:
    assert forget(shop).status == 202
    send_mails(shop.context)
    return mailbox.code_of(EMAIL)


def test_a_mailed_code_sets_a_new_password_and_ends_all_sessions(
    shop: OpenShop, devi: Caller, mailbox: Mailbox
) -> None:
    code = mailed_reset_code(shop, mailbox)
    assert reset(shop, f" {code[:3]} {code[3:]} ").status == 204
    assert devi.get("/api/auth/me").status == 401
    assert sign_in(shop, PASSWORD) == 401
    assert sign_in(shop, NEW_PASSWORD) == 200
    assert reset(shop, code, password="another one 9").pointers == ["/code"], "a code is good once"


def test_whoever_asks_does_not_learn_whether_there_is_an_account(
    shop: OpenShop, devi: Caller, mailbox: Mailbox
) -> None:
    known, unknown = forget(shop), forget(shop, "nobody@example.in")
    assert (known.status, known.json) == (unknown.status, unknown.json)
    assert [mail.template for mail in shop.context.outbox.list_newest(9)].count("reset_password") == 2
    send_mails(shop.context)
    assert not mailbox.of("nobody@example.in")
    right = mailbox.code_of(EMAIL)
    assert reset(shop, another(right)).json["errors"] == reset(shop, right, "nobody@example.in").json["errors"]


def test_a_code_is_kept_only_as_a_seal_and_never_in_the_outbox(
    shop: OpenShop, devi: Caller, mailbox: Mailbox, database: Any
) -> None:
    assert forget(shop).status == 202
    assert database.codes.count_documents({}) == 0, "it is made when it is sent"
    send_mails(shop.context)
    code = mailbox.code_of(EMAIL)
    everything = [str(row) for name in ("codes", "outbox", "users", "news") for row in database[name].find()]
    assert not [row for row in everything if code in row]


def test_a_code_is_over_after_ten_minutes(shop: OpenShop, devi: Caller, mailbox: Mailbox, clock: FakeClock) -> None:
    code = mailed_reset_code(shop, mailbox)
    clock.advance(minutes=10)
    assert reset(shop, code).pointers == ["/code"]
    assert sign_in(shop, PASSWORD) == 200


def test_five_wrong_tries_end_a_code_also_when_made_at_once(
    connection: Connection, database: Any, settings: Settings, clock: FakeClock, mailbox: Mailbox
) -> None:
    unlimited = replace(settings, rate_limits=False)
    shop = OpenShop(unlimited, connection, clock=clock, password_rounds=4, with_jobs=False)
    shop.start()
    try:
        register(shop, EMAIL, "9876543210")
        code = mailed_reset_code(shop, mailbox)
        wrong = another(code)
        assert at_once([lambda: reset(shop, wrong).status] * 5) == [422] * 5
        assert reset(shop, code).pointers == ["/code"], "the right one comes too late"
        code = mailed_reset_code(shop, mailbox)
        assert [reset(shop, another(code)).status for _ in range(4)] == [422] * 4
        assert sorted(at_once([lambda: reset(shop, code).status] * 4))[0] == 204
        assert sorted(at_once([lambda: reset(shop, code).status] * 4)) == [422] * 4
    finally:
        shop.stop()


def test_many_wrong_codes_are_too_many_even_with_new_ones_between(
    shop: OpenShop, devi: Caller, mailbox: Mailbox
) -> None:
    for _ in range(5):
        assert reset(shop, "000000").status in (422, 429)
    refused = reset(shop, mailed_reset_code(shop, mailbox))
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) > 0


def test_no_more_than_five_codes_an_hour_are_mailed_and_nobody_is_told(
    shop: OpenShop, devi: Caller, mailbox: Mailbox, clock: FakeClock
) -> None:
    assert [forget(shop).status for _ in range(8)] == [202] * 8
    send_mails(shop.context)
    assert len([mail for mail in mailbox.of(EMAIL) if "password" in mail["Subject"]]) == 5
    clock.advance(minutes=61)
    mailbox.clear()
    assert forget(shop).status == 202
    send_mails(shop.context)
    assert len(mailbox.of(EMAIL)) == 1


def test_a_code_mailed_to_an_address_that_she_has_left_opens_nothing(
    shop: OpenShop, devi: Caller, mailbox: Mailbox
) -> None:
    code = mailed_reset_code(shop, mailbox)
    user = shop.context.users.find_by("email", EMAIL)
    assert user is not None
    shop.context.users.change(user.id, {"email": "devi.k@example.in"})
    assert reset(shop, code).pointers == ["/code"]
    assert sign_in(shop, PASSWORD, "devi.k@example.in") == 200


def test_who_proves_her_address_with_a_new_password_is_reminded_like_the_others(
    shop: OpenShop, devi: Caller, mailbox: Mailbox
) -> None:
    assert reset(shop, mailed_reset_code(shop, mailbox)).status == 204
    user = shop.context.users.find_by("email", EMAIL)
    assert user is not None
    assert (user.email_confirmed, user.remind_after) == (True, shop.context.clock.now() + REMIND_AFTER)


def test_a_code_of_one_account_opens_no_other(shop: OpenShop, devi: Caller, mailbox: Mailbox) -> None:
    register(shop, "eshan@example.in", "9876543211")
    code = mailed_reset_code(shop, mailbox)
    assert reset(shop, code, "eshan@example.in").pointers == ["/code"]
    assert sign_in(shop, PASSWORD, "eshan@example.in") == 200


def test_a_weak_new_password_leaves_the_code_good(shop: OpenShop, devi: Caller, mailbox: Mailbox) -> None:
    code = mailed_reset_code(shop, mailbox)
    assert reset(shop, code, password="password").pointers == ["/password"]
    assert reset(shop, code).status == 204


def test_an_account_is_open_at_once_and_its_address_is_confirmed_later(
    shop: OpenShop, devi: Caller, mailbox: Mailbox
) -> None:
    assert devi.get("/api/customer/profile").json["emailConfirmed"] is False
    assert devi.get("/api/cart").status == 200
    send_mails(shop.context)
    code = mailbox.code_of(EMAIL)
    assert devi.post("/api/account/email/confirmation", {"code": another(code)}).pointers == ["/code"]
    confirmed = devi.post("/api/account/email/confirmation", {"code": code})
    assert (confirmed.status, confirmed.json["emailConfirmed"]) == (200, True)
    assert devi.post("/api/account/email/code").status == 409


def test_a_lost_code_can_be_mailed_again(shop: OpenShop, devi: Caller, mailbox: Mailbox) -> None:
    send_mails(shop.context)
    lost = mailbox.code_of(EMAIL)
    assert devi.post("/api/account/email/code").status == 202
    send_mails(shop.context)
    code = mailbox.code_of(EMAIL)
    assert code == lost or devi.post("/api/account/email/confirmation", {"code": lost}).status == 422
    assert devi.post("/api/account/email/confirmation", {"code": code}).status == 200


def test_an_address_changes_when_the_new_one_is_proved_and_the_old_one_is_told(
    shop: OpenShop, devi: Caller, mailbox: Mailbox
) -> None:
    new = "devi.k@example.in"
    assert devi.post("/api/account/email", {"email": new, "password": "wrong"}).pointers == ["/password"]
    assert devi.post("/api/account/email", {"email": new, "password": PASSWORD}).status == 202
    send_mails(shop.context)
    assert devi.get("/api/customer/profile").json["email"] == EMAIL
    assert not [mail for mail in mailbox.of(EMAIL) if mailbox.code_of(new) in text_of(mail)]
    changed = devi.post("/api/account/email/confirmation", {"code": mailbox.code_of(new)})
    assert (changed.json["email"], changed.json["emailConfirmed"]) == (new, True)
    send_mails(shop.context)
    assert "was changed" in mailbox.of(EMAIL)[-1]["Subject"]
    assert sign_in(shop, PASSWORD, new) == 200
    assert sign_in(shop, PASSWORD) == 401


def test_a_phone_number_changes_with_a_code_mailed_to_her(shop: OpenShop, devi: Caller, mailbox: Mailbox) -> None:
    assert devi.post("/api/account/phone", {"phone": "+91 91234 56789", "password": PASSWORD}).status == 202
    send_mails(shop.context)
    assert devi.get("/api/customer/profile").json["phone"] == "9876543210"
    changed = devi.post("/api/account/phone/confirmation", {"code": mailbox.code_of(EMAIL)})
    assert (changed.status, changed.json["phone"]) == (200, "9123456789")
    assert devi.post("/api/account/email/confirmation", {"code": mailbox.code_of(EMAIL)}).status == 422


def test_what_is_anothers_cannot_become_mine(shop: OpenShop, devi: Caller, mailbox: Mailbox) -> None:
    eshan = register(shop, "eshan@example.in", "9876543211")
    taken = eshan.post("/api/account/email", {"email": EMAIL, "password": PASSWORD})
    assert (taken.status, taken.json["field"]) == (409, "email")
    assert eshan.post("/api/account/phone", {"phone": "9876543210", "password": PASSWORD}).status == 409
    wanted = {"email": "both@example.in", "password": PASSWORD}
    assert [caller.post("/api/account/email", wanted).status for caller in (devi, eshan)] == [202, 202]
    send_mails(shop.context)
    codes = [
        next(word for word in text_of(mail).split() if word.isdigit() and len(word) == 6)
        for mail in mailbox.of("both@example.in")
    ]
    done = [
        caller.post("/api/account/email/confirmation", {"code": code}).status
        for caller, code in zip((devi, eshan), codes, strict=True)
    ]
    assert done == [200, 409]


@pytest.mark.parametrize("code", ["12345", "1234567", "abcdef", "", 123456, "१२३४५६"])
def test_what_is_no_code_is_a_wrong_field(shop: OpenShop, devi: Caller, code: Any) -> None:
    assert devi.post("/api/account/email/confirmation", {"code": code}).pointers == ["/code"]


def test_codes_are_counted_for_the_account_and_for_the_network_address(database: Any, clock: FakeClock) -> None:
    limits, now = CodeLimits(Attempts(database)), clock.now()
    waits = [limits.take("devi", "10.0.0.1", now) for _ in range(CODES_PER_ACCOUNT.failures + 1)]
    assert waits[:-1] == [0] * CODES_PER_ACCOUNT.failures
    assert 0 < waits[-1] <= CODES_PER_ACCOUNT.window_seconds
    for number in range(CODES_PER_ADDRESS.failures):
        limits.take(f"customer {number}", "10.0.0.2", now)
    assert limits.take("another", "10.0.0.2", now) > 0
    assert limits.take("another", "10.0.0.3", now) == 0


def test_the_button_of_a_mail_program_ends_reminders_without_a_cookie(shop: OpenShop, devi: Caller) -> None:
    user = shop.context.users.find_by("email", EMAIL)
    assert user is not None
    path = f"/api/unsubscribe/{shop.context.tokens.stop_token(user.id)}"
    webmail = Caller(shop.port)
    assert webmail.get(path).headers["Content-Type"].startswith("text/html")
    assert shop.context.users.get(user.id).reminders, "to look at it changes nothing"
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert webmail.post(path, b"List-Unsubscribe=One-Click", **form).status == 200
    assert not shop.context.users.get(user.id).reminders
    assert devi.get("/api/account").json["reminders"] is False
    assert devi.patch("/api/account", {"reminders": True}).json["reminders"] is True
