"""Somebody writes HTML and script into every field of every form, and then everybody opens every page: nothing runs,
nothing breaks, and what was written stands there as it was written.

The forms are those of the URL table with the good bodies of tests/faults/asks.py, so that a new field is tried by itself.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from shop_server.rules.person import Person
from shop_server.web.auth import SESSION_COOKIE
from tests.api.caller import Caller, signed_in
from tests.browser.test_dashboard_places import PLACES
from tests.browser.visiting import DESK, Visits
from tests.fake_clock import FakeClock
from tests.faults.asks import ASKS
from tests.faults.test_hostile_forms import ROUTES, WITH_BODY, fields_of
from tests.faults.town import Town, town

__all__ = ["town"]

pytestmark = pytest.mark.browser

ANYTHING_OF_IT = "img[src='x'], svg[onload], [onerror], [onload], [onmouseover], script:not([src])"
Place = tuple[Any, ...]


def evil(number: int) -> str:
    """Breaks out of an attribute and of an element; short enough for a field of 50 characters, and unlike any other."""
    return f"'\"><img src=x onerror=alert({number})>"


def filled(form: Any, texts: dict[Place, str]) -> Any:
    """The form with each text at its place."""
    for place, text in texts.items():
        inside = form
        for step in place[:-1]:
            inside = inside[step]
        inside[place[-1]] = text
    return form


def texts_in(form: Any, *before: Any) -> list[Place]:
    """Where in a form there is text."""
    inside = form.items() if isinstance(form, dict) else enumerate(form) if isinstance(form, list) else ()
    here = [before] if isinstance(form, str) else []
    return [*here, *(place for name, value in inside for place in texts_in(value, *before, name))]


def copied(form: Any) -> Any:
    if isinstance(form, dict):
        return {name: copied(value) for name, value in form.items()}
    return [copied(value) for value in form] if isinstance(form, list) else form


class Planter:
    """Writes into the forms, and remembers what was taken, by call and field."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.planted: dict[str, str] = {}

    def plant_everywhere(self) -> None:
        self._dress_the_stage()
        for call in WITH_BODY:
            self.plant(call)

    def text(self, call: str, field: str) -> str:
        return self.planted[f"{call} {field}"]

    def _dress_the_stage(self) -> None:
        """What the others' forms are about already has such names."""
        asha, devi, rice = self.town.caller("Asha"), self.town.caller("Devi"), self.town.rice.id
        for caller, method, path, fields in (
            (asha, "PUT", "/api/shopkeeper/shop", ("name", "address", "city", "openingHours")),
            (asha, "PUT", f"/api/products/{rice}", ("name", "category", "unit", "description", "barcode")),
            (devi, "PATCH", "/api/account", ("firstName", "lastName", "address", "city")),
        ):
            form = {field: self._next(f"stage {path.split('/')[2]} {field}") for field in fields}
            assert caller.call(method, path, form).status == 200

    def plant(self, call: str) -> None:
        """Writes into each text of this form."""
        ask, model = ASKS[call], ROUTES[call].body
        assert ask.body is not None
        assert model is not None
        form = ask.body(self.town, ask.rightful())
        optional = [(field,) for field in fields_of(model) if field not in form] if isinstance(form, dict) else []
        taken = [
            place
            for place in (*texts_in(form), *optional)
            if place[-1] != "id" and self._takes(call, {place: evil(self.town.number())})
        ]
        if taken:
            texts = {place: self._next(f"{call} {'/'.join(map(str, place))}") for place in taken}
            assert self._takes(call, texts), f"{call} takes each of {taken}, and not all of them"

    def _takes(self, call: str, texts: dict[Place, str]) -> bool:
        ask, (method, pattern) = ASKS[call], call.split(" ")
        assert ask.body is not None
        named = ask.about(self.town) if ask.about else {}
        form = filled(copied(ask.body(self.town, ask.rightful())), texts)
        # Signed in for each: some of these forms end the sign-in.
        caller: Caller = self.town.caller(ask.rightful())
        status = caller.call(method, pattern.format(**named), form).status
        assert status < 500, f"{call}: {status}"
        return status < 300

    def _next(self, name: str) -> str:
        self.planted[name] = evil(self.town.number())
        return self.planted[name]


@pytest.fixture(scope="module")
def planter(town: Town) -> Planter:
    planter = Planter(town)
    planter.plant_everywhere()
    return planter


def open_as(visits: Visits, town: Town, person: Person, path: str) -> Page:
    """A browser in which this person has signed in already."""
    page = visits.open("/login.html", size=DESK)
    token = signed_in(town.context, town.port, person).token
    assert token is not None
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": visits.origin}])
    note = {"userId": person.user_id, "userName": person.name, "userRole": person.role, "isAdmin": False}
    page.evaluate(
        "note => localStorage.setItem('session', JSON.stringify({...note, freshUntil: Date.now() + 600000}))", note
    )
    page.goto(path)
    return page


def shows(page: Page, *texts: str) -> None:
    """All of these stand on the page as they were written, and nothing on it came from them."""
    for text in texts:
        expect(page.get_by_text(text).first).to_be_attached()
    assert page.locator(ANYTHING_OF_IT).count() == 0, page.url


