"""Products over HTTP: the list, one product, and the shopkeeper's work on them."""

from __future__ import annotations

import gzip
import json
from typing import Any
from urllib.parse import quote

import pytest

from shop_server.app import Shop as OpenShop
from shop_server.settings import Settings
from shop_server.storage.connection import Connection
from tests.api.caller import Caller, Reply, signed_in
from tests.api.cast import Cast
from tests.builders import a_batch, a_cashier, a_product, a_shop, a_shopkeeper, an_order
from tests.fake_clock import FakeClock
from tests.waiting import wait_until

RICE: dict[str, Any] = {"name": "Sona Masoori", "category": "Rice", "price": 62.5, "stock": 25}
PUBLIC_FIELDS = {
    *("id", "name", "category", "price", "mrp", "stock", "unit", "soldBy", "description", "imageUrl", "shopId"),
    *("shopName", "shopkeeperId", "lowStock", "version", "createdAt"),
}
OWN_FIELDS = {"cost", "held", "lowStockAt", "barcode", "hsn", "gstRate", "batches"}


def added(caller: Caller, **fields: Any) -> dict[str, Any]:
    reply = caller.post("/api/products", {**RICE, **fields})
    assert reply.status == 201, reply.body
    row: dict[str, Any] = reply.json
    return row


def names(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.body
    return [row["name"] for row in reply.json]


def in_kirana(cast: Cast, query: str = "", caller: Caller | None = None) -> list[str]:
    return names((caller or cast.stranger).get(f"/api/products?shopId={cast.kirana.id}&{query}"))


def next_path(reply: Reply) -> str | None:
    link = reply.headers.get("Link")
    return link[1 : link.index(">")] if link else None


# --- entering ---


def test_a_new_product_is_answered_with_all_that_was_said_of_it(cast: Cast) -> None:
    said = {
        "mrp": 70,
        "cost": 55.25,
        "unit": "1 kg",
        "soldBy": "piece",
        "description": "Aged one year",
        "barcode": "8901234567894",
        "hsn": "1006",
        "gstRate": 5,
        "lowStockAt": 30,
    }
    row = added(cast.asha, **said, batchNo="B7", manufacturedOn="2026-11-01", expiresOn="2027-05-01")
    assert {name: row[name] for name in said} == said
    assert (row["name"], row["category"], row["price"], row["stock"]) == ("Sona Masoori", "Rice", 62.5, 25)
    assert (row["shopName"], row["shopId"], row["held"], row["version"]) == ("Asha Kirana", cast.kirana.id, 0, 1)
    assert (row["expiresOn"], row["lowStock"], row["createdAt"]) == ("2027-05-01", True, "2026-11-21T04:30:00Z")
    (batch,) = row["batches"]
    assert (batch["quantity"], batch["batchNo"], batch["cost"]) == (25, "B7", 55.25)
    assert (batch["manufacturedOn"], batch["expiresOn"]) == ("2026-11-01", "2027-05-01")
    assert cast.asha.get(f"/api/products/{row['id']}").json == row


def test_what_came_in_with_a_new_product_is_the_first_line_of_its_stock_book(cast: Cast) -> None:
    row = added(cast.asha)
    (received,) = cast.asha.get(f"/api/products/{row['id']}/movements").json
    assert (received["kind"], received["quantity"], received["stockAfter"]) == ("received", 25, 25)
    assert received["by"] == "Asha Kulkarni"


def test_a_product_may_be_entered_before_any_of_it_is_there(cast: Cast) -> None:
    row = added(cast.asha, stock=0, expiresOn="2027-01-01", restockOn="2026-12-01")
    assert (row["stock"], row["batches"], row["restockOn"]) == (0, [], "2026-12-01")
    assert "expiresOn" not in row


def test_goods_sold_by_weight_are_priced_per_kilogram_and_counted_in_grams(cast: Cast) -> None:
    row = added(cast.asha, name="Potatoes", price=32, stock=25_000, soldBy="weight")
    order = cast.devi.post(
        "/api/orders",
        {"items": [{"id": row["id"], "quantity": 250}], "paymentMethod": "Cash", "pickup": True},
    )
    assert order.json["subtotal"] == 8
    assert cast.asha.get(f"/api/products/{row['id']}").json["stock"] == 24_750


def test_an_unknown_category_is_made_and_a_known_one_is_found_whatever_its_case(cast: Cast) -> None:
    assert added(cast.asha, category="Spices")["category"] == "Spices"
    assert added(cast.asha, name="Basmati", category="  sPICES")["category"] == "Spices"
    shelves = cast.stranger.get(f"/api/categories?shopId={cast.kirana.id}").json
    assert [(shelf["name"], shelf["products"]) for shelf in shelves] == [("Dairy", 1), ("Dal", 1), ("Spices", 2)]


def test_a_tax_with_a_fraction_is_kept_exactly(cast: Cast) -> None:
    assert added(cast.asha, gstRate=0.25)["gstRate"] == 0.25


@pytest.mark.parametrize("name", ["Toor dal", "  TOOR   DAL "])
def test_refuses_a_name_that_the_shop_has_already(cast: Cast, name: str) -> None:
    refused = cast.asha.post("/api/products", {**RICE, "name": name})
    assert (refused.status, refused.json["type"]) == (409, "/problems/duplicate")
    assert "already" in refused.json["detail"]


def test_two_shops_may_have_a_product_of_the_same_name(cast: Cast) -> None:
    assert added(cast.chitra, name="Toor dal")["shopName"] == "Chitra Stores"


def test_a_name_is_free_again_once_its_product_is_no_longer_sold(cast: Cast) -> None:
    cast.asha.delete(f"/api/products/{cast.dal.id}")
    assert added(cast.asha, name="Toor dal")["id"] != cast.dal.id


def test_an_empty_choice_of_how_it_is_sold_says_nothing(cast: Cast) -> None:
    assert added(cast.asha, soldBy="")["soldBy"] == "piece"
    potatoes = added(cast.asha, name="Potatoes", soldBy="weight")
    assert cast.asha.put(f"/api/products/{potatoes['id']}", {"soldBy": "", "price": 33}).json["modified"]
    assert cast.asha.get(f"/api/products/{potatoes['id']}").json["soldBy"] == "weight"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("name", None),
        ("name", "a\u0007b"),
        ("category", " "),
        ("price", 0),
        ("price", -1),
        ("price", 1.005),
        ("price", "10"),
        ("price", True),
        ("price", 10_000_001),
        ("stock", -1),
        ("stock", 1.5),
        ("stock", "5"),
        ("stock", 1_000_001),
        ("mrp", 0),
        ("cost", -0.01),
        ("unit", "x" * 51),
        ("soldBy", "dozen"),
        ("description", "x" * 1001),
        ("barcode", 8901234567894),
        ("hsn", "1"),
        ("hsn", "abcd"),
        ("gstRate", 101),
        ("gstRate", 5.125),
        ("gstRate", "5"),
        ("gstRate", float("nan")),
        ("lowStockAt", -1),
        ("manufacturedOn", "yesterday"),
        ("manufacturedOn", "2026-11-22"),
        ("expiresOn", "2026-02-30"),
        ("expiresOn", "2026-11-20"),
        ("restockOn", 5),
        ("colour", "red"),
    ],
)
def test_names_the_field_that_is_wrong(cast: Cast, field: str, value: Any) -> None:
    refused = cast.asha.post("/api/products", {**RICE, field: value})
    assert (refused.status, refused.pointers) == (422, [f"/{field}"])
    assert "Sona Masoori" not in in_kirana(cast)


