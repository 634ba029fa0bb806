"""Orders over HTTP: placing, looking, changing, moving, calling off; and everybody who may not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.api.caller import Caller
from tests.api.cast import Cast
from tests.builders import a_product, a_shop
from tests.fake_clock import FakeClock


def order_body(cast: Cast, method: str = "Cash", **more: Any) -> dict[str, Any]:
    return {
        "items": [{"id": cast.dal.id, "quantity": 2}, {"id": cast.milk.id, "quantity": 3}],
        "paymentMethod": method,
        **more,
    }


def placed(caller: Caller, body: dict[str, Any]) -> str:
    reply = caller.post("/api/orders", body)
    assert reply.status == 201, reply.body
    order_id: str = reply.json["orderId"]
    return order_id


def stock_of(cast: Cast) -> tuple[int, int]:
    product = cast.context.products.get(cast.dal.id)
    return product.stock, product.held


def test_cash_order_is_placed_at_once_and_holds_the_goods(cast: Cast) -> None:
    reply = cast.devi.post("/api/orders", order_body(cast))
    assert reply.status == 201
    answer = reply.json
    assert answer["subtotal"] == 325.5
    assert answer["total"] == 325.5
    assert answer["deliveryFee"] == 0
    assert answer["itemCount"] == 2
    assert answer["status"] == "placed"
    assert answer["payment"] == {"method": "Cash", "status": "pending", "amount": 325.5, "reference": ""}
    assert stock_of(cast) == (8, 2)


def test_upi_order_awaits_payment_and_says_how_to_pay(cast: Cast) -> None:
    answer = cast.devi.post("/api/orders", order_body(cast, "UPI")).json
    assert answer["status"] == "awaiting_payment"
    payment = answer["payment"]
    assert payment["upiUri"].startswith("upi://pay?pa=asha@okbank&pn=Asha%20Kirana&")
    assert "&am=325.50&" in payment["upiUri"]
    assert f"&tr={payment['reference']}&" in payment["upiUri"]
    assert payment["expiresAt"] == "2026-11-21T04:40:00Z"


def test_prices_of_the_client_are_ignored(cast: Cast) -> None:
    body = {
        "items": [{"id": cast.dal.id, "quantity": 1, "name": "Gold", "price": 0.01, "category": "x"}],
        "paymentMethod": "Cash",
        "total": 0.01,
    }
    assert cast.devi.post("/api/orders", body).json["total"] == 120


def test_same_product_on_two_lines_is_summed(cast: Cast) -> None:
    line = {"id": cast.dal.id, "quantity": 6}
    reply = cast.devi.post("/api/orders", {"items": [line, line], "paymentMethod": "Cash"})
    assert reply.status == 409
    assert reply.json["lines"] == [{"id": cast.dal.id, "requested": 12, "available": 10}]
    assert stock_of(cast) == (10, 0)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"items": []}, "/items"),
        ({"items": [{"id": "nope", "quantity": 1}]}, "/items/0/id"),
        ({"items": [{"id": "a" * 24, "quantity": 1}]}, "/items/0/id"),
        ({"items": [{"id": "a" * 24, "quantity": -1}]}, "/items/0/quantity"),
        ({"items": [{"id": "a" * 24, "quantity": 1.5}]}, "/items/0/quantity"),
        ({"items": [{"id": "a" * 24, "quantity": True}]}, "/items/0/quantity"),
        ({"items": [{"id": "a" * 24, "quantity": "2"}]}, "/items/0/quantity"),
        ({"items": [{"id": {"$gt": ""}, "quantity": 1}]}, "/items/0/id"),
        ({"paymentMethod": "Gold"}, "/paymentMethod"),
        ({"expectedTotal": 1.234}, "/expectedTotal"),
        (
            {"deliveryAddress": {"line": "", "city": "Pune", "state": "MH", "pincode": "411001"}},
            "/deliveryAddress/line",
        ),
        ({"deliveryAddress": {"line": "1", "city": "P", "state": "MH", "pincode": "41"}}, "/deliveryAddress/pincode"),
        ({"surprise": 1}, "/surprise"),
    ],
)
def test_wrong_fields_are_named_and_nothing_is_ordered(cast: Cast, change: dict[str, Any], pointer: str) -> None:
    reply = cast.devi.post("/api/orders", {**order_body(cast), **change})
    assert reply.status == 422
    assert pointer in reply.pointers
    assert cast.devi.get("/api/customer/orders").json == []


def test_two_shops_in_one_order_are_refused(cast: Cast) -> None:
    other = a_product(cast.context, a_shop(cast.context, "Third Shop"), "Soap")
    body = {
        "items": [{"id": cast.dal.id, "quantity": 1}, {"id": other.id, "quantity": 1}],
        "paymentMethod": "Cash",
    }
    assert cast.devi.post("/api/orders", body).status == 422


def test_changed_total_is_refused_with_the_new_one(cast: Cast) -> None:
    reply = cast.devi.post("/api/orders", order_body(cast, expectedTotal=300))
    assert reply.status == 409
    assert reply.json["total"] == 325.5
    assert cast.devi.post("/api/orders", order_body(cast, expectedTotal=325.5)).status == 201


def test_one_key_gives_one_order_and_the_same_answer(cast: Cast) -> None:
    def place(_: int) -> tuple[int, bytes]:
        reply = cast.devi.post("/api/orders", order_body(cast), Idempotency_Key="k-1")
        return reply.status, reply.body

    with ThreadPoolExecutor(20) as pool:
        replies = set(pool.map(place, range(20)))
    assert len(replies) == 1
    assert replies.pop()[0] == 201
    assert len(cast.devi.get("/api/customer/orders").json) == 1


def test_replay_is_answered_as_then_also_after_the_order_moved_on(cast: Cast) -> None:
    first = cast.devi.post("/api/orders", order_body(cast), Idempotency_Key="k-1")
    cast.asha.put(f"/api/orders/{first.json['orderId']}/status", {"status": "packed"})
    again = cast.devi.post("/api/orders", order_body(cast), Idempotency_Key="k-1")
    assert (again.status, again.body) == (201, first.body)


def test_same_key_with_another_body_is_refused_but_another_customer_may_use_it(cast: Cast) -> None:
    cast.devi.post("/api/orders", order_body(cast), Idempotency_Key="k-1")
    assert cast.devi.post("/api/orders", order_body(cast, note="ring"), Idempotency_Key="k-1").status == 422
    assert cast.eshan.post("/api/orders", order_body(cast), Idempotency_Key="k-1").status == 201


def test_refusal_is_not_kept_under_its_key(cast: Cast) -> None:
    body = {"items": [{"id": cast.dal.id, "quantity": 11}], "paymentMethod": "Cash"}
    assert cast.devi.post("/api/orders", body, Idempotency_Key="k-1").status == 409
    body["items"] = [{"id": cast.dal.id, "quantity": 10}]
    assert cast.devi.post("/api/orders", body, Idempotency_Key="k-1").status == 201


def test_only_customers_place_orders(cast: Cast) -> None:
    assert cast.stranger.post("/api/orders", order_body(cast)).status == 401
    assert cast.asha.post("/api/orders", order_body(cast)).status == 403
    assert cast.bharat.post("/api/orders", order_body(cast)).status == 403


def test_an_order_is_shown_to_its_customer_and_its_shop_only(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast))
    for reader in (cast.devi, cast.asha, cast.bharat):
        assert reader.get(f"/api/orders/{order_id}").status == 200
    for other in (cast.eshan, cast.chitra):
        assert other.get(f"/api/orders/{order_id}").status == 404
    assert cast.stranger.get(f"/api/orders/{order_id}").status == 401
    assert cast.devi.get("/api/orders/nonsense").status == 404


def test_an_order_tells_its_lines_and_its_history(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast, note="Ring twice", pickup=True))
    answer = cast.devi.get(f"/api/orders/{order_id}").json
    assert answer["items"][0]["lineTotal"] == 240
    assert answer["items"][1]["category"] == "Dairy"
    assert answer["history"] == [{"status": "placed", "at": "2026-11-21T04:30:00Z", "by": "customer", "note": None}]
    assert answer["customerName"].startswith("Devi")
    assert answer["note"] == "Ring twice"
    assert answer["itemCount"] == 2


def test_snapshots_stay_when_the_product_changes(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast))
    cast.asha.put(f"/api/products/{cast.dal.id}", {"name": "Arhar dal", "price": 199})
    answer = cast.devi.get(f"/api/orders/{order_id}").json
    assert answer["items"][0]["name"] == "Toor dal"
    assert answer["items"][0]["price"] == 120


def test_the_shop_takes_an_order_to_the_door(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast))
    for status in ("packed", "dispatched", "delivered"):
        reply = cast.asha.put(f"/api/orders/{order_id}/status", {"status": status})
        assert (reply.status, reply.json["status"]) == (200, status)
    assert stock_of(cast) == (8, 0)


def test_moves_outside_the_table_are_409_and_unknown_states_422(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast))
    path = f"/api/orders/{order_id}/status"
    for status in ("delivered", "returned", "cancelled", "awaiting_payment", "expired"):
        assert cast.asha.put(path, {"status": status}).status == 409
    assert cast.asha.put(path, {"status": "teleported"}).status == 422
    assert cast.devi.put(path, {"status": "packed"}).status == 403
    assert cast.bharat.put(path, {"status": "packed"}).status == 403
    assert cast.chitra.put(path, {"status": "packed"}).status == 404


def test_unpaid_upi_order_cannot_be_packed(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast, "UPI"))
    assert cast.asha.put(f"/api/orders/{order_id}/status", {"status": "packed"}).status == 409


def test_cancelling_restocks_once_however_often_it_is_asked(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast))

    def cancel(_: int) -> int:
        return cast.devi.post(f"/api/orders/{order_id}/cancellation", {"reason": "Not needed"}).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(cancel, range(8))) == {200}
    assert stock_of(cast) == (10, 0)


def test_the_customer_may_cancel_until_packed_and_the_shop_until_dispatched(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast))
    path = f"/api/orders/{order_id}/cancellation"
    cast.asha.put(f"/api/orders/{order_id}/status", {"status": "packed"})
    assert cast.devi.post(path, {"reason": "Too late"}).status == 409
    assert cast.bharat.post(path, {"reason": "No right"}).status == 403
    assert cast.chitra.post(path, {"reason": "Rival"}).status == 404
    assert cast.asha.post(path, {"reason": "Broken"}).json["status"] == "cancelled"
    assert stock_of(cast) == (10, 0)
    other = placed(cast.devi, order_body(cast))
    for status in ("packed", "dispatched"):
        cast.asha.put(f"/api/orders/{other}/status", {"status": status})
    assert cast.asha.post(f"/api/orders/{other}/cancellation", {"reason": "Late"}).status == 409


def test_changing_an_order_moves_only_the_difference(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast))
    cast.asha.put(f"/api/products/{cast.dal.id}", {"price": 150})
    reply = cast.devi.patch(f"/api/orders/{order_id}", {"items": [{"id": cast.dal.id, "quantity": 5}]})
    assert reply.status == 200
    assert reply.json["total"] == 600
    assert stock_of(cast) == (5, 5)
    assert cast.context.products.get(cast.milk.id).stock == 20


def test_a_change_that_cannot_be_had_changes_nothing(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast))
    reply = cast.devi.patch(f"/api/orders/{order_id}", {"items": [{"id": cast.dal.id, "quantity": 11}]})
    assert reply.status == 409
    assert reply.json["lines"] == [{"id": cast.dal.id, "requested": 11, "available": 10}]
    assert stock_of(cast) == (8, 2)


def test_changing_an_unpaid_upi_order_gives_a_new_qr(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast, "UPI"))
    before = cast.devi.get(f"/api/orders/{order_id}/payment").json
    cast.devi.patch(f"/api/orders/{order_id}", {"items": [{"id": cast.dal.id, "quantity": 1}]})
    after = cast.devi.get(f"/api/orders/{order_id}/payment").json
    assert after["reference"] != before["reference"]
    assert after["qrUrl"] != before["qrUrl"]
    assert "&am=120.00&" in after["upiUri"]


def test_an_order_can_be_changed_until_it_is_claimed_or_packed(cast: Cast) -> None:
    body = {"items": [{"id": cast.dal.id, "quantity": 1}]}
    claimed = placed(cast.devi, order_body(cast, "UPI"))
    cast.devi.post(f"/api/orders/{claimed}/payment/claim", {"utr": "612345678901"})
    assert cast.devi.patch(f"/api/orders/{claimed}", body).status == 409
    packed = placed(cast.devi, order_body(cast))
    cast.asha.put(f"/api/orders/{packed}/status", {"status": "packed"})
    assert cast.devi.patch(f"/api/orders/{packed}", body).status == 409
    assert cast.eshan.patch(f"/api/orders/{packed}", body).status == 404


def test_while_the_shop_takes_no_orders_an_order_can_become_smaller_and_not_larger(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast))
    cast.asha.put("/api/shopkeeper/shop", {"open": False})
    path = f"/api/orders/{order_id}"
    for more in (
        [{"id": cast.dal.id, "quantity": 3}],
        [{"id": cast.dal.id, "quantity": 1}, {"id": cast.milk.id, "quantity": 9}],
    ):
        assert cast.devi.patch(path, {"items": more}).status == 409
    assert stock_of(cast) == (8, 2)
    assert cast.devi.patch(path, {"items": [{"id": cast.dal.id, "quantity": 1}], "total": 1}).status == 200
    assert stock_of(cast) == (9, 1)


def test_goods_of_another_shop_are_named_also_when_the_order_is_closed(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast))
    cast.devi.post(f"/api/orders/{order_id}/cancellation", {"reason": "No longer needed"})
    foreign = {"items": [{"id": cast.dal.id, "quantity": 1}, {"id": "f" * 24, "quantity": 1}]}
    reply = cast.devi.patch(f"/api/orders/{order_id}", foreign)
    assert (reply.status, reply.pointers) == (422, ["/items/1/id"])


def test_a_delivered_order_is_returned_and_refunded_once(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast))
    cast.asha.post(f"/api/orders/{order_id}/payment/confirmation", {})
    assert cast.devi.post(f"/api/orders/{order_id}/return", {"reason": "Stale"}).status == 409
    for status in ("packed", "dispatched", "delivered"):
        cast.asha.put(f"/api/orders/{order_id}/status", {"status": status})
    reply = cast.devi.post(f"/api/orders/{order_id}/return", {"reason": "Stale"})
    assert (reply.json["status"], reply.json["pickupOn"]) == ("return_requested", "2026-11-27")
    for _ in range(2):
        reply = cast.asha.put(f"/api/orders/{order_id}/status", {"status": "returned", "restock": True})
        assert reply.json["payment"]["refundDue"] == 325.5
    assert stock_of(cast) == (10, 0)


def test_returned_goods_stay_off_the_shelf_unless_the_shop_says_so(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast))
    for status in ("packed", "dispatched", "delivered"):
        cast.asha.put(f"/api/orders/{order_id}/status", {"status": status})
    cast.devi.post(f"/api/orders/{order_id}/return", {"reason": "Stale"})
    cast.asha.put(f"/api/orders/{order_id}/status", {"status": "returned"})
    assert stock_of(cast) == (8, 0)


def test_a_declined_return_is_delivered_again(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast))
    for status in ("packed", "dispatched", "delivered"):
        cast.asha.put(f"/api/orders/{order_id}/status", {"status": status})
    assert cast.devi.post(f"/api/orders/{order_id}/return", {"reason": "Changed my mind"}).json["pickupOn"]
    declined = cast.asha.put(f"/api/orders/{order_id}/status", {"status": "delivered", "reason": "It was opened"}).json
    assert (declined["status"], declined["pickupOn"]) == ("delivered", None)
    assert (declined["history"][-1]["by"], declined["history"][-1]["note"]) == ("shop", "It was opened")
    told = [notice["text"] for notice in cast.devi.get("/api/notifications").json]
    assert f"Asha Kirana declined the return of your order {order_id[:8]}: It was opened" in told


def test_goods_that_expire_while_held_are_short_and_left_out_when_packing(cast: Cast, clock: FakeClock) -> None:
    curd = a_product(cast.context, cast.kirana, "Curd", stock=3, expires_on="2026-11-21", price_paise=40_00)
    body = {
        "items": [{"id": curd.id, "quantity": 2}, {"id": cast.dal.id, "quantity": 1}],
        "paymentMethod": "Cash",
    }
    order_id = placed(cast.devi, body)
    cast.asha.post(f"/api/orders/{order_id}/payment/confirmation", {})
    clock.advance(days=1)
    asha = cast.again(cast.asha)
    assert asha.get(f"/api/orders/{order_id}").json["short"] == [{"id": curd.id, "missing": 2}]
    packed = asha.put(f"/api/orders/{order_id}/status", {"status": "packed"}).json
    assert [line["id"] for line in packed["items"]] == [cast.dal.id]
    assert packed["total"] == 120
    assert (packed["payment"]["status"], packed["payment"]["refundDue"]) == ("refund_due", 80)
    product = cast.context.products.get(curd.id)
    assert (product.stock, product.held, product.batches) == (0, 0, ())


def test_lists_show_newest_first_in_pages_without_gaps(cast: Cast, clock: FakeClock) -> None:
    ids = []
    for _ in range(7):
        ids.append(placed(cast.devi, {"items": [{"id": cast.milk.id, "quantity": 1}], "paymentMethod": "Cash"}))
        clock.advance(seconds=1)
    seen: list[str] = []
    path = "/api/customer/orders?limit=3"
    while path:
        reply = cast.devi.get(path)
        seen += [row["id"] for row in reply.json]
        link = reply.headers.get("Link")
        path = link[1 : link.index(">")] if link else ""
    assert seen == ids[::-1]


def test_customer_tabs_sort_orders_by_what_became_of_them(cast: Cast) -> None:
    current = placed(cast.devi, order_body(cast))
    cancelled = placed(cast.devi, order_body(cast))
    cast.devi.post(f"/api/orders/{cancelled}/cancellation", {"reason": "Twice"})
    assert [row["id"] for row in cast.devi.get("/api/customer/orders?state=current").json] == [current]
    assert [row["id"] for row in cast.devi.get("/api/customer/orders?state=cancelled").json] == [cancelled]
    assert cast.devi.get("/api/customer/orders?state=past").json == []
    assert len(cast.devi.get("/api/customer/orders?state=").json) == 2
    assert cast.devi.get("/api/customer/orders?state=lost").status == 422


def test_the_shop_finds_orders_by_state_name_number_and_day(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast))
    placed(cast.eshan, order_body(cast))
    found = [
        "status=placed&q=devi",
        f"q={order_id[:8]}",
        "from=2026-11-21&to=2026-11-21&q=Dev",
    ]
    for query in found:
        assert order_id in [row["id"] for row in cast.asha.get(f"/api/shopkeeper/orders?{query}").json], query
    assert len(cast.asha.get("/api/shopkeeper/orders").json) == 2
    assert cast.asha.get("/api/shopkeeper/orders?status=packed").json == []
    assert cast.asha.get("/api/shopkeeper/orders?status=lost").status == 422
    assert cast.asha.get("/api/shopkeeper/orders?from=2026-11-22").json == []
    assert len(cast.asha.get("/api/shopkeeper/orders?from=&to=&status=&q=").json) == 2
    backwards = cast.asha.get("/api/shopkeeper/orders?from=2026-11-22&to=2026-11-21")
    assert (backwards.status, backwards.pointers) == (422, ["/to"])
    assert cast.chitra.get("/api/shopkeeper/orders").json == []
    assert cast.bharat.get("/api/shopkeeper/orders").status == 403
    assert cast.devi.get("/api/shopkeeper/orders").status == 403


def test_reorder_says_what_can_be_had_today(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast))
    cast.asha.put(f"/api/products/{cast.dal.id}", {"price": 130})
    cast.asha.post(f"/api/products/{cast.milk.id}/wastage", {"quantity": 17, "reason": "Spilt"})
    answer = cast.devi.post(f"/api/orders/{order_id}/reorder").json
    assert answer["items"] == [{"id": cast.dal.id, "quantity": 2, "name": "Toor dal", "price": 130, "changed": True}]
    assert answer["missing"] == [{"id": cast.milk.id, "name": "Toned milk"}]


def test_cart_is_kept_and_marks_what_changed(cast: Cast) -> None:
    items = [{"id": cast.dal.id, "quantity": 2}, {"id": cast.milk.id, "quantity": 30}, {"id": "f" * 24, "quantity": 1}]
    assert cast.devi.put("/api/cart", {"items": items}).status == 200
    cast.asha.put(f"/api/products/{cast.dal.id}", {"price": 130})
    kept = {item["id"]: item for item in cast.devi.get("/api/cart").json["items"]}
    assert kept[cast.dal.id]["changed"] == ["price"]
    assert (kept[cast.dal.id]["priceWas"], kept[cast.dal.id]["price"]) == (120, 130)
    assert kept[cast.milk.id]["changed"] == ["stock"]
    assert kept["f" * 24]["changed"] == ["gone"]
    assert cast.eshan.get("/api/cart").json == {"items": []}
    assert cast.asha.get("/api/cart").status == 403


HOME = {"line": "12 Station Road", "city": "Pune", "state": "Maharashtra", "pincode": "411001", "country": "India"}


def test_goods_go_to_the_named_place_or_home_or_are_fetched(cast: Cast) -> None:
    fetched = placed(cast.devi, order_body(cast))
    assert cast.devi.get(f"/api/orders/{fetched}").json["pickup"] is True
    cast.devi.patch(
        "/api/account", {"address": "12 Station Road", "city": "Pune", "state": "Maharashtra", "pincode": "411001"}
    )
    home = placed(cast.devi, order_body(cast))
    answer = cast.devi.get(f"/api/orders/{home}").json
    assert (answer["pickup"], answer["deliveryAddress"]) == (False, HOME)
    elsewhere = placed(cast.devi, order_body(cast, deliveryAddress={**HOME, "line": "Temple gate"}))
    assert cast.devi.get(f"/api/orders/{elsewhere}").json["deliveryAddress"]["line"] == "Temple gate"


def test_a_delivery_needs_a_place(cast: Cast) -> None:
    reply = cast.devi.post("/api/orders", order_body(cast, pickup=False))
    assert (reply.status, reply.pointers) == (422, ["/deliveryAddress"])


def test_delivery_estimate_follows_the_shop(cast: Cast, clock: FakeClock) -> None:
    reply = cast.asha.put(
        "/api/shopkeeper/shop", {"deliveryMinutes": 45, "deliveryFee": 30, "freeDeliveryMinimum": 500}
    )
    assert reply.status == 200, reply.body
    order_id = placed(cast.devi, order_body(cast, deliveryAddress=HOME))
    answer = cast.devi.get(f"/api/orders/{order_id}").json
    expected = (clock.now() + timedelta(minutes=45)).isoformat().replace("+00:00", "Z")
    assert answer["deliverBy"] == expected
    assert (answer["deliveryFee"], answer["total"]) == (30, 355.5)
    fetched = cast.devi.post("/api/orders", order_body(cast, pickup=True)).json
    assert fetched["deliveryFee"] == 0