def order_that_says(town: Town, text: str) -> str:
    """The id of Devi's order in which somebody wrote this."""
    devi = town.caller("Devi")
    ids = [row["id"] for row in devi.get("/api/customer/orders?limit=200").json]
    return next(str(id_) for id_ in ids if text in told(devi.get(f"/api/orders/{id_}").json))


def told(answer: Any) -> str:
    """All texts of an answer."""
    if isinstance(answer, str):
        return answer + "\n"
    inside = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else ()
    return "".join(map(told, inside))


def test_on_the_customers_pages_it_is_text(visits: Visits, town: Town, planter: Planter) -> None:
    page = open_as(visits, town, town.people["Devi"], "/")
    text = planter.text
    shop = text("PUT /api/shopkeeper/shop", "name")
    others = [text("POST /api/auth/register", field) for field in ("shopName", "shopAddress", "city")]
    shows(page, shop, text("PUT /api/shopkeeper/shop", "address"), *others)
    rice = text("stage", "products name")
    goods = [text("POST /api/products", field) for field in ("name", "category", "unit")]
    # She searches for each: the shop shows forty goods at a time, and by now it has more.
    for written in (goods, [rice, text("stage", "products unit")]):
        page.goto(f"/?shop={town.kirana.id}&q={quote(written[0])}")
        expect(page.get_by_role("searchbox")).to_have_value(written[0])
        shows(page, shop, *written)
    page.get_by_role("button", name=f"Add {rice} to the cart").click()
    page.get_by_role("button", name=rice, exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    shows(page, text("stage", "products description"))
    for path in ("/cart.html", "/checkout.html", "/orders.html"):
        page.goto(path)
        shows(page, shop, rice)
    address = [text("POST /api/orders", f"deliveryAddress/{field}") for field in ("line", "city")]
    for written in (
        [text("POST /api/orders", "note"), *address],
        [text("POST /api/orders/{id}/cancellation", "reason")],
        [text("POST /api/orders/{id}/return", "reason")],
    ):
        page.goto(f"/order.html?id={order_that_says(town, written[0])}")
        shows(page, shop, rice, *written)
    bill = order_that_says(town, text("POST /api/orders/{id}/return", "reason"))
    page.goto(f"/api/orders/{bill}/invoice")
    shows(page, rice)
    rejected = text("POST /api/orders/{id}/payment/rejection", "reason")
    page.goto(f"/pay.html?order={order_that_says(town, rejected)}")
    shows(page, shop)
    page.goto("/profile.html")
    for field in ("firstName", "lastName", "address", "city"):
        expect(page.locator(f"[name={field}]")).to_have_value(text("PATCH /api/account", field))
    # The page shows her newest notices: this one has to be among them.
    assert isinstance(town.context.clock, FakeClock)
    town.context.clock.advance(minutes=1)
    planter.plant("POST /api/orders/{id}/payment/rejection")
    page.reload()
    shows(page, shop, text("POST /api/orders/{id}/payment/rejection", "reason"))


def test_at_the_shopkeepers_desk_it_is_text(visits: Visits, town: Town, planter: Planter) -> None:
    page = open_as(visits, town, town.people["Asha"], "/dashboard.html")
    text = planter.text
    shop, rice = text("PUT /api/shopkeeper/shop", "name"), text("stage", "products name")
    customer = [text("PATCH /api/account", field) for field in ("firstName", "lastName")]
    money = ("confirmation reference", "rejection reason", "refund reference")
    on_place = {
        "orders": [rice, *customer, text("POST /api/orders", "note")],
        "payments": customer,
        "payments/log": [text("POST /api/orders/{id}/payment/" + name.split()[0], name.split()[1]) for name in money],
        "inventory": [rice, *(text("POST /api/products", field) for field in ("name", "category", "unit"))],
        "customers": [*customer, text("PATCH /api/account", "address"), text("PATCH /api/account", "city")],
        "notices": [text(f"POST /api/orders/{{id}}/{why}", "reason") for why in ("cancellation", "return")],
    }
    for place in PLACES:
        page.goto(f"/dashboard.html#{place}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        shows(page, shop, *on_place.get(place, []))
    page.goto("/dashboard.html#settings")
    for field in ("name", "address", "city", "openingHours"):
        expect(page.locator(f"[name={field}]").first).to_have_value(text("PUT /api/shopkeeper/shop", field))
    page.goto("/dashboard.html#inventory")
    page.get_by_role("button", name=rice, exact=True).click()
    shows(page, rice)
    page.get_by_role("button", name="Change details").click()
    for field in ("description", "barcode", "unit"):
        expect(page.get_by_role("dialog").locator(f"[name={field}]")).to_have_value(text("stage", f"products {field}"))
    assert page.locator(ANYTHING_OF_IT).count() == 0
    page.goto(f"/dashboard.html#orders/{order_that_says(town, text('POST /api/orders', 'note'))}")
    shows(page, text("POST /api/orders", "deliveryAddress/line"), text("POST /api/orders", "note"))