def test_names_every_wrong_field_at_once(cast: Cast) -> None:
    refused = cast.asha.post("/api/products", {"price": 0, "stock": -1})
    assert sorted(refused.pointers) == ["/category", "/name", "/price", "/stock"]


def test_refuses_a_price_above_the_printed_one(cast: Cast) -> None:
    refused = cast.asha.post("/api/products", {**RICE, "mrp": 60})
    assert (refused.status, refused.pointers) == (422, ["/price"])
    # What is wrong in the form comes first, before what stands in its way.
    assert cast.asha.post("/api/products", {**RICE, "mrp": 60, "name": "toor dal"}).status == 422


def test_refuses_goods_that_expired_before_they_were_made(cast: Cast) -> None:
    refused = cast.asha.post(
        "/api/products", {**RICE, "stock": 0, "manufacturedOn": "2026-11-21", "expiresOn": "2026-11-20"}
    )
    assert refused.pointers == ["/expiresOn"]


def test_the_same_key_enters_a_product_once_and_is_answered_alike(cast: Cast) -> None:
    first = cast.asha.post("/api/products", RICE, Idempotency_Key="rice")
    cast.asha.put(f"/api/products/{first.json['id']}", {"price": 65})
    again = cast.asha.post("/api/products", RICE, Idempotency_Key="rice")
    assert (again.status, again.json) == (first.status, first.json)
    assert in_kirana(cast).count("Sona Masoori") == 1
    other = cast.asha.post("/api/products", {**RICE, "price": 1}, Idempotency_Key="rice")
    assert (other.status, other.pointers) == (422, ["/Idempotency-Key"])


