"""Orders at the shopkeeper's desk: they ring, are packed, sent off, called off and taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from shop_server.app import Shop as OpenShop
from shop_server.rules.shop_time import business_day
from tests.browser.desk import RING, at_desk, order_row, stock_of
from tests.browser.town import Town
from tests.browser.visiting import PHONE, Visits, assert_accessible
from tests.builders import a_product, an_order
from tests.waiting import wait_until

pytestmark = pytest.mark.browser


def delivered(town: Town) -> str:
    """An order of two dal that was paid in cash and brought home."""
    order_id = an_order(town.context, town.devi, {town.dal.id: 2}).id
    asha = town.calls(town.asha)
    for status in ("packed", "dispatched", "delivered"):
        assert asha.put(f"/api/orders/{order_id}/status", {"status": status}).status == 200
    assert asha.post(f"/api/orders/{order_id}/payment/confirmation", {}).status == 200
    return order_id


def returned_by_devi(town: Town) -> str:
    order_id = delivered(town)
    assert town.calls(town.devi).post(f"/api/orders/{order_id}/return", {"reason": "Torn packet"}).status == 200
    return order_id


def status_of(town: Town, order_id: str) -> str:
    status: str = town.calls(town.asha).get(f"/api/orders/{order_id}").json["status"]
    return status


def is_marked_new(page: Page, order_id: str) -> bool:
    return order_row(page, order_id).get_attribute("data-unseen") is not None


def test_a_new_order_stands_on_top_rings_once_and_stays_marked_until_somebody_saw_it(
    visits: Visits, town: Town
) -> None:
    an_order(town.context, town.eshan, {town.milk.id: 1})
    page = at_desk(visits, town, "orders")
    page.add_init_script(RING)
    page.reload()
    page.get_by_role("heading", name="Orders").click()
    order = an_order(town.context, town.devi, {town.milk.id: 3})
    expect(order_row(page, order.id)).to_be_visible(timeout=2_000)
    expect(page.get_by_role("row").nth(1)).to_contain_text(f"#{order.id[:8]}")
    expect(order_row(page, order.id)).to_contain_text("3 ×")
    expect(order_row(page, order.id).get_by_text("New", exact=True)).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="New order from Devi")).to_be_visible()
    assert page.evaluate("window.notes") == 2, "two notes, once"
    page.reload()
    expect(order_row(page, order.id).get_by_text("New", exact=True)).to_be_visible()

    def touched() -> bool:
        page.keyboard.press("Shift")
        return not is_marked_new(page, order.id)

    wait_until(touched, what="the mark's end")
    page.reload()
    expect(order_row(page, order.id)).to_be_visible()
    assert not is_marked_new(page, order.id)


def test_a_muted_desk_stays_silent(visits: Visits, town: Town) -> None:
    page = at_desk(visits, town, "orders")
    page.add_init_script(RING)
    page.reload()
    page.get_by_role("heading", name="Orders").click()
    page.get_by_role("button", name="Sound is on").click()
    expect(page.get_by_role("button", name="Sound is off")).to_be_visible()
    order = an_order(town.context, town.devi, {town.milk.id: 1})
    expect(order_row(page, order.id)).to_be_visible()
    assert page.evaluate("window.notes") == 0


@pytest.mark.parametrize("width", ["phone", "desk"])
def test_an_order_goes_its_way_step_by_step(visits: Visits, town: Town, width: str) -> None:
    order = an_order(town.context, town.devi, {town.dal.id: 2})
    page = at_desk(visits, town, "orders", **({"size": PHONE} if width == "phone" else {}))
    row = order_row(page, order.id)
    row.get_by_role("button", name="Pack").click()
    row.get_by_role("button", name="Send off").click()
    row.get_by_role("button", name="Delivered").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Delivered").click()
    expect(order_row(page, order.id)).to_contain_text("Cash to collect")
    assert status_of(town, order.id) == "delivered"


def test_an_order_is_called_off_with_a_reason_and_its_goods_come_back(visits: Visits, town: Town) -> None:
    order = an_order(town.context, town.devi, {town.dal.id: 4})
    assert stock_of(town, town.dal.id) == 16
    page = at_desk(visits, town, "orders")
    order_row(page, order.id).get_by_role("link", name=f"#{order.id[:8]}").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("heading", name=f"Order #{order.id[:8]}")).to_be_visible()
    assert_accessible(page)
    sheet.get_by_role("button", name="Cancel the order").click()
    question = page.get_by_role("dialog").last
    question.get_by_role("button", name="Cancel the order").click()
    expect(question.get_by_role("alert")).to_contain_text("please fill this in")
    question.get_by_role("button", name="Sold out").click()
    question.get_by_role("button", name="Cancel the order").click()
    expect(sheet.get_by_text("Sold out", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(order_row(page, order.id)).to_have_count(0)
    assert stock_of(town, town.dal.id) == 20


def test_returned_goods_go_back_on_the_shelf_only_when_she_says_so(visits: Visits, town: Town) -> None:
    order_id = returned_by_devi(town)
    page = at_desk(visits, town, "orders/returns")
    order_row(page, order_id).get_by_role("button", name="Goods are back").click()
    question = page.get_by_role("dialog")
    question.get_by_label("Yes, put them back on the shelf").check()
    question.get_by_role("button", name="Goods are back").click()
    expect(order_row(page, order_id)).to_have_count(0)
    assert stock_of(town, town.dal.id) == 20
    page.goto("/dashboard.html#payments")
    expect(page.get_by_role("region", name="To pay back")).to_contain_text("₹358.00")


def test_a_return_may_be_declined(visits: Visits, town: Town) -> None:
    order_id = returned_by_devi(town)
    page = at_desk(visits, town, "orders/returns")
    order_row(page, order_id).get_by_role("button", name="Decline the return").click()
    question = page.get_by_role("dialog")
    question.get_by_role("button", name="The goods were used").click()
    question.get_by_role("button", name="Decline the return").click()
    expect(page.get_by_role("status").filter(has_text="is declined")).to_be_visible()
    assert status_of(town, order_id) == "delivered"
    seen = visits.open_as(town.devi, f"/order.html?id={order_id}")
    expect(seen.get_by_text("The goods were used")).to_be_visible()


def test_goods_that_expired_before_packing_are_marked_as_short(visits: Visits, town: Town) -> None:
    today = business_day(town.clock.now(), town.kirana.timezone)
    cream = a_product(town.context, town.kirana, "Cream", stock=3, expires_on=today)
    order = an_order(town.context, town.devi, {cream.id: 3})
    town.clock.advance(minutes=24 * 60)
    page = at_desk(visits, town, "orders")
    expect(order_row(page, order.id)).to_contain_text("3 × short")
    expect(order_row(page, order.id).get_by_role("button", name="Pack")).to_have_count(0)
    expect(order_row(page, order.id).get_by_role("button", name="Cancel the order")).to_be_visible()


def test_an_old_order_is_found_by_its_customers_name(visits: Visits, town: Town) -> None:
    order_id = delivered(town)
    other = an_order(town.context, town.eshan, {town.milk.id: 1})
    page = at_desk(visits, town, "orders")
    page.get_by_role("searchbox").fill("devi")
    expect(order_row(page, order_id)).to_be_visible()
    expect(order_row(page, other.id)).to_have_count(0)
    page.get_by_role("searchbox").fill("nobody at all")
    expect(page.get_by_role("heading", name="No such order")).to_be_visible()


def test_what_came_while_the_line_was_broken_is_there_once_it_is_back(
    visits: Visits, town: Town, live_shop: OpenShop
) -> None:
    page = at_desk(visits, town, "orders")
    expect(page.get_by_role("heading", name="No order waits")).to_be_visible()
    wait_until(lambda: len(live_shop.events) == 1, what="the stream")
    live_shop.events.disconnect(lambda person: True)
    wait_until(lambda: len(live_shop.events) == 0, what="the break")
    order = an_order(town.context, town.devi, {town.dal.id: 1})
    expect(order_row(page, order.id)).to_be_visible()
