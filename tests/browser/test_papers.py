"""Bills on the screen and on paper: found from the order, legible, and as wide as the sheet or the till roll."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import at_desk
from tests.browser.town import Town
from tests.browser.visiting import DESK, PHONE, Visits, assert_accessible
from tests.builders import an_order

pytestmark = pytest.mark.browser

POINTS_PER_MM = 72 / 25.4


def packed(town: Town, *, gst: bool = True) -> str:
    asha = town.calls(town.asha)
    if gst:
        assert asha.put("/api/shopkeeper/shop", {"gstNumber": "27AAPFU0939F1ZV", "state": "Maharashtra"}).status == 200
        assert asha.put(f"/api/products/{town.dal.id}", {"gstRate": 5, "hsn": "0713"}).status == 200
    order = an_order(town.context, town.devi, {town.dal.id: 2, town.milk.id: 3, town.rice.id: 1250})
    assert asha.put(f"/api/orders/{order.id}/status", {"status": "packed"}).status == 200
    return order.id


def sheet_of(page: Page) -> tuple[list[tuple[int, int]], int]:
    """The printed pages, by width and height in whole millimetres, and how many there are."""
    printed = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", printed)
    sizes = [(round(float(width) / POINTS_PER_MM), round(float(height) / POINTS_PER_MM)) for width, height in boxes]
    return sizes, len(sizes)


def overflows(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def test_devi_opens_her_bill_from_her_order_and_prints_it_on_either_paper(visits: Visits, town: Town) -> None:
    order_id = packed(town)
    page = visits.open_as(town.devi, f"/order.html?id={order_id}")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Bill").click()
    bill = opened.value
    expect(bill.get_by_role("heading", name="Tax invoice")).to_be_visible()
    expect(bill.get_by_role("main")).to_contain_text("Devi")
    assert not overflows(bill)
    assert_accessible(bill)
    assert sheet_of(bill) == ([(210, 297)], 1)
    bill.get_by_role("link", name="80 mm roll").click()
    expect(bill.get_by_role("link", name="80 mm roll")).to_have_attribute("aria-current", "true")
    assert not overflows(bill)
    assert_accessible(bill)
    assert sheet_of(bill) == ([(80, 297)], 1)
    bill.evaluate("window.print = () => { document.title = 'printed'; }")
    bill.get_by_role("button", name="Print").click()
    expect(bill).to_have_title("printed")


def test_what_changes_hands_in_cash_is_what_the_bill_says(visits: Visits, town: Town) -> None:
    order = an_order(town.context, town.devi, {town.rice.id: 1255})
    rupees, paise = divmod(order.total_paise, 100)
    assert paise
    exact, rounded = f"₹{rupees}.{paise:02d}", f"₹{rupees + (paise >= 50)}.00"
    page = visits.open_as(town.devi, f"/order.html?id={order.id}")
    money = page.get_by_role("region", name="Payment")
    expect(money).to_contain_text(exact)
    expect(money).to_contain_text(f"In cash, rounded to the rupee{rounded}")
    desk = at_desk(visits, town, "payments", PHONE)
    expect(desk.get_by_role("listitem").filter(has_text=exact)).to_contain_text(f"{rounded} in cash, as on the bill")
    assert town.calls(town.asha).put(f"/api/orders/{order.id}/status", {"status": "packed"}).status == 200
    expect(page.get_by_role("link", name="Bill")).to_be_visible()
    page.goto(f"/api/orders/{order.id}/invoice")
    expect(page.get_by_role("main")).to_contain_text(rounded)


def test_asha_prints_a_slip_to_pack_from_and_then_the_bill(visits: Visits, town: Town) -> None:
    order = an_order(town.context, town.devi, {town.dal.id: 2})
    page = at_desk(visits, town, f"orders/{order.id}", DESK)
    sheet = page.get_by_role("dialog")
    with page.context.expect_page() as opened:
        sheet.get_by_role("link", name="Packing slip").click()
    expect(opened.value.get_by_text("This is not a bill.")).to_be_visible()
    sheet.get_by_role("button", name="Pack").click()
    with page.context.expect_page() as opened:
        sheet.get_by_role("link", name="Bill").click()
    expect(opened.value.get_by_role("heading", name="Bill", exact=True)).to_be_visible()
    expect(opened.value.get_by_text("26-27/000001").first).to_be_visible()


def test_a_returned_order_has_its_credit_note_beside_the_bill(visits: Visits, town: Town) -> None:
    order_id = packed(town, gst=False)
    asha, devi = town.calls(town.asha), town.calls(town.devi)
    for status in ("dispatched", "delivered"):
        assert asha.put(f"/api/orders/{order_id}/status", {"status": status}).status == 200
    assert devi.post(f"/api/orders/{order_id}/return", {"reason": "Torn packet"}).status == 200
    assert asha.put(f"/api/orders/{order_id}/status", {"status": "returned"}).status == 200
    page = visits.open_as(town.devi, f"/order.html?id={order_id}", size=PHONE)
    expect(page.get_by_role("link", name="Bill")).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Credit note").click()
    expect(opened.value.get_by_role("main")).to_contain_text("Torn packet")


def test_a_tab_left_open_overnight_still_opens_the_bill(visits: Visits, town: Town) -> None:
    order_id = packed(town)
    page = visits.open_as(town.devi, f"/order.html?id={order_id}")
    expect(page.get_by_role("link", name="Bill")).to_be_visible()
    # Her event stream ends with her sign-in.
    visits.allow(401)
    town.clock.advance(minutes=60)
    page.evaluate(
        "localStorage.setItem('session', JSON.stringify({...JSON.parse(localStorage.getItem('session')), freshUntil: 0}))"
    )
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Bill").click()
    expect(opened.value.get_by_role("heading", name="Tax invoice")).to_be_visible()