# --- who may ---

WRITES = [
    ("POST", "/api/products", RICE),
    ("PATCH", "/api/products", [{"id": "0" * 24, "price": 1}]),
    ("PUT", "/api/products/{dal}", {"price": 1}),
    ("DELETE", "/api/products/{dal}", None),
    ("PUT", "/api/products/{dal}/image", {"image": "x"}),
    ("POST", "/api/products/{dal}/batches", {"quantity": 1}),
    ("PATCH", "/api/products/{dal}/batches/x", {}),
    ("POST", "/api/products/{dal}/counts", {"quantity": 1, "reason": "x"}),
    ("POST", "/api/products/{dal}/wastage", {"quantity": 1, "reason": "x"}),
    ("GET", "/api/products/{dal}/movements", None),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=[f"{method} {path}" for method, path, _ in WRITES])
def test_only_the_shops_own_people_with_the_right_may(cast: Cast, method: str, path: str, body: Any) -> None:
    path = path.format(dal=cast.dal.id)
    assert cast.stranger.call(method, path, body).status == 401
    assert cast.devi.call(method, path, body).status == 403
    assert cast.bharat.call(method, path, body).status == 403
    if cast.dal.id in path:
        # Wrong as it is, the body is not looked at: there is no such product for her.
        assert cast.chitra.call(method, path, {"nonsense": 1} if body else None).status == 404
    shown = cast.asha.get(f"/api/products/{cast.dal.id}").json
    assert (shown["price"], shown["stock"]) == (120, 10)


@pytest.mark.parametrize("product_id", ["0" * 24, "x", "$ne"])
def test_there_is_no_such_product(cast: Cast, product_id: str) -> None:
    assert cast.stranger.get(f"/api/products/{product_id}").status == 404
    assert cast.asha.put(f"/api/products/{product_id}", {"price": 1}).status == 404
    assert cast.asha.delete(f"/api/products/{product_id}").status == 404


def cashier(cast: Cast, *permissions: str) -> Caller:
    who = a_cashier(cast.context, cast.kirana, *permissions)
    return signed_in(cast.context, cast.asha.port, who, has_permit=True)


@pytest.mark.parametrize("field", ["price", "mrp", "cost"])
def test_a_cashier_who_keeps_the_goods_may_not_change_prices(cast: Cast, field: str) -> None:
    refused = cashier(cast, "inventory").put(f"/api/products/{cast.dal.id}", {field: 125, "unit": "2 kg"})
    assert refused.status == 403
    assert cast.asha.get(f"/api/products/{cast.dal.id}").json["unit"] == "1 kg"


def test_a_cashier_who_keeps_the_goods_may_send_the_price_that_stands(cast: Cast) -> None:
    kept = cashier(cast, "inventory").put(f"/api/products/{cast.dal.id}", {"price": 120, "unit": "2 kg"})
    assert (kept.status, kept.json["modified"]) == (200, True)


def test_a_cashier_who_makes_the_prices_may_change_nothing_else(cast: Cast) -> None:
    bharat = cashier(cast, "prices")
    assert bharat.put(f"/api/products/{cast.dal.id}", {"price": 125}).status == 200
    for change in ({"stock": 3}, {"name": "Arhar dal"}, {"category": "Pulses"}):
        assert bharat.put(f"/api/products/{cast.dal.id}", change).status == 403
    assert cast.asha.get(f"/api/products/{cast.dal.id}").json["category"] == "Dal"


# --- changing ---


def test_a_change_says_whether_anything_is_other_than_before(cast: Cast) -> None:
    path = f"/api/products/{cast.dal.id}"
    assert cast.asha.put(path, {"price": 130, "description": "New crop"}).json["modified"] is True
    version = cast.asha.get(path).json["version"]
    assert cast.asha.put(path, {"price": 130, "stock": 10, "category": "DAL"}).json["modified"] is False
    shown = cast.asha.get(path).json
    assert (shown["price"], shown["description"], shown["version"]) == (130, "New crop", version)


