"""The shop as an app on the phone: it opens without a network, says so, goes on by itself, and is never of two versions."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shop_server import app
from shop_server.app import Shop as OpenShop
from shop_server.settings import Settings
from shop_server.storage.connection import Connection
from shop_server.web.static_files import read_chart_js, read_static_files
from tests.browser.town import RunningClock, Town
from tests.browser.visiting import DESK, Visits, assert_accessible

KEPT = """async () => {
  const texts = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      texts.push(new URL(request.url).pathname + " " + await (await cache.match(request)).text());
    }
  }
  return texts;
}"""
# Not until it serves this page: a page that was just being opened when it took over is served from its next visit on.
TAKEN_IN = """() => new Promise((done, refuse) => {
  setTimeout(() => refuse(new Error("the shop was not taken in")), 30_000);
  const look = (worker) => worker.state === "activated" ? done() : setTimeout(look, 20, worker);
  navigator.serviceWorker.ready.then(({ active }) => look(active));
})"""


def wait_until_kept(page: Page) -> None:
    """The browser has taken the shop in, and what is on the page went through its hands."""
    page.evaluate(TAKEN_IN)
    page.reload()


@contextmanager
def without_network(page: Page) -> Iterator[None]:
    page.context.set_offline(True)
    try:
        yield
    finally:
        page.context.set_offline(False)


def test_the_shop_opens_without_a_network_says_so_and_goes_on_by_itself(town: Town, visits: Visits) -> None:
    visits.allow_broken_connections()
    page = visits.open(keeps=True)
    wait_until_kept(page)
    expect(page.get_by_text("Toor dal")).to_be_visible()
    with without_network(page):
        page.reload()
        expect(page.get_by_text("Toor dal")).to_be_visible()
        expect(page.get_by_text("You are offline. This is how things stood")).to_be_visible()
        assert_accessible(page)
        # She fills her cart meanwhile.
        page.get_by_role("button", name="Add Toor dal").click()
        page.goto("/cart.html")
        expect(page.get_by_role("heading", name="Toor dal")).to_be_visible()
    expect(page.locator(".strip")).to_be_hidden()


def orders_of_devi_kept(town: Town, visits: Visits) -> tuple[Page, str]:
    """Devi before her order, which her browser keeps, and its id."""
    wish = {"items": [{"id": town.dal.id, "quantity": 2}], "paymentMethod": "Cash", "pickup": True}
    order_id = town.calls(town.devi).post("/api/orders", wish).json["orderId"]
    page = visits.open_as(town.devi, "/orders.html", keeps=True)
    wait_until_kept(page)
    page.get_by_role("link", name="Toor dal").click()
    expect(page.get_by_role("heading", name=f"Order {order_id[:8]}")).to_be_visible()
    return page, order_id


def sign_out_and_see_that_nothing_is_left(page: Page, order_id: str) -> None:
    assert any(order_id in text for text in page.evaluate(KEPT))
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    kept = page.evaluate(KEPT)
    assert kept, "the shop itself stays"
    assert not [text for text in kept if order_id in text or "Devi" in text]


def test_own_orders_open_without_a_network_and_nothing_of_them_is_left_after_signing_out(
    town: Town, visits: Visits
) -> None:
    visits.allow_broken_connections()
    page, order_id = orders_of_devi_kept(town, visits)
    with without_network(page):
        page.goto("/orders.html")
        page.get_by_role("link", name="Toor dal").click()
        expect(page.get_by_role("heading", name=f"Order {order_id[:8]}")).to_be_visible()
    expect(page.locator(".strip")).to_be_hidden()
    page.goto("/profile.html")
    sign_out_and_see_that_nothing_is_left(page, order_id)


def test_signing_out_leaves_nothing_private_also_after_a_reload_with_shift(town: Town, visits: Visits) -> None:
    page, order_id = orders_of_devi_kept(town, visits)
    page.goto("/profile.html")
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    with page.expect_navigation():
        page.context.new_cdp_session(page).send("Page.reload", {"ignoreCache": True})
    assert page.evaluate("navigator.serviceWorker.controller") is None
    sign_out_and_see_that_nothing_is_left(page, order_id)


def test_nothing_keeps_a_phone_from_taking_the_shop_in_as_an_app(town: Town, visits: Visits) -> None:
    page = visits.open(keeps=True)
    wait_until_kept(page)
    browser = page.context.new_cdp_session(page)
    manifest = browser.send("Page.getAppManifest")
    assert manifest["url"] == f"{visits.origin}/manifest.webmanifest"
    assert manifest["errors"] == []
    errors = {error["errorId"] for error in browser.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    # The tests' browsers remember nothing, as a window of Chrome that is not to remember.
    assert errors <= {"in-incognito"}


def test_what_only_the_shops_own_people_see_of_the_goods_is_not_kept(town: Town, visits: Visits) -> None:
    page = visits.open_as(town.asha, "/dashboard.html", size=DESK, keeps=True)
    page.goto("/")
    page.evaluate(TAKEN_IN)
    page.goto("/dashboard.html#inventory")
    expect(page.get_by_role("row", name="Toor dal")).to_be_visible()
    page.goto("/")
    expect(page.get_by_text("Toor dal")).to_be_visible()
    assert not [text for text in page.evaluate(KEPT) if '"cost"' in text]


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """The shop's pages, for a test to change."""
    return shutil.copytree(app.PUBLIC, tmp_path / "public")


