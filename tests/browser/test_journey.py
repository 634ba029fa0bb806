"""The shop's main job, end to end in two browsers: Devi orders and pays by UPI, Asha hears of it and confirms."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.desk import RING, UTR, at_desk, counter, order_row, shelf_row
from tests.browser.town import Town
from tests.browser.visiting import Visits
from tests.builders import an_order

pytestmark = pytest.mark.browser

SOON_MS = 2_000


def books(town: Town) -> dict[str, Any]:
    """What the shop's figures say, and what is left of dal."""
    asha = town.calls(town.asha)
    stats, report = asha.get("/api/shopkeeper/stats").json, asha.get("/api/shopkeeper/analytics?days=7").json
    categories = dict(zip(report["categoryLabels"], report["categoryRevenue"], strict=True))
    sold = {product["name"]: product["quantity"] for product in report["topProducts"]}
    return {
        "stock": asha.get(f"/api/products/{town.dal.id}").json["stock"],
        "sales": stats["todaySales"],
        "orders": stats["todayOrders"],
        "chart": report["salesData"][-1],
        "dal": categories["Dal & pulses"],
        "sold": sold.get("Toor dal", 0),
        "upi": report["paymentMix"]["UPI"],
        "weekdays": sum(report["weekdayOrders"]),
    }


def scan(page: Page) -> str:
    """What a UPI app reads from the picture on the screen."""
    image = page.get_by_role("img", name=re.compile("^QR code"))
    expect(image).to_have_js_property("complete", True)
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(image.screenshot())))
    text: str = code.text
    return text


def test_devi_orders_and_pays_and_asha_confirms_in_two_browsers(visits: Visits, town: Town) -> None:
    an_order(town.context, town.eshan, {town.dal.id: 1, town.milk.id: 2})
    before = books(town)
    asha = at_desk(visits, town, "orders")
    asha.add_init_script(RING)
    asha.reload()
    asha.get_by_role("heading", name="Orders").click()
    expect(counter(asha, "Orders")).to_contain_text("1")

    devi = visits.open_as(town.devi)
    devi.get_by_role("button", name="Add Toor dal to the cart").click()
    devi.get_by_role("button", name="More Toor dal").click()
    devi.get_by_role("link", name="View cart").click()
    devi.get_by_role("link", name="Check out").click()
    devi.get_by_role("button", name="Pay ₹358 by UPI").click()
    ringing = asha.get_by_role("status").filter(has_text="New order from Devi Kulkarni, ₹358")
    expect(ringing).to_be_visible(timeout=SOON_MS)
    assert asha.evaluate("window.notes") == 2

    expect(devi.get_by_role("heading", name="Pay ₹358.00")).to_be_visible()
    order_id = devi.url[-24:]
    expect(order_row(asha, order_id)).to_contain_text("Not paid yet")
    payment = town.calls(town.devi).get(f"/api/orders/{order_id}/payment").json
    assert scan(devi) == payment["upiUri"]
    assert payment["amount"] == 358
    assert books(town) == {**before, "stock": before["stock"] - 2}, "held, and not sold before the money is there"

    devi.evaluate("window.sameDocument = true")
    devi.get_by_label("UTR").fill("6123 4567 8901")
    devi.get_by_role("button", name="Tell the shop").click()
    expect(asha.get_by_role("status").filter(has_text="Devi Kulkarni says ₹358 is paid")).to_be_visible(timeout=SOON_MS)
    expect(counter(asha, "Payments")).to_contain_text("1")
    order_row(asha, order_id).get_by_role("link", name="Check the payment").click()
    claimed = asha.get_by_role("region", name="To confirm").get_by_role("listitem")
    expect(claimed).to_contain_text("₹358.00")
    expect(claimed).to_contain_text("6123 4567 8901")
    claimed.get_by_role("button", name="Confirm").click()

    expect(devi.get_by_role("heading", name="Paid. Thank you!")).to_be_visible(timeout=SOON_MS)
    assert devi.evaluate("window.sameDocument") is True, "the page turned without a reload"
    assert town.calls(town.asha).get(f"/api/orders/{order_id}/payment").json["utr"] == UTR

    assert books(town) == {
        "stock": before["stock"] - 2,
        "sales": before["sales"] + 358,
        "orders": before["orders"] + 1,
        "chart": before["chart"] + 358,
        "dal": before["dal"] + 328,
        "sold": before["sold"] + 2,
        "upi": before["upi"] + 1,
        "weekdays": before["weekdays"] + 1,
    }
    places = asha.get_by_role("navigation", name="Places")
    places.get_by_role("link", name="Today").click()
    expect(asha.locator("[data-stat=todaySales]")).to_contain_text(f"₹{before['sales'] + 358:g}")
    places.get_by_role("link", name="Analytics").click()
    sales = asha.locator("[data-figure=sales]")
    sales.get_by_text("Show the numbers").click()
    expect(sales.get_by_role("row").last).to_contain_text(f"₹{before['chart'] + 358:g}")
    places.get_by_role("link", name="Stock").click()
    expect(shelf_row(asha, "Toor dal").get_by_label("Stock of Toor dal")).to_have_value(str(before["stock"] - 2))

    places.get_by_role("link", name="Orders").click()
    devi.get_by_role("link", name="View the order").click()
    for step, state in (("Pack", "Packed"), ("Send off", "On the way"), ("Delivered", "Delivered")):
        order_row(asha, order_id).get_by_role("button", name=step).click()
        now = devi.get_by_role("listitem").filter(has_text=state)
        expect(now).to_have_attribute("data-step", "now", timeout=SOON_MS)
