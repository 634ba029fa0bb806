"""Shops as customers see them, and the shopkeeper's settings, over HTTP."""

from __future__ import annotations

import io
import threading
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from shop_server.app import Shop
from shop_server.gateways.upi_qr import UpiQr
from shop_server.settings import Settings
from shop_server.storage.connection import Connection
from tests.api.caller import Caller, signed_in
from tests.api.cast import Cast
from tests.builders import a_cashier, a_shop, a_shopkeeper
from tests.fake_clock import FakeClock
from tests.waiting import wait_until


def qr_of(upi_id: str) -> str:
    return UpiQr().data_url(f"upi://pay?pa={upi_id}&pn=Somebody")


def text_of(data_url: str) -> str:
    raw = b64decode(data_url.partition(",")[2])
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(raw)).convert("RGB"))
    return str(code.text)


# --- what anybody sees ---


def test_anybody_sees_the_shops_by_name_with_their_categories(cast: Cast) -> None:
    rows = cast.stranger.get("/api/shops").json
    assert [row["name"] for row in rows] == ["Asha Kirana", "Chitra Stores"]
    kirana = rows[0]
    assert set(kirana) == {"id", "name", "address", "city", "open", "categories"}
    assert (kirana["id"], kirana["open"]) == (cast.kirana.id, True)
    assert [(shelf["name"], shelf["products"]) for shelf in kirana["categories"]] == [("Dairy", 1), ("Dal", 1)]
    assert rows[1]["categories"] == []


def test_anybody_sees_the_terms_of_a_shop(cast: Cast) -> None:
    terms = {
        "phone": "98765 43210",
        "openingHours": "8 to 22, Sundays to 14",
        "deliveryFee": 20.5,
        "freeDeliveryMinimum": 500,
        "deliveryMinutes": 45,
    }
    cast.asha.put("/api/shopkeeper/shop", terms)
    shown = cast.stranger.get(f"/api/shops/{cast.kirana.id}").json
    assert {name: shown[name] for name in terms} == {**terms, "phone": "9876543210"}
    assert shown["paymentMethods"] == ["Cash", "Card", "UPI"]


def test_a_shop_without_a_upi_id_takes_no_upi(cast: Cast) -> None:
    cast.asha.put("/api/shopkeeper/shop", {"upiId": ""})
    shown = cast.stranger.get(f"/api/shops/{cast.kirana.id}").json
    assert shown["paymentMethods"] == ["Cash", "Card"]


@pytest.mark.parametrize("shop_id", ["0" * 24, "x", "$ne", "..%2f.git"])
def test_there_is_no_such_shop(cast: Cast, shop_id: str) -> None:
    assert cast.stranger.get(f"/api/shops/{shop_id}").status == 404


@pytest.mark.parametrize("state", [{"approved": False}, {"suspended": True}])
def test_a_shop_that_is_not_approved_or_suspended_is_seen_by_its_own_people_only(
    cast: Cast, state: dict[str, bool]
) -> None:
    hidden = a_shop(cast.context, "Hidden Bakery", **state)
    owner = signed_in(cast.context, cast.stranger.port, a_shopkeeper(cast.context, hidden, "Gauri"))
    assert "Hidden Bakery" not in [row["name"] for row in cast.stranger.get("/api/shops").json]
    for caller in (cast.stranger, cast.devi, cast.asha):
        assert caller.get(f"/api/shops/{hidden.id}").status == 404
    assert cast.devi.get(f"/api/shop/qr?shopId={hidden.id}").status == 404
    assert owner.get(f"/api/shops/{hidden.id}").status == 200
    assert owner.get("/api/shopkeeper/shop").json["name"] == "Hidden Bakery"


# --- settings ---


def test_the_shopkeeper_reads_and_changes_her_settings_and_the_rest_stays(cast: Cast) -> None:
    before = cast.asha.get("/api/shopkeeper/shop").json
    changes = {
        "name": "Asha Kirana & Sons",
        "address": "12 Station Road",
        "city": "Pune",
        "state": "Maharashtra",
        "pincode": "411001",
        "gstNumber": "27AAPFU0939F1ZV",
        "timezone": "Asia/Kathmandu",
        "deliveryFee": 25,
        "freeDeliveryMinimum": 499.5,
        "lowStockAt": 5,
        "paymentWindowMinutes": 15,
        "deliveryMinutes": 30,
        "open": False,
    }
    after = cast.asha.put("/api/shopkeeper/shop", changes)
    assert after.status == 200
    assert after.json == {**before, **changes, "version": before["version"] + 1}
    assert cast.asha.get("/api/shopkeeper/shop").json == after.json
    assert cast.stranger.get(f"/api/shops/{cast.kirana.id}").json["open"] is False