def test_what_is_left_out_stays_and_what_is_emptied_goes(cast: Cast) -> None:
    row = added(cast.asha, mrp=70, unit="1 kg", barcode="89012", gstRate=5, lowStockAt=3)
    cast.asha.put(f"/api/products/{row['id']}", {"mrp": "", "unit": "", "barcode": None, "lowStockAt": None})
    shown = cast.asha.get(f"/api/products/{row['id']}").json
    assert (shown["mrp"], shown["unit"], shown["barcode"], shown["lowStockAt"]) == (None, "", None, None)
    assert (shown["gstRate"], shown["price"]) == (5, 62.5)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"price": None}, "/price"),
        ({"mrp": 100}, "/price"),
        ({"stock": -1}, "/stock"),
        ({"x": 1}, "/x"),
    ],
)
def test_names_the_wrong_field_of_a_change(cast: Cast, change: dict[str, Any], pointer: str) -> None:
    refused = cast.asha.put(f"/api/products/{cast.dal.id}", change)
    assert (refused.status, refused.pointers) == (422, [pointer])


def test_a_renamed_product_is_found_by_its_new_name_only(cast: Cast) -> None:
    cast.asha.put(f"/api/products/{cast.dal.id}", {"name": "Arhar dal"})
    assert in_kirana(cast, "q=arhar") == ["Arhar dal"]
    assert in_kirana(cast, "q=toor") == []
    assert added(cast.asha, name="Toor dal")["name"] == "Toor dal"


def test_refuses_to_rename_to_a_taken_name_but_not_to_another_spelling(cast: Cast) -> None:
    path = f"/api/products/{cast.dal.id}"
    assert cast.asha.put(path, {"name": "toned MILK"}).status == 409
    assert cast.asha.put(path, {"name": "TOOR DAL"}).status == 200


def test_setting_the_stock_is_a_count_of_what_is_free(cast: Cast, clock: FakeClock) -> None:
    an_order(cast.context, buyer(cast), {cast.dal.id: 4})
    clock.advance(seconds=1)
    assert cast.asha.put(f"/api/products/{cast.dal.id}", {"stock": 9}).status == 200
    shown = cast.asha.get(f"/api/products/{cast.dal.id}").json
    assert (shown["stock"], shown["held"]) == (9, 4)
    counted = cast.asha.get(f"/api/products/{cast.dal.id}/movements").json[0]
    assert (counted["kind"], counted["quantity"], counted["stockAfter"]) == ("counted", 3, 9)


def test_if_match_refuses_a_change_of_what_was_changed_meanwhile(cast: Cast) -> None:
    path = f"/api/products/{cast.dal.id}"
    version = cast.asha.get(path).json["version"]
    assert cast.asha.put(path, {"price": 130}, If_Match=f'"{version}"').status == 200
    stale = cast.asha.put(path, {"price": 140}, If_Match=f'"{version}"')
    assert (stale.status, stale.json["type"]) == (409, "/problems/stale-version")
    assert cast.asha.put(path, {"price": 140}, If_Match="*").status == 200
    assert cast.asha.put(path, {"price": 150}, If_Match="3").pointers == ["/If-Match"]
    assert cast.asha.get(path).json["price"] == 140


def test_the_expiry_of_the_only_batch_is_set_with_the_product(cast: Cast) -> None:
    path = f"/api/products/{cast.dal.id}"
    assert cast.asha.put(path, {"expiresOn": "2027-01-31"}).json["modified"] is True
    assert cast.asha.get(path).json["batches"][0]["expiresOn"] == "2027-01-31"
    assert cast.asha.put(path, {"expiresOn": "2026-11-20"}).pointers == ["/expiresOn"]
    assert cast.asha.put(path, {"expiresOn": ""}).json["modified"] is True
    assert "expiresOn" not in cast.asha.get(path).json


def test_a_count_that_leaves_one_of_several_batches_gives_it_no_other_day(cast: Cast) -> None:
    path = f"/api/products/{cast.dal.id}"
    assert cast.asha.post(f"{path}/batches", {"quantity": 2, "expiresOn": "2026-12-01"}).status == 201
    shown = cast.asha.get(path).json
    assert (shown["stock"], shown["expiresOn"]) == (12, "2026-12-01")
    assert cast.asha.put(path, {"stock": 5, "expiresOn": "2026-12-01"}).status == 200
    left = cast.asha.get(path).json
    assert (left["stock"], [batch.get("expiresOn") for batch in left["batches"]]) == (5, [None])


def test_with_several_batches_the_expiry_is_the_batchs_own(cast: Cast) -> None:
    a_batch(cast.context, cast.kirana, cast.dal.id, 5, expires_on="2027-01-31")
    path = f"/api/products/{cast.dal.id}"
    refused = cast.asha.put(path, {"expiresOn": "2027-02-28", "price": 130})
    assert (refused.status, cast.asha.get(path).json["price"]) == (409, 120)
    assert cast.asha.put(path, {"expiresOn": "2027-01-31", "price": 130}).status == 200


