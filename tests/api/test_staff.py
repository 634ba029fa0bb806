"""Staff over HTTP: invited by mail, allowed this and that, and given permits to write the goods."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from shop_server.actions.send_mails import send_mails
from shop_server.rules.person import PERMISSIONS
from shop_server.settings import Settings
from shop_server.storage import invitations
from tests.api.caller import Caller, Reply, id_of, signed_in
from tests.api.cast import Cast
from tests.at_once import at_once
from tests.builders import a_cashier, a_customer
from tests.fake_clock import FakeClock
from tests.mailbox import Mailbox, text_of

PASSWORD = "jaggery and ghee"
GOPAL = {"email": "gopal@example.in", "firstName": "Gopal", "lastName": "Rao", "permissions": ["orders", "inventory"]}
STAFF = "/api/shopkeeper/staff"


@pytest.fixture
def settings(settings: Settings, mailbox: Mailbox) -> Settings:
    return replace(settings, smtp_url=mailbox.url, public_url="https://kirana.example.in")


@pytest.fixture
def asha(cast: Cast) -> Caller:
    """The shopkeeper, whose address is confirmed."""
    return proved(cast, cast.asha)


def proved(cast: Cast, caller: Caller) -> Caller:
    cast.context.users.change(id_of(caller), {"email_confirmed": True})
    return cast.again(caller)


def invited(cast: Cast, asha: Caller, mailbox: Mailbox, **changes: Any) -> str:
    """What stands in the link that Gopal gets."""
    reply = asha.post(STAFF, GOPAL | changes)
    assert reply.status == 201, reply.body
    send_mails(cast.context)
    return code_in(mailbox, reply.json["email"])


def code_in(mailbox: Mailbox, email: str) -> str:
    """What stands in the link of the last mail to this address."""
    found = re.search(r"https://kirana\.example\.in/invitation\.html#(\S+)", text_of(mailbox.of(email)[-1]))
    assert found is not None
    return found[1]


def accept(cast: Cast, code: str, password: str = PASSWORD) -> Reply:
    return cast.stranger.post("/api/staff/invitations/accept", {"code": code, "password": password})


def goods_keeper(cast: Cast) -> Caller:
    """Bharat, who may keep the goods, without a permit."""
    person = a_cashier(cast.context, cast.kirana, "inventory", email_confirmed=True)
    return signed_in(cast.context, cast.asha.port, person)


def permit_code(cast: Cast, caller: Caller, mailbox: Mailbox) -> str:
    """The code that the shopkeeper gets."""
    assert caller.post("/api/staff/permits").status == 202
    send_mails(cast.context)
    return mailbox.code_of(cast.context.users.get(id_of(cast.asha)).email)


def confirm(caller: Caller, code: str) -> Reply:
    return caller.post("/api/staff/permits/confirm", {"code": code})


def count(cast: Cast, caller: Caller) -> Reply:
    return caller.post(f"/api/products/{cast.dal.id}/counts", {"quantity": 9, "reason": "Counted"})


def acts(cast: Cast) -> list[str]:
    return sorted(line.act for line in cast.context.audit.list_lines(50, None))


# --- invitations ---


def test_an_invited_person_accepts_with_a_password_and_may_do_what_she_was_allowed(
    cast: Cast, asha: Caller, mailbox: Mailbox
) -> None:
    code = invited(cast, asha, mailbox)
    welcome = accept(cast, code)
    assert (welcome.status, welcome.json["userRole"], welcome.json["userName"]) == (201, "staff", "Gopal Rao")
    gopal = Caller(asha.port, welcome.json["token"])
    me = gopal.get("/api/auth/me").json
    assert (me["shopId"], me["permissions"]) == (cast.kirana.id, ["orders", "inventory"])
    assert gopal.get("/api/shopkeeper/orders").status == 200
    assert gopal.get("/api/shopkeeper/payments").status == 403
    assert cast.stranger.post("/api/auth/login", {"email": GOPAL["email"], "password": PASSWORD}).status == 200
    (row,) = [row for row in asha.get(STAFF).json if row["firstName"] == "Gopal"]
    assert (row["state"], row["expiresAt"]) == ("active", None)
    assert acts(cast) == ["staff-invited", "staff-joined"]


def test_an_invitation_is_good_once_and_for_a_week(
    cast: Cast, asha: Caller, mailbox: Mailbox, clock: FakeClock
) -> None:
    code = invited(cast, asha, mailbox)
    assert accept(cast, code).status == 201
    assert accept(cast, code).pointers == ["/code"]
    late = invited(cast, asha, mailbox, email="late@example.in")
    clock.advance(days=7)
    assert accept(cast, late).pointers == ["/code"]


def test_of_two_who_accept_the_same_invitation_at_once_one_is_staff(cast: Cast, asha: Caller, mailbox: Mailbox) -> None:
    code = invited(cast, asha, mailbox)
    replies = at_once([lambda: accept(cast, code) for _ in range(4)])
    assert sorted(reply.status for reply in replies) == [201, 422, 422, 422]
    assert [row["state"] for row in asha.get(STAFF).json if row["email"] == GOPAL["email"]] == ["active"]


def test_a_refused_acceptance_leaves_the_invitation_open(cast: Cast, asha: Caller, mailbox: Mailbox) -> None:
    code = invited(cast, asha, mailbox)
    assert accept(cast, code, "12345678").pointers == ["/password"]
    a_customer(cast.context, email=GOPAL["email"])
    assert accept(cast, code).status == 409
    assert [row["state"] for row in asha.get(STAFF).json if row["email"] == GOPAL["email"]] == ["invited"]


@pytest.mark.parametrize("spoil", [lambda code: code[:-1], lambda code: code[:24] + "-x", lambda code: "x"])
def test_a_wrong_code_opens_nothing_and_five_of_them_end_the_link(
    cast: Cast, asha: Caller, mailbox: Mailbox, spoil: Any
) -> None:
    code = invited(cast, asha, mailbox)
    assert [accept(cast, spoil(code)).pointers for _ in range(5)] == [["/code"]] * 5
    assert accept(cast, code).status == (201 if spoil(code) == "x" else 422)


def test_a_new_invitation_replaces_the_one_before_and_what_is_taken_back_is_gone(
    cast: Cast, asha: Caller, mailbox: Mailbox
) -> None:
    old = invited(cast, asha, mailbox)
    new = invited(cast, asha, mailbox, permissions=["reports"])
    (row,) = [row for row in asha.get(STAFF).json if row["state"] == "invited"]
    assert row["permissions"] == ["reports"]
    assert accept(cast, old).pointers == ["/code"]
    assert asha.patch(f"{STAFF}/{row['id']}", {"permissions": ["orders"]}).json["permissions"] == ["orders"]
    assert asha.delete(f"{STAFF}/{row['id']}").status == 204
    assert accept(cast, new).pointers == ["/code"]


def test_the_same_invitation_sent_twice_is_one_and_one_mail(cast: Cast, asha: Caller, mailbox: Mailbox) -> None:
    first, again = (asha.post(STAFF, GOPAL, Idempotency_Key="invite Gopal") for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert first.json["id"] == again.json["id"]
    send_mails(cast.context)
    assert len(mailbox.of("gopal@example.in")) == 1
    other = asha.post(STAFF, GOPAL | {"email": "hari@example.in"}, Idempotency_Key="invite Gopal")
    assert (other.status, other.pointers) == (422, ["/Idempotency-Key"])
    more = asha.post(STAFF, GOPAL | {"permissions": ["reports"]}, Idempotency_Key="invite Gopal")
    assert (more.status, more.pointers) == (422, ["/Idempotency-Key"])
    assert accept(cast, code_in(mailbox, "gopal@example.in")).status == 201
    last = asha.post(STAFF, GOPAL, Idempotency_Key="invite Gopal")
    assert (last.status, last.json) == (201, first.json), "the answer of then, also when she has come since"
    send_mails(cast.context)
    assert len(mailbox.of("gopal@example.in")) == 1
    assert acts(cast) == ["staff-invited", "staff-joined"]


def test_a_shop_has_room_for_so_many_also_when_all_are_invited_at_once(
    cast: Cast, asha: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MOST_STAFF", len(asha.get(STAFF).json) + 2)
    invite = [partial(asha.post, STAFF, GOPAL | {"email": f"staff{n}@example.in"}) for n in range(6)]
    assert sorted(reply.status for reply in at_once(invite)) == [201, 201, 409, 409, 409, 409]
    invited = [row["email"] for row in asha.get(STAFF).json if row["state"] == "invited"]
    assert len(invited) == 2
    assert asha.post(STAFF, GOPAL | {"email": invited[0]}).status == 201, (
        "whoever is counted already may be asked again"
    )


def test_only_who_has_confirmed_her_address_invites_and_nobody_with_an_account(cast: Cast) -> None:
    assert cast.asha.post(STAFF, GOPAL).status == 409
    asha = proved(cast, cast.asha)
    devi = cast.context.users.get(id_of(cast.devi))
    taken = asha.post(STAFF, GOPAL | {"email": devi.email})
    assert (taken.status, taken.json["field"]) == (409, "email")
    wrong = asha.post(STAFF, {"email": "x", "firstName": "", "permissions": ["everything"]})
    assert set(wrong.pointers) == {"/email", "/firstName", "/lastName", "/permissions/0"}


def test_the_records_never_hold_what_opens_an_invitation(
    cast: Cast, asha: Caller, mailbox: Mailbox, database: Any
) -> None:
    secret = invited(cast, asha, mailbox).partition("-")[2]
    for name in ("outbox", "codes", "invitations"):
        assert secret not in str(list(database[name].find())), name


# --- permissions ---


def test_other_permissions_hold_at_once(cast: Cast, asha: Caller) -> None:
    bharat = f"{STAFF}/{id_of(cast.bharat)}"
    assert cast.bharat.get("/api/shopkeeper/payments").status == 403
    assert asha.patch(bharat, {"permissions": ["reports", "payments", "payments"]}).json["permissions"] == [
        "payments",
        "reports",
    ]
    assert cast.bharat.get("/api/shopkeeper/payments").status == 200
    asha.patch(bharat, {"permissions": []})
    assert cast.bharat.get("/api/shopkeeper/payments").status == 403
    assert acts(cast) == ["permissions-changed", "permissions-changed"]


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_each_permission_opens_its_own_doors_and_no_other(cast: Cast, permission: str) -> None:
    doors = {
        "orders": "/api/shopkeeper/orders",
        "payments": "/api/shopkeeper/payments",
        "inventory": f"/api/products/{cast.dal.id}/movements",
        "customers": "/api/shopkeeper/customers",
        "reports": "/api/shopkeeper/analytics",
        "settings": "/api/shopkeeper/shop",
    }
    caller = signed_in(cast.context, cast.asha.port, a_cashier(cast.context, cast.kirana, permission))
    open_doors = {name for name, path in doors.items() if caller.get(path).status == 200}
    assert open_doors == {permission} - {"prices"}
    priced = caller.put(f"/api/products/{cast.dal.id}", {"price": 121})
    assert priced.status == (200 if permission == "prices" else 403)


def test_who_is_removed_is_out_at_once_and_can_shop_on(cast: Cast, asha: Caller) -> None:
    assert asha.delete(f"{STAFF}/{id_of(cast.bharat)}").status == 204
    assert cast.bharat.get("/api/auth/me").status == 401
    me = cast.again(cast.bharat).get("/api/auth/me").json
    assert (me["userRole"], "shopId" in me) == ("customer", False)
    assert asha.get(STAFF).json == []
    assert asha.delete(f"{STAFF}/{id_of(cast.bharat)}").status == 404
    assert acts(cast) == ["staff-removed"]


def test_others_staff_and_the_shopkeeper_herself_are_nobodys_to_change(cast: Cast, asha: Caller) -> None:
    for target in (id_of(cast.chitra), id_of(cast.asha), id_of(cast.devi), "0" * 24):
        assert asha.patch(f"{STAFF}/{target}", {"nonsense": 1}).status == 404
        assert asha.delete(f"{STAFF}/{target}").status == 404
    assert cast.chitra.delete(f"{STAFF}/{id_of(cast.bharat)}").status == 404
    assert cast.bharat.get(STAFF).status == 403
    assert cast.bharat.get("/api/auth/me").status == 200


# --- permits ---


def test_staff_write_the_goods_only_with_the_code_that_the_shopkeeper_got(
    cast: Cast, asha: Caller, mailbox: Mailbox, clock: FakeClock
) -> None:
    bharat = goods_keeper(cast)
    refused = count(cast, bharat)
    assert (refused.status, refused.json["type"]) == (403, "/problems/permit-needed")
    assert "permitUntil" not in bharat.get("/api/auth/me").json
    given = confirm(bharat, permit_code(cast, bharat, mailbox))
    assert (given.status, given.json) == (200, {"permitUntil": "2026-11-21T12:30:00Z"})
    assert bharat.get("/api/auth/me").json["permitUntil"] == "2026-11-21T12:30:00Z"
    assert count(cast, bharat).status == 201
    clock.advance(hours=8)
    bharat = replace(bharat, token=renewed(cast, bharat))
    assert count(cast, bharat).status == 403
    assert acts(cast) == ["permit-given"]


def renewed(cast: Cast, caller: Caller) -> str:
    """A fresh access token of the same session."""
    assert caller.person is not None
    person = caller.person
    tokens = cast.context.tokens
    return tokens.pair(person.user_id, person.session_id, person.role, 1, cast.context.clock.now()).access_token


def test_a_permit_is_for_one_session_and_ends_with_it(cast: Cast, asha: Caller, mailbox: Mailbox) -> None:
    bharat = goods_keeper(cast)
    phone = cast.again(bharat)
    code = permit_code(cast, bharat, mailbox)
    assert confirm(phone, code).pointers == ["/code"]
    assert confirm(bharat, code).status == 200
    assert count(cast, phone).status == 403
    assert count(cast, bharat).status == 201
    assert bharat.post("/api/auth/logout").status == 204
    assert count(cast, cast.again(bharat)).status == 403


def test_a_code_is_good_once_for_ten_minutes_and_five_tries(
    cast: Cast, asha: Caller, mailbox: Mailbox, clock: FakeClock
) -> None:
    bharat = goods_keeper(cast)
    code = permit_code(cast, bharat, mailbox)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    replies = at_once([lambda: confirm(bharat, wrong) for _ in range(6)])
    assert [reply.status for reply in replies] == [422] * 6
    assert confirm(bharat, code).status == 422
    code = permit_code(cast, bharat, mailbox)
    clock.advance(minutes=10)
    assert confirm(bharat, code).status == 422
    code = permit_code(cast, bharat, mailbox)
    replies = at_once([lambda: confirm(bharat, code) for _ in range(4)])
    assert sorted(reply.status for reply in replies) == [200, 422, 422, 422]


def test_a_permit_gives_no_permission_that_staff_do_not_have(cast: Cast, asha: Caller, mailbox: Mailbox) -> None:
    assert cast.bharat.post("/api/staff/permits").status == 403
    assert asha.post("/api/staff/permits").status == 403
    bharat = goods_keeper(cast)
    confirm(bharat, permit_code(cast, bharat, mailbox))
    assert bharat.put(f"/api/products/{cast.dal.id}", {"price": 1}).status == 403
    asha.patch(f"{STAFF}/{id_of(bharat)}", {"permissions": ["orders"]})
    assert count(cast, bharat).status == 403


def test_a_permit_is_asked_for_only_when_both_have_confirmed_their_addresses(cast: Cast) -> None:
    person = a_cashier(cast.context, cast.kirana, "inventory")
    bharat = signed_in(cast.context, cast.asha.port, person)
    assert bharat.post("/api/staff/permits").status == 409
    proved(cast, bharat)
    assert cast.again(bharat).post("/api/staff/permits").status == 409
    proved(cast, cast.asha)
    assert cast.again(bharat).post("/api/staff/permits").status == 202


def test_prices_need_no_permit_but_all_else_of_the_same_form_does(cast: Cast) -> None:
    who = a_cashier(cast.context, cast.kirana, "inventory", "prices")
    bharat = signed_in(cast.context, cast.asha.port, who)
    path = f"/api/products/{cast.dal.id}"
    assert bharat.put(path, {"price": 130}).status == 200
    both = bharat.put(path, {"price": 140, "stock": 3})
    assert (both.status, both.json["type"]) == (403, "/problems/permit-needed")
    (row,) = bharat.patch("/api/products", [{"id": cast.dal.id, "unit": "2 kg"}]).json
    assert row["status"] == 403
    assert cast.asha.get(path).json["price"] == 130


def test_staff_make_no_categories_by_naming_them(cast: Cast) -> None:
    who = a_cashier(cast.context, cast.kirana, "inventory")
    bharat = signed_in(cast.context, cast.asha.port, who, has_permit=True)
    wish = {"name": "Top", "category": "Toys", "price": 10, "stock": 1}
    assert bharat.post("/api/products", wish).pointers == ["/category"]
    assert bharat.put(f"/api/products/{cast.dal.id}", {"category": "Toys"}).pointers == ["/category"]
    assert bharat.post("/api/products", wish | {"category": "dal"}).status == 201
