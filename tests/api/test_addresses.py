"""Where goods are brought to, and where people live: a State that there is, a country, a PIN code of six digits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from shop_server.rules.places import STATES_TODAY
from tests.api.cast import Cast

HOME = {"line": "12 Station Road", "city": "Pune", "state": "Maharashtra", "pincode": "411001"}
STATES_JS = Path(__file__).resolve().parents[2] / "public" / "shared" / "states.js"


def order(cast: Cast, **address: Any) -> dict[str, Any]:
    wish = {"items": [{"id": cast.dal.id, "quantity": 1}], "paymentMethod": "Cash"}
    return {**wish, "deliveryAddress": {**HOME, **address}}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"state": "Atlantis"}, "state"),
        ({"state": ""}, "state"),
        ({"country": "Nepal"}, "country"),
        ({"country": "Wakanda"}, "country"),
        ({"pincode": "41100"}, "pincode"),
        ({"pincode": "4110011"}, "pincode"),
        ({"pincode": "011001"}, "pincode"),
        ({"pincode": "41100a"}, "pincode"),
    ],
)
def test_goods_are_not_sent_where_nobody_lives(cast: Cast, wrong: dict[str, str], field: str) -> None:
    reply = cast.devi.post("/api/orders", order(cast, **wrong))
    assert (reply.status, reply.pointers) == (422, [f"/deliveryAddress/{field}"])
    assert cast.context.products.get(cast.dal.id).held == 0


def test_a_state_is_written_as_it_is_called(cast: Cast) -> None:
    placed = cast.devi.post("/api/orders", order(cast, state="mh", country="INDIA", pincode="411 001"))
    address = cast.devi.get(f"/api/orders/{placed.json['orderId']}").json["deliveryAddress"]
    assert (address["state"], address["country"], address["pincode"]) == ("Maharashtra", "India", "411001")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"state": "tamil nadu"}, {"state": "Tamil Nadu", "country": ""}),
        ({"state": "KA", "country": "in"}, {"state": "Karnataka", "country": "India"}),
        ({"state": "Bagmati", "country": "nepal"}, {"state": "Bagmati", "country": "Nepal"}),
        ({"state": "", "country": ""}, {"state": "", "country": ""}),
    ],
)
def test_a_profile_keeps_states_and_countries_as_they_are_called(
    cast: Cast, said: dict[str, str], kept: dict[str, str]
) -> None:
    profile = cast.devi.patch("/api/account", said).json
    assert {name: profile[name] for name in kept} == kept


def test_all_that_is_wrong_with_an_address_is_said_at_once(cast: Cast) -> None:
    wrong = {"state": "Atlantis", "country": "Wakanda", "pincode": "1"}
    assert set(cast.devi.patch("/api/account", wrong).pointers) == {"/state", "/country", "/pincode"}
    account = {"email": "gita@example.in", "password": "jaggery and ghee", "phone": "9822012345", "role": "customer"}
    reply = cast.stranger.post("/api/auth/register", {**account, "firstName": "Gita", "lastName": "Rao", **wrong})
    assert set(reply.pointers) == {"/state", "/country", "/pincode"}


def test_a_shop_lies_in_a_state_that_there_is(cast: Cast) -> None:
    assert cast.asha.put("/api/shopkeeper/shop", {"state": "Atlantis"}).pointers == ["/state"]
    assert cast.asha.put("/api/shopkeeper/shop", {"state": "goa"}).json["state"] == "Goa"
    assert cast.asha.put("/api/shopkeeper/shop", {"state": ""}).json["state"] == ""


def test_the_pages_offer_the_same_states() -> None:
    offered = re.search(r"const STATES = \[(.*?)\];", STATES_JS.read_text(), re.DOTALL)
    assert offered is not None
    assert tuple(re.findall(r'"([^"]+)"', offered[1])) == STATES_TODAY