def test_an_optional_setting_is_emptied(cast: Cast) -> None:
    cast.asha.put("/api/shopkeeper/shop", {"gstNumber": "27AAPFU0939F1ZV", "freeDeliveryMinimum": 1, "city": "Pune"})
    emptied = cast.asha.put("/api/shopkeeper/shop", {"gstNumber": "", "freeDeliveryMinimum": None, "city": ""}).json
    assert (emptied["gstNumber"], emptied["freeDeliveryMinimum"], emptied["city"]) == (None, None, "")


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": None}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"pincode": "4110"}, "/pincode"),
        ({"gstNumber": "27AAPFU0939F1ZX"}, "/gstNumber"),
        ({"timezone": "India"}, "/timezone"),
        ({"timezone": ""}, "/timezone"),
        ({"timezone": None}, "/timezone"),
        ({"upiId": "asha"}, "/upiId"),
        ({"upiId": "a" * 50 + "@okbank"}, "/upiId"),
        ({"phone": "12"}, "/phone"),
        ({"deliveryFee": -1}, "/deliveryFee"),
        ({"deliveryFee": 1.005}, "/deliveryFee"),
        ({"deliveryFee": "20"}, "/deliveryFee"),
        ({"deliveryFee": None}, "/deliveryFee"),
        ({"freeDeliveryMinimum": True}, "/freeDeliveryMinimum"),
        ({"lowStockAt": 1.5}, "/lowStockAt"),
        ({"paymentWindowMinutes": 0}, "/paymentWindowMinutes"),
        ({"paymentWindowMinutes": 100000}, "/paymentWindowMinutes"),
        ({"deliveryMinutes": 0}, "/deliveryMinutes"),
        ({"open": "yes"}, "/open"),
        ({"approved": True}, "/approved"),
        ({"ownerId": "x"}, "/ownerId"),
        ({"version": 9}, "/version"),
    ],
    ids=str,
)
def test_refuses_a_wrong_setting(cast: Cast, wrong: dict[str, Any], pointer: str) -> None:
    before = cast.asha.get("/api/shopkeeper/shop").json
    reply = cast.asha.put("/api/shopkeeper/shop", wrong)
    assert (reply.status, reply.pointers) == (422, [pointer])
    assert cast.asha.get("/api/shopkeeper/shop").json == before


def test_settings_are_for_the_shopkeeper_and_staff_whom_she_lets(cast: Cast) -> None:
    trusted = signed_in(cast.context, cast.stranger.port, a_cashier(cast.context, cast.kirana, "settings"))
    for method, path, body in (
        ("GET", "/api/shopkeeper/shop", None),
        ("PUT", "/api/shopkeeper/shop", {"city": "Pune"}),
    ):
        assert cast.stranger.call(method, path, body).status == 401
        assert cast.devi.call(method, path, body).status == 403
        assert cast.bharat.call(method, path, body).status == 403
        assert trusted.call(method, path, body).status == 200
    assert cast.chitra.get("/api/shopkeeper/shop").json["name"] == "Chitra Stores"
    assert cast.chitra.get("/api/shopkeeper/shop").json["city"] == ""


# --- where the money goes ---


def test_a_drawn_qr_pays_the_shops_upi_id(cast: Cast) -> None:
    reply = cast.devi.get(f"/api/shop/qr?shopId={cast.kirana.id}")
    assert reply.status == 200
    assert reply.json["upiId"] == "asha@okbank"
    assert text_of(reply.json["qrCodeUrl"]) == "upi://pay?pa=asha@okbank&pn=Asha%20Kirana&cu=INR"


def test_ones_own_shop_needs_no_naming_and_among_several_it_must_be_said(cast: Cast) -> None:
    assert cast.asha.get("/api/shop/qr").json["upiId"] == "asha@okbank"
    assert cast.chitra.get("/api/shop/qr?shopId=").json["upiId"] == "chitra@okbank"
    reply = cast.devi.get("/api/shop/qr")
    assert (reply.status, reply.pointers) == (422, ["/shopId"])
    assert cast.stranger.get("/api/shop/qr").status == 401


def test_where_there_is_one_shop_nobody_names_it(cast: Cast) -> None:
    cast.context.shops.change(cast.chitra.get("/api/auth/me").json["shopId"], lambda shop: {"suspended": True})
    assert cast.devi.get("/api/shop/qr").json["upiId"] == "asha@okbank"


