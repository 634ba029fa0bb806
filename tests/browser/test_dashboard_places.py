"""The rest of the shopkeeper's desk: what to do now, figures, customers, settings; for whom, and by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from shop_server.context import Page as BooksPage
from shop_server.gateways.upi_qr import UpiQr
from shop_server.web.auth import SESSION_COOKIE
from tests.browser.desk import at_desk, claim, counter, order_row, shelf_row
from tests.browser.town import PASSWORD, Town
from tests.browser.visiting import DESK, PHONE, Visits, assert_accessible
from tests.builders import a_cashier, an_order

pytestmark = pytest.mark.browser

PLACES = (
    "home", "orders", "orders/done", "payments", "payments/log", "inventory", "inventory/expiring",
    "analytics", "reports", "customers", "notices", "settings", "more",
)  # fmt: skip


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("link").filter(has_text=name)


def a_busy_day(town: Town) -> None:
    """An order in each state that waits for somebody."""
    context = town.context
    an_order(context, town.devi, {town.dal.id: 2, town.rice.id: 750}, note="Please ring twice.")
    claim(town, an_order(context, town.devi, {town.milk.id: 4}, "UPI").id)
    an_order(context, town.eshan, {town.milk.id: 1}, "UPI")
    done = an_order(context, town.eshan, {town.dal.id: 1}, "Card")
    asha = town.calls(town.asha)
    for status in ("packed", "dispatched", "delivered"):
        asha.put(f"/api/orders/{done.id}/status", {"status": status})
    asha.post(f"/api/orders/{done.id}/payment/confirmation", {})
    town.calls(town.eshan).post(f"/api/orders/{done.id}/return", {"reason": "Torn packet"})


def bharat_at_desk(visits: Visits, town: Town, *permissions: str) -> Page:
    """Asha's cashier, signed in without the sign-in page."""
    bharat = a_cashier(town.context, town.kirana, *permissions)
    page = visits.open("/login.html", size=DESK)
    token = town.calls(bharat).token
    assert token is not None
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": visits.origin}])
    note = {"userId": bharat.user_id, "userName": bharat.name, "userRole": "staff", "isAdmin": False}
    page.evaluate(
        "note => localStorage.setItem('session', JSON.stringify({...note, freshUntil: Date.now() + 600000}))", note
    )
    page.goto("/dashboard.html")
    return page


# What to do now


def test_each_number_leads_to_the_list_that_makes_it(visits: Visits, town: Town) -> None:
    a_busy_day(town)
    page = at_desk(visits, town, "home")
    expect(card(page, "Orders to pack")).to_contain_text("1")
    expect(card(page, "Payments to confirm")).to_contain_text("1")
    expect(card(page, "Returns to answer")).to_contain_text("1")
    card(page, "Goods to reorder").click()
    expect(page.get_by_role("button", name="To reorder 2")).to_have_attribute("aria-pressed", "true")
    expect(shelf_row(page, "Paneer")).to_be_visible()
    expect(shelf_row(page, "Toor dal")).to_have_count(0)
    page.go_back()
    card(page, "Returns to answer").click()
    expect(page.get_by_role("button", name="Goods are back")).to_be_visible()


def test_the_numbers_change_as_things_happen(visits: Visits, town: Town) -> None:
    page = at_desk(visits, town, "home")
    expect(card(page, "Orders to pack")).to_contain_text("0")
    today = page.locator("[data-stat=todaySales]")
    expect(today).to_contain_text("₹0")
    an_order(town.context, town.devi, {town.dal.id: 4})
    expect(card(page, "Orders to pack")).to_contain_text("1", timeout=2_000)
    expect(today).to_contain_text("₹656")
    expect(counter(page, "Orders")).to_contain_text("1")