def test_another_measure_has_to_wait_for_open_orders(cast: Cast) -> None:
    an_order(cast.context, buyer(cast), {cast.dal.id: 1})
    path = f"/api/products/{cast.dal.id}"
    assert cast.asha.put(path, {"soldBy": "weight"}).status == 409
    assert cast.asha.put(f"/api/products/{cast.milk.id}", {"soldBy": "weight", "stock": 5000}).status == 200


def test_old_orders_keep_what_a_product_was_when_it_was_bought(cast: Cast) -> None:
    order = an_order(cast.context, buyer(cast), {cast.dal.id: 2})
    cast.asha.put(f"/api/products/{cast.dal.id}", {"name": "Arhar dal", "price": 200, "category": "Pulses"})
    (line,) = cast.devi.get(f"/api/orders/{order.id}").json["items"]
    assert (line["name"], line["price"], line["category"]) == ("Toor dal", 120, "Dal")


def test_one_order_may_be_of_goods_from_any_number_of_categories(cast: Cast) -> None:
    goods = [a_product(cast.context, cast.kirana, f"Soap {number}", category=f"Shelf {number}") for number in range(30)]
    order = an_order(cast.context, buyer(cast), {product.id: 1 for product in goods[:15]})
    assert [line.category for line in order.lines] == [f"Shelf {number}" for number in range(15)]
    items = [{"id": product.id, "quantity": 2} for product in goods]
    changed = cast.devi.patch(f"/api/orders/{order.id}", {"items": items})
    assert (changed.status, len(changed.json["items"])) == (200, 30)


# --- many at once ---


def test_a_bulk_change_applies_the_good_rows_and_says_what_is_wrong_with_the_others(cast: Cast) -> None:
    rival = added(cast.chitra, name="Chitra's ghee")
    rows = [
        {"id": cast.dal.id, "price": 131, "stock": 7},
        {"id": cast.milk.id, "price": 0},
        {"id": rival["id"], "price": 1},
        {"id": cast.dal.id, "price": 1},
        {"id": cast.milk.id, "name": "Toor dal"},
        {"price": 5},
        "nonsense",
    ]
    answer = cast.asha.patch("/api/products", rows).json
    assert [row["status"] for row in answer] == [200, 422, 404, 422, 409, 422, 422]
    assert [row["id"] for row in answer][:3] == [cast.dal.id, cast.milk.id, rival["id"]]
    assert answer[1]["errors"][0]["pointer"] == "/price"
    shown = cast.asha.get(f"/api/products/{cast.dal.id}").json
    assert (shown["price"], shown["stock"]) == (131, 7)
    assert cast.asha.get(f"/api/products/{cast.milk.id}").json["name"] == "Toned milk"
    assert cast.chitra.get(f"/api/products/{rival['id']}").json["price"] == 62.5


def test_five_hundred_rows_are_changed_and_one_more_refused(cast: Cast) -> None:
    products = [a_product(cast.context, cast.kirana, f"Soap {number}", stock=1) for number in range(60)]
    rows = [{"id": product.id, "price": 11} for product in products]
    rows += [{"id": f"{number:024x}", "price": 11} for number in range(500 - len(rows))]
    answer = cast.asha.patch("/api/products", rows).json
    assert [row["status"] for row in answer] == [200] * 60 + [404] * 440
    assert cast.asha.patch("/api/products", [*rows, rows[0]]).status == 422
    assert cast.asha.patch("/api/products", []).status == 422
    assert cast.asha.patch("/api/products", {"id": cast.dal.id}).status == 422


def test_rows_of_a_bulk_change_may_all_get_other_names_and_other_categories(cast: Cast) -> None:
    products = [
        a_product(cast.context, cast.kirana, f"Soap {number}", category=f"Shelf {number}") for number in range(40)
    ]
    rows = [
        {"id": product.id, "name": f"Neem soap {number}", "category": f"Row {number % 20}", "stock": 5}
        for number, product in enumerate(products)
    ]
    assert {row["status"] for row in cast.asha.patch("/api/products", rows).json} == {200}
    assert len(in_kirana(cast, "q=neem&category=Row+3&inStock=true")) == 2
    counts = {row["name"]: row["products"] for row in cast.asha.get("/api/categories").json}
    assert all(counts[f"Shelf {number}"] == 0 for number in range(40))
    assert all(counts[f"Row {number}"] == 2 for number in range(20))


