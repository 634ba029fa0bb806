"""Money at the shopkeeper's desk: claims confirmed and refused, other amounts, refunds, cash, and the sealed log."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.desk import UTR, at_desk, claim, counter, order_row
from tests.browser.town import Town
from tests.browser.visiting import PHONE, Visits, assert_accessible
from tests.builders import an_order

pytestmark = pytest.mark.browser


def ordered(town: Town, method: str = "UPI") -> str:
    """Devi's order of three dal, brought home: ₹522."""
    return an_order(town.context, town.devi, {town.dal.id: 3}, method).id


def section(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=re.compile(f"^{name}"))


def payment_of(town: Town, order_id: str) -> dict[str, object]:
    payment: dict[str, object] = town.calls(town.asha).get(f"/api/orders/{order_id}/payment").json
    return payment


def test_a_claim_shows_up_at_once_and_confirming_it_places_the_order(visits: Visits, town: Town) -> None:
    order_id = ordered(town)
    page = at_desk(visits, town, "payments")
    expect(page.get_by_role("heading", name="No payment waits for you")).to_be_visible()
    claim(town, order_id)
    row = section(page, "To confirm").get_by_role("listitem")
    expect(row).to_contain_text("₹522.00")
    expect(row).to_contain_text("6123 4567 8901")
    expect(row).to_contain_text("claimed just now")
    expect(counter(page, "Payments")).to_contain_text("1")
    row.get_by_role("button", name="Confirm").click()
    expect(section(page, "To confirm")).to_be_hidden()
    expect(section(page, "Confirmed today")).to_contain_text("₹522.00")
    expect(counter(page, "Payments")).not_to_contain_text("1")
    assert payment_of(town, order_id)["status"] == "settled"
    page.get_by_role("link", name="Orders").first.click()
    expect(order_row(page, order_id)).to_contain_text("Paid")


def test_money_that_did_not_come_is_told_with_a_reason_and_paid_anew(visits: Visits, town: Town) -> None:
    order_id = ordered(town)
    claim(town, order_id)
    page = at_desk(visits, town, "payments", PHONE)
    section(page, "To confirm").get_by_role("button", name="Not received").click()
    question = page.get_by_role("dialog")
    question.get_by_role("button", name="No such payment in our account").click()
    assert_accessible(page)
    question.get_by_role("button", name="Not received").click()
    expect(section(page, "Customers are paying now")).to_contain_text("₹522.00")
    notices = town.calls(town.devi).get("/api/notifications").json
    assert "No such payment in our account" in notices[0]["text"]


def test_another_amount_is_taken_only_after_she_has_seen_both(visits: Visits, town: Town) -> None:
    visits.allow(409)
    order_id = ordered(town)
    claim(town, order_id)
    page = at_desk(visits, town, "payments")
    section(page, "To confirm").get_by_role("button", name="Other amount").click()
    page.get_by_label("Amount that came, in ₹").fill("490")
    page.get_by_role("button", name="Go on").click()
    question = page.get_by_role("dialog", name="₹522.00 is owed, ₹490.00 came")
    assert_accessible(page)
    assert payment_of(town, order_id)["status"] == "claimed"
    question.get_by_role("button", name="Accept ₹490.00").click()
    expect(section(page, "Confirmed today")).to_contain_text("₹490.00")
    assert payment_of(town, order_id)["settled"] == 490


def test_what_is_due_back_is_paid_back_with_its_reference(visits: Visits, town: Town) -> None:
    order_id = ordered(town)
    claim(town, order_id)
    asha = town.calls(town.asha)
    asha.post(f"/api/orders/{order_id}/payment/confirmation", {})
    asha.post(f"/api/orders/{order_id}/cancellation", {"reason": "Sold out"})
    page = at_desk(visits, town, "payments")
    section(page, "To pay back").get_by_role("button", name="Paid back").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Reference of the refund").fill("798765432109")
    sheet.get_by_role("button", name="It is paid back").click()
    expect(section(page, "To pay back")).to_be_hidden()
    assert payment_of(town, order_id)["refunded"] == 522


@pytest.mark.parametrize("method", ["Cash", "Card"])
def test_money_taken_at_the_door_is_noted(visits: Visits, town: Town, method: str) -> None:
    order_id = ordered(town, method)
    page = at_desk(visits, town, "payments")
    expect(section(page, "To collect")).to_contain_text(method)
    section(page, "To collect").get_by_role("button", name="Money taken").click()
    expect(section(page, "Confirmed today")).to_contain_text("₹522.00")
    assert payment_of(town, order_id)["status"] == "settled"


def test_money_that_came_without_a_claim_is_confirmed_with_the_utr_of_her_bank(visits: Visits, town: Town) -> None:
    order_id = ordered(town)
    page = at_desk(visits, town, "payments")
    section(page, "Customers are paying now").get_by_role("button", name="Money came").click()
    page.get_by_label("UTR, if your bank shows it").fill(UTR)
    page.get_by_role("button", name="Confirm").click()
    expect(section(page, "Confirmed today")).to_contain_text("6123 4567 8901")
    assert payment_of(town, order_id)["utr"] == UTR


def test_a_notice_leads_to_its_payment(visits: Visits, town: Town) -> None:
    order_id = ordered(town)
    claim(town, order_id)
    page = at_desk(visits, town, "notices")
    notice = page.get_by_role("link", name=re.compile("says that order"))
    expect(counter(page, "Notices")).to_contain_text("1")
    notice.click()
    expect(page).to_have_url(re.compile(f"#payments/{order_id}$"))
    expect(section(page, "To confirm").get_by_role("listitem")).to_be_focused()
    expect(counter(page, "Notices")).not_to_contain_text("1")


def test_the_sealed_log_shows_every_step_and_finds_a_changed_row(visits: Visits, town: Town) -> None:
    order_id = ordered(town)
    claim(town, order_id)
    town.calls(town.asha).post(f"/api/orders/{order_id}/payment/confirmation", {})
    page = at_desk(visits, town, "payments/log")
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("Money is there")
    expect(rows.nth(2)).to_contain_text("Customer says it is paid")
    page.get_by_role("button", name="Check the seals").click()
    expect(page.get_by_text("All 2 rows are as they were written.")).to_be_visible()
    town.context.payment_log._collection.update_one({"seq": 2}, {"$set": {"amount_paise": 1}})
    page.get_by_role("button", name="Check the seals").click()
    expect(page.get_by_text("Row 2 was changed")).to_be_visible()
