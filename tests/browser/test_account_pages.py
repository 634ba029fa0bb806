"""A forgotten password, one's own account, leaving, and the end of reminders."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from shop_server.actions.send_mails import send_mails
from shop_server.settings import Settings
from tests.browser.town import PASSWORD, Town
from tests.browser.visiting import DESK, PHONE, Visits, assert_accessible
from tests.mailbox import Mailbox

pytestmark = pytest.mark.browser

NEW_PASSWORD = "guava tree 8"


@pytest.fixture
def settings(settings: Settings, mailbox: Mailbox) -> Settings:
    return replace(settings, smtp_url=mailbox.url)


def mailed_code(town: Town, mailbox: Mailbox, to: str) -> str:
    send_mails(town.context)
    return mailbox.code_of(to)


def fill_code(page: Page, code: str) -> None:
    page.get_by_label("Code from the mail").fill(code)


def test_a_forgotten_password_is_replaced_with_the_code_from_the_mail(
    visits: Visits, town: Town, mailbox: Mailbox
) -> None:
    visits.allow(422)
    page = visits.open("/login.html")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("E-mail").fill(town.email(town.devi))
    assert_accessible(page)
    page.get_by_role("button", name="Mail me a code").click()
    expect(page.get_by_role("heading", name="Type the code")).to_be_visible()
    expect(page.get_by_label("Code from the mail")).to_be_focused()
    assert_accessible(page)
    code = mailed_code(town, mailbox, town.email(town.devi))
    page.get_by_label("New password").fill(NEW_PASSWORD)
    fill_code(page, "12")
    page.get_by_role("button", name="Set the new password").click()
    expect(page.get_by_label("Code from the mail")).to_have_accessible_description(re.compile("enter its 6 digits"))
    fill_code(page, f"{(int(code) + 1) % 1_000_000:06}")
    page.get_by_role("button", name="Set the new password").click()
    expect(page.get_by_label("Code from the mail")).to_have_accessible_description(re.compile("is not right"))
    fill_code(page, code)
    page.get_by_role("button", name="Set the new password").click()
    expect(page.get_by_role("heading", name="Your new password is set")).to_be_visible()
    page.get_by_role("link", name="Sign in").last.click()
    page.get_by_label("E-mail, phone or user name").fill(town.email(town.devi))
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="My orders")).to_be_visible()


@pytest.mark.parametrize("size", [pytest.param(PHONE, id="phone"), pytest.param(DESK, id="desk")])
def test_she_confirms_her_address_changes_it_and_her_number(
    visits: Visits, town: Town, mailbox: Mailbox, size: dict[str, int]
) -> None:
    page = visits.open_as(town.devi, "/profile.html", size=size)
    expect(page.get_by_text("E-mail not confirmed")).to_be_visible()
    page.get_by_role("link", name="E-mail, phone and account").click()
    expect(page.locator("#email").get_by_text("not confirmed")).to_be_visible()
    page.get_by_role("button", name="ask for another code").click()
    expect(page.get_by_text("Another code is on its way.")).to_be_visible()
    assert_accessible(page)
    fill_code(page, mailed_code(town, mailbox, town.email(town.devi)))
    page.get_by_role("button", name="Confirm the address").click()
    expect(page.get_by_text("Your address is confirmed.")).to_be_visible()

    page.get_by_role("button", name="Change the e-mail").click()
    page.get_by_label("New e-mail").fill("devika@example.in")
    page.get_by_label("Your password").fill(PASSWORD)
    assert_accessible(page)
    page.get_by_role("button", name="Mail me a code").click()
    expect(page.get_by_text("A code is on its way to devika@example.in.")).to_be_visible()
    fill_code(page, mailed_code(town, mailbox, "devika@example.in"))
    page.get_by_role("button", name="New e-mail").click()
    expect(page.get_by_text("Your e-mail is devika@example.in now.")).to_be_visible()

    page.get_by_role("button", name="Change the number").click()
    page.get_by_label("New mobile number").fill("91234 56789")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Mail me a code").click()
    fill_code(page, mailed_code(town, mailbox, "devika@example.in"))
    page.get_by_role("button", name="New mobile number").click()
    expect(page.locator("#phone")).to_contain_text("9123456789")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_a_shopkeeper_has_the_same_page(visits: Visits, town: Town) -> None:
    page = visits.open_as(town.asha, "/dashboard.html", size=DESK)
    page.get_by_role("link", name="My account").click()
    expect(page.get_by_role("heading", name="My account", exact=True)).to_be_visible()
    expect(page.locator("#reminders")).to_have_count(0)
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Your shop closes")).to_be_visible()
    page.get_by_role("button", name="Leave it as it was").click()
    expect(page.get_by_text("Your shop closes")).to_have_count(0)


def test_she_leaves_only_when_she_says_so_twice(visits: Visits, town: Town) -> None:
    visits.allow(422)
    page = visits.open_as(town.devi, "/account.html")
    page.get_by_role("button", name="Delete my account").click()
    page.get_by_label("Your password").fill("not my password")
    page.get_by_role("button", name="Delete my account for good").click()
    expect(page.get_by_text("Please say that you are sure.")).to_be_visible()
    page.get_by_label("Yes, I want to leave.").check()
    page.get_by_role("button", name="Delete my account for good").click()
    expect(page.get_by_label("Your password")).to_have_accessible_description(re.compile("not your password"))
    assert_accessible(page)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete my account for good").click()
    expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
    assert_accessible(page)
    assert page.context.cookies() == []
    assert set(page.evaluate("Object.keys(localStorage)")) <= {"shop", "theme"}
    page.get_by_role("link", name="To the shop").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_one_click_in_a_mail_ends_reminders_and_the_account_brings_them_back(visits: Visits, town: Town) -> None:
    visits.allow(404)
    token = town.context.tokens.stop_token(town.devi.user_id)
    page = visits.open(f"/unsubscribe.html?token={token}")
    expect(page.get_by_role("heading", name="No more reminders")).to_be_visible()
    assert_accessible(page)
    assert town.context.users.get(town.devi.user_id).reminders is False
    page.goto(f"/unsubscribe.html?token={token[:-1]}x")
    expect(page.get_by_role("heading", name="This link is not whole")).to_be_visible()
    page.goto(f"/api/unsubscribe/{token}")
    expect(page).to_have_url(re.compile("/unsubscribe.html"))
    page = visits.open_as(town.devi, "/account.html")
    page.get_by_label("Mail me when").check()
    expect(page.locator("#reminders").get_by_text("Saved.")).to_be_visible()
    assert town.context.users.get(town.devi.user_id).reminders is True
