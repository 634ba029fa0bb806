"""Looking around in the shop and filling the cart."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from shop_server.actions.await_product import tell_what_is_back
from shop_server.web.static_files import read_static_files
from tests.bench.first_visit import MOST_BYTES, PUBLIC, first_visit
from tests.browser.town import PASSWORD, Town
from tests.browser.visiting import DESK, Visits, assert_accessible
from tests.builders import a_product, a_shop

pytestmark = pytest.mark.browser


def add(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Add {name} to the cart").click()


def test_shows_the_goods_of_a_chosen_category_alone(visits: Visits) -> None:
    page = visits.open("/")
    expect(page.get_by_role("heading", name="Toor dal")).to_be_visible()
    page.get_by_role("button", name="Dairy").click()
    expect(page.get_by_role("heading", name="Toor dal")).to_have_count(0)
    expect(page.get_by_role("heading", name="Toned milk")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Dairy")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("heading", name="Toor dal")).to_have_count(0)


def test_searches_once_when_the_typing_stops(visits: Visits) -> None:
    page = visits.open("/")
    expect(page.get_by_role("heading", name="Paneer")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/products?" in request.url else None)
    # The page's time stands still while she types: how fast this machine types must not matter.
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    page.get_by_role("searchbox").press_sequentially("tone")
    page.clock.run_for(1000)
    page.clock.resume()
    expect(page.get_by_role("heading", name="Paneer")).to_have_count(0)
    expect(page.get_by_role("heading", name="Toned milk")).to_be_visible()
    assert len(asked) == 1
    assert "q=tone" in asked[0]


def test_says_what_to_do_when_nothing_is_found(visits: Visits) -> None:
    page = visits.open("/?q=helicopter")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("link", name="Show everything").click()
    expect(page.get_by_role("heading", name="Toor dal")).to_be_visible()


def test_cart_counts_up_and_down_and_outlives_a_reload(visits: Visits) -> None:
    page = visits.open("/")
    add(page, "Toned milk")
    page.get_by_role("button", name="More Toned milk").click()
    page.get_by_role("button", name="More Toned milk").click()
    page.get_by_role("button", name="Less Toned milk").click()
    add(page, "Toor dal")
    bar = page.get_by_role("link", name="View cart")
    expect(bar).to_contain_text("2 items · ₹220")
    page.reload()
    expect(bar).to_contain_text("2 items · ₹220")
    expect(page.get_by_text("Toned milk: 2 in the cart")).to_be_attached()
    page.get_by_role("button", name="Less Toor dal").click()
    expect(page.get_by_role("button", name="Add Toor dal to the cart")).to_be_focused()
    expect(bar).to_contain_text("1 item · ₹56")


def test_weighed_goods_are_taken_in_steps_of_a_quarter_kilo(visits: Visits) -> None:
    page = visits.open("/")
    add(page, "Basmati rice")
    for _ in range(4):
        page.get_by_role("button", name="More Basmati rice").click()
    expect(page.get_by_text("Basmati rice: 1.25 kg in the cart")).to_be_attached()
    expect(page.get_by_role("link", name="View cart")).to_contain_text("₹150")


def test_nobody_can_take_more_than_there_is(visits: Visits) -> None:
    page = visits.open("/")
    expect(page.get_by_text("2 left")).to_be_visible()
    add(page, "Paneer")
    more = page.get_by_role("button", name="More Paneer")
    more.click()
    expect(more).to_have_attribute("aria-disabled", "true")
    more.press("Enter")
    expect(page.get_by_text("Paneer: 2 in the cart")).to_be_attached()


def test_sold_out_goods_say_when_they_are_back_and_cannot_be_added(visits: Visits) -> None:
    page = visits.open("/")
    curd = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Curd"))
    expect(curd).to_contain_text("Sold out")
    expect(curd).to_contain_text("back Tue 15 Jan 2030")
    expect(curd.get_by_role("button", name="Add")).to_have_count(0)


def test_a_day_that_has_gone_by_or_is_not_waited_for_is_not_promised(visits: Visits, town: Town) -> None:
    a_product(town.context, town.kirana, "Lassi", category="Dairy", stock=0, restock_on="2020-01-15")
    a_product(town.context, town.kirana, "Butter", category="Dairy", stock=3, restock_on="2030-01-15")
    page = visits.open("/")
    lassi = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Lassi"))
    expect(lassi).to_contain_text("Sold out")
    expect(lassi).not_to_contain_text("2020")
    for name, promised in (("Lassi", False), ("Butter", False), ("Curd", True)):
        page.get_by_role("button", name=name, exact=True).click()
        sheet = page.get_by_role("dialog", name=name)
        expect(sheet.get_by_text("Sold by")).to_be_visible()
        expect(sheet.get_by_text("Back on")).to_have_count(1 if promised else 0)
        page.keyboard.press("Escape")


def test_who_wants_to_be_told_signs_in_and_is_told_once_it_is_back(visits: Visits, town: Town) -> None:
    page = visits.open("/")
    page.get_by_role("link", name="Tell me when it is back: Curd").click()
    page.get_by_label("E-mail, phone or user name").fill(town.email(town.devi))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    sheet = page.get_by_role("dialog", name="Curd")
    sheet.get_by_role("button", name="Tell me when it is back").click()
    expect(sheet.get_by_role("status")).to_have_text("You will be told when it is back.")
    assert_accessible(page)
    page.keyboard.press("Escape")
    town.calls(town.asha).post(f"/api/products/{town.curd.id}/batches", {"quantity": 5})
    expect(page.get_by_role("button", name="Add Curd to the cart")).to_be_visible()
    assert tell_what_is_back(town.context) == 1
    page.goto("/profile.html")
    page.get_by_role("link", name="Curd is back at Asha Kirana.").click()
    page.get_by_role("dialog", name="Curd").get_by_role("button", name="Add Curd to the cart").click()
    expect(page.get_by_text("Curd: 1 in the cart")).to_have_count(2)


def test_a_product_opens_with_all_there_is_to_know(visits: Visits) -> None:
    page = visits.open("/")
    page.get_by_role("button", name="Toor dal", exact=True).click()
    sheet = page.get_by_role("dialog", name="Toor dal")
    expect(sheet).to_contain_text("Unpolished, from Latur.")
    expect(sheet).to_contain_text("₹180")
    expect(sheet).to_contain_text("Thu 31 Jan 2030")
    sheet.get_by_role("button", name="Add Toor dal to the cart").click()
    sheet.get_by_role("button", name="More Toor dal").click()
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(page.get_by_role("button", name="Toor dal", exact=True)).to_be_focused()
    expect(page.get_by_text("Toor dal: 2 in the cart")).to_be_attached()


def test_names_full_of_html_are_shown_as_text(visits: Visits, town: Town) -> None:
    evil = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
    a_product(town.context, town.kirana, evil, category="<b>Dairy</b>", description=evil)
    page = visits.open("/")
    page.get_by_role("button", name=evil, exact=True).click()
    expect(page.get_by_role("dialog").get_by_text(evil)).to_have_count(2)
    page.keyboard.press("Escape")
    add(page, evil)
    page.get_by_role("link", name="View cart").click()
    expect(page.get_by_role("heading", name=evil)).to_be_visible()


def test_with_several_shops_she_chooses_one_and_starts_the_cart_anew_only_if_she_says_so(
    visits: Visits, town: Town
) -> None:
    rival = a_shop(town.context, "Chitra Stores")
    a_product(town.context, rival, "Ladoo", category="Sweets", price_paise=50_00)
    page = visits.open("/")
    page.get_by_role("link", name="Asha Kirana").click()
    add(page, "Toned milk")
    page.get_by_role("link", name="Other shops").click()
    page.get_by_role("link", name="Chitra Stores").click()
    add(page, "Ladoo")
    page.get_by_role("button", name="Keep my cart").click()
    expect(page.get_by_role("link", name="View cart")).to_contain_text("₹28")
    add(page, "Ladoo")
    page.get_by_role("button", name="Empty the cart").click()
    expect(page.get_by_role("link", name="View cart")).to_contain_text("1 item · ₹50")


def test_a_thousand_goods_come_in_pages_and_stay_when_something_changes(visits: Visits, town: Town) -> None:
    for number in range(90):
        a_product(town.context, town.kirana, f"Soap {number:02}", category="Soap", stock=9)
    page = visits.open_as(town.devi)
    goods = page.locator("#tiles > li")
    expect(goods).to_have_count(40)
    page.get_by_role("button", name="Show more").click()
    expect(goods).to_have_count(80)
    rows = town.calls(town.devi).get(f"/api/products?shopId={town.kirana.id}&limit=60").json
    assert town.calls(town.asha).put(f"/api/products/{rows[55]['id']}", {"name": "Soap of Mysore"}).status == 200
    expect(page.get_by_role("heading", name="Soap of Mysore")).to_be_attached()
    expect(goods).to_have_count(80)


def test_stock_that_others_take_is_seen_at_once(visits: Visits, town: Town) -> None:
    page = visits.open_as(town.devi)
    expect(page.get_by_text("2 left")).to_be_visible()
    items = [{"id": town.paneer.id, "quantity": 2}]
    assert (
        town.calls(town.eshan).post("/api/orders", {"items": items, "paymentMethod": "Cash", "pickup": True}).status
        == 201
    )
    paneer = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Paneer"))
    expect(paneer).to_contain_text("Sold out", timeout=5_000)


def test_cart_tells_what_has_changed_since_it_was_filled(visits: Visits, town: Town) -> None:
    page = visits.open("/")
    for name in ("Toned milk", "Paneer", "Toor dal"):
        add(page, name)
    page.get_by_role("button", name="More Paneer").click()
    asha = town.calls(town.asha)
    assert asha.put(f"/api/products/{town.milk.id}", {"price": 30}).status == 200
    assert asha.put(f"/api/products/{town.paneer.id}", {"stock": 1}).status == 200
    assert asha.delete(f"/api/products/{town.dal.id}").status == 200
    visits.allow(404)
    page.get_by_role("link", name="View cart").click()
    expect(page.get_by_text("Price changed from ₹28 to ₹30")).to_be_visible()
    expect(page.get_by_text("Only 1 left")).to_be_visible()
    expect(page.get_by_text("Not sold any more")).to_be_visible()
    page.get_by_role("link", name="Check out").click()
    expect(page.get_by_text("Please mend the marked items first.")).to_be_visible()
    page.get_by_role("button", name="Take 1 of Paneer").click()
    page.get_by_role("button", name="Take Toor dal out").click()
    expect(page.locator("#sums")).to_contain_text("₹125")
    page.get_by_role("link", name="Check out").click()
    expect(page).to_have_url(re.compile("/login.html"))


def test_the_first_visit_costs_less_than_80_kilobytes(visits: Visits) -> None:
    page = visits.open("about:blank", size=DESK)
    carried: list[Request] = []
    page.on("requestfinished", lambda request: carried.append(request))
    page.goto(visits.origin)
    expect(page.get_by_role("heading", name="Toor dal")).to_be_visible()
    page.wait_for_load_state("networkidle")
    sizes = {request.url: request.sizes() for request in carried}
    total = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes.values())
    assert total < MOST_BYTES, {url: size["responseBodySize"] for url, size in sizes.items()}
    paths = {urlsplit(url).path for url in sizes}
    files = {path for path in paths if not path.startswith("/api/")}
    # Nothing is loaded that is not counted without a browser.
    assert files <= first_visit(read_static_files(PUBLIC)).keys()


def test_a_page_finds_all_its_modules_named_at_its_head(visits: Visits) -> None:
    page = visits.open("about:blank")
    carried: list[str] = []
    page.on("requestfinished", lambda request: carried.append(urlsplit(request.url).path))
    page.goto(visits.origin)
    expect(page.get_by_role("heading", name="Toor dal")).to_be_visible()
    named = page.eval_on_selector_all(
        "link[rel=modulepreload], script",
        "all => all.map(each => each.getAttribute('href') ?? each.getAttribute('src'))",
    )
    assert {path for path in carried if path.endswith(".js")} <= {*named, "/service-worker.js"}