def test_a_row_of_a_bulk_change_needs_the_same_right_as_alone(cast: Cast) -> None:
    rows = [{"id": cast.dal.id, "price": 1}, {"id": cast.milk.id, "unit": "1 l"}]
    answer = cashier(cast, "inventory").patch("/api/products", rows).json
    assert [row["status"] for row in answer] == [403, 200]


# --- taking from sale ---


def test_a_product_taken_from_sale_is_gone_but_old_orders_stay(cast: Cast) -> None:
    order = an_order(cast.context, buyer(cast), {cast.dal.id: 2})
    path = f"/api/products/{cast.dal.id}"
    assert cast.asha.delete(path).status == 409
    cast.devi.post(f"/api/orders/{order.id}/cancellation", {"reason": "Bought elsewhere"})
    deleted = cast.asha.delete(path)
    assert (deleted.status, deleted.json["deletedProduct"]) == (200, "Toor dal")
    assert cast.stranger.get(path).status == 404
    assert cast.asha.delete(path).status == 404
    assert "Toor dal" not in in_kirana(cast)
    assert cast.devi.get(f"/api/orders/{order.id}").json["items"][0]["name"] == "Toor dal"
    refused = cast.devi.post(
        "/api/orders", {"items": [{"id": cast.dal.id, "quantity": 1}], "paymentMethod": "Cash", "pickup": True}
    )
    assert refused.status in (409, 422)


# --- the list ---


def test_customers_and_strangers_never_see_what_is_the_shops_own(cast: Cast) -> None:
    for caller in (cast.stranger, cast.devi, cast.chitra, cast.asha):
        (row,) = (row for row in caller.get(f"/api/products?shopId={cast.kirana.id}&q=toor").json)
        own = OWN_FIELDS if caller is cast.asha else set()
        assert set(row) == PUBLIC_FIELDS | own
        assert set(caller.get(f"/api/products/{cast.dal.id}").json) == PUBLIC_FIELDS | own


def test_without_a_shop_the_shops_people_see_their_own_and_others_all(cast: Cast) -> None:
    added(cast.chitra)
    assert sorted(names(cast.stranger.get("/api/products"))) == ["Sona Masoori", "Toned milk", "Toor dal"]
    assert sorted(names(cast.devi.get("/api/products"))) == ["Sona Masoori", "Toned milk", "Toor dal"]
    assert names(cast.chitra.get("/api/products")) == ["Sona Masoori"]
    assert sorted(names(cast.bharat.get("/api/products"))) == ["Toned milk", "Toor dal"]


@pytest.mark.parametrize("state", [{"approved": False}, {"suspended": True}])
def test_the_goods_of_a_shop_that_is_not_open_to_customers_are_for_its_own_people(
    cast: Cast, state: dict[str, bool]
) -> None:
    hidden = a_shop(cast.context, "Hidden Bakery", **state)
    bun = a_product(cast.context, hidden, "Bun")
    owner = signed_in(cast.context, cast.asha.port, a_shopkeeper(cast.context, hidden, "Gauri"))
    for caller in (cast.stranger, cast.devi, cast.asha):
        assert caller.get(f"/api/products/{bun.id}").status == 404
        assert caller.get(f"/api/products?shopId={hidden.id}").status == 404
        assert caller.get(f"/api/categories?shopId={hidden.id}").status == 404
        assert "Bun" not in names(caller.get("/api/products"))
    assert names(owner.get("/api/products")) == ["Bun"]
    assert owner.get(f"/api/products/{bun.id}").status == 200


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("tur", ["Tur dal", "Organic turmeric"]),
        ("TUR da", ["Tur dal"]),
        ("da tur", ["Tur dal"]),
        ("creme", ["Crème brûlée"]),
        ("BRÛL", ["Crème brûlée"]),
        ("brule", ["Crème brûlée"]),
        ("दू", ["दूध"]),
        ("दूध", ["दूध"]),
        ("ध", []),
        ("ur", []),
        ("890123", ["Tur dal"]),
        ("haldirams", ["Haldiram's bhujia"]),
        ("Haldiram’s bh", ["Haldiram's bhujia"]),
        (".*", []),
        ("^tur", ["Tur dal", "Organic turmeric"]),
        ("  ", ["Tur dal", "Organic turmeric", "Crème brûlée", "दूध", "Haldiram's bhujia"]),
    ],
)
def test_search_finds_by_the_beginning_of_any_word(cast: Cast, typed: str, found: list[str]) -> None:
    added(cast.chitra, name="Tur dal", barcode="8901234")
    for name in ("Organic turmeric", "Crème brûlée", "दूध", "Haldiram's bhujia"):
        added(cast.chitra, name=name)
    rows = cast.chitra.get(f"/api/products?q={quote(typed)}")
    assert sorted(names(rows)) == sorted(found)


