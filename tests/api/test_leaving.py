"""An account that is deleted: nothing says who she was, and the books stay exact."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

import pytest

from shop_server.actions.cancel_order import cancel_at_closed_shops, cancel_order
from shop_server.actions.erase_account import SETTLED_AFTER, erase_what_is_left
from shop_server.actions.move_order import move_order, request_return
from shop_server.actions.settle_payment import Confirmation, claim_payment, confirm_payment
from shop_server.context import Context
from shop_server.rules.account import User
from shop_server.rules.order import ERASED_NAME, Order
from shop_server.storage.connection import Connection
from shop_server.storage.users import Users
from shop_server.storage.verify import verify
from tests.api.caller import Caller, signed_in
from tests.api.cast import Cast
from tests.at_once import at_once
from tests.builders import a_customer, an_order
from tests.fake_clock import FakeClock

PASSWORD = "mango pickle 7"
GSTIN = "29AABCU9603R1ZJ"
PERSONAL = ("Lakshmi", "lakshmi@example.in", "9988776655", "7 Neem Street", "ring twice please", GSTIN)
NOT_LOOKED_AT = {"papers", "news"}
"""A bill keeps its recipient, as the law has it; news is gone after an hour."""


@pytest.fixture
def lakshmi(cast: Cast) -> Caller:
    person = a_customer(
        cast.context,
        "Lakshmi",
        email="lakshmi@example.in",
        phone="9988776655",
        address="7 Neem Street",
        city="Pune",
        pincode="411001",
        password_hash=cast.context.passwords.keep(PASSWORD),
    )
    return signed_in(cast.context, cast.devi.port, person)


def leave(caller: Caller, password: str = PASSWORD) -> Any:
    return caller.delete("/api/account", {"password": password})


def order_of(cast: Cast, caller: Caller, method: str = "Cash") -> Order:
    assert caller.person is not None
    fields = {"note": "ring twice please", "gst_number": GSTIN}
    return an_order(cast.context, caller.person, {cast.dal.id: 1}, method, **fields)


def deliver(cast: Cast, order: Order) -> None:
    assert cast.asha.person is not None
    for status in ("packed", "dispatched", "delivered"):
        move_order(cast.context, order.id, cast.asha.person, status)


def everything_said(database: Any) -> str:
    names = set(database.list_collection_names()) - NOT_LOOKED_AT
    return "\n".join(str(row) for name in sorted(names) for row in database[name].find())


def test_nothing_says_any_more_who_she_was_and_the_books_are_exact(
    cast: Cast, lakshmi: Caller, connection: Connection, database: Any
) -> None:
    context, person = cast.context, lakshmi.person
    assert person is not None
    paid = order_of(cast, lakshmi, "UPI")
    claim_payment(context, paid.id, person, "612345678901")
    confirm_payment(context, paid.id, cast.asha.person, Confirmation())  # type: ignore[arg-type]
    deliver(cast, paid)
    cancelled = order_of(cast, lakshmi)
    cancel_order(context, cancelled.id, person, "No need")
    assert lakshmi.put("/api/cart", {"items": [{"id": cast.dal.id, "quantity": 2}]}).status == 200
    context.outbox.put("email_changed", "lakshmi@example.in", {"name": "Lakshmi"}, once="1")
    assert all(word in everything_said(database) for word in PERSONAL)
    stats = cast.asha.get("/api/shopkeeper/stats").json
    log = list(database.payment_log.find())

    assert leave(lakshmi).status == 204

    said = everything_said(database)
    assert [word for word in PERSONAL if word in said] == []
    assert lakshmi.get("/api/auth/me").status == 401
    name = {"email": "lakshmi@example.in", "password": PASSWORD}
    assert cast.stranger.post("/api/auth/login", name).status == 401
    assert cast.asha.get("/api/shopkeeper/stats").json == stats
    assert list(database.payment_log.find()) == log
    seen = cast.asha.get(f"/api/orders/{paid.id}").json
    assert (seen["customerName"], seen["total"], seen["status"]) == (ERASED_NAME, 120, "delivered")
    assert verify(connection.tools) == []


def test_her_address_and_number_are_free_again(cast: Cast, lakshmi: Caller) -> None:
    assert leave(lakshmi).status == 204
    again = {
        "email": "lakshmi@example.in",
        "phone": "9988776655",
        "password": PASSWORD,
        "firstName": "Lakshmi",
        "lastName": "Rao",
        "role": "customer",
    }
    assert cast.stranger.post("/api/auth/register", again).status == 201


def test_a_wrong_password_deletes_nothing(cast: Cast, lakshmi: Caller) -> None:
    assert leave(lakshmi, "guessed").pointers == ["/password"]
    assert lakshmi.get("/api/auth/me").status == 200


def test_she_stays_while_goods_or_money_are_on_their_way(cast: Cast, lakshmi: Caller) -> None:
    order = order_of(cast, lakshmi)
    refused = leave(lakshmi)
    assert (refused.status, refused.json["orderId"]) == (409, order.id)
    deliver(cast, order)
    assert lakshmi.person is not None
    assert cast.asha.person is not None
    confirm_payment(cast.context, order.id, cast.asha.person, Confirmation())
    request_return(cast.context, order.id, lakshmi.person, "Stale")
    move_order(cast.context, order.id, cast.asha.person, "returned")
    assert leave(lakshmi).status == 409, "her money is due back"
    assert cast.asha.post(f"/api/orders/{order.id}/payment/refund", {"reference": "NEFT 7"}).status == 200
    assert leave(lakshmi).status == 204


def test_the_only_admin_stays(cast: Cast) -> None:
    kept = cast.context.passwords.keep(PASSWORD)
    farah = signed_in(
        cast.context, cast.devi.port, a_customer(cast.context, "Farah", is_admin=True, password_hash=kept)
    )
    assert leave(farah).status == 409
    a_customer(cast.context, "Gita", is_admin=True)
    assert leave(farah).status == 204


def test_of_the_last_two_admins_who_leave_at_once_one_stays(cast: Cast) -> None:
    kept = cast.context.passwords.keep(PASSWORD)
    admins = [
        signed_in(cast.context, cast.devi.port, a_customer(cast.context, name, is_admin=True, password_hash=kept))
        for name in ("Farah", "Gita")
    ]
    answers = at_once([partial(leave, admin) for admin in admins])
    assert sorted(answer.status for answer in answers) == [204, 409]
    assert len(cast.context.users.admin_ids()) == 1


def test_a_shopkeeper_closes_her_shop_with_her_account(cast: Cast) -> None:
    assert cast.asha.person is not None
    user = cast.context.users.get(cast.asha.person.user_id)
    assert cast.context.users.change_password(user, cast.context.passwords.keep(PASSWORD))
    order = order_of(cast, cast.devi)
    assert leave(cast.asha).status == 409, "her customers wait for their goods"
    assert cast.devi.post(f"/api/orders/{order.id}/cancellation", {"reason": "No need"}).status == 200
    assert leave(cast.asha).status == 204
    assert cast.kirana.id not in [row["id"] for row in cast.stranger.get("/api/shops").json]
    items = {"items": [{"id": cast.dal.id, "quantity": 1}], "paymentMethod": "Cash", "pickup": True}
    assert cast.devi.post("/api/orders", items).status == 409


def test_an_order_that_comes_while_its_shop_closes_is_cancelled_and_its_customer_told(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, asha = cast.context, cast.asha.person
    assert asha is not None
    assert context.users.change_password(context.users.get(asha.user_id), context.passwords.keep(PASSWORD))
    came: list[Order] = []
    erase = Users.erase

    def order_and_erase(users: Users, user: User, now: datetime) -> bool:
        came.append(order_of(cast, cast.devi))
        return erase(users, user, now)

    with monkeypatch.context() as patch:
        patch.setattr(Users, "erase", order_and_erase)
        assert leave(cast.asha).status == 204
    assert [cancel_at_closed_shops(context, 10) for _ in range(2)] == [1, 0]
    (order,) = came
    assert context.orders.get(order.id).status == "cancelled"
    assert context.products.get(cast.dal.id).stock == cast.dal.stock
    words = f"Asha Kirana has closed for good, and order {order.id[:8]} is cancelled."
    assert words in [row["text"] for row in cast.devi.get("/api/notifications").json]


def test_an_order_that_was_under_way_is_erased_once_it_is_finished(
    cast: Cast, lakshmi: Caller, clock: FakeClock
) -> None:
    context: Context = cast.context
    assert lakshmi.person is not None
    assert leave(lakshmi).status == 204
    late = order_of(cast, lakshmi)
    assert erase_what_is_left(context) == 1
    clock.set(clock.now() + SETTLED_AFTER)
    assert erase_what_is_left(context) == 1
    assert context.orders.get(late.id).customer_name != ERASED_NAME, "the shop still has to find her"
    deliver(cast, late)
    clock.advance(seconds=1)
    assert [erase_what_is_left(context) for _ in range(2)] == [1, 0]
    assert context.orders.get(late.id).customer_name == ERASED_NAME


def test_erasing_goes_on_where_a_process_was_broken_off(
    cast: Cast, lakshmi: Caller, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [order_of(cast, lakshmi) for _ in range(3)]
    for order in orders:
        assert lakshmi.post(f"/api/orders/{order.id}/cancellation", {"reason": "No need"}).status == 200
    with monkeypatch.context() as patch:
        patch.setattr("shop_server.actions.erase_account.SLICE", 1)
        patch.setattr(type(cast.context.traces), "erase_notices", _fail_at(2))
        assert leave(lakshmi).status == 500
    assert erase_what_is_left(cast.context) == 1
    assert {cast.context.orders.get(order.id).customer_name for order in orders} == {ERASED_NAME}


@pytest.mark.parametrize("broken", ["sessions.end_all", "shops.change", "traces.erase", "audit.note"])
def test_wherever_it_is_broken_off_her_shop_closes_and_her_traces_go(
    cast: Cast, database: Any, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    context, asha = cast.context, cast.asha.person
    assert asha is not None
    user = context.users.get(asha.user_id)
    assert context.users.change_password(user, context.passwords.keep(PASSWORD))
    context.outbox.put("email_changed", user.email, {"name": "Asha"}, once="1")
    store, act = broken.split(".")
    with monkeypatch.context() as patch:
        patch.setattr(type(getattr(context, store)), act, _fail_at(1))
        assert leave(cast.asha).status == 500
    assert database["users"].find_one({"_id": user.id})["email"] == ""
    assert [erase_what_is_left(context) for _ in range(2)] == [1, 1]
    assert context.shops.get(cast.kirana.id).suspended
    assert user.email not in everything_said(database)
    assert cast.asha.get("/api/auth/me").status == 401


def _fail_at(turn: int) -> Any:
    turns = iter(range(1, turn + 1))

    def fail(*_: Any) -> None:
        if next(turns) == turn:
            raise RuntimeError("broken off")

    return fail
