"""Staff in the browser: Asha invites Gopal, he comes in, and does what he was allowed and with a permit."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from shop_server.rules.mail import INVITATION, PERMIT
from tests.browser.desk import at_desk, shelf_row, stock_of
from tests.browser.town import Town
from tests.browser.visiting import PHONE, Visits, assert_accessible

EMAIL = "gopal@example.in"


def confirm_address(town: Town) -> None:
    """Asha has typed the code that was mailed to her."""
    town.context.users.change(town.asha.user_id, {"email_confirmed": True})


def come_in(town: Town, visits: Visits) -> Page:
    """Gopal opens the link of his mail and chooses a password."""
    (invited,) = town.context.invitations.list_of_shop(town.kirana.id, town.clock.now())
    code = town.context.codes.make(INVITATION, invited.id, town.clock.now(), 10)
    page = visits.open(f"/invitation.html#{invited.id}-{code}")
    expect(page).to_have_url(visits.origin + "/invitation.html")
    assert_accessible(page)
    page.get_by_label("Your new password", exact=True).fill("jaggery and ghee")
    page.get_by_role("button", name="Accept the invitation").click()
    expect(page).to_have_url(re.compile("/dashboard.html"))
    return page


def permit_code(town: Town) -> str:
    """The code that Asha is mailed for Gopal's permit."""
    gopal = town.context.users.find_by("email", EMAIL)
    assert gopal is not None
    (session,) = town.context.sessions.list_of_user(gopal.id, town.clock.now())
    return town.context.codes.make(PERMIT, session.id, town.clock.now(), 10, gopal.id)


def test_asha_invites_gopal_who_comes_in_and_changes_stock_with_a_permit(visits: Visits, town: Town) -> None:
    confirm_address(town)
    desk = at_desk(visits, town, "staff", PHONE)
    expect(desk.get_by_role("heading", name="You work alone")).to_be_visible()
    desk.get_by_role("button", name="Invite somebody").click()
    sheet = desk.get_by_role("dialog")
    sheet.get_by_label("First name").fill("Gopal")
    sheet.get_by_label("Last name").fill("Rao")
    sheet.get_by_label("E-mail").fill(EMAIL)
    sheet.get_by_role("checkbox", name="Stock").check()
    sheet.get_by_role("checkbox", name="Orders").check()
    assert_accessible(desk)
    sheet.get_by_role("button", name="Send the invitation").click()
    expect(desk.get_by_text("Invited", exact=True)).to_be_visible()
    assert_accessible(desk)

    gopal = come_in(town, visits)
    places = gopal.get_by_role("navigation", name="Places")
    expect(places.get_by_role("link", name="Orders")).to_be_visible()
    expect(places.get_by_role("link", name="Payments")).to_have_count(0)
    gopal.goto("/dashboard.html#staff")
    expect(gopal.get_by_role("heading", level=1)).not_to_have_text("Staff")

    visits.allow(403)
    gopal.goto("/dashboard.html#inventory")
    stock = shelf_row(gopal, "Toned milk").get_by_label("Stock of Toned milk")
    stock.fill("33")
    stock.press("Enter")
    permit = gopal.get_by_role("dialog", name="You need a permit")
    assert_accessible(gopal)
    permit.get_by_role("button", name="Mail the code to the shopkeeper").click()
    permit.get_by_label("Code of 6 digits").fill(permit_code(town))
    assert_accessible(gopal)
    permit.get_by_role("button", name="Go on").click()
    expect(gopal.get_by_text("stock changed from 40 to 33")).to_be_visible()
    assert stock_of(town, town.milk.id) == 33

    gopal.get_by_role("button", name="Categories").click()
    asked = gopal.get_by_role("dialog", name="Categories")
    expect(asked.get_by_role("button", name="Rename Dairy")).to_have_count(0)
    asked.get_by_label("Category that is missing").fill("Toys")
    asked.get_by_role("button", name="Ask for it").click()
    expect(asked.get_by_text("Waiting", exact=True)).to_be_visible()
    assert_accessible(gopal)

    desk.goto("/dashboard.html#inventory/requests")
    answer = desk.get_by_role("dialog", name="Categories")
    expect(answer.get_by_text("asked by Gopal Rao")).to_be_visible()
    assert_accessible(desk)
    answer.get_by_role("button", name="Approve Toys").click()
    expect(answer.get_by_role("button", name="Rename Toys")).to_be_visible()
    expect(asked.get_by_text("Approved", exact=True)).to_be_visible()
    answer.get_by_role("button", name="Close").click()
    desk.get_by_role("button", name="Toned milk", exact=True).click()
    desk.get_by_text("Who did what").click()
    expect(desk.get_by_role("dialog").get_by_text("Gopal Rao").first).to_be_visible()
    assert_accessible(desk)


def test_asha_changes_what_gopal_may_and_parts_from_him(visits: Visits, town: Town) -> None:
    confirm_address(town)
    calls = town.calls(town.asha)
    body = {"email": EMAIL, "firstName": "Gopal", "lastName": "Rao", "permissions": ["orders"]}
    assert calls.post("/api/shopkeeper/staff", body).status == 201
    gopal = come_in(town, visits)
    desk = at_desk(visits, town, "staff")
    desk.get_by_role("button", name="What Gopal Rao may do").click()
    sheet = desk.get_by_role("dialog")
    expect(sheet.get_by_role("checkbox", name="Orders")).to_be_checked()
    sheet.get_by_role("checkbox", name="Reports").check()
    sheet.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("list", name="May").get_by_text("Reports")).to_be_visible()
    # His page hears at once that he is no longer signed in.
    visits.allow(401)
    desk.get_by_role("button", name="Part from Gopal Rao").click()
    desk.get_by_role("dialog").get_by_role("button", name="Part", exact=True).click()
    expect(desk.get_by_role("heading", name="You work alone")).to_be_visible()
    gopal.reload()
    expect(gopal).to_have_url(re.compile("/login.html"))
