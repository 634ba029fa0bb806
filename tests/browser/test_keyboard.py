"""The whole purchase without a mouse: from the first page to the paid order by Tab, Enter, Space and arrows alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.town import PASSWORD, Town
from tests.browser.visiting import Visits

pytestmark = pytest.mark.browser

FAR = 60


def tab_to(page: Page, target: Locator) -> None:
    """Presses Tab until the focus is there; what has it must show it."""
    expect(target).to_be_visible()
    for _ in range(FAR):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"Tab never came to {target}")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    tab_to(page, target)
    page.keyboard.press(key)


def write(page: Page, target: Locator, text: str) -> None:
    tab_to(page, target)
    page.keyboard.type(text)


def test_the_whole_purchase_by_keyboard(visits: Visits, town: Town) -> None:
    page = visits.open("/")
    expect(page.get_by_role("heading", name="Toor dal")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()

    write(page, page.get_by_role("searchbox"), "toor")
    expect(page.get_by_role("heading", name="Paneer")).to_have_count(0)
    press(page, page.get_by_role("button", name="Toor dal", exact=True))
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    press(page, page.get_by_role("button", name="Add Toor dal to the cart"))
    expect(page.get_by_role("button", name="More Toor dal")).to_be_focused()
    page.keyboard.press("Space")
    press(page, page.get_by_role("link", name="View cart"))
    press(page, page.get_by_role("link", name="Check out"))

    write(page, page.get_by_label("E-mail, phone or user name"), town.email(town.devi))
    write(page, page.get_by_label("Password", exact=True), PASSWORD)
    page.keyboard.press("Enter")

    tab_to(page, page.get_by_role("radio", name="Bring it to me"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="I fetch it")).to_be_checked()
    press(page, page.get_by_role("button", name="Pay ₹328 by UPI"))

    expect(page.get_by_role("heading", name="Pay ₹328.00")).to_be_visible()
    write(page, page.get_by_label("UTR"), "6123")
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    press(page, page.locator(".error-summary").get_by_role("link"))
    expect(page.get_by_label("UTR")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type("45678901")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The shop is looking")).to_be_visible()
    expect(page.get_by_role("main")).to_be_focused()
    press(page, page.get_by_role("link", name="View the order"))
    expect(page.get_by_text("Paid, waiting for the shop")).to_be_visible()


SHOWS_FOCUS = """() => {
  const at = document.activeElement;
  if (at === document.body) return null;
  const places = [[at, null], [at, "::after"], [at.closest("label") ?? at, null]];
  return places.some(([place, part]) => getComputedStyle(place, part).outlineStyle === "solid");
}"""


def test_the_focus_can_always_be_seen(visits: Visits) -> None:
    page = visits.open("/")
    expect(page.get_by_role("heading", name="Toor dal")).to_be_visible()
    seen = 0
    while seen < FAR:
        page.keyboard.press("Tab")
        shown = page.evaluate(SHOWS_FOCUS)
        if shown is None:
            break
        assert shown, page.evaluate("document.activeElement.outerHTML")
        seen += 1
    assert seen > 15


def test_a_cancelled_form_gives_the_focus_back_to_the_page(visits: Visits, town: Town) -> None:
    order = (
        town.calls(town.devi)
        .post("/api/orders", {"items": [{"id": town.dal.id, "quantity": 1}], "paymentMethod": "Cash", "pickup": True})
        .json["orderId"]
    )
    page = visits.open_as(town.devi, f"/order.html?id={order}")
    press(page, page.get_by_role("button", name="Cancel the order"))
    expect(page.get_by_label("Why?")).to_be_focused()
    press(page, page.get_by_role("button", name="Keep the order"))
    expect(page.get_by_role("main")).to_be_focused()
    expect(page.get_by_role("button", name=re.compile("Change the order"))).to_be_visible()
