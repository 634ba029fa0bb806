"""The admin in the browser: people and shops of the installation, and the log of who did what."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.town import PASSWORD, Town
from tests.browser.visiting import DESK, PHONE, Visits, assert_accessible
from tests.builders import a_customer, a_shop


@pytest.fixture
def admin(visits: Visits, town: Town) -> Page:
    """Farah, who looks after the installation, with her phone."""
    farah = a_customer(town.context, "Farah", is_admin=True, password_hash=town.context.passwords.keep(PASSWORD))
    page = visits.open_as(farah, "/admin.html", size=PHONE)
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    return page


def test_farah_finds_devi_suspends_her_and_reads_of_it_in_the_log(admin: Page, town: Town) -> None:
    assert_accessible(admin)
    admin.get_by_role("searchbox", name="Search name, e-mail or phone").fill("dev kul")
    expect(admin.get_by_role("row")).to_have_count(2)
    admin.get_by_role("button", name="Devi Kulkarni").click()
    assert_accessible(admin)
    admin.get_by_role("dialog").get_by_role("button", name="Suspend").click()
    admin.get_by_role("dialog", name="Suspend Devi Kulkarni?").get_by_role("button", name="Suspend").click()
    expect(admin.get_by_role("row").get_by_text("Suspended")).to_be_visible()
    assert town.calls(town.devi).get("/api/auth/me").status == 401
    admin.get_by_role("link", name="Log").click()
    expect(admin.get_by_text("Account suspended")).to_be_visible()
    assert_accessible(admin)


def test_farah_cannot_suspend_herself_and_opens_an_account_with_a_shop(admin: Page, town: Town) -> None:
    admin.get_by_role("button", name="Farah Kulkarni").click()
    sheet = admin.get_by_role("dialog")
    expect(sheet.get_by_text("This is your own account.")).to_be_visible()
    expect(sheet.get_by_role("button", name="Suspend")).to_have_count(0)
    sheet.get_by_role("button", name="Close").click()
    admin.get_by_role("button", name="Open an account").click()
    form = admin.get_by_role("dialog")
    form.get_by_label("Role").select_option("shopkeeper")
    for label, value in (
        ("First name", "Gita"),
        ("Last name", "Rao"),
        ("E-mail", "gita@example.in"),
        ("Mobile number", "98765 43210"),
        ("Shop name", "Gita Stores"),
        ("Shop address", "MG Road"),
    ):
        form.get_by_label(label).fill(value)
    form.get_by_label("First password", exact=True).fill("jaggery and ghee")
    assert_accessible(admin)
    form.get_by_role("button", name="Open the account").click()
    expect(admin.get_by_role("row").get_by_text("Gita Stores")).to_be_visible()


def test_farah_lets_a_shop_in_and_suspends_another(admin: Page, visits: Visits, town: Town) -> None:
    a_shop(town.context, "Hari Stores", approved=False)
    admin.get_by_role("link", name="Shops").click()
    admin.get_by_role("button", name="Let Hari Stores in").click()
    expect(admin.get_by_text("Waits to be let in")).to_have_count(0)
    admin.get_by_role("button", name="Suspend Asha Kirana").click()
    admin.get_by_role("dialog").get_by_role("button", name="Suspend").click()
    expect(admin.get_by_role("button", name="Reactivate Asha Kirana")).to_be_visible()
    assert_accessible(admin)
    street = visits.open("/", size=DESK)
    expect(street.get_by_text("Hari Stores").first).to_be_visible()
    expect(street.get_by_text("Asha Kirana")).to_have_count(0)


def test_farah_sees_what_the_shop_has_mailed_and_no_code(admin: Page, town: Town) -> None:
    town.calls(town.devi).post("/api/auth/forgot-password", {"email": town.email(town.devi)})
    admin.get_by_role("link", name="Mails").click()
    row = admin.get_by_role("row").filter(has_text="Code for a new password")
    expect(row.get_by_text("Waiting")).to_be_visible()
    row.get_by_role("button", name="Your code for a new password").click()
    mail = admin.get_by_role("dialog")
    expect(mail.get_by_text(f"To {town.email(town.devi)}")).to_be_visible()
    expect(mail.get_by_text("It is good for 10 minutes, and once.")).to_be_visible()
    assert not re.search(r"\b\d{6}\b", mail.inner_text())
    assert_accessible(admin)