def test_filters_by_category_price_and_expiry(cast: Cast) -> None:
    added(cast.asha, name="Basmati", price=150, expiresOn="2026-12-01")
    added(cast.asha, name="Idli rice", price=48, expiresOn="2027-12-01")
    rice = next(row for row in cast.asha.get("/api/categories").json if row["name"] == "Rice")
    assert sorted(in_kirana(cast, "category=rice")) == ["Basmati", "Idli rice"]
    assert sorted(in_kirana(cast, f"category={rice['id']}")) == ["Basmati", "Idli rice"]
    assert in_kirana(cast, "category=Unknown") == []
    assert sorted(in_kirana(cast, "minPrice=48&maxPrice=120")) == ["Idli rice", "Toor dal"]
    assert in_kirana(cast, "maxPrice=28.49") == []
    assert in_kirana(cast, "expiresBefore=2027-01-01") == ["Basmati"]
    assert in_kirana(cast, "expiresBefore=2026-12-01") == []
    assert in_kirana(cast, "category=Rice&q=bas&sort=-price") == ["Basmati"]


def test_sorts_by_newest_name_and_price_both_ways(cast: Cast, clock: FakeClock) -> None:
    clock.advance(minutes=1)
    added(cast.asha, name="apples", price=120)
    assert in_kirana(cast)[0] == "apples"
    assert in_kirana(cast, "sort=name") == ["apples", "Toned milk", "Toor dal"]
    assert in_kirana(cast, "sort=price")[0] == "Toned milk"
    assert in_kirana(cast, "sort=-price")[2] == "Toned milk"


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("limit=x", "/limit"),
        ("cursor=x", "/cursor"),
        ("cursor=", "/cursor"),
        ("sort=colour", "/sort"),
        ("minPrice=cheap", "/minPrice"),
        ("inStock=maybe", "/inStock"),
        ("expiresBefore=soon", "/expiresBefore"),
    ],
)
def test_names_the_wrong_field_of_a_question(cast: Cast, query: str, pointer: str) -> None:
    refused = cast.stranger.get(f"/api/products?{query}")
    assert (refused.status, refused.pointers) == (422, [pointer])


@pytest.mark.parametrize("sort", ["newest", "name", "price", "-price"])
def test_pages_have_no_gaps_and_no_repeats_while_goods_are_added(cast: Cast, clock: FakeClock, sort: str) -> None:
    for number in range(23):
        if number % 4 == 0:
            clock.advance(seconds=1)
        a_product(cast.context, cast.kirana, f"Soap {number:02}", stock=1, price_paise=100 + number // 5)
    at_first = set(in_kirana(cast, "limit=200"))
    clock.advance(seconds=1)
    seen: list[str] = []
    path: str | None = f"/api/products?shopId={cast.kirana.id}&sort={sort}&limit=4"
    while path:
        a_product(cast.context, cast.kirana, f"Added {len(seen):02}", stock=1, price_paise=102)
        reply = cast.stranger.get(path)
        seen += names(reply)
        path = next_path(reply)
    assert len(seen) == len(set(seen))
    assert at_first <= set(seen)


def test_a_cursor_serves_only_the_order_it_came_from(cast: Cast) -> None:
    first = cast.stranger.get(f"/api/products?shopId={cast.kirana.id}&limit=1")
    path = next_path(first)
    assert path is not None
    assert cast.stranger.get(path).status == 200
    assert cast.stranger.get(path + "&sort=price").status == 422


def test_the_count_is_given_where_all_rows_are_there(cast: Cast) -> None:
    assert cast.stranger.get(f"/api/products?shopId={cast.kirana.id}").headers["X-Total-Count"] == "2"
    assert "X-Total-Count" not in cast.stranger.get(f"/api/products?shopId={cast.kirana.id}&limit=1").headers


# --- expired goods ---


def test_expired_goods_are_not_shown_as_stock_before_they_are_written_off(cast: Cast, clock: FakeClock) -> None:
    curd = a_product(cast.context, cast.kirana, "Curd", stock=4, category="Dairy", expires_on="2026-11-22")
    a_batch(cast.context, cast.kirana, curd.id, 3, expires_on="2026-11-30")
    paneer = a_product(cast.context, cast.kirana, "Paneer", stock=2, category="Dairy", expires_on="2026-11-22")
    clock.advance(days=1)
    assert cast.stranger.get(f"/api/products/{curd.id}").json["stock"] == 7
    clock.advance(days=1)
    shown = cast.stranger.get(f"/api/products/{curd.id}").json
    assert (shown["stock"], shown["expiresOn"]) == (3, "2026-11-30")
    assert cast.stranger.get(f"/api/products/{paneer.id}").json["stock"] == 0
    assert sorted(in_kirana(cast, "inStock=true&category=Dairy")) == ["Curd", "Toned milk"]
    assert in_kirana(cast, "inStock=false") == ["Paneer"]


def test_a_row_says_when_stock_is_low(cast: Cast) -> None:
    assert added(cast.asha, stock=11)["lowStock"] is False
    assert added(cast.asha, name="Poha", stock=10)["lowStock"] is True
    assert added(cast.asha, name="Rava", stock=10, lowStockAt=9)["lowStock"] is False


# --- answers that are kept ---


def test_a_list_that_is_known_is_not_sent_again(cast: Cast) -> None:
    path = f"/api/products?shopId={cast.kirana.id}"
    first = cast.stranger.get(path)
    assert first.headers["Cache-Control"] == "no-cache"
    same = cast.stranger.get(path, If_None_Match=first.headers["ETag"])
    assert (same.status, same.body) == (304, b"")
    cast.asha.put(f"/api/products/{cast.dal.id}", {"price": 121})
    assert cast.stranger.get(path, If_None_Match=first.headers["ETag"]).status == 200


def test_a_list_is_compressed_when_asked(cast: Cast) -> None:
    for number in range(8):
        a_product(cast.context, cast.kirana, f"Soap {number}")
    path = f"/api/products?shopId={cast.kirana.id}"
    packed = cast.stranger.get(path, Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.body)) == cast.stranger.get(path).json


