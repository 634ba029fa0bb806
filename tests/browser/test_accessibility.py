"""axe looks at each of the customer's pages, on a phone and at a desk, in light and in dark, also when things go wrong."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.town import Town
from tests.browser.visiting import DESK, PHONE, Visits, assert_accessible
from tests.builders import a_product, a_shop, an_order

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("size", [pytest.param(PHONE, id="phone"), pytest.param(DESK, id="desk")]),
]


def test_shop_and_product(visits: Visits, size: dict[str, int]) -> None:
    page = visits.open("/", size=size)
    page.get_by_role("button", name="Add Toned milk to the cart").click()
    expect(page.get_by_role("link", name="View cart")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Toor dal", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)
    page.goto("/?q=helicopter")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    assert_accessible(page)


def test_choice_of_shops(visits: Visits, town: Town, size: dict[str, int]) -> None:
    a_product(town.context, a_shop(town.context, "Chitra Stores", open=False), "Ladoo")
    page = visits.open("/", size=size)
    expect(page.get_by_role("heading", name="Choose a shop")).to_be_visible()
    assert_accessible(page)


def test_sign_in_and_registration(visits: Visits, size: dict[str, int]) -> None:
    page = visits.open("/login.html", size=size)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Create an account").click()
    page.get_by_role("radio", name="Shopkeeper").check()
    page.get_by_role("button", name="Create the account").click()
    expect(page.locator(".error-summary")).to_be_focused()
    assert_accessible(page)


def test_cart(visits: Visits, town: Town, size: dict[str, int]) -> None:
    page = visits.open("/cart.html", size=size)
    expect(page.get_by_role("heading", name="Your cart is empty")).to_be_visible()
    assert_accessible(page)
    page.goto("/")
    page.get_by_role("button", name="Add Paneer to the cart").click()
    page.get_by_role("button", name="More Paneer").click()
    assert town.calls(town.asha).put(f"/api/products/{town.paneer.id}", {"stock": 1, "price": 90}).status == 200
    page.goto("/cart.html")
    page.get_by_role("link", name="Check out").click()
    expect(page.get_by_text("Please mend the marked items first.")).to_be_visible()
    assert_accessible(page)


def test_checkout(visits: Visits, town: Town, size: dict[str, int]) -> None:
    page = visits.open_as(town.devi, size=size)
    page.get_by_role("button", name="Add Paneer to the cart").click()
    page.goto("/checkout.html")
    page.get_by_label("PIN code").fill("1")
    assert_accessible(page)
    page.get_by_role("button", name="Pay ₹125 by UPI").click()
    expect(page.locator(".error-summary")).to_be_focused()
    assert_accessible(page)


def test_payment(visits: Visits, town: Town, size: dict[str, int]) -> None:
    order = an_order(town.context, town.devi, {town.dal.id: 1}, "UPI")
    page = visits.open_as(town.devi, f"/pay.html?order={order.id}", size=size)
    page.get_by_role("button", name="Tell the shop").click()
    expect(page.locator(".error-summary")).to_be_focused()
    assert_accessible(page)
    page.get_by_label("UTR").fill("612345678901")
    page.get_by_role("button", name="Tell the shop").click()
    expect(page.get_by_role("heading", name="The shop is looking")).to_be_visible()
    assert_accessible(page)


def test_order_and_its_forms(visits: Visits, town: Town, size: dict[str, int]) -> None:
    order = an_order(town.context, town.devi, {town.dal.id: 1, town.rice.id: 500})
    page = visits.open_as(town.devi, f"/order.html?id={order.id}", size=size)
    for button in ("Change the order", "Cancel the order"):
        page.get_by_role("button", name=button).click()
        assert_accessible(page)
        page.get_by_role("button", name=re.compile("Leave it as it was|Keep the order")).click()
    page.get_by_role("button", name="Cancel the order").click()
    page.get_by_label("Why?").fill("No")
    page.get_by_role("button", name="Cancel the order").click()
    expect(page.locator("[data-step=bad]")).to_be_visible()
    assert_accessible(page)


def test_orders_and_profile(visits: Visits, town: Town, size: dict[str, int]) -> None:
    an_order(town.context, town.devi, {town.dal.id: 1}, "UPI")
    page = visits.open_as(town.devi, "/orders.html", size=size)
    expect(page.get_by_role("link", name=re.compile("Toor dal"))).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Past").click()
    expect(page.get_by_role("heading", name="No order delivered yet")).to_be_visible()
    assert_accessible(page)
    visits.open_as(town.devi)
    page.goto("/profile.html")
    expect(page.get_by_role("button", name=re.compile("^Sign out .")).first).to_be_visible()
    assert_accessible(page)


def test_nothing_is_wider_than_the_screen(visits: Visits, town: Town, size: dict[str, int]) -> None:
    long = "Rajkamal Extra Long Grain Traditional Basmati Rice-" + "x" * 100
    product = a_product(town.context, town.kirana, long, category="Grain", stock=9)
    order = an_order(town.context, town.devi, {product.id: 2}, "UPI")
    page = visits.open_as(town.devi, size=size)
    page.get_by_role("button", name=f"Add {long} to the cart").click()
    for path in (
        "/",
        "/cart.html",
        "/checkout.html",
        f"/pay.html?order={order.id}",
        f"/order.html?id={order.id}",
        "/orders.html",
    ):
        page.goto(path)
        expect(page.get_by_role("heading").first).to_be_attached()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
