"""The shelf at the shopkeeper's desk: goods entered, edited where they stand, received, counted, written off."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from shop_server.rules.shop_time import add_days, business_day
from tests.browser.desk import at_desk, shelf_row, stock_of
from tests.browser.town import Town
from tests.browser.visiting import PHONE, Visits, assert_accessible
from tests.builders import a_product, an_order
from tests.waiting import wait_until

pytestmark = pytest.mark.browser


def on_shelf(town: Town, product_id: str) -> dict[str, Any]:
    product: dict[str, Any] = town.calls(town.asha).get(f"/api/products/{product_id}").json
    return product


def named(town: Town, name: str) -> dict[str, Any]:
    (product,) = town.calls(town.asha).get(f"/api/products?q={name}").json
    return dict(product)


def a_photo() -> FilePayload:
    raw = io.BytesIO()
    Image.new("RGB", (640, 480), (200, 120, 40)).save(raw, "JPEG")
    return {"name": "tea.jpg", "mimeType": "image/jpeg", "buffer": raw.getvalue()}


def open_product(page: Page, name: str, action: str) -> None:
    shelf_row(page, name).get_by_role("button", name=f"More about {name}").click()
    page.get_by_role("dialog").get_by_role("button", name=action).click()


def test_the_shelf_says_what_its_goods_have_cost_batch_by_batch(visits: Visits, town: Town) -> None:
    asha = town.calls(town.asha)
    asha.put(f"/api/products/{town.dal.id}", {"cost": 120})
    asha.put(f"/api/products/{town.rice.id}", {"cost": 80.5})
    asha.post(f"/api/products/{town.dal.id}/batches", {"quantity": 10, "cost": 130.25})
    page = at_desk(visits, town, "inventory")
    worth = page.locator("[data-stat=stockCost]")
    # 20 × 120 + 10 × 130.25 of dal and 50 kg at 80.50 of rice.
    expect(worth).to_have_text("These goods cost you ₹7,727.50 · the cost of 2 products is not entered")
    page.get_by_label("Search goods").fill("dal")
    expect(worth).to_have_text("These goods cost you ₹3,702.50")
    order = an_order(town.context, town.devi, {town.dal.id: 4})
    asha.put(f"/api/orders/{order.id}/status", {"status": "packed"})
    expect(worth).to_have_text("These goods cost you ₹3,222.50")


@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 900}], ids=["phone", "desk"])
def test_a_product_is_entered_with_all_that_customers_see(visits: Visits, town: Town, size: dict[str, int]) -> None:
    page = at_desk(visits, town, "inventory", size)
    page.get_by_role("button", name="Add a product").click()
    sheet = page.get_by_role("dialog", name="Add a product")
    sheet.get_by_role("button", name="Add a product").click()
    expect(sheet.get_by_role("alert")).to_contain_text("Name: please fill this in")
    sheet.get_by_label("Name", exact=True).fill("Assam tea")
    sheet.get_by_label("Category").fill("Tea & coffee")
    sheet.get_by_label("Unit").fill("250 g")
    sheet.get_by_label("Price in ₹").fill("120.50")
    sheet.get_by_label("MRP in ₹").fill("130")
    sheet.get_by_label("How many").fill("12")
    sheet.get_by_label("Picture").set_input_files(a_photo())
    sheet.get_by_text("More details").click()
    sheet.get_by_label("Description").fill("Strong, from the valley.")
    assert_accessible(page)
    sheet.get_by_role("button", name="Add a product").click()
    expect(page.get_by_role("status").filter(has_text="Assam tea is on the shelf")).to_be_visible()
    expect(shelf_row(page, "Assam tea")).to_be_visible()
    product = named(town, "assam")
    assert (product["price"], product["mrp"], product["stock"], product["unit"]) == (120.5, 130, 12, "250 g")
    assert (product["category"], product["description"]) == ("Tea & coffee", "Strong, from the valley.")
    assert product["imageUrl"]


def test_weighed_goods_are_entered_in_kilograms(visits: Visits, town: Town) -> None:
    page = at_desk(visits, town, "inventory")
    page.get_by_role("button", name="Add a product").click()
    sheet = page.get_by_role("dialog", name="Add a product")
    sheet.get_by_label("Name", exact=True).fill("Onion")
    sheet.get_by_label("Category").fill("Vegetables")
    sheet.get_by_label("Sold by").select_option("weight")
    sheet.get_by_label("Price in ₹ per kg").fill("38")
    sheet.get_by_label("How much, in kg").fill("12.5")
    sheet.get_by_role("button", name="Add a product").click()
    expect(shelf_row(page, "Onion").get_by_label("Stock of Onion in kg")).to_have_value("12.5")
    assert named(town, "onion")["stock"] == 12_500


def test_what_the_server_refuses_stands_beside_its_field_and_nothing_typed_is_lost(visits: Visits, town: Town) -> None:
    visits.allow(422)
    page = at_desk(visits, town, "inventory")
    open_product(page, "Toor dal", "Change details")
    sheet = page.get_by_role("dialog", name="Change Toor dal")
    sheet.get_by_label("MRP in ₹").fill("100")
    sheet.get_by_label("Unit").fill("1 kg bag")
    sheet.get_by_role("button", name="Save").click()
    expect(sheet.get_by_role("alert")).to_be_focused()
    expect(sheet.get_by_label("Unit")).to_have_value("1 kg bag")
    sheet.get_by_label("MRP in ₹").fill("190")
    sheet.get_by_role("button", name="Save").click()
    expect(sheet).to_have_count(0)
    expect(shelf_row(page, "Toor dal")).to_contain_text("1 kg bag")
    assert on_shelf(town, town.dal.id)["mrp"] == 190


def test_a_price_is_changed_where_it_stands_and_taken_back(visits: Visits, town: Town) -> None:
    page = at_desk(visits, town, "inventory")
    price = shelf_row(page, "Toor dal").get_by_label("Price of Toor dal in ₹")
    price.fill("170")
    price.press("Enter")
    said = page.get_by_role("status").filter(has_text="price changed from ₹164 to ₹170")
    expect(said).to_be_visible()
    assert on_shelf(town, town.dal.id)["price"] == 170
    said.get_by_role("button", name="Undo").click()
    expect(price).to_have_value("164")
    assert on_shelf(town, town.dal.id)["price"] == 164


def test_escape_forgets_what_was_typed(visits: Visits, town: Town) -> None:
    page = at_desk(visits, town, "inventory")
    price = shelf_row(page, "Toor dal").get_by_label("Price of Toor dal in ₹")
    price.fill("9999")
    price.press("Escape")
    expect(price).to_have_value("164")
    price.fill("cheap")
    price.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Please enter a number.")
    expect(price).to_have_value("164")
    assert on_shelf(town, town.dal.id)["version"] == town.dal.version


def test_a_stock_typed_over_what_was_sold_meanwhile_is_asked_again(visits: Visits, town: Town) -> None:
    visits.allow(409)
    page = at_desk(visits, town, "inventory")
    stock = shelf_row(page, "Toor dal").get_by_label("Stock of Toor dal")
    stock.fill("18")
    page.route("**/api/products/*", lambda route: _sell_first(route, town), times=1)
    stock.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("changed by someone else")
    expect(stock).to_have_value("17")
    stock.fill("18")
    stock.press("Enter")
    expect(page.get_by_role("status").filter(has_text="stock changed from 17 to 18")).to_be_visible()
    assert stock_of(town, town.dal.id) == 18


def _sell_first(route: Any, town: Town) -> None:
    an_order(town.context, town.devi, {town.dal.id: 3})
    route.continue_()


def test_what_is_sold_elsewhere_shows_at_once(visits: Visits, town: Town) -> None:
    page = at_desk(visits, town, "inventory")
    row = shelf_row(page, "Toor dal")
    expect(row.get_by_label("Stock of Toor dal")).to_have_value("20")
    an_order(town.context, town.devi, {town.dal.id: 15})
    expect(row.get_by_label("Stock of Toor dal")).to_have_value("5", timeout=2_000)
    expect(row).to_contain_text("low")
    expect(row).to_contain_text("+ 15 for orders")


def test_a_batch_that_expires_soon_is_found_among_those(visits: Visits, town: Town) -> None:
    page = at_desk(visits, town, "inventory")
    open_product(page, "Toned milk", "Receive goods")
    sheet = page.get_by_role("dialog", name="Receive Toned milk")
    sheet.get_by_label("How many came").fill("24")
    soon = add_days(business_day(town.clock.now(), town.kirana.timezone), 3)
    sheet.get_by_label("Last day to sell").fill(soon)
    sheet.get_by_label("Batch number").fill("B-77")
    assert_accessible(page)
    sheet.get_by_role("button", name="Receive goods").click()
    expect(shelf_row(page, "Toned milk").get_by_label("Stock of Toned milk")).to_have_value("64")
    page.get_by_role("button", name="Expire soon").click()
    expect(shelf_row(page, "Toned milk")).to_be_visible()
    expect(shelf_row(page, "Toor dal")).to_have_count(0)


def test_a_count_and_what_is_written_off_stand_in_the_stock_book(visits: Visits, town: Town) -> None:
    an_order(town.context, town.devi, {town.dal.id: 2})
    page = at_desk(visits, town, "inventory")
    open_product(page, "Toor dal", "Count")
    sheet = page.get_by_role("dialog", name="Count Toor dal")
    expect(sheet).to_contain_text("20 lie on the shelf, 2 of it for orders")
    sheet.get_by_label("What lies on the shelf").fill("19")
    sheet.get_by_role("button", name="Count").click()
    expect(shelf_row(page, "Toor dal").get_by_label("Stock of Toor dal")).to_have_value("17")
    open_product(page, "Toor dal", "Write off")
    sheet = page.get_by_role("dialog", name="Write off Toor dal")
    sheet.get_by_label("How much is spoilt").fill("1")
    sheet.get_by_label("Why?").fill("Torn bag")
    sheet.get_by_role("button", name="Write off").click()
    expect(shelf_row(page, "Toor dal").get_by_label("Stock of Toor dal")).to_have_value("16")
    shelf_row(page, "Toor dal").get_by_role("button", name="More about Toor dal").click()
    book = page.get_by_role("dialog").get_by_role("listitem")
    expect(book.filter(has_text="Torn bag")).to_contain_text("−1")
    expect(book.filter(has_text="Counted").first).to_contain_text("then 17 free")
    assert_accessible(page)


def test_a_product_leaves_the_shelf_only_after_a_second_look(visits: Visits, town: Town) -> None:
    page = at_desk(visits, town, "inventory")
    open_product(page, "Paneer", "Take from sale")
    question = page.get_by_role("dialog", name="Take Paneer from sale?")
    expect(question.get_by_role("button", name="Back")).to_be_focused()
    question.get_by_role("button", name="Take from sale").click()
    expect(shelf_row(page, "Paneer")).to_have_count(0)
    assert town.calls(town.devi).get(f"/api/products/{town.paneer.id}").status == 404


def test_what_open_orders_hold_cannot_be_taken_from_sale(visits: Visits, town: Town) -> None:
    visits.allow(409)
    an_order(town.context, town.devi, {town.paneer.id: 1})
    page = at_desk(visits, town, "inventory")
    open_product(page, "Paneer", "Take from sale")
    question = page.get_by_role("dialog", name="Take Paneer from sale?")
    question.get_by_role("button", name="Take from sale").click()
    expect(question.get_by_role("alert")).to_contain_text("Open orders hold Paneer")
    assert stock_of(town, town.paneer.id) == 1


def test_many_prices_change_together_and_go_back_together(visits: Visits, town: Town) -> None:
    page = at_desk(visits, town, "inventory")
    page.get_by_label("Choose Toor dal").check()
    page.get_by_label("Choose Toned milk").check()
    bar = page.get_by_role("region", name="Change the chosen goods")
    expect(bar).to_contain_text("2 chosen")
    bar.get_by_role("button", name="Change prices").click()
    page.get_by_label("By how many percent").fill("5")
    page.get_by_role("button", name="Change 2 products").click()
    expect(shelf_row(page, "Toor dal").get_by_label("Price of Toor dal in ₹")).to_have_value("172")
    expect(shelf_row(page, "Toned milk").get_by_label("Price of Toned milk in ₹")).to_have_value("29")
    page.get_by_role("button", name="Undo").click()
    expect(shelf_row(page, "Toor dal").get_by_label("Price of Toor dal in ₹")).to_have_value("164")
    expect(shelf_row(page, "Toned milk").get_by_label("Price of Toned milk in ₹")).to_have_value("28")


def test_what_may_not_change_is_named_and_stays_chosen(visits: Visits, town: Town) -> None:
    page = at_desk(visits, town, "inventory")
    page.get_by_label("Choose Toor dal").check()
    page.get_by_label("Choose Toned milk").check()
    page.get_by_role("button", name="Change prices").click()
    page.get_by_label("By how many percent").fill("50")
    page.get_by_role("button", name="Change 2 products").click()
    expect(page.get_by_role("alert")).to_contain_text("1 product was not changed. Toor dal")
    expect(page.get_by_label("Choose Toor dal")).to_be_checked()
    expect(page.get_by_label("Choose Toned milk")).not_to_be_checked()
    assert on_shelf(town, town.milk.id)["price"] == 42


def test_categories_are_added_renamed_and_deleted(visits: Visits, town: Town) -> None:
    page = at_desk(visits, town, "inventory")
    page.get_by_role("button", name="Categories").click()
    sheet = page.get_by_role("dialog", name="Categories")
    sheet.get_by_label("New category").fill("Sweets")
    sheet.get_by_role("button", name="Add").click()
    expect(sheet.get_by_role("listitem").filter(has_text="Sweets")).to_contain_text("0 products")
    assert_accessible(page)
    sheet.get_by_role("button", name="Rename Dairy").click()
    page.get_by_label("Name", exact=True).fill("Milk & curd")
    page.get_by_role("button", name="Save").click()
    expect(sheet.get_by_role("listitem").filter(has_text="Milk & curd")).to_contain_text("3 products")
    sheet.get_by_role("button", name="Delete Sweets").click()
    page.get_by_role("button", name="Delete it").click()
    expect(sheet.get_by_role("listitem").filter(has_text="Sweets")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(shelf_row(page, "Toned milk")).to_contain_text("Milk & curd")


def test_goods_are_found_by_the_beginning_of_any_word(visits: Visits, town: Town) -> None:
    page = at_desk(visits, town, "inventory")
    page.get_by_role("searchbox").fill("mil ton")
    expect(shelf_row(page, "Toned milk")).to_be_visible()
    expect(shelf_row(page, "Toor dal")).to_have_count(0)
    page.get_by_role("searchbox").fill("xyz")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


def test_a_long_shelf_shows_its_end_when_she_scrolls_there(visits: Visits, town: Town) -> None:
    for serial in range(230):
        a_product(town.context, town.kirana, f"Sample {serial:03d}", stock=serial)
    page = at_desk(visits, town, "inventory")
    expect(page.get_by_role("button", name="All 235")).to_be_visible()
    assert page.get_by_role("row").count() < 120
    row = shelf_row(page, "Toor dal")

    def scrolled() -> bool:
        page.mouse.wheel(0, 4_000)
        return row.count() == 1

    wait_until(scrolled, what="the end of the shelf")
    expect(row).to_be_visible()


def test_a_picture_that_is_none_does_not_lose_the_product(visits: Visits, town: Town) -> None:
    visits.allow(422)
    page = at_desk(visits, town, "inventory")
    page.get_by_role("button", name="Add a product").click()
    sheet = page.get_by_role("dialog", name="Add a product")
    sheet.get_by_label("Name", exact=True).fill("Assam tea")
    sheet.get_by_label("Category").fill("Tea")
    sheet.get_by_label("Price in ₹").fill("120")
    sheet.get_by_label("Picture").set_input_files({"name": "tea.png", "mimeType": "image/png", "buffer": b"no picture"})
    sheet.get_by_role("button", name="Add a product").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Assam tea is on the shelf")).to_be_visible()
    assert named(town, "assam")["imageUrl"] is None
