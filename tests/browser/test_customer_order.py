"""An order after it was placed: where it is, changing it, calling it off, sending it back, having it again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from shop_server.rules.order import Order
from tests.browser.town import Town
from tests.browser.visiting import PHONE, Visits, assert_accessible
from tests.builders import a_product, a_shop, an_order

pytestmark = pytest.mark.browser


def looking_at(visits: Visits, town: Town, method: str = "Cash") -> tuple[Page, Order]:
    """Devi before her order of two kilos of dal and a packet of milk."""
    order = an_order(town.context, town.devi, {town.dal.id: 2, town.milk.id: 1}, method)
    page = visits.open_as(town.devi, f"/order.html?id={order.id}")
    expect(page.get_by_role("heading", name=f"Order {order.id[:8]}")).to_be_visible()
    return page, order


def move(town: Town, order: Order, *statuses: str) -> None:
    for status in statuses:
        assert town.calls(town.asha).put(f"/api/orders/{order.id}/status", {"status": status}).status == 200


def step(page: Page, words: str) -> Locator:
    return page.locator(".timeline > li").filter(has_text=words)


def test_the_timeline_follows_the_order_to_the_door(visits: Visits, town: Town) -> None:
    page, order = looking_at(visits, town)
    expect(step(page, "Placed")).to_have_attribute("data-step", "now")
    expect(step(page, "Delivered")).to_contain_text("until")
    move(town, order, "packed")
    expect(step(page, "Packed")).to_have_attribute("data-step", "now")
    expect(step(page, "Placed")).to_have_attribute("data-step", "done")
    move(town, order, "dispatched", "delivered")
    expect(step(page, "Delivered")).to_have_attribute("data-step", "now")
    expect(page.get_by_role("button", name="Cancel the order")).to_have_count(0)


def test_the_sums_name_every_part(visits: Visits, town: Town) -> None:
    page, _ = looking_at(visits, town, "UPI")
    money = page.get_by_role("region", name="Payment")
    expect(money).to_contain_text("₹356.00")
    expect(money).to_contain_text("₹30.00")
    expect(money).to_contain_text("₹386.00")
    money.get_by_role("link", name="Pay now").click()
    expect(page.get_by_role("heading", name="Pay ₹386.00")).to_be_visible()


def test_a_tap_is_not_lost_when_news_change_nothing(visits: Visits, town: Town) -> None:
    page, order = looking_at(visits, town, "UPI")
    pressed_while_news_arrive(page, f"/api/orders/{order.id}", page.get_by_role("link", name="Pay now"))
    expect(page.get_by_role("heading", name="Pay ₹386.00")).to_be_visible()
    page.goto("/orders.html")
    pressed_while_news_arrive(page, "/api/customer/orders", page.locator("#orders a"))
    expect(page.get_by_role("heading", name=f"Order {order.id[:8]}")).to_be_visible()


def pressed_while_news_arrive(page: Page, asks: str, what: Locator) -> None:
    """She presses it, the page hears that it should load anew and does so, and only then she lets go."""
    expect(what).to_be_visible()
    page.wait_for_load_state("networkidle")
    what.hover()
    page.mouse.down()
    with page.expect_response(lambda response: asks in response.url) as heard:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    heard.value.finished()
    # What the page does with the answer is done before what it is asked after it.
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    page.mouse.up()


def test_she_changes_how_much_she_wants(visits: Visits, town: Town) -> None:
    page, order = looking_at(visits, town)
    page.get_by_role("button", name="Change the order").click()
    page.get_by_role("button", name="Less Toor dal").click()
    page.get_by_role("button", name="Less Toned milk").click()
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text("Your order is changed.")).to_be_visible()
    expect(page.get_by_role("region", name="Payment")).to_contain_text("₹194.00")
    assert {line.name: line.quantity for line in town.context.orders.get(order.id).lines} == {"Toor dal": 1}


def test_she_puts_other_goods_of_the_shop_into_the_order(visits: Visits, town: Town) -> None:
    a_product(town.context, a_shop(town.context, "Chitra Stores"), "Rice flour")
    page, order = looking_at(visits, town)
    page.get_by_role("button", name="Change the order").click()
    form = page.locator("#edit")
    search = page.get_by_label("Add other goods")
    # All of it by keyboard: Enter looks for goods, and does not save.
    search.press_sequentially("rice")
    search.press("Enter")
    add = form.get_by_role("button", name=re.compile("^Add "))
    expect(add).to_have_count(1)
    expect(form.get_by_role("status").filter(has_text="1 product shown")).to_be_visible()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    search.press("Tab")
    expect(page.get_by_role("button", name="Add Basmati rice to the order")).to_be_focused()
    page.keyboard.press("Enter")
    expect(form.get_by_text("In the order")).to_be_focused()
    page.get_by_role("button", name="More Basmati rice").press("Enter")
    page.get_by_role("button", name="Save the change").press("Enter")
    expect(page.get_by_text("Your order is changed.")).to_be_visible()
    expect(page.get_by_role("region", name="What you ordered")).to_contain_text("500 g × ₹120")
    lines = {line.name: line.quantity for line in town.context.orders.get(order.id).lines}
    assert lines == {"Toor dal": 2, "Toned milk": 1, "Basmati rice": 500}


def test_only_what_is_there_and_not_in_the_order_yet_is_to_be_added(visits: Visits, town: Town) -> None:
    page, _ = looking_at(visits, town)
    page.get_by_role("button", name="Change the order").click()
    form = page.locator("#edit")
    search = page.get_by_label("Add other goods")
    search.fill("curd")
    expect(form.get_by_text("Nothing found")).to_be_visible()
    search.fill("milk")
    expect(form.get_by_text("In the order")).to_be_visible()
    expect(form.get_by_role("button", name=re.compile("^Add "))).to_have_count(0)
    search.fill("paneer")
    page.get_by_role("button", name="Add Paneer to the order").click()
    more = page.get_by_role("button", name="More Paneer")
    more.click()
    expect(more).to_have_attribute("aria-disabled", "true")
    search.fill("")
    expect(form.get_by_text("In the order")).to_have_count(0)
    expect(form.get_by_role("heading", name="Paneer")).to_be_visible()


def test_an_order_of_nothing_is_to_be_cancelled_instead(visits: Visits, town: Town) -> None:
    page, _ = looking_at(visits, town)
    page.get_by_role("button", name="Change the order").click()
    page.get_by_role("button", name="Less Toor dal").dblclick()
    page.get_by_role("button", name="Less Toned milk").click()
    page.get_by_role("button", name="Save the change").click()
    expect(page.locator(".error-summary")).to_contain_text("Cancel the order instead.")
    page.get_by_role("button", name="Leave it as it was").click()
    expect(page.get_by_text("2 × ₹164")).to_be_visible()


def test_more_than_there_is_left_is_refused_in_place(visits: Visits, town: Town) -> None:
    visits.allow(409)
    order = an_order(town.context, town.devi, {town.paneer.id: 1}, "Cash")
    page = visits.open_as(town.devi, f"/order.html?id={order.id}")
    page.get_by_role("button", name="Change the order").click()
    for _ in range(2):
        page.get_by_role("button", name="More Paneer").click()
    page.get_by_role("button", name="Save the change").click()
    expect(page.locator(".error-summary")).to_contain_text("Paneer")
    assert town.context.orders.get(order.id).lines[0].quantity == 1


def test_she_cancels_with_a_reason(visits: Visits, town: Town) -> None:
    page, order = looking_at(visits, town)
    page.get_by_role("button", name="Cancel the order").click()
    expect(page.get_by_label("Why?")).to_be_focused()
    page.get_by_role("button", name="Cancel the order").click()
    expect(page.locator(".error-summary")).to_be_focused()
    page.get_by_label("Why?").fill("I bought it on the way")
    page.get_by_role("button", name="Cancel the order").click()
    expect(step(page, "Cancelled")).to_have_attribute("data-step", "bad")
    expect(page.get_by_text("I bought it on the way")).to_be_visible()
    assert town.context.products.get(town.dal.id).stock == 20
    assert town.context.orders.get(order.id).status == "cancelled"


def test_she_asks_for_a_return_and_is_told_when_it_is_fetched(visits: Visits, town: Town) -> None:
    page, order = looking_at(visits, town)
    move(town, order, "packed", "dispatched", "delivered")
    page.get_by_role("button", name="Return it").click()
    page.get_by_label("Why?").fill("The dal is full of stones")
    page.get_by_role("button", name="Ask for a return").click()
    expect(step(page, "Return asked for")).to_have_attribute("data-step", "now")
    expect(page.get_by_text(re.compile("^The shop fetches it on "))).to_be_visible()


def test_what_she_had_before_goes_into_the_cart_again_as_far_as_it_is_there(visits: Visits, town: Town) -> None:
    page, _ = looking_at(visits, town)
    assert town.calls(town.asha).put(f"/api/products/{town.milk.id}", {"stock": 0}).status == 200
    page.get_by_role("button", name="Order this again").click()
    expect(page.get_by_text("Not to be had now: Toned milk")).to_be_visible()
    page.get_by_role("link", name="View cart").click()
    expect(page.get_by_role("heading", name="Toor dal")).to_be_visible()
    expect(page.locator("#sums")).to_contain_text("₹328")


def test_orders_stand_under_what_has_become_of_them(visits: Visits, town: Town) -> None:
    kept = [an_order(town.context, town.devi, {product.id: 1}) for product in (town.dal, town.milk, town.paneer)]
    move(town, kept[1], "packed", "dispatched", "delivered")
    cancel = town.calls(town.devi).post(f"/api/orders/{kept[2].id}/cancellation", {"reason": "No"})
    assert cancel.status == 200
    page = visits.open_as(town.devi, "/orders.html")
    for tab, name in (("Current", "Toor dal"), ("Past", "Toned milk"), ("Cancelled", "Paneer")):
        page.get_by_role("button", name=tab).click()
        expect(page.locator("#orders > li")).to_have_count(1)
        expect(page.locator("#orders")).to_contain_text(name)
    page.reload()
    expect(page.locator("#orders")).to_contain_text("Paneer")
    page.get_by_role("link", name=re.compile("Paneer")).click()
    expect(page.get_by_role("heading", name=f"Order {kept[2].id[:8]}")).to_be_visible()


def test_older_orders_that_could_not_be_had_are_asked_for_again(visits: Visits, town: Town) -> None:
    visits.allow_broken_connections()
    for _ in range(21):
        an_order(town.context, town.devi, {town.milk.id: 1})
    page = visits.open_as(town.devi, "/orders.html")
    expect(page.locator("#orders > li")).to_have_count(20)
    page.wait_for_load_state("networkidle")
    older = re.compile("cursor=")
    page.route(older, lambda route: route.abort())
    page.get_by_role("button", name="Show more").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.unroute(older)
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("#orders > li")).to_have_count(21)


def test_nobody_sees_the_order_of_another(visits: Visits, town: Town) -> None:
    visits.allow(404)
    order = an_order(town.context, town.eshan, {town.dal.id: 1})
    page = visits.open_as(town.devi, f"/order.html?id={order.id}")
    expect(page.get_by_role("alert")).to_contain_text("order")
    expect(page.get_by_text("Toor dal")).to_have_count(0)
