"""How tests find their way around the shopkeeper's desk."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.town import Town
from tests.browser.visiting import DESK, Visits

RING = """
  window.notes = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...given) { window.notes += 1; return start.apply(this, given); };
"""
"""Counts the notes that the desk's bell plays."""
UTR = "612345678901"


def at_desk(visits: Visits, town: Town, place: str, size: dict[str, int] = DESK) -> Page:
    """Asha at this place of her dashboard."""
    page = visits.open_as(town.asha, "/dashboard.html", size=size)
    page.goto(f"/dashboard.html#{place}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def order_row(page: Page, order_id: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=f"#{order_id[:8]}"))


def shelf_row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("button", name=name, exact=True))


def counter(page: Page, place: str) -> Locator:
    """The number beside a place: what waits there."""
    return page.get_by_role("navigation", name="Places").get_by_role("link", name=re.compile(f"^{place}"))


def stock_of(town: Town, product_id: str) -> int:
    """What is free to sell."""
    stock: int = town.calls(town.asha).get(f"/api/products/{product_id}").json["stock"]
    return stock


def claim(town: Town, order_id: str, utr: str = UTR) -> None:
    """Devi says that she has paid."""
    reply = town.calls(town.devi).post(f"/api/orders/{order_id}/payment/claim", {"utr": utr})
    assert reply.status == 200, reply.body
