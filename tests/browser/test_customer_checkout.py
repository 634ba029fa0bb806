"""From the cart to an order, also when something changes in between."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from shop_server.rules.order import Order
from tests.browser.town import Town
from tests.browser.visiting import Visits

pytestmark = pytest.mark.browser


def at_checkout(visits: Visits, town: Town, *names: str) -> Page:
    """Devi with one of each in her cart, about to order."""
    page = visits.open_as(town.devi)
    for name in names:
        page.get_by_role("button", name=f"Add {name} to the cart").click()
    page.get_by_role("link", name="View cart").click()
    page.get_by_role("link", name="Check out").click()
    expect(page.get_by_role("heading", name="Your order")).to_be_visible()
    return page


def ordered(page: Page, town: Town) -> Order:
    """The order that the page has come to."""
    expect(page).to_have_url(re.compile(r"\?(id|order)=[0-9a-f]{24}$"))
    return town.context.orders.get(page.url[-24:])


def test_cash_order_goes_to_her_address_with_every_fee_said_before(visits: Visits, town: Town) -> None:
    page = at_checkout(visits, town, "Toor dal", "Basmati rice")
    page.get_by_role("radio", name="Cash").check()
    expect(page.locator("#sums")).to_contain_text("Free delivery from ₹500")
    page.get_by_label("Note for the shop").fill("Ring twice")
    page.get_by_role("button", name="Order for ₹224").click()
    expect(page.get_by_role("heading", name=re.compile("^Order "))).to_be_visible()
    order = ordered(page, town)
    assert (order.status, order.payment.method, order.total_paise, order.note) == (
        "placed",
        "Cash",
        224_00,
        "Ring twice",
    )
    assert {line.name: line.quantity for line in order.lines} == {"Toor dal": 1, "Basmati rice": 250}
    assert order.delivery_address is not None
    assert order.delivery_address.line == "4 Temple Lane"
    expect(page.get_by_role("link", name="Cart", exact=True)).to_be_visible()


def test_whoever_fetches_it_needs_no_address_and_pays_no_delivery(visits: Visits, town: Town) -> None:
    page = at_checkout(visits, town, "Toor dal")
    page.get_by_label("House and street").fill("")
    page.get_by_role("radio", name="I fetch it").check()
    expect(page.get_by_label("House and street")).to_be_hidden()
    page.get_by_role("radio", name="Card").check()
    page.get_by_role("button", name="Order for ₹164").click()
    expect(page.get_by_text("You fetch it at the shop")).to_be_visible()
    assert ordered(page, town).pickup


def test_whoever_buys_for_a_business_gives_its_gst_number_to_a_shop_that_has_one(visits: Visits, town: Town) -> None:
    page = at_checkout(visits, town, "Toor dal")
    expect(page.get_by_label("Note for the shop")).to_be_visible()
    expect(page.get_by_label("Your GST number")).to_have_count(0)
    shop = {"gstNumber": "27AAPFU0939F1ZV", "state": "Maharashtra"}
    assert town.calls(town.asha).put("/api/shopkeeper/shop", shop).status == 200
    page.reload()
    page.get_by_label("Your GST number").fill("29AABCU9603R1ZX")
    page.get_by_role("radio", name="Cash").check()
    visits.allow(422)
    page.get_by_role("button", name="Order for").click()
    expect(page.get_by_label("Your GST number")).to_have_accessible_description(re.compile("not a valid GST number"))
    page.get_by_label("Your GST number").fill("29aabcu9603r1zj")
    page.get_by_role("button", name="Order for").click()
    order = ordered(page, town)
    assert order.gst_number == "29AABCU9603R1ZJ"
    expect(page.get_by_text("29AABCU9603R1ZJ")).to_be_visible()


def test_missing_address_is_named_beside_its_fields(visits: Visits, town: Town) -> None:
    page = at_checkout(visits, town, "Toor dal")
    page.get_by_label("House and street").fill("")
    page.get_by_label("PIN code").fill("41")
    page.get_by_role("button", name="Pay ₹194 by UPI").click()
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.get_by_label("House and street")).to_have_accessible_description(
        "House and street: please fill this in"
    )
    expect(page.get_by_label("PIN code")).to_have_accessible_description("PIN code: enter 6 digits")


def test_who_comes_too_late_for_the_last_one_goes_on_with_what_there_is(visits: Visits, town: Town) -> None:
    visits.allow(409)
    page = visits.open_as(town.devi)
    page.get_by_role("button", name="Add Paneer to the cart").click()
    page.get_by_role("button", name="More Paneer").click()
    page.get_by_role("button", name="Add Toned milk to the cart").click()
    page.get_by_role("link", name="View cart").click()
    page.get_by_role("link", name="Check out").click()
    page.get_by_role("radio", name="Cash").check()
    page.get_by_label("Note for the shop").fill("Ring twice")
    items = [{"id": town.paneer.id, "quantity": 1}]
    eshan = town.calls(town.eshan)
    assert eshan.post("/api/orders", {"items": items, "paymentMethod": "Cash", "pickup": True}).status == 201
    page.get_by_role("button", name="Order for ₹248").click()
    summary = page.get_by_role("alert").filter(has_text="Your order has changed")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Paneer: only 1 left, so you get 1")
    expect(page.get_by_label("Note for the shop")).to_have_value("Ring twice")
    page.get_by_role("button", name="Order for ₹153").click()
    expect(page.get_by_role("heading", name=re.compile("^Order "))).to_be_visible()
    assert {line.name: line.quantity for line in ordered(page, town).lines} == {"Paneer": 1, "Toned milk": 1}


def test_what_is_sold_out_is_taken_out_and_an_empty_cart_is_said(visits: Visits, town: Town) -> None:
    visits.allow(409)
    page = at_checkout(visits, town, "Paneer")
    items = [{"id": town.paneer.id, "quantity": 2}]
    eshan = town.calls(town.eshan)
    assert eshan.post("/api/orders", {"items": items, "paymentMethod": "Cash", "pickup": True}).status == 201
    page.get_by_role("button", name="Pay ₹125 by UPI").click()
    expect(page.get_by_role("heading", name="Your cart is empty")).to_be_visible()


def test_a_price_that_changed_is_said_before_anything_is_ordered(visits: Visits, town: Town) -> None:
    visits.allow(409)
    page = at_checkout(visits, town, "Toned milk", "Toor dal")
    assert town.calls(town.asha).put(f"/api/products/{town.milk.id}", {"price": 30}).status == 200
    page.get_by_role("button", name="Pay ₹222 by UPI").click()
    expect(page.locator(".error-summary")).to_contain_text("Toned milk: the price changed from ₹28 to ₹30")
    assert town.calls(town.devi).get("/api/customer/orders").json == []
    page.get_by_role("button", name="Pay ₹224 by UPI").click()
    expect(page.get_by_role("heading", name="Pay ₹224.00")).to_be_visible()


def test_a_product_taken_from_sale_is_taken_out_of_the_order(visits: Visits, town: Town) -> None:
    visits.allow(404, 409)
    page = at_checkout(visits, town, "Toned milk", "Toor dal")
    assert town.calls(town.asha).delete(f"/api/products/{town.milk.id}").status == 200
    page.get_by_role("button", name="Pay ₹222 by UPI").click()
    expect(page.locator(".error-summary")).to_contain_text("Toned milk: not sold any more, so it is taken out")
    page.get_by_role("button", name="Pay ₹194 by UPI").click()
    expect(page.get_by_role("heading", name="Pay ₹194.00")).to_be_visible()


def test_an_answer_that_was_lost_is_asked_for_again_and_gives_one_order(visits: Visits, town: Town) -> None:
    page = at_checkout(visits, town, "Toor dal")

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/api/orders", lose_the_answer, times=1)
    visits.allow_broken_connections()
    page.get_by_role("radio", name="Cash").check()
    page.get_by_role("button", name="Order for ₹194").click()
    expect(page.locator(".error-summary")).to_contain_text("the shop cannot be reached")
    page.get_by_role("button", name="Order for ₹194").click()
    expect(page.get_by_role("heading", name=re.compile("^Order "))).to_be_visible()
    assert len(town.calls(town.devi).get("/api/customer/orders").json) == 1


def test_whoever_works_in_a_shop_is_told_to_order_as_a_customer(visits: Visits, town: Town) -> None:
    page = visits.open_as(town.asha)
    page.get_by_role("button", name="Add Toor dal to the cart").click()
    page.get_by_role("link", name="View cart").click()
    expect(page.get_by_text("You work here. To order, sign in as a customer.")).to_be_visible()
    expect(page.get_by_role("link", name="Check out")).to_have_count(0)
