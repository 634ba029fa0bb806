"""Paying by UPI: the code to scan, the time that is left, the UTR, and what the shop says to it."""

from __future__ import annotations

import io
import re

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from shop_server.actions.cancel_order import expire_holds
from shop_server.rules.order import Order
from tests.browser.town import Town
from tests.browser.visiting import Visits
from tests.builders import an_order

pytestmark = pytest.mark.browser

UTR = "612345678901"


def paying(visits: Visits, town: Town) -> tuple[Page, Order]:
    """Devi before the code for two kilos of dal: ₹328 and ₹30 for the way."""
    order = an_order(town.context, town.devi, {town.dal.id: 2}, "UPI")
    page = visits.open_as(town.devi, f"/pay.html?order={order.id}")
    expect(page.get_by_role("heading", name="Pay ₹358.00")).to_be_visible()
    return page, order


def scanned(page: Page) -> str:
    """What a UPI app reads from the screen."""
    image = page.get_by_role("img", name=re.compile("^QR code"))
    expect(image).to_have_js_property("complete", True)
    codes = zxingcpp.read_barcodes(Image.open(io.BytesIO(image.screenshot())))
    assert len(codes) == 1
    text: str = codes[0].text
    return text


def tell_the_shop(page: Page, utr: str) -> None:
    page.get_by_label("UTR").fill(utr)
    page.get_by_role("button", name="Tell the shop").click()


def test_the_code_on_the_screen_is_the_payment_byte_for_byte(visits: Visits, town: Town) -> None:
    page, order = paying(visits, town)
    payment = town.calls(town.devi).get(f"/api/orders/{order.id}/payment").json
    assert scanned(page) == payment["upiUri"]
    assert "&am=358.00&" in payment["upiUri"]
    expect(page.get_by_role("link", name="Open a UPI app")).to_have_attribute("href", payment["upiUri"])
    expect(page.get_by_text("asha@okbank")).to_be_visible()


def test_the_time_that_is_left_counts_down(visits: Visits, town: Town) -> None:
    page, _ = paying(visits, town)
    timer = page.get_by_role("timer")
    expect(timer).to_contain_text(re.compile(r"^0[89]:\d\d left$"))
    first = timer.inner_text()
    expect(timer).not_to_have_text(first)


def test_amount_and_upi_id_can_be_copied(visits: Visits, town: Town) -> None:
    page, _ = paying(visits, town)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy: Amount").click()
    expect(page.get_by_role("button", name="Copy: Amount")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "358.00"


def test_a_wrong_utr_is_shown_and_the_right_one_is_claimed(visits: Visits, town: Town) -> None:
    page, order = paying(visits, town)
    tell_the_shop(page, "1234")
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.get_by_label("UTR")).to_have_accessible_description(re.compile("enter the 12 digits"))
    tell_the_shop(page, "6123 4567 8901")
    expect(page.get_by_role("heading", name="The shop is looking")).to_be_visible()
    expect(page.get_by_text(UTR)).to_be_visible()
    assert town.context.orders.get(order.id).payment.utr == UTR


def test_a_utr_that_paid_another_order_is_refused_in_place(visits: Visits, town: Town) -> None:
    visits.allow(409)
    other = an_order(town.context, town.eshan, {town.milk.id: 1}, "UPI")
    assert town.calls(town.eshan).post(f"/api/orders/{other.id}/payment/claim", {"utr": UTR}).status == 200
    page, _ = paying(visits, town)
    tell_the_shop(page, UTR)
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.get_by_label("UTR")).to_have_value(UTR)


def test_the_page_turns_by_itself_when_the_shop_confirms(visits: Visits, town: Town) -> None:
    page, order = paying(visits, town)
    tell_the_shop(page, UTR)
    expect(page.get_by_role("heading", name="The shop is looking")).to_be_visible()
    assert town.calls(town.asha).post(f"/api/orders/{order.id}/payment/confirmation", {"utr": UTR}).status == 200
    expect(page.get_by_role("heading", name="Paid. Thank you!")).to_be_visible(timeout=2_000)
    page.get_by_role("link", name="View the order").click()
    expect(page.get_by_role("listitem").filter(has_text="Placed")).to_have_attribute("data-step", "now")


def test_a_payment_that_was_not_found_gives_a_new_code_and_the_reason(visits: Visits, town: Town) -> None:
    page, order = paying(visits, town)
    first = scanned(page)
    tell_the_shop(page, UTR)
    expect(page.get_by_role("heading", name="The shop is looking")).to_be_visible()
    rejection = town.calls(town.asha).post(f"/api/orders/{order.id}/payment/rejection", {"reason": "No such payment"})
    assert rejection.status == 200
    expect(page.get_by_text("Asha Kirana did not find your payment: No such payment")).to_be_visible()
    again = scanned(page)
    assert again != first
    assert again == town.calls(town.devi).get(f"/api/orders/{order.id}/payment").json["upiUri"]
    tell_the_shop(page, UTR)
    expect(page.get_by_role("heading", name="The shop is looking")).to_be_visible()


def test_when_the_time_is_over_no_code_is_shown_and_a_late_payment_is_still_taken(visits: Visits, town: Town) -> None:
    page, order = paying(visits, town)
    town.clock.advance(minutes=11)
    expire_holds(town.context, town.clock.now(), 10)
    expect(page.get_by_role("heading", name="The time to pay is over")).to_be_visible()
    expect(page.get_by_role("img")).to_have_count(0)
    tell_the_shop(page, UTR)
    expect(page.get_by_role("heading", name="The shop is looking")).to_be_visible()
    assert town.calls(town.asha).post(f"/api/orders/{order.id}/payment/confirmation", {"utr": UTR}).status == 200
    expect(page.get_by_role("heading", name="Paid. Thank you!")).to_be_visible()


def test_money_for_a_cancelled_order_is_said_to_come_back(visits: Visits, town: Town) -> None:
    page, order = paying(visits, town)
    tell_the_shop(page, UTR)
    devi, asha = town.calls(town.devi), town.calls(town.asha)
    expect(page.get_by_role("heading", name="The shop is looking")).to_be_visible()
    assert devi.post(f"/api/orders/{order.id}/cancellation", {"reason": "Too late"}).status == 200
    assert asha.post(f"/api/orders/{order.id}/payment/confirmation", {"utr": UTR}).status == 200
    expect(page.get_by_text("Asha Kirana owes you ₹358.00 and pays it back.")).to_be_visible()
    assert asha.post(f"/api/orders/{order.id}/payment/refund", {"reference": "cash"}).status == 200
    expect(page.get_by_role("heading", name="Your money was paid back")).to_be_visible()