def test_where_nothing_is_set_there_is_no_made_up_qr(cast: Cast) -> None:
    assert cast.asha.put("/api/shopkeeper/update-qr", {"upiId": ""}).json["upiId"] is None
    assert cast.asha.get("/api/shop/qr").status == 404


def test_an_uploaded_qr_is_shown_and_fills_an_empty_upi_id(cast: Cast) -> None:
    cast.asha.put("/api/shopkeeper/update-qr", {"upiId": ""})
    reply = cast.asha.put("/api/shopkeeper/update-qr", {"qrCodeUrl": qr_of("asha.kirana@okhdfc")})
    assert reply.status == 200
    assert (reply.json["upiId"], reply.json["hasQrPicture"]) == ("asha.kirana@okhdfc", True)
    shown = cast.devi.get(f"/api/shop/qr?shopId={cast.kirana.id}").json
    assert shown["qrCodeUrl"].startswith("data:image/webp;base64,")
    assert text_of(shown["qrCodeUrl"]) == "upi://pay?pa=asha.kirana@okhdfc&pn=Somebody"
    assert cast.asha.get("/api/shopkeeper/shop").json["upiId"] == "asha.kirana@okhdfc"


def test_a_upi_id_and_a_qr_given_together_must_agree(cast: Cast) -> None:
    both = {"upiId": "new@okbank", "qrCodeUrl": qr_of("new@okbank")}
    assert cast.asha.put("/api/shopkeeper/update-qr", both).json["upiId"] == "new@okbank"
    reply = cast.asha.put("/api/shopkeeper/update-qr", {**both, "upiId": "other@okbank"})
    assert (reply.status, reply.pointers) == (422, ["/qrCodeUrl"])
    assert cast.asha.get("/api/shop/qr").json["upiId"] == "new@okbank"


@pytest.mark.parametrize(
    "picture",
    [
        qr_of("thief@okbank"),
        UpiQr().data_url("https://example.in"),
        "data:image/svg+xml;base64,PHN2Zy8+",
        "data:image/png;base64,AAAA",
        "https://example.in/qr.png",
        "not a picture",
        "data:image/png;base64," + "A" * (7 * 1024 * 1024 - 200),
    ],
    ids=lambda picture: str(picture)[:30],
)
def test_refuses_a_picture_that_is_no_qr_of_this_shop(cast: Cast, picture: str) -> None:
    reply = cast.asha.put("/api/shopkeeper/update-qr", {"qrCodeUrl": picture})
    assert (reply.status, reply.pointers) == (422, ["/qrCodeUrl"])
    assert cast.asha.get("/api/shop/qr").json["upiId"] == "asha@okbank"


def test_a_picture_over_the_limit_of_bodies_is_refused(cast: Cast) -> None:
    assert cast.asha.put("/api/shopkeeper/update-qr", {"qrCodeUrl": "A" * (7 * 1024 * 1024)}).status == 413


@pytest.mark.parametrize("path", ["/api/shopkeeper/shop", "/api/shopkeeper/update-qr"])
def test_with_another_upi_id_the_picture_of_the_old_one_goes(cast: Cast, path: str) -> None:
    cast.asha.put("/api/shopkeeper/update-qr", {"qrCodeUrl": qr_of("asha@okbank")})
    assert cast.asha.put(path, {"upiId": "ASHA@okbank"}).json["hasQrPicture"] is True
    assert cast.asha.put(path, {"upiId": "new@okbank"}).json["hasQrPicture"] is False
    assert text_of(cast.asha.get("/api/shop/qr").json["qrCodeUrl"]).startswith("upi://pay?pa=new@okbank&")


def test_the_picture_alone_can_be_taken_away(cast: Cast) -> None:
    cast.asha.put("/api/shopkeeper/update-qr", {"qrCodeUrl": qr_of("asha@okbank")})
    reply = cast.asha.put("/api/shopkeeper/update-qr", {"qrCodeUrl": ""})
    assert (reply.json["upiId"], reply.json["hasQrPicture"]) == ("asha@okbank", False)


def test_where_the_money_goes_is_the_shopkeepers_to_say(cast: Cast) -> None:
    trusted = signed_in(cast.context, cast.stranger.port, a_cashier(cast.context, cast.kirana, "settings", "payments"))
    for caller, status in ((cast.stranger, 401), (cast.devi, 403), (cast.bharat, 403), (trusted, 403)):
        assert caller.put("/api/shopkeeper/update-qr", {"upiId": "thief@okbank"}).status == status
    assert cast.asha.get("/api/shop/qr").json["upiId"] == "asha@okbank"


