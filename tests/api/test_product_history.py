"""A product's history by person: who received, counted, wasted, priced and changed it."""

from __future__ import annotations

from typing import Any

from tests.api.caller import signed_in
from tests.api.cast import Cast
from tests.api.test_notices import next_path
from tests.builders import a_cashier, an_order
from tests.fake_clock import FakeClock


def history(cast: Cast, product_id: str) -> list[dict[str, Any]]:
    reply = cast.asha.get(f"/api/products/{product_id}/history")
    assert reply.status == 200
    return list(reply.json)


def test_tells_who_did_what_the_latest_first_and_leaves_out_what_orders_do(cast: Cast, clock: FakeClock) -> None:
    who = a_cashier(cast.context, cast.kirana, "inventory", "prices")
    bharat = signed_in(cast.context, cast.asha.port, who, has_permit=True)
    made = cast.asha.post("/api/products", {"name": "Jaggery", "category": "Sweets", "price": 80, "stock": 5}).json
    path = f"/api/products/{made['id']}"
    for caller, method, where, body in (
        (bharat, "POST", "/batches", {"quantity": 4}),
        (bharat, "PUT", "", {"price": 90.5, "cost": 60, "unit": "500 g"}),
        (cast.asha, "POST", "/wastage", {"quantity": 1, "reason": "Broken"}),
        (bharat, "POST", "/counts", {"quantity": 7, "reason": "Counted"}),
    ):
        clock.advance(seconds=1)
        assert caller.call(method, path + where, body).status < 300
    assert cast.devi.person is not None
    an_order(cast.context, cast.devi.person, {made["id"]: 1})
    rows = history(cast, made["id"])
    told = [(row["what"], row["by"].split()[0]) for row in rows]
    assert told[:2] == [("counted", "Bharat"), ("wasted", "Asha")]
    assert set(told[2:4]) == {("priced", "Bharat"), ("changed", "Bharat")}
    assert told[4] == ("received", "Bharat")
    assert set(told[5:]) == {("added", "Asha"), ("received", "Asha")}
    priced = next(row for row in rows if row["what"] == "priced")
    assert priced["prices"] == {"price": [80, 90.5], "cost": [None, 60]}
    assert next(row for row in rows if row["what"] == "changed")["fields"] == ["unit"]
    assert (rows[1]["quantity"], rows[1]["reason"]) == (1, "Broken") or rows[1]["quantity"] == -1


def test_is_read_page_by_page_without_gaps_or_repeats(cast: Cast) -> None:
    path = f"/api/products/{cast.dal.id}"
    for price in range(121, 125):
        cast.asha.put(path, {"price": price})
        cast.asha.post(f"{path}/batches", {"quantity": 1})
    whole = history(cast, cast.dal.id)
    link, seen = f"{path}/history?limit=2", []
    while link:
        reply = cast.asha.get(link)
        seen += reply.json
        link = next_path(reply.headers["Link"]) if "Link" in reply.headers else ""
    assert seen == whole
    assert len(seen) == 9


def test_a_change_that_is_refused_or_changes_nothing_leaves_no_line(cast: Cast) -> None:
    path = f"/api/products/{cast.dal.id}"
    before = history(cast, cast.dal.id)
    assert cast.asha.put(path, {"price": 0}).status == 422
    assert cast.asha.put(path, {"price": 120}).json["modified"] is False
    assert cast.asha.put(path, {"name": "Toned milk", "price": 5}).status == 409
    assert history(cast, cast.dal.id) == before


def test_is_for_those_who_keep_the_goods_of_this_shop(cast: Cast) -> None:
    path = f"/api/products/{cast.dal.id}/history"
    assert (cast.chitra.get(path).status, cast.bharat.get(path).status, cast.devi.get(path).status) == (404, 403, 403)
