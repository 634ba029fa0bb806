"""The admin's work over HTTP: accounts and shops of the whole installation, and that she cannot saw off her own branch."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from shop_server.actions.move_order import move_order
from tests.api.caller import Caller, Reply, id_of, signed_in
from tests.api.cast import Cast
from tests.api.test_live import Listener
from tests.api.test_notices import next_path
from tests.at_once import at_once
from tests.builders import a_customer, a_shop, a_shopkeeper, an_order
from tests.waiting import wait_until

GITA: dict[str, Any] = {
    "email": "gita@example.in",
    "password": "mangoes in May",
    "firstName": "Gita",
    "lastName": "Rao",
    "phone": "98765 43210",
    "role": "customer",
}
GITAS_SHOP = {"role": "shopkeeper", "shopName": "Gita Stores", "shopAddress": "MG Road"}


def change(admin: Caller, caller: Caller | str, **wish: Any) -> Reply:
    return admin.patch(f"/api/admin/users/{caller if isinstance(caller, str) else id_of(caller)}", wish)


def acts(admin: Caller) -> list[tuple[str, str]]:
    """What the audit log tells; the clock stands still, so not in its order."""
    return sorted((row["act"], row["target"]) for row in admin.get("/api/admin/audit").json)


def found(admin: Caller, query: str) -> list[str]:
    return sorted(row["firstName"] for row in admin.get(f"/api/admin/users?{query}").json)


# --- finding ---


def test_finds_accounts_by_the_beginning_of_any_word_of_name_email_or_phone(cast: Cast, farah: Caller) -> None:
    assert cast.devi.person is not None
    phone = cast.devi.person.phone
    email = cast.context.users.get(id_of(cast.devi)).email
    for text in ("dev", "DEVI+kulk", phone[:7], f"%2B91+{phone[:5]}+{phone[5:]}", email):
        assert found(farah, f"q={text}") == ["Devi"], text
    assert found(farah, "q=evi") == []
    assert found(farah, "q=...") == []
    cast.devi.patch("/api/account", {"firstName": "Durgā"})
    assert (found(farah, "q=durga+kulk"), found(farah, "q=DURGĀ".replace("Ā", "%C4%80"))) == (["Durgā"], ["Durgā"])


def test_lists_accounts_by_role_and_state_page_by_page(cast: Cast, farah: Caller) -> None:
    everybody = ["Asha", "Bharat", "Chitra", "Devi", "Eshan", "Farah"]
    assert found(farah, "") == everybody
    assert found(farah, "role=shopkeeper") == ["Asha", "Chitra"]
    assert found(farah, "state=admin") == ["Farah"]
    assert found(farah, "state=suspended") == []
    assert farah.get("/api/admin/users?role=boss").pointers == ["/role"]
    path, seen = "/api/admin/users?limit=4", []
    while path:
        reply = farah.get(path)
        seen += [row["firstName"] for row in reply.json]
        path = next_path(reply.headers["Link"]) if "Link" in reply.headers else ""
    assert sorted(seen) == everybody


def test_a_row_tells_whose_account_it_is_and_nothing_secret(cast: Cast, farah: Caller) -> None:
    (row,) = farah.get("/api/admin/users?q=asha").json
    assert (row["role"], row["shopId"], row["shopName"]) == ("shopkeeper", cast.kirana.id, "Asha Kirana")
    assert "password" not in str(row).lower()


# --- opening accounts ---


def test_opens_an_account_whose_owner_can_sign_in(cast: Cast, farah: Caller) -> None:
    made = farah.post("/api/admin/users", GITA)
    assert (made.status, made.json["isAdmin"], made.json["phone"]) == (201, False, "9876543210")
    reply = cast.stranger.post("/api/auth/login", {"email": GITA["email"], "password": GITA["password"]})
    assert (reply.status, reply.json["userId"]) == (200, made.json["id"])
    assert acts(farah) == [("user-created", made.json["id"])]
    assert farah.post("/api/admin/users", GITA).status == 409


def test_the_same_wish_under_a_key_is_one_account_and_another_wish_is_refused(cast: Cast, farah: Caller) -> None:
    wish = {**GITA, **GITAS_SHOP}
    replies = at_once([lambda: farah.post("/api/admin/users", wish, Idempotency_Key="Gita")] * 4)
    assert {reply.status for reply in replies} == {201}
    assert all(reply.json == replies[0].json for reply in replies)
    for other in (
        {"email": "hari@example.in", "phone": "9876500000"},
        {"isAdmin": True},
        {"password": "tamarind-and-salt"},
    ):
        refused = farah.post("/api/admin/users", wish | other, Idempotency_Key="Gita")
        assert (refused.status, refused.pointers) == (422, ["/Idempotency-Key"])
    assert acts(farah) == [("user-created", replies[0].json["id"])]


def test_a_shop_that_the_admin_opens_is_let_in_at_once(cast: Cast, farah: Caller) -> None:
    assert farah.post("/api/admin/users", {**GITA, "role": "shopkeeper"}).pointers == ["/shopName", "/shopAddress"]
    made = farah.post("/api/admin/users", {**GITA, **GITAS_SHOP}).json
    assert made["shopName"] == "Gita Stores"
    assert "Gita Stores" in [shop["name"] for shop in cast.devi.get("/api/shops").json]


def test_can_open_another_admins_account(farah: Caller) -> None:
    assert farah.post("/api/admin/users", {**GITA, "isAdmin": True}).json["isAdmin"] is True
    assert farah.post("/api/admin/users", {**GITA, "isAdmin": "yes"}).pointers == ["/isAdmin"]
    assert farah.post("/api/admin/users", {**GITA, "password": "password"}).pointers == ["/password"]


# --- suspending ---


def test_a_suspended_persons_sign_ins_end_at_once_until_she_is_reactivated(cast: Cast, farah: Caller) -> None:
    made = farah.post("/api/admin/users", GITA).json
    password = {"email": GITA["email"], "password": GITA["password"]}
    session = cast.stranger.post("/api/auth/login", password).json
    gita = Caller(farah.port, session["token"])
    assert change(farah, made["id"], suspended=True).json["suspended"] is True
    assert gita.get("/api/auth/me").status == 401
    assert cast.stranger.post("/api/auth/refresh", {"refreshToken": session["refreshToken"]}).status == 401
    refused = cast.stranger.post("/api/auth/login", password)
    assert (refused.status, "suspended" in refused.json["detail"]) == (403, True)
    assert cast.stranger.post("/api/auth/login", {**password, "password": "wrong"}).status == 401
    assert change(farah, made["id"], suspended=False).status == 200
    assert gita.get("/api/auth/me").status == 401
    assert cast.stranger.post("/api/auth/login", password).status == 200
    assert acts(farah) == [(f"user-{done}", made["id"]) for done in ("created", "reactivated", "suspended")]


def test_a_session_that_slipped_in_while_she_was_being_suspended_is_good_for_nothing(cast: Cast, farah: Caller) -> None:
    change(farah, cast.devi, suspended=True)
    assert cast.again(cast.devi).get("/api/auth/me").status == 401


def test_the_event_stream_of_a_suspended_person_ends_at_once(cast: Cast, farah: Caller) -> None:
    with closing(Listener(cast.devi)) as devi, closing(Listener(cast.eshan)) as eshan:
        change(farah, cast.devi, suspended=True)
        wait_until(lambda: devi.has_ended)
        assert not eshan.has_ended


def test_signs_somebody_out_everywhere(cast: Cast, farah: Caller) -> None:
    other = cast.again(cast.devi)
    assert farah.delete(f"/api/admin/users/{id_of(cast.devi)}/sessions").status == 204
    assert (cast.devi.get("/api/auth/me").status, other.get("/api/auth/me").status) == (401, 401)
    assert cast.again(cast.devi).get("/api/auth/me").status == 200
    assert acts(farah) == [("sessions-ended", id_of(cast.devi))]
    assert farah.delete(f"/api/admin/users/{'0' * 24}/sessions").status == 404


# --- roles ---


def test_a_customer_becomes_a_shopkeeper_with_a_shop_and_the_other_way_round(cast: Cast, farah: Caller) -> None:
    assert change(farah, cast.devi, role="shopkeeper").pointers == ["/shopName", "/shopAddress"]
    made = change(farah, cast.devi, role="shopkeeper", shopName="Devi Stores", shopAddress="MG Road").json
    assert (made["role"], made["shopName"]) == ("shopkeeper", "Devi Stores")
    assert cast.devi.get("/api/shopkeeper/shop").json["name"] == "Devi Stores"
    assert change(farah, cast.devi, role="customer").status == 409
    farah.patch(f"/api/admin/shops/{made['shopId']}", {"suspended": True})
    assert change(farah, cast.devi, role="customer").json["shopId"] is None
    assert cast.devi.get("/api/shopkeeper/shop").status == 403
    again = change(farah, cast.devi, role="shopkeeper").json
    assert again["shopId"] == made["shopId"]


def test_a_shopkeeper_stays_one_while_her_shop_has_business(cast: Cast, farah: Caller) -> None:
    assert cast.devi.person is not None
    assert cast.asha.person is not None
    order = an_order(cast.context, cast.devi.person, {cast.dal.id: 1})
    farah.patch(f"/api/admin/shops/{cast.kirana.id}", {"suspended": True})
    assert change(farah, cast.asha, role="customer").status == 409
    for status in ("packed", "dispatched", "delivered"):
        move_order(cast.context, order.id, cast.asha.person, status)
    assert change(farah, cast.asha, role="customer").status == 200


def test_a_customer_stays_one_while_an_order_of_hers_is_open(cast: Cast, farah: Caller) -> None:
    assert cast.devi.person is not None
    assert cast.asha.person is not None
    order = an_order(cast.context, cast.devi.person, {cast.dal.id: 1})
    shop = {"shopName": "Devi Stores", "shopAddress": "MG Road"}
    refused = change(farah, cast.devi, role="shopkeeper", **shop)
    assert (refused.status, refused.json["orderId"]) == (409, order.id)
    for status in ("packed", "dispatched", "delivered"):
        move_order(cast.context, order.id, cast.asha.person, status)
    assert change(farah, cast.devi, role="shopkeeper", **shop).status == 200


def test_staff_who_become_customers_are_in_no_shop(cast: Cast, farah: Caller) -> None:
    assert change(farah, cast.bharat, role="customer").json["shopId"] is None
    assert cast.bharat.get("/api/shopkeeper/stats").status == 403
    assert cast.bharat.get("/api/cart").status == 200


def test_nothing_asked_is_nothing_done(cast: Cast, farah: Caller) -> None:
    assert change(farah, cast.devi).status == 200
    assert change(farah, cast.devi, role="customer", suspended=False).status == 200
    assert acts(farah) == []
    assert change(farah, "0" * 24, suspended=True).status == 404
    assert change(farah, cast.devi, role="staff").pointers == ["/role"]
    assert change(farah, cast.devi, suspended="yes").pointers == ["/suspended"]


# --- the admins themselves ---


@pytest.mark.parametrize("wish", [{"suspended": True}, {"isAdmin": False}])
def test_an_admin_cannot_lock_herself_out(cast: Cast, farah: Caller, wish: dict[str, bool]) -> None:
    change(farah, cast.devi, isAdmin=True)
    refused = change(farah, farah, **wish)
    assert (refused.status, farah.get("/api/admin/users").status) == (409, 200)
    assert change(cast.devi, farah, **wish).status == 200
    assert farah.get("/api/admin/users").status in (401, 403)


def test_of_two_admins_who_demote_each_other_at_once_one_remains(cast: Cast, farah: Caller) -> None:
    for _ in range(5):
        gita = signed_in(cast.context, farah.port, a_customer(cast.context, "Gita", is_admin=True))
        replies = at_once([lambda: change(farah, gita, suspended=True), lambda: change(gita, farah, isAdmin=False)])  # noqa: B023
        left = [caller for caller in (farah, gita) if caller.get("/api/admin/users").status == 200]
        assert len(left) == 1
        assert [reply.status for reply in replies].count(200) == 1
        (farah,) = left


# --- shops ---


def test_a_new_shop_waits_for_the_admin_who_is_told_and_then_lets_it_in(cast: Cast, farah: Caller) -> None:
    shop = a_shop(cast.context, "Hari Stores", approved=False)
    hari = signed_in(cast.context, farah.port, a_shopkeeper(cast.context, shop, "Hari"))
    (row,) = farah.get("/api/admin/shops?state=waiting").json
    assert (row["name"], row["ownerName"], row["approved"]) == ("Hari Stores", "Hari Kulkarni", False)
    assert cast.devi.get(f"/api/shops/{shop.id}").status == 404
    assert farah.patch(f"/api/admin/shops/{shop.id}", {"approved": True}).json["approved"] is True
    assert cast.devi.get(f"/api/shops/{shop.id}").status == 200
    assert [notice["text"] for notice in hari.get("/api/notifications").json] == [
        "Your shop is approved: customers can see it now."
    ]
    assert acts(farah) == [("shop-approved", shop.id)]
    assert farah.get("/api/admin/shops?state=waiting").json == []


def test_a_suspended_shop_is_off_the_street_but_finishes_what_is_open(cast: Cast, farah: Caller) -> None:
    assert cast.devi.person is not None
    paid = an_order(cast.context, cast.devi.person, {cast.dal.id: 1}, "UPI")
    cast.asha.post(f"/api/orders/{paid.id}/payment/confirmation", {})
    placed = an_order(cast.context, cast.devi.person, {cast.dal.id: 1})
    assert farah.patch(f"/api/admin/shops/{cast.kirana.id}", {"suspended": True}).json["suspended"] is True

    assert "Asha Kirana" not in [shop["name"] for shop in cast.devi.get("/api/shops").json]
    assert cast.devi.get(f"/api/shops/{cast.kirana.id}").status == 404
    assert cast.dal.id not in [row["id"] for row in cast.stranger.get("/api/products").json]
    order = {"items": [{"id": cast.dal.id, "quantity": 1}], "paymentMethod": "Cash", "pickup": True}
    assert cast.devi.post("/api/orders", order).status == 409

    assert cast.asha.put(f"/api/orders/{placed.id}/status", {"status": "packed"}).status == 200
    assert cast.devi.get(f"/api/orders/{placed.id}").json["status"] == "packed"
    assert cast.asha.post(f"/api/orders/{paid.id}/cancellation", {"reason": "Closed"}).status == 200
    assert cast.asha.post(f"/api/orders/{paid.id}/payment/refund", {"reference": "NEFT 7"}).status == 200

    farah.patch(f"/api/admin/shops/{cast.kirana.id}", {"suspended": False})
    assert cast.devi.post("/api/orders", order).status == 201
    assert acts(farah) == [("shop-reactivated", cast.kirana.id), ("shop-suspended", cast.kirana.id)]
    assert len(cast.asha.get("/api/notifications").json) >= 2


def test_shops_are_listed_the_newest_first_and_by_state(cast: Cast, farah: Caller) -> None:
    assert {row["name"] for row in farah.get("/api/admin/shops").json} == {"Asha Kirana", "Chitra Stores"}
    assert farah.get("/api/admin/shops?state=suspended").json == []
    first = farah.get("/api/admin/shops?limit=1")
    second = farah.get(next_path(first.headers["Link"]))
    assert {first.json[0]["name"], second.json[0]["name"]} == {"Asha Kirana", "Chitra Stores"}
    assert farah.patch(f"/api/admin/shops/{cast.kirana.id}", {"open": False}).pointers == ["/open"]
    assert farah.patch(f"/api/admin/shops/{'0' * 24}", {"approved": True}).status == 404