# --- several processes, and how shops come to be ---


@pytest.fixture
def other(cast: Cast, settings: Settings, connection: Connection, clock: FakeClock) -> Iterator[Caller]:
    """A second process of the same shop."""
    shop = Shop(settings, connection, clock=clock, password_rounds=4, with_jobs=False)
    shop.start()
    yield Caller(shop.port)
    shop.stop()


def test_a_changed_setting_is_seen_by_every_process(cast: Cast, other: Caller) -> None:
    path = f"/api/shops/{cast.kirana.id}"
    assert other.get(path).json["name"] == "Asha Kirana"
    cast.asha.put("/api/shopkeeper/shop", {"name": "Asha & Daughters"})
    assert cast.stranger.get(path).json["name"] == "Asha & Daughters"
    wait_until(lambda: other.get(path).json["name"] == "Asha & Daughters", what="the new name over there")


def test_changes_at_the_same_time_are_all_kept(cast: Cast) -> None:
    changes: list[dict[str, Any]] = [
        {"city": "Pune"},
        {"state": "Maharashtra"},
        {"pincode": "411001"},
        {"lowStockAt": 3},
    ]
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda body=body: statuses.append(cast.asha.put("/api/shopkeeper/shop", body).status))
        for body in changes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert statuses == [200] * 4
    own = cast.asha.get("/api/shopkeeper/shop").json
    assert {name: own[name] for body in changes for name in body} == {
        "city": "Pune",
        "state": "Maharashtra",
        "pincode": "411001",
        "lowStockAt": 3,
    }
    assert own["version"] == 5


SHOPKEEPER = {
    "email": "asha@example.in",
    "password": "jaggery and ghee",
    "firstName": "Asha",
    "lastName": "Patil",
    "phone": "9876500001",
    "role": "shopkeeper",
    "shopName": "Asha Kirana",
    "shopAddress": "12 Station Road",
}
SECOND = {**SHOPKEEPER, "email": "chitra@example.in", "phone": "9876500002", "shopName": "Chitra Stores"}


@pytest.mark.parametrize(
    ("signup", "status", "listed"),
    [
        ("open", 201, ["Asha Kirana", "Chitra Stores"]),
        ("approval", 201, ["Asha Kirana"]),
        ("closed", 403, ["Asha Kirana"]),
    ],
)
def test_the_installation_says_who_may_open_further_shops(
    settings: Settings,
    connection: Connection,
    database: Any,
    clock: FakeClock,
    signup: str,
    status: int,
    listed: list[str],
) -> None:
    shop = Shop(
        replace(settings, shopkeeper_signup=signup), connection, clock=clock, password_rounds=4, with_jobs=False
    )
    shop.start()
    try:
        visitor = Caller(shop.port)
        assert visitor.post("/api/auth/register", SHOPKEEPER).status == 201
        assert visitor.post("/api/auth/register", SECOND).status == status
        assert [row["name"] for row in visitor.get("/api/shops").json] == listed
        token = visitor.post("/api/auth/login", {"email": SHOPKEEPER["email"], "password": SHOPKEEPER["password"]}).json
        told = [row["text"] for row in Caller(shop.port, token["token"]).get("/api/notifications").json]
        assert told == (["Chitra Stores asks to be let in."] if signup == "approval" else [])
    finally:
        shop.stop()


def test_says_where_phones_open_the_shop_with_a_qr_of_it(
    connection: Connection, cast: Cast, settings: Settings, clock: FakeClock
) -> None:
    address = "https://asha.example.in"
    opened = Shop(replace(settings, public_url=address), connection, clock=clock, password_rounds=4)
    opened.start()
    try:
        reach = Caller(opened.port, cast.asha.token).get("/api/shopkeeper/address").json
    finally:
        opened.stop()
    assert reach["address"] == address
    picture = Image.open(io.BytesIO(b64decode(reach["qrCodeUrl"].partition(",")[2])))
    read = zxingcpp.read_barcode(picture)
    assert read is not None
    assert read.text == address


def test_a_shop_that_listens_to_its_own_machine_has_no_address_for_phones(cast: Cast) -> None:
    reply = cast.asha.get("/api/shopkeeper/address")
    assert (reply.status, reply.json) == (200, {"address": None, "qrCodeUrl": None})
    assert cast.bharat.get("/api/shopkeeper/address").status == 403
    assert cast.devi.get("/api/shopkeeper/address").status == 403