def test_a_new_shop_is_told_what_it_lacks(visits: Visits, town: Town) -> None:
    asha = town.calls(town.asha)
    for product in (town.dal, town.milk, town.rice, town.paneer, town.curd):
        asha.delete(f"/api/products/{product.id}")
    asha.put("/api/shopkeeper/update-qr", {"upiId": "", "qrCodeUrl": ""})
    page = at_desk(visits, town, "home")
    expect(page.get_by_role("heading", name="Put your first goods on the shelf")).to_be_visible()
    expect(page.get_by_text("Customers cannot pay by UPI yet.")).to_be_visible()
    expect(page.get_by_text("The first order of these days draws this.")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Enter it").click()
    page.get_by_label("UPI id").fill("asha@okicici")
    page.locator("#settings-paying").get_by_role("button", name="Save").click()
    expect(page.get_by_role("img", name="QR to pay to asha@okicici")).to_be_visible()


# Figures


def test_the_figures_tell_by_table_what_the_charts_draw(visits: Visits, town: Town) -> None:
    a_busy_day(town)
    page = at_desk(visits, town, "analytics")
    told = town.calls(town.asha).get("/api/shopkeeper/analytics?days=7").json
    sales = page.locator("[data-figure=sales]")
    expect(sales.get_by_role("img", name=re.compile("Line: sales of 7 days"))).to_be_visible()
    sales.get_by_text("Show the numbers").click()
    today = sales.get_by_role("row").last
    expect(today).to_contain_text(f"₹{told['salesData'][-1]:g}")
    expect(today.get_by_role("cell").nth(1)).to_have_text(str(told["ordersData"][-1]))
    mix = page.locator("[data-figure=mix]").get_by_role("row")
    expect(mix.filter(has_text="Cash")).to_contain_text(str(told["paymentMix"]["Cash"]))
    best = page.locator("[data-figure=top]")
    best.get_by_text("Show the numbers").click()
    expect(best.get_by_role("row").nth(1)).to_contain_text(told["topProducts"][0]["name"])
    lowest = page.locator("[data-figure=lowest]").get_by_role("row")
    expect(lowest.nth(1)).to_contain_text("Curd")


def test_other_days_are_asked_for(visits: Visits, town: Town) -> None:
    a_busy_day(town)
    page = at_desk(visits, town, "analytics")
    page.get_by_role("button", name="30 days").click()
    expect(page.get_by_role("img", name=re.compile("Line: sales of 30 days"))).to_be_visible()
    page.get_by_label("From", exact=True).fill("2026-01-01")
    page.get_by_label("To", exact=True).fill("2026-01-10")
    expect(page.locator("[data-figure=sales]")).to_contain_text("The first order of these days draws this.")
    expect(page.get_by_role("button", name="30 days")).to_have_attribute("aria-pressed", "false")


def test_customers_are_listed_with_what_they_bought(visits: Visits, town: Town) -> None:
    an_order(town.context, town.devi, {town.dal.id: 4})
    page = at_desk(visits, town, "customers")
    row = page.get_by_role("row").filter(has_text="Devi Kulkarni")
    expect(row).to_contain_text("₹656")
    expect(row.get_by_role("link", name="Call Devi Kulkarni")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Eshan")).to_have_count(0)


# Settings


def test_the_shops_terms_are_changed(visits: Visits, town: Town) -> None:
    visits.allow(422)
    page = at_desk(visits, town, "settings")
    form = page.locator("#settings-shop")
    form.get_by_label("GST number").fill("27AAPFU0939F1ZX")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("GST number")
    expect(form.get_by_label("GST number")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("GST number").fill("27AAPFU0939F1ZV")
    form.get_by_label("State").select_option("Maharashtra")
    form.get_by_label("I pay the composition levy").check()
    form.get_by_label("Opening hours").fill("Mon to Sat, 8 am to 9 pm")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    rules = page.locator("#settings-rules")
    rules.get_by_label("Delivery fee in ₹").fill("45.50")
    rules.get_by_label("Free delivery from ₹").fill("")
    rules.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_have_count(2)
    shop = town.calls(town.asha).get("/api/shopkeeper/shop").json
    assert (shop["gstNumber"], shop["openingHours"]) == ("27AAPFU0939F1ZV", "Mon to Sat, 8 am to 9 pm")
    assert (shop["state"], shop["gstComposition"]) == ("Maharashtra", True)
    assert (shop["deliveryFee"], shop["freeDeliveryMinimum"]) == (45.5, None)


def test_the_shop_closes_and_opens_with_one_touch(visits: Visits, town: Town) -> None:
    page = at_desk(visits, town, "settings", PHONE)
    switch = page.get_by_role("switch", name="Open for orders")
    switch.click()
    expect(page.get_by_role("status").filter(has_text="closed for orders")).to_be_visible()
    assert town.calls(town.asha).get("/api/shopkeeper/shop").json["open"] is False
    switch.click()
    expect(page.get_by_role("status").filter(has_text="The shop is open")).to_be_visible()


def test_the_upi_id_is_read_from_a_picture_of_her_qr(visits: Visits, town: Town) -> None:
    visits.allow(422)
    town.calls(town.asha).put("/api/shopkeeper/update-qr", {"upiId": ""})
    page = at_desk(visits, town, "settings")
    drawn = UpiQr()
    for text, said in (
        ("https://example.in", re.compile("QR")),
        ("upi://pay?pa=asha.kirana@ybl&pn=Asha", "The QR says asha.kirana@ybl"),
    ):
        picture = {"name": "qr.png", "mimeType": "image/png", "buffer": drawn.png(text)}
        page.locator("#qr-file").set_input_files(picture)  # type: ignore[arg-type]
        expect(page.get_by_role("status").filter(has_text=said).first).to_be_visible()
    expect(page.get_by_label("UPI id")).to_have_value("asha.kirana@ybl")
    shop = town.calls(town.asha).get("/api/shopkeeper/shop").json
    assert (shop["upiId"], shop["hasQrPicture"]) == ("asha.kirana@ybl", True)


def test_another_password_ends_the_other_sign_ins(visits: Visits, town: Town) -> None:
    elsewhere = town.calls(town.asha)
    page = at_desk(visits, town, "settings")
    form = page.locator("#settings-password")
    form.get_by_label("Password now").fill(PASSWORD)
    form.get_by_label("New password").fill("tamarind tree 9")
    form.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("status").filter(has_text="The password is changed")).to_be_visible()
    assert elsewhere.get("/api/auth/me").status == 401


# For whom, and how


def test_staff_see_only_what_they_were_allowed(visits: Visits, town: Town) -> None:
    order = an_order(town.context, town.devi, {town.dal.id: 2})
    page = bharat_at_desk(visits, town, "orders")
    places = page.get_by_role("navigation", name="Places")
    expect(places.get_by_role("link", name="Orders")).to_be_visible()
    for hidden in ("Payments", "Stock", "Analytics", "Customers"):
        expect(places.get_by_role("link", name=hidden)).to_have_count(0)
    places.get_by_role("link", name="Orders").click()
    order_row(page, order.id).get_by_role("button", name="Pack").click()
    expect(order_row(page, order.id).get_by_role("button", name="Send off")).to_be_visible()
    order_row(page, order.id).get_by_role("link", name=re.compile("^#")).click()
    expect(page.get_by_role("dialog").get_by_text("What happened")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_role("button", name="Money taken")).to_have_count(0)
    page.goto("/dashboard.html#settings")
    expect(page.get_by_role("heading", name="Password")).to_be_visible()
    expect(page.get_by_text("How customers pay you")).to_have_count(0)


def test_strangers_are_sent_to_sign_in_and_come_back_to_their_place(visits: Visits, town: Town) -> None:
    page = visits.open("/dashboard.html#payments")
    expect(page).to_have_url(re.compile(r"/login\.html\?next=%2Fdashboard\.html%23payments$"))
    page.get_by_label("E-mail, phone or user name").fill(town.email(town.asha))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Payments", level=1)).to_be_visible()


def test_customers_are_sent_to_the_shop(visits: Visits, town: Town) -> None:
    page = visits.open_as(town.devi)
    page.goto("/dashboard.html")
    expect(page).to_have_url(visits.origin + "/")


def test_signing_out_ends_it(visits: Visits, town: Town) -> None:
    page = at_desk(visits, town, "more", PHONE)
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/dashboard.html")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_place_is_accessible_and_fits(visits: Visits, town: Town, size: dict[str, int]) -> None:
    a_busy_day(town)
    page = at_desk(visits, town, "home", size)
    for place in PLACES:
        page.goto(f"/dashboard.html#{place}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("main").get_by_text("Loading")).to_have_count(0)
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide == 0, f"{place} is {too_wide} px too wide"
        assert_accessible(page)


def test_the_desk_is_worked_by_keyboard_alone(visits: Visits, town: Town) -> None:
    order = an_order(town.context, town.devi, {town.dal.id: 2})
    page = at_desk(visits, town, "home")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(card(page, "Orders to pack")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Orders", level=1)).to_be_focused()
    link = order_row(page, order.id).get_by_role("link", name=f"#{order.id[:8]}")
    for _ in range(20):
        page.keyboard.press("Tab")
        if link.evaluate("each => each === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(order_row(page, order.id).get_by_role("button", name="Pack")).to_be_focused()
    page.keyboard.press("Enter")
    expect(order_row(page, order.id)).to_have_count(0)
    page.keyboard.press("Shift+Tab")
    assert town.calls(town.asha).get(f"/api/orders/{order.id}").json["status"] == "packed"


def test_older_notices_that_could_not_be_had_are_asked_for_again(visits: Visits, town: Town) -> None:
    visits.allow(500)

    def notify(page: BooksPage) -> None:
        for number in range(60):
            page.notify(f"Notice {number}", "/dashboard.html#home", kind="stock", shop_id=town.kirana.id)

    town.context.books.write(notify)
    page = at_desk(visits, town, "notices")
    page.route("**/api/notifications?*cursor=*", lambda route: route.fulfill(status=500), times=1)
    rows = page.locator("main li")
    expect(rows).to_have_count(50)
    rows.last.scroll_into_view_if_needed()
    page.get_by_role("button", name="Try again").click()
    expect(rows).to_have_count(60)
