"""Bills and credit notes: who gets which, with which number, and that what is written stays written."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from shop_server.storage.connection import Connection
from shop_server.storage.verify import verify
from tests.api.caller import Caller, Reply
from tests.api.cast import Cast

GSTIN = "27AAPFU0939F1ZV"
BUYERS_GSTIN = "29AABCU9603R1ZJ"
HOME = {"line": "12 Station Road", "city": "Pune", "state": "Maharashtra", "pincode": "411001"}


def place(cast: Cast, method: str = "Cash", by: Caller | None = None, **more: Any) -> str:
    items = [{"id": cast.dal.id, "quantity": 2}, {"id": cast.milk.id, "quantity": 1}]
    body = {"items": items, "paymentMethod": method, "deliveryAddress": HOME, **more}
    return str((by or cast.devi).post("/api/orders", body).json["orderId"])


def move(cast: Cast, order: str, *states: str, **more: Any) -> Any:
    for status in states:
        reply = cast.asha.put(f"/api/orders/{order}/status", {"status": status, **more})
        assert reply.status == 200, reply.body
    return reply.json


def packed(cast: Cast, **more: Any) -> str:
    order = place(cast, **more)
    move(cast, order, "packed")
    return order


def returned(cast: Cast) -> str:
    order = packed(cast)
    move(cast, order, "dispatched", "delivered")
    assert cast.devi.post(f"/api/orders/{order}/return", {"reason": "stale <b>dal</b>"}).status == 200
    move(cast, order, "returned")
    return order


def paper(caller: Caller, order: str, which: str = "invoice") -> Reply:
    return caller.get(f"/api/orders/{order}/{which}")


def text_of(reply: Reply) -> str:
    """What a person reads of the page, with single spaces."""
    assert reply.status == 200, reply.body
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    body = reply.body.decode().partition("<main")[2].partition(">")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def number_of(reply: Reply) -> str:
    found = re.search(r"Number (\S+) Date", text_of(reply))
    assert found is not None
    return found[1]


def set_gst(cast: Cast, **more: Any) -> None:
    assert cast.asha.put("/api/shopkeeper/shop", {"gstNumber": GSTIN, "state": "Maharashtra", **more}).status == 200
    assert cast.asha.put(f"/api/products/{cast.dal.id}", {"gstRate": 5, "hsn": "0713"}).status == 200


def test_the_customer_and_the_shop_see_the_bill_and_nobody_else(cast: Cast) -> None:
    order = packed(cast)
    shown = text_of(paper(cast.devi, order))
    assert shown == text_of(paper(cast.asha, order)) == text_of(paper(cast.bharat, order))
    assert "Devi Kulkarni" in shown
    assert [paper(caller, order).status for caller in (cast.eshan, cast.chitra, cast.stranger)] == [404, 404, 401]
    assert paper(cast.devi, "0" * 24).status == 404
    assert paper(cast.devi, "no-id").status == 404


def test_a_shop_without_a_gst_number_gives_a_plain_bill(cast: Cast) -> None:
    shown = text_of(paper(cast.devi, packed(cast)))
    assert "Bill Number 26-27/000001 Date 21 Nov 2026" in shown
    assert "Toor dal" in shown
    assert "Total 268.50 Round-off 0.50 To pay ₹269.00 Rupees two hundred sixty-nine only" in shown
    for word in ("GSTIN", "CGST", "Taxable", "HSN", "Place of supply"):
        assert word not in shown


def test_a_shop_with_a_gst_number_gives_a_tax_invoice(cast: Cast) -> None:
    set_gst(cast)
    shown = text_of(paper(cast.devi, packed(cast, method="Card")))
    assert "Tax invoice Original for recipient Number 26-27/000001" in shown
    assert f"GSTIN {GSTIN}" in shown
    assert "Place of supply Maharashtra (27) Reverse charge No" in shown
    # ₹240 with 5 % in it, and milk of which nobody has entered a rate.
    assert "5% 2.5% + 2.5% 228.58 5.71 5.71" in shown
    assert "Taxable value 257.08 CGST 5.71 SGST 5.71 Total 268.50 Round-off 0.00 To pay ₹268.50" in shown
    assert "0713" in shown


def test_goods_for_another_state_bear_igst(cast: Cast) -> None:
    set_gst(cast)
    shown = text_of(paper(cast.devi, packed(cast, deliveryAddress={**HOME, "city": "Mysuru", "state": "Karnataka"})))
    assert "Place of supply Karnataka (29)" in shown
    assert "IGST 11.43 Total 268.50" in shown
    assert "CGST" not in shown


def test_the_bill_of_a_business_names_its_gst_number(cast: Cast) -> None:
    set_gst(cast)
    assert cast.stranger.get(f"/api/shops/{cast.kirana.id}").json["gstNumber"] == GSTIN
    order = packed(cast, gstNumber=f" {BUYERS_GSTIN.lower()}")
    assert BUYERS_GSTIN in text_of(paper(cast.devi, order)).partition("Billed to")[2].partition("Place of supply")[0]
    seen = [caller.get(f"/api/orders/{order}").json["gstNumber"] for caller in (cast.devi, cast.asha)]
    assert seen == [BUYERS_GSTIN, BUYERS_GSTIN]
    assert cast.devi.get(f"/api/orders/{packed(cast)}").json["gstNumber"] is None


def test_a_wrong_gst_number_is_named_before_anything_is_ordered(cast: Cast) -> None:
    body = {
        "items": [{"id": cast.dal.id, "quantity": 2}],
        "paymentMethod": "Cash",
        "gstNumber": BUYERS_GSTIN[:-1] + "A",
    }
    assert cast.devi.post("/api/orders", body).pointers == ["/gstNumber"]
    assert cast.devi.get("/api/customer/orders").json == []


def test_orders_that_were_written_before_businesses_could_be_named_are_read(cast: Cast, connection: Connection) -> None:
    order = place(cast)
    connection.database["orders"].update_one({"_id": order}, {"$unset": {"gst_number": ""}})
    assert move(cast, order, "packed")["gstNumber"] is None


def test_a_composition_dealer_gives_a_bill_of_supply(cast: Cast) -> None:
    set_gst(cast, gstComposition=True)
    shown = text_of(paper(cast.devi, packed(cast)))
    assert "Bill of supply Composition taxable person, not eligible to collect tax on supplies" in shown
    assert "CGST" not in shown


def test_the_numbers_follow_on_each_other_in_each_shop(cast: Cast) -> None:
    orders = [packed(cast) for _ in range(3)]
    assert [number_of(paper(cast.devi, order)) for order in orders] == ["26-27/000001", "26-27/000002", "26-27/000003"]
    curd = {"name": "Curd", "category": "Dairy", "price": 40, "stock": 5}
    product = cast.chitra.post("/api/products", curd).json["id"]
    body = {"items": [{"id": product, "quantity": 1}], "paymentMethod": "Cash", "pickup": True}
    order = cast.eshan.post("/api/orders", body).json["orderId"]
    assert cast.chitra.put(f"/api/orders/{order}/status", {"status": "packed"}).status == 200
    assert number_of(paper(cast.eshan, order)) == "26-27/000001"


def test_packing_again_gives_no_second_number(cast: Cast) -> None:
    order = packed(cast)
    move(cast, order, "packed")
    assert number_of(paper(cast.devi, order)) == "26-27/000001"
    assert number_of(paper(cast.devi, packed(cast))) == "26-27/000002"


def test_before_packing_there_is_a_slip_to_pack_from(cast: Cast) -> None:
    order = place(cast)
    shown = text_of(paper(cast.asha, order))
    assert f"Order This is not a bill. The bill is made when the shop packs the order. Order {order[:8]}" in shown
    assert "Number" not in shown


def test_an_order_that_was_never_packed_uses_up_no_number(cast: Cast) -> None:
    order = place(cast)
    assert cast.devi.post(f"/api/orders/{order}/cancellation", {"reason": "no"}).status == 200
    assert paper(cast.devi, order, "credit-note").status == 404
    assert number_of(paper(cast.devi, packed(cast))) == "26-27/000001"


def test_what_changes_later_does_not_change_the_bill(cast: Cast) -> None:
    order = packed(cast)
    before = paper(cast.devi, order).body
    set_gst(cast, name="Asha Superstore", address="9 New Road", phone="9123456780")
    assert cast.asha.put(f"/api/products/{cast.dal.id}", {"name": "Arhar dal", "price": 999}).status == 200
    assert cast.devi.patch("/api/account", {"firstName": "Divya"}).status == 200
    move(cast, order, "dispatched", "delivered")
    assert paper(cast.devi, order).body == before


def test_goods_that_had_expired_at_packing_are_not_on_the_bill(cast: Cast, clock: Any) -> None:
    body = {"quantity": 4, "expiresOn": "2026-11-22"}
    curd = cast.asha.post("/api/products", {"name": "Curd", "category": "Dairy", "price": 40, "stock": 0}).json["id"]
    assert cast.asha.post(f"/api/products/{curd}/batches", body).status == 201
    items = [{"id": curd, "quantity": 3}, {"id": cast.dal.id, "quantity": 1}]
    wish = {"items": items, "paymentMethod": "Cash", "deliveryAddress": HOME}
    order = cast.devi.post("/api/orders", wish).json["orderId"]
    clock.advance(days=3)
    asha, devi = cast.again(cast.asha), cast.again(cast.devi)
    assert asha.put(f"/api/orders/{order}/status", {"status": "packed"}).json["total"] == 120
    shown = text_of(paper(devi, order))
    assert "Curd" not in shown
    assert "To pay ₹120.00" in shown


def test_a_return_gets_a_credit_note_with_a_number_of_its_own(cast: Cast) -> None:
    order = returned(cast)
    shown = text_of(paper(cast.devi, order, "credit-note"))
    assert "Credit note Number CN/26-27/000001" in shown
    assert "Against 26-27/000001, 21 Nov 2026" in shown
    assert "To your credit ₹269.00" in shown
    assert number_of(paper(cast.devi, order)) == "26-27/000001"
    assert [paper(caller, order, "credit-note").status for caller in (cast.eshan, cast.chitra)] == [404, 404]


def test_an_order_cancelled_after_packing_gets_a_credit_note_and_its_number_is_not_used_again(cast: Cast) -> None:
    order = packed(cast)
    assert cast.asha.post(f"/api/orders/{order}/cancellation", {"reason": "van broke down"}).status == 200
    shown = text_of(paper(cast.devi, order, "credit-note"))
    assert "Reason: van broke down" in shown
    assert number_of(paper(cast.devi, packed(cast))) == "26-27/000002"


def test_an_order_says_which_papers_it_has(cast: Cast) -> None:
    order = place(cast)
    assert cast.devi.get(f"/api/orders/{order}").json["papers"] == []
    assert move(cast, order, "packed")["papers"] == ["invoice"]
    assert cast.devi.get(f"/api/orders/{returned(cast)}").json["papers"] == ["invoice", "credit-note"]


@pytest.mark.parametrize(("size", "sheet"), [("", "a4"), ("?size=", "a4"), ("?size=a4", "a4"), ("?size=80mm", "80mm")])
def test_it_is_set_for_a_sheet_or_for_a_till_roll(cast: Cast, size: str, sheet: str) -> None:
    page = cast.devi.get(f"/api/orders/{packed(cast)}/invoice{size}").body.decode()
    assert re.findall(r'href="/styles/(paper-\w+)\.css"', page) == [f"paper-{sheet}"]
    assert cast.stranger.get(f"/styles/paper-{sheet}.css").status == 200


def test_there_is_no_other_size(cast: Cast) -> None:
    assert cast.devi.get(f"/api/orders/{packed(cast)}/invoice?size=a3").pointers == ["/size"]


@pytest.mark.parametrize(
    "spoilt", [lambda cast: {"name": "<script>alert(1)</script>"}, lambda cast: {"address": "<img src=x>"}]
)
def test_what_people_wrote_is_text_on_the_bill(cast: Cast, spoilt: Callable[[Cast], dict[str, str]]) -> None:
    assert cast.asha.put("/api/shopkeeper/shop", spoilt(cast)).status == 200
    page = paper(cast.devi, packed(cast)).body.decode()
    assert "&lt;" in page
    assert "<script>" not in page
    assert "<img" not in page


def test_whatever_was_packed_returned_and_cancelled_the_records_are_in_order(cast: Cast, connection: Any) -> None:
    set_gst(cast)
    cancelled = packed(cast)
    cast.asha.post(f"/api/orders/{cancelled}/cancellation", {"reason": "no"})
    returned(cast)
    assert verify(connection.tools) == []