def test_whoever_changed_something_and_everybody_else_sees_it_at_once(cast: Cast) -> None:
    paths = [f"/api/products?shopId={cast.kirana.id}&q=toor", "/api/products?q=toor", f"/api/products/{cast.dal.id}"]

    def figures() -> set[tuple[float, int]]:
        found = set()
        for caller in (cast.stranger, cast.devi, cast.asha):
            for path in paths:
                answer = caller.get(path).json
                row = answer[0] if isinstance(answer, list) else answer
                found.add((row["price"], row["stock"]))
        return found

    assert figures() == figures() == {(120, 10)}
    an_order(cast.context, buyer(cast), {cast.dal.id: 3})
    assert figures() == {(120, 7)}
    cast.asha.put(f"/api/products/{cast.dal.id}", {"price": 99.5})
    assert figures() == {(99.5, 7)}
    cast.asha.put("/api/shopkeeper/shop", {"name": "Asha Stores"})
    assert cast.stranger.get(paths[2]).json["shopName"] == "Asha Stores"


def test_a_change_through_another_process_is_seen_here(
    cast: Cast, connection: Connection, settings: Settings, clock: FakeClock
) -> None:
    elsewhere = OpenShop(settings, connection, clock=clock, password_rounds=4)
    elsewhere.start()
    try:
        stranger = Caller(elsewhere.port)
        path = f"/api/products?shopId={cast.kirana.id}&q=toor"
        assert stranger.get(path).json[0]["price"] == 120
        cast.asha.put(f"/api/products/{cast.dal.id}", {"price": 133})
        wait_until(lambda: stranger.get(path).json[0]["price"] == 133, what="the new price")
    finally:
        elsewhere.stop()


def test_goods_of_a_shop_that_is_opened_to_customers_appear_in_the_list_of_all(cast: Cast) -> None:
    assert len(names(cast.devi.get("/api/products"))) == 2
    bakery = a_shop(cast.context, "Gauri Bakery", approved=False)
    a_product(cast.context, bakery, "Bun")
    assert len(names(cast.devi.get("/api/products"))) == 2
    cast.context.shops.change(bakery.id, lambda shop: {"approved": True})
    cast.context.announcements.tell("shop", [bakery.id], bakery.id)
    assert "Bun" in names(cast.devi.get("/api/products"))


def test_a_shopkeeper_is_never_given_what_was_kept_for_visitors(cast: Cast) -> None:
    path = f"/api/products?shopId={cast.kirana.id}"
    assert "cost" not in cast.stranger.get(path).json[0]
    own = cast.asha.get(path)
    assert "cost" in own.json[0]
    assert own.headers["Cache-Control"] == "private, no-cache"
    assert "cost" not in cast.devi.get(path).json[0]
    assert "cost" not in cast.stranger.get(path).json[0]


def buyer(cast: Cast) -> Any:
    assert cast.devi.person is not None
    return cast.devi.person