@pytest.fixture
def deploy(
    public: Path, live_shop: OpenShop, settings: Settings, connection: Connection, clock: RunningClock
) -> Iterator[Callable[[], None]]:
    """The shop stops, and opens again with the pages of `public` at the same address."""
    with ExitStack() as stack:

        def open_anew() -> None:
            live_shop.stop()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(app, "_files", lambda: read_static_files(public) | read_chart_js())
                same = replace(settings, port=live_shop.port)
                renewed = OpenShop(same, connection, clock=clock, password_rounds=4, with_jobs=False)
            renewed.start()
            stack.callback(renewed.stop)

        yield open_anew


def test_a_new_version_is_offered_and_never_mixed_with_the_old(
    town: Town, visits: Visits, public: Path, deploy: Callable[[], None]
) -> None:
    visits.allow_broken_connections()
    page = visits.open(keeps=True)
    wait_until_kept(page)
    search = page.get_by_role("searchbox")
    expect(search).to_have_attribute("placeholder", "Search atta, milk …")
    words = public / "shared" / "messages" / "en.js"
    words.write_text(words.read_text().replace('"Search atta, milk …"', '"Look for something"'))
    deploy()
    page.reload()
    offered = page.get_by_text("There is a new version of the shop.")
    expect(offered).to_be_visible()
    # Until she wants it, all of it is the old one, however often she comes back.
    page.reload()
    expect(offered).to_be_visible()
    expect(search).to_have_attribute("placeholder", "Search atta, milk …")
    page.get_by_role("button", name="Use it").click()
    expect(search).to_have_attribute("placeholder", "Look for something")
    expect(offered).to_be_hidden()


NOTES_VERSIONS = """document.addEventListener("readystatechange", () => {
  const { newPage, newScript } = document.documentElement.dataset;
  sessionStorage.setItem("versions of " + location.pathname, newPage + " " + newScript);
}, { once: true });"""
"""When the page is read and its first script has run, but before its modules send anybody elsewhere."""


def test_no_page_runs_with_scripts_of_another_version(
    town: Town, visits: Visits, public: Path, deploy: Callable[[], None]
) -> None:
    visits.allow_broken_connections()
    visits.allow(401, 404)
    page = visits.open(keeps=True)
    wait_until_kept(page)
    page.add_init_script(NOTES_VERSIONS)
    pages = sorted(public.glob("*.html"))
    for file in pages:
        file.write_text(file.read_text().replace('<html lang="en">', '<html lang="en" data-new-page="yes">'))
    with (public / "shared" / "theme.js").open("a") as script:
        script.write('\ndocument.documentElement.dataset.newScript = "yes";\n')
    deploy()
    for file in pages:
        page.goto(f"/{file.name}")
        page.wait_for_load_state("networkidle")
    expect(page.get_by_text("There is a new version of the shop.")).to_be_visible()
    versions = {file.name: page.evaluate(f"sessionStorage['versions of /{file.name}']") for file in pages}
    of_the_server = {name for name, version in versions.items() if version == "yes yes"}
    assert of_the_server == {"admin.html", "dashboard.html", "invitation.html"}
    assert {version for name, version in versions.items() if name not in of_the_server} == {"undefined undefined"}
