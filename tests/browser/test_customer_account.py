"""Coming in, the customer's own page, and leaving."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.town import PASSWORD, Town
from tests.browser.visiting import Visits

pytestmark = pytest.mark.browser


def fill_person(page: Page, first_name: str, phone: str) -> None:
    page.get_by_label("First name").fill(first_name)
    page.get_by_label("Last name").fill("Joshi")
    page.get_by_label("Mobile number").fill(phone)
    page.get_by_label("E-mail").fill(f"{first_name.lower()}@example.in")
    page.get_by_label("Password", exact=True).fill(PASSWORD)


def test_a_customer_registers_and_is_in_the_shop(visits: Visits, town: Town) -> None:
    page = visits.open("/login.html")
    page.get_by_role("button", name="Create an account").click()
    fill_person(page, "Farah", "98765 43219")
    page.get_by_role("button", name="Create the account").click()
    expect(page).to_have_url(f"{visits.origin}/")
    expect(page.get_by_role("link", name="My orders")).to_be_visible()
    assert town.context.users.find_by("email", "farah@example.in") is not None


def test_a_shopkeeper_registers_and_what_she_typed_survives_the_choice(visits: Visits) -> None:
    page = visits.open("/login.html?new=customer")
    fill_person(page, "Chitra", "+91 9876543218")
    page.get_by_role("radio", name="Shopkeeper").check()
    expect(page.get_by_label("First name")).to_have_value("Chitra")
    page.get_by_label("Shop name").fill("Chitra Stores")
    page.get_by_label("Shop address").fill("3 Market Yard")
    page.get_by_label("UPI id").fill("chitra@okbank")
    page.get_by_role("button", name="Create the account").click()
    expect(page).to_have_url(re.compile("/dashboard.html"))


def test_wrong_fields_are_named_in_the_focused_summary_and_beside_each_field(visits: Visits) -> None:
    page = visits.open("/login.html?new=customer")
    fill_person(page, "Farah", "12345")
    page.get_by_label("Last name").fill("")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Create the account").click()
    summary = page.get_by_role("alert").filter(has_text="Please check what you entered")
    expect(summary).to_be_focused()
    for label in ("Last name", "Mobile number", "Password"):
        field = page.get_by_label(label, exact=True)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile(f"{label}: "))
        expect(summary.get_by_role("link", name=re.compile(f"^{label}: "))).to_be_visible()
    summary.get_by_role("link", name=re.compile("^Mobile number: ")).click()
    expect(page.get_by_label("Mobile number")).to_be_focused()
    expect(page.get_by_label("First name")).to_have_value("Farah")


def test_what_only_the_shop_can_know_is_shown_in_the_same_way(visits: Visits, town: Town) -> None:
    visits.allow(409, 422)
    page = visits.open("/login.html?new=customer")
    fill_person(page, "Farah", "9876543219")
    page.get_by_label("Password", exact=True).fill("password123")
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_label("Password", exact=True)).to_have_accessible_description(re.compile("Choose another"))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("E-mail").fill(town.email(town.devi))
    page.get_by_role("button", name="Create the account").click()
    expect(
        page.get_by_role("alert").filter(has_text="There is an account with this email address already")
    ).to_be_focused()


def test_wrong_password_is_refused_without_losing_what_was_typed(visits: Visits, town: Town) -> None:
    visits.allow(401)
    page = visits.open("/login.html")
    page.get_by_label("E-mail, phone or user name").fill(town.email(town.devi))
    page.get_by_label("Password", exact=True).fill("wrong password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.get_by_label("E-mail, phone or user name")).to_have_value(town.email(town.devi))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="My orders")).to_be_visible()


def test_a_link_from_elsewhere_cannot_lead_her_away_after_signing_in(visits: Visits, town: Town) -> None:
    page = visits.open("/login.html?next=//example.org/")
    page.get_by_label("E-mail, phone or user name").fill(town.email(town.devi))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{visits.origin}/")


def test_a_stranger_fills_the_cart_signs_in_at_checkout_and_goes_on(visits: Visits, town: Town) -> None:
    page = visits.open("/")
    page.get_by_role("button", name="Add Toor dal to the cart").click()
    page.get_by_role("link", name="View cart").click()
    page.get_by_role("link", name="Check out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("E-mail, phone or user name").fill(town.email(town.devi))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Check out")).to_be_visible()
    expect(page.get_by_label("House and street")).to_have_value("4 Temple Lane")
    expect(page.locator("#sums")).to_contain_text("1 × Toor dal")


def test_the_cart_follows_her_to_another_browser(visits: Visits, town: Town) -> None:
    phone = visits.open_as(town.devi)
    with phone.expect_response(lambda answer: answer.url.endswith("/api/cart") and answer.request.method == "PUT"):
        phone.get_by_role("button", name="Add Toor dal to the cart").click()
    laptop = visits.open_as(town.devi, "/cart.html")
    expect(laptop.get_by_role("heading", name="Toor dal")).to_be_visible()


def test_she_changes_her_details(visits: Visits, town: Town) -> None:
    page = visits.open_as(town.devi, "/profile.html")
    form = page.locator("#details")
    form.get_by_label("First name").fill("Devika")
    form.get_by_label("City").fill("")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_role("heading", name="Devika Kulkarni")).to_be_visible()
    page.reload()
    expect(form.get_by_label("First name")).to_have_value("Devika")
    expect(form.get_by_label("City")).to_have_value("")
    expect(form.get_by_label("Address")).to_have_value("4 Temple Lane")


def test_a_new_password_signs_the_other_devices_out(visits: Visits, town: Town) -> None:
    visits.allow(401, 422)
    elsewhere = visits.open_as(town.devi, "/orders.html")
    page = visits.open_as(town.devi, "/profile.html")
    page.get_by_label("Password now").fill("not my password")
    page.get_by_label("New password").fill("guava tree 8")
    page.get_by_role("button", name="Change the password").click()
    expect(page.locator("#password .error-summary")).to_be_focused()
    page.get_by_label("Password now").fill(PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The password is changed. Other devices are signed out.")).to_be_visible()
    elsewhere.get_by_role("button", name="Past").click()
    elsewhere.get_by_role("alert").get_by_role("link", name="Sign in").click()
    expect(elsewhere).to_have_url(re.compile("/login.html"))


def test_she_signs_a_lost_phone_out(visits: Visits, town: Town) -> None:
    visits.allow(401)
    lost = visits.open_as(town.devi, "/orders.html")
    page = visits.open_as(town.devi, "/profile.html")
    page.get_by_role("button", name=re.compile("^Sign out .")).click()
    expect(page.locator("#sessions li")).to_have_count(1)
    lost.reload()
    expect(lost.get_by_text("Your sign-in has ended")).to_be_visible()
    lost.reload()
    expect(lost).to_have_url(re.compile("/login.html"))


def test_signing_out_leaves_nothing_private_behind(visits: Visits, town: Town) -> None:
    page = visits.open_as(town.devi)
    page.get_by_role("button", name="Add Toor dal to the cart").click()
    page.get_by_role("link", name="Profile").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    expect(page.locator("#cart-bar")).to_be_hidden()
    kept = page.evaluate("Object.keys(localStorage)")
    assert set(kept) <= {"shop", "theme"}
    assert page.context.cookies() == []
    page.go_back()
    expect(page).to_have_url(re.compile("/login.html"))


def test_the_chosen_theme_stays(visits: Visits, town: Town) -> None:
    page = visits.open_as(town.devi, "/profile.html")
    page.get_by_role("radio", name="Dark").check()
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("body")).to_have_css("color", "rgb(243, 238, 227)")
