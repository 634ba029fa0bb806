"""Who may bring a list of goods in that waited, by the rights that she has when its turn comes."""

from __future__ import annotations

from typing import Any

import pytest

from shop_server.errors import NotAllowed
from shop_server.rules.account import User
from shop_server.rules.errand import IMPORT, KEPT_FOR, Errand, importer
from shop_server.rules.person import CUSTOMER, SHOPKEEPER, STAFF
from tests.rules.shelf import MORNING

SENT = Errand("e", IMPORT, "asha", "goods", "asha", MORNING, MORNING + KEPT_FOR)


def a_user(role: str, *permissions: str, **fields: Any) -> User:
    values: dict[str, Any] = {"shop_id": "asha", "permissions": permissions, **fields}
    return User("b", role, "b@example.in", "9876543211", "Bharat", "Kulkarni", "none", MORNING, **values)


@pytest.mark.parametrize(
    ("user", "prices"),
    [(a_user(SHOPKEEPER), True), (a_user(STAFF, "inventory"), False), (a_user(STAFF, "inventory", "prices"), True)],
)
def test_who_may_change_goods_now_brings_them_in_with_the_rights_of_now(user: User, prices: bool) -> None:
    person = importer(SENT, user)
    assert (person.user_id, person.shop_id, person.has_permit) == ("b", "asha", True)
    assert (person.may("inventory"), person.may("prices")) == (True, prices)


@pytest.mark.parametrize(
    "user",
    [
        None,
        a_user(STAFF, "prices"),
        a_user(STAFF, "inventory", suspended=True),
        a_user(STAFF, "inventory", shop_id="chitra"),
        a_user(SHOPKEEPER, shop_id="chitra"),
        a_user(SHOPKEEPER, suspended=True),
        a_user(CUSTOMER, shop_id=None),
    ],
)
def test_who_has_lost_her_place_or_her_rights_brings_nothing_in(user: User | None) -> None:
    with pytest.raises(NotAllowed, match="send it in again yourself"):
        importer(SENT, user)
