"""What a customer does in her browser, from looking around to the order at her door."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.town import Town
from tests.browser.visiting import Visits

pytestmark = pytest.mark.browser


def test_shows_the_goods_of_a_chosen_category_alone(visits: Visits) -> None:
    page = visits.open("/")
    expect(page.get_by_role("heading", name="Toor dal")).to_be_visible()
    page.get_by_role("button", name="Dairy").click()
    expect(page.get_by_role("heading", name="Toor dal")).to_have_count(0)
    expect(page.get_by_role("heading", name="Toned milk")).to_be_visible()


def test_signs_devi_in(visits: Visits, town: Town) -> None:
    page = visits.open_as(town.devi)
    expect(page.get_by_role("link", name="My orders")).to_be_visible()
