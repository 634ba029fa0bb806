"""Categories over HTTP: what everybody sees, and what the shopkeeper does to them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.caller import Reply, signed_in
from tests.api.cast import Cast
from tests.builders import a_cashier, a_product, an_order


def shelves(cast: Cast) -> list[tuple[str, int]]:
    return [(row["name"], row["products"]) for row in listed(cast).json]


def listed(cast: Cast) -> Reply:
    return cast.stranger.get(f"/api/categories?shopId={cast.kirana.id}")


def dal_id(cast: Cast) -> str:
    return str(cast.dal.category_id)


def test_anybody_sees_a_shops_categories_by_name_with_how_much_is_in_them(cast: Cast) -> None:
    cast.asha.post("/api/categories", {"name": "biscuits"})
    assert shelves(cast) == [("biscuits", 0), ("Dairy", 1), ("Dal", 1)]
    assert listed(cast).headers["X-Total-Count"] == "3"
    assert {row["shopId"] for row in listed(cast).json} == {cast.kirana.id}


def test_without_a_shop_the_shops_people_see_their_own_and_others_all(cast: Cast) -> None:
    cast.chitra.post("/api/categories", {"name": "Toys"})
    assert [row["name"] for row in cast.chitra.get("/api/categories").json] == ["Toys"]
    assert sorted(row["name"] for row in cast.devi.get("/api/categories").json) == ["Dairy", "Dal", "Toys"]
    assert cast.stranger.get("/api/categories?shopId=" + "0" * 24).status == 404


def test_a_new_category_is_answered_and_its_name_is_taken(cast: Cast) -> None:
    made = cast.asha.post("/api/categories", {"name": "  Spices "})
    assert (made.status, made.json["name"], made.json["products"]) == (201, "Spices", 0)
    taken = cast.asha.post("/api/categories", {"name": "SPICES"})
    assert (taken.status, taken.json["type"]) == (409, "/problems/duplicate")
    assert cast.chitra.post("/api/categories", {"name": "Spices"}).status == 201


def test_the_same_key_makes_a_category_once(cast: Cast) -> None:
    first = cast.asha.post("/api/categories", {"name": "Spices"}, Idempotency_Key="k")
    again = cast.asha.post("/api/categories", {"name": "Spices"}, Idempotency_Key="k")
    assert (again.status, again.json) == (201, first.json)
    assert cast.asha.post("/api/categories", {"name": "Toys"}, Idempotency_Key="k").status == 422


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": 5}, {"name": "x" * 201}, {"name": None}])
def test_a_category_needs_a_name(cast: Cast, body: dict[str, Any]) -> None:
    assert cast.asha.post("/api/categories", body).pointers == ["/name"]
    assert cast.asha.put(f"/api/categories/{dal_id(cast)}", body).pointers == ["/name"]


def test_a_renamed_category_shows_its_new_name_everywhere_but_in_old_orders(cast: Cast) -> None:
    assert cast.devi.person is not None
    order = an_order(cast.context, cast.devi.person, {cast.dal.id: 1})
    assert cast.stranger.get(f"/api/products/{cast.dal.id}").json["category"] == "Dal"
    renamed = cast.asha.put(f"/api/categories/{dal_id(cast)}", {"name": "Pulses"})
    assert (renamed.status, renamed.json["name"], renamed.json["products"]) == (200, "Pulses", 1)
    assert cast.stranger.get(f"/api/products/{cast.dal.id}").json["category"] == "Pulses"
    assert shelves(cast) == [("Dairy", 1), ("Pulses", 1)]
    assert cast.devi.get(f"/api/orders/{order.id}").json["items"][0]["category"] == "Dal"
    next_order = an_order(cast.context, cast.devi.person, {cast.dal.id: 1})
    assert next_order.lines[0].category == "Pulses"


def test_a_category_may_change_its_spelling_but_not_take_anothers_name(cast: Cast) -> None:
    path = f"/api/categories/{dal_id(cast)}"
    assert cast.asha.put(path, {"name": "DAL"}).json["name"] == "DAL"
    assert cast.asha.put(path, {"name": "dairy"}).status == 409
    assert shelves(cast) == [("Dairy", 1), ("DAL", 1)]


def test_a_deleted_category_takes_its_products_from_sale_and_old_orders_stay(cast: Cast) -> None:
    assert cast.devi.person is not None
    order = an_order(cast.context, cast.devi.person, {cast.dal.id: 1})
    path = f"/api/categories/{dal_id(cast)}"
    held = cast.asha.delete(path)
    assert (held.status, "Toor dal" in held.json["detail"]) == (409, True)
    assert shelves(cast) == [("Dairy", 1), ("Dal", 1)]
    cast.asha.post(f"/api/orders/{order.id}/cancellation", {"reason": "No more"})
    deleted = cast.asha.delete(path)
    assert (deleted.json["deletedCategory"], deleted.json["products"]) == ("Dal", 1)
    assert shelves(cast) == [("Dairy", 1)]
    assert cast.stranger.get(f"/api/products/{cast.dal.id}").status == 404
    assert cast.asha.delete(path).status == 404
    assert cast.devi.get(f"/api/orders/{order.id}").json["items"][0]["category"] == "Dal"


def test_a_name_is_free_again_once_its_category_is_deleted(cast: Cast) -> None:
    cast.asha.delete(f"/api/categories/{dal_id(cast)}")
    assert cast.asha.post("/api/categories", {"name": "Dal"}).status == 201


def test_a_large_category_is_deleted_whole(cast: Cast) -> None:
    for number in range(230):
        a_product(cast.context, cast.kirana, f"Soap {number}", category="Soap", stock=1)
    soap = next(row for row in listed(cast).json if row["name"] == "Soap")
    assert soap["products"] == 230
    assert cast.asha.delete(f"/api/categories/{soap['id']}").json["products"] == 230
    assert cast.stranger.get(f"/api/products?shopId={cast.kirana.id}&q=soap").json == []
    assert shelves(cast) == [("Dairy", 1), ("Dal", 1)]


def test_products_that_move_and_go_are_counted_where_they_are(cast: Cast) -> None:
    cast.asha.put(f"/api/products/{cast.milk.id}", {"category": "Dal"})
    assert shelves(cast) == [("Dairy", 0), ("Dal", 2)]
    cast.asha.delete(f"/api/products/{cast.milk.id}")
    assert shelves(cast) == [("Dairy", 0), ("Dal", 1)]


def test_only_the_shopkeeper_changes_her_categories(cast: Cast) -> None:
    bharat = signed_in(cast.context, cast.asha.port, a_cashier(cast.context, cast.kirana, "inventory"))
    path = f"/api/categories/{dal_id(cast)}"
    for method, where in (("POST", "/api/categories"), ("PUT", path), ("DELETE", path)):
        body = None if method == "DELETE" else {"name": "Mine"}
        assert cast.stranger.call(method, where, body).status == 401
        for caller in (cast.devi, bharat):
            assert caller.call(method, where, body).status == 403
    # There is no such category for her, so her body is not looked at.
    assert cast.chitra.put(path, {"name": ""}).status == 404
    assert cast.chitra.delete(path).status == 404
    assert cast.asha.put("/api/categories/x", {"name": "X"}).status == 404
    assert shelves(cast) == [("Dairy", 1), ("Dal", 1)]
