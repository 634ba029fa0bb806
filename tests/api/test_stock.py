"""Stock over HTTP: batches, counts, wastage, and the stock book that shows all of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.caller import signed_in
from tests.api.cast import Cast
from tests.builders import a_batch, a_cashier, a_product, an_order
from tests.fake_clock import FakeClock


def path(cast: Cast, rest: str = "") -> str:
    return f"/api/products/{cast.dal.id}{rest}"


def shown(cast: Cast) -> dict[str, Any]:
    row: dict[str, Any] = cast.asha.get(path(cast)).json
    return row


def buy(cast: Cast, quantity: int) -> str:
    assert cast.devi.person is not None
    return an_order(cast.context, cast.devi.person, {cast.dal.id: quantity}).id


# --- batches ---


def test_a_received_batch_is_on_sale_with_all_that_is_written_on_it(cast: Cast) -> None:
    batch = {
        "quantity": 12,
        "expiresOn": "2027-03-31",
        "manufacturedOn": "2026-10-01",
        "batchNo": "T-88",
        "cost": 95.5,
        "mrp": 130,
    }
    received = cast.asha.post(path(cast, "/batches"), batch)
    assert (received.status, received.json["stock"], received.json["expiresOn"]) == (201, 22, "2027-03-31")
    newest = received.json["batches"][-1]
    assert {name: newest[name] for name in batch} == batch
    assert newest["receivedAt"] == "2026-11-21T04:30:00Z"
    assert received.json == shown(cast)


def test_what_expires_first_is_sold_first(cast: Cast) -> None:
    a_batch(cast.context, cast.kirana, cast.dal.id, 5, expires_on="2026-12-01")
    order = buy(cast, 4)
    cast.asha.put(f"/api/orders/{order}/status", {"status": "packed"})
    left = {batch["expiresOn"]: batch["quantity"] for batch in shown(cast)["batches"]}
    assert left == {None: 10, "2026-12-01": 1}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", 0),
        ("quantity", 1.5),
        ("quantity", None),
        ("expiresOn", "2026-11-20"),
        ("manufacturedOn", "2026-11-22"),
        ("batchNo", "x" * 51),
        ("cost", "5"),
        ("mrp", 0),
        ("price", 5),
    ],
)
def test_names_the_field_of_a_batch_that_is_wrong(cast: Cast, field: str, value: Any) -> None:
    refused = cast.asha.post(path(cast, "/batches"), {"quantity": 5, field: value})
    assert (refused.status, refused.pointers) == (422, [f"/{field}"])
    assert shown(cast)["stock"] == 10


def test_goods_may_be_sold_on_the_day_that_is_printed_on_them(cast: Cast) -> None:
    assert cast.asha.post(path(cast, "/batches"), {"quantity": 5, "expiresOn": "2026-11-21"}).json["stock"] == 15


def test_the_same_key_receives_once(cast: Cast) -> None:
    first = cast.asha.post(path(cast, "/batches"), {"quantity": 5}, Idempotency_Key="van")
    again = cast.asha.post(path(cast, "/batches"), {"quantity": 5}, Idempotency_Key="van")
    assert (again.status, again.json) == (201, first.json)
    assert shown(cast)["stock"] == 15
    assert cast.asha.post(path(cast, "/batches"), {"quantity": 6}, Idempotency_Key="van").status == 422


def test_a_batch_is_corrected_without_touching_what_is_left_of_it(cast: Cast) -> None:
    (batch,) = shown(cast)["batches"]
    there = path(cast, f"/batches/{batch['id']}")
    edited = cast.asha.patch(there, {"expiresOn": "2027-01-31", "batchNo": "A1", "cost": 90})
    (after,) = edited.json["batches"]
    assert after == {**batch, "expiresOn": "2027-01-31", "batchNo": "A1", "cost": 90}
    (cleared,) = cast.asha.patch(there, {"batchNo": ""}).json["batches"]
    assert (cleared["batchNo"], cleared["expiresOn"]) == (None, "2027-01-31")
    assert cast.asha.patch(there, {"quantity": 3}).pointers == ["/quantity"]
    assert cast.asha.patch(there, {"expiresOn": "2026-11-01"}).pointers == ["/expiresOn"]
    assert cast.asha.patch(path(cast, "/batches/" + "0" * 24), {"quantity": 3}).status == 404


def test_a_cashier_who_makes_no_prices_cannot_change_what_a_batch_cost(cast: Cast) -> None:
    cashier = a_cashier(cast.context, cast.kirana, "inventory")
    bharat = signed_in(cast.context, cast.asha.port, cashier, has_permit=True)
    batch = bharat.post(path(cast, "/batches"), {"quantity": 5, "cost": 80}).json["batches"][-1]
    there = path(cast, f"/batches/{batch['id']}")
    assert bharat.patch(there, {"cost": 70}).status == 403
    assert bharat.patch(there, {"cost": 80, "batchNo": "B2"}).status == 200


def test_new_goods_end_the_waiting_for_them(cast: Cast) -> None:
    cast.asha.put(path(cast), {"restockOn": "2026-12-01"})
    assert cast.stranger.get(path(cast)).json["restockOn"] == "2026-12-01"
    cast.asha.post(path(cast, "/batches"), {"quantity": 5})
    assert "restockOn" not in cast.stranger.get(path(cast)).json


# --- counts ---


def test_a_count_is_what_lies_on_the_shelf_with_what_orders_hold(cast: Cast, clock: FakeClock) -> None:
    buy(cast, 4)
    clock.advance(seconds=1)
    counted = cast.asha.post(path(cast, "/counts"), {"quantity": 9, "reason": "Monthly count"})
    assert (counted.status, counted.json["stock"], counted.json["held"]) == (201, 5, 4)
    row = cast.asha.get(path(cast, "/movements")).json[0]
    assert (row["kind"], row["quantity"], row["stockAfter"]) == ("counted", -1, 5)
    assert (row["reason"], row["by"]) == ("Monthly count", "Asha Kulkarni")


def test_a_count_below_what_orders_hold_is_refused(cast: Cast) -> None:
    buy(cast, 4)
    refused = cast.asha.post(path(cast, "/counts"), {"quantity": 3, "reason": "Monthly count"})
    assert (refused.status, shown(cast)["stock"]) == (409, 6)


def test_a_count_that_finds_more_makes_it_sellable(cast: Cast) -> None:
    assert cast.asha.post(path(cast, "/counts"), {"quantity": 30, "reason": "Found a box"}).json["stock"] == 30
    assert cast.asha.post(path(cast, "/counts"), {"quantity": 0, "reason": "Stolen"}).json["batches"] == []


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"quantity": -1, "reason": "x"}, ["/quantity"]),
        ({"quantity": 5}, ["/reason"]),
        ({"reason": " "}, ["/quantity", "/reason"]),
        ({"quantity": True, "reason": "x" * 1001}, ["/quantity", "/reason"]),
    ],
)
def test_names_the_fields_of_a_count_that_are_wrong(cast: Cast, body: dict[str, Any], pointers: list[str]) -> None:
    assert cast.asha.post(path(cast, "/counts"), body).pointers == pointers


def test_the_same_key_counts_once(cast: Cast) -> None:
    body = {"quantity": 8, "reason": "Count"}
    first = cast.asha.post(path(cast, "/counts"), body, Idempotency_Key="c")
    buy(cast, 1)
    assert cast.asha.post(path(cast, "/counts"), body, Idempotency_Key="c").json == first.json
    assert shown(cast)["stock"] == 7


# --- wastage ---


def test_wastage_takes_what_expires_first_or_of_the_named_batch(cast: Cast) -> None:
    a_batch(cast.context, cast.kirana, cast.dal.id, 5, expires_on="2026-12-01")
    wasted = cast.asha.post(path(cast, "/wastage"), {"quantity": 2, "reason": "Torn bag"})
    assert (wasted.status, wasted.json["stock"]) == (201, 13)
    undated = next(batch for batch in wasted.json["batches"] if batch["expiresOn"] is None)
    cast.asha.post(path(cast, "/wastage"), {"quantity": 3, "reason": "Mice", "batchId": undated["id"]})
    assert {batch["expiresOn"]: batch["quantity"] for batch in shown(cast)["batches"]} == {None: 7, "2026-12-01": 3}


def test_no_more_is_written_off_than_is_free(cast: Cast) -> None:
    buy(cast, 8)
    assert cast.asha.post(path(cast, "/wastage"), {"quantity": 3, "reason": "Wet"}).status == 409
    assert cast.asha.post(path(cast, "/wastage"), {"quantity": 2, "reason": "Wet"}).json["stock"] == 0


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"quantity": 0, "reason": "x"}, ["/quantity"]),
        ({"quantity": 1}, ["/reason"]),
        ({"quantity": 1, "reason": "x", "batchId": "5"}, ["/batchId"]),
        ({"quantity": 1, "reason": "x", "note": "y"}, ["/note"]),
    ],
)
def test_names_the_fields_of_wastage_that_are_wrong(cast: Cast, body: dict[str, Any], pointers: list[str]) -> None:
    assert cast.asha.post(path(cast, "/wastage"), body).pointers == pointers
    assert shown(cast)["stock"] == 10


def test_an_unknown_batch_cannot_be_written_off(cast: Cast) -> None:
    body = {"quantity": 1, "reason": "Wet", "batchId": "0" * 24}
    assert cast.asha.post(path(cast, "/wastage"), body).status == 404


def test_the_same_key_writes_off_once(cast: Cast) -> None:
    body = {"quantity": 3, "reason": "Wet"}
    first = cast.asha.post(path(cast, "/wastage"), body, Idempotency_Key="w")
    assert cast.asha.post(path(cast, "/wastage"), body, Idempotency_Key="w").json == first.json
    assert shown(cast)["stock"] == 7


def test_what_has_expired_is_written_off_before_anything_else_is_done(cast: Cast, clock: FakeClock) -> None:
    a_batch(cast.context, cast.kirana, cast.dal.id, 5, expires_on="2026-11-21")
    clock.advance(days=1)
    row = cast.again(cast.asha).post(path(cast, "/batches"), {"quantity": 1}).json
    assert (row["stock"], [batch["quantity"] for batch in row["batches"]]) == (11, [10, 1])
    book = cast.again(cast.asha).get(path(cast, "/movements")).json
    assert sorted((line["kind"], line["quantity"], line.get("reason")) for line in book[:2]) == [
        ("received", 1, None),
        ("wasted", 5, "expired"),
    ]


# --- the stock book ---


def test_the_stock_book_names_the_order_and_who_did_it(cast: Cast, clock: FakeClock) -> None:
    clock.advance(seconds=1)
    order = buy(cast, 2)
    held, received = cast.asha.get(path(cast, "/movements")).json
    assert (held["kind"], held["orderId"], held["by"], held["stockAfter"]) == ("held", order, "Devi Kulkarni", 8)
    assert (received["kind"], "orderId" in received) == ("received", False)


def test_the_stock_book_is_paged_without_gaps_while_lines_are_added(cast: Cast, clock: FakeClock) -> None:
    for number in range(11):
        if number % 3 == 0:
            clock.advance(seconds=1)
        cast.asha.post(
            path(cast, "/wastage" if number % 2 else "/batches"),
            {"quantity": 1, **({"reason": "x"} if number % 2 else {})},
        )
    at_first = cast.asha.get(path(cast, "/movements?limit=200")).json
    clock.advance(seconds=1)
    seen: list[dict[str, Any]] = []
    where: str | None = path(cast, "/movements?limit=3")
    while where:
        reply = cast.asha.get(where)
        seen += reply.json
        a_batch(cast.context, cast.kirana, cast.dal.id, 1)
        link = reply.headers.get("Link")
        where = link[1 : link.index(">")] if link else None
    assert seen == at_first
    assert len(seen) == 12


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "cursor=x"])
def test_names_the_wrong_field_of_a_question_to_the_stock_book(cast: Cast, query: str) -> None:
    assert cast.asha.get(path(cast, f"/movements?{query}")).status == 422


def test_another_shops_stock_does_not_exist(cast: Cast) -> None:
    theirs = a_product(cast.context, cast.kirana, "Ghee")
    for method, rest in (("POST", "batches"), ("POST", "counts"), ("POST", "wastage"), ("GET", "movements")):
        body = {"quantity": "wrong"} if method == "POST" else None
        assert cast.chitra.call(method, f"/api/products/{theirs.id}/{rest}", body).status == 404
