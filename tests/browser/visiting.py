"""People with browsers: opens pages of the shop, hears every complaint of theirs, and looks at them as axe does."""

from __future__ import annotations

import re
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, expect

from shop_server.rules.person import Person
from tests.browser.town import PASSWORD, Town

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
SLOWEST_MS = 15_000
SIGN_IN = """async (form) => {
  const { rememberSession } = await import("/shared/session.js");
  const sent = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(form) };
  const answer = await fetch("/api/auth/login", sent);
  if (!answer.ok) throw new Error(await answer.text());
  rememberSession(await answer.json());
}"""
"""What the page to sign in does, but for the cart that it joins."""


class Visits:
    """`visits.open("/")` is a browser of its own, on a phone or at a desk. All pages are watched until the test is over:
    an error or a warning in the console (there the browser also says what the Content-Security-Policy stopped), an
    exception and a dialog each fail the test."""

    def __init__(self, browser: Browser, town: Town) -> None:
        self._browser = browser
        self._town = town
        self._contexts: list[BrowserContext] = []
        self._complaints: list[str] = []
        self._allowed: set[int] = set()
        self._broken_connections = False
        self.origin = f"http://127.0.0.1:{town.port}"

    def open(
        self,
        path: str = "/",
        *,
        size: dict[str, int] = PHONE,
        scheme: Literal["light", "dark"] = "light",
        keeps: bool = False,
    ) -> Page:
        """A fresh browser, with nothing remembered, on this page. Only one that `keeps` may keep the shop for later."""
        context = self._browser.new_context(
            base_url=self.origin,
            viewport={"width": size["width"], "height": size["height"]},
            color_scheme=scheme,
            reduced_motion="reduce",
            locale="en-IN",
            service_workers="allow" if keeps else "block",
        )
        context.set_default_timeout(SLOWEST_MS)
        self._contexts.append(context)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self._complaints.append(str(error.error)))
        context.on("dialog", self._wave_away)
        page = context.new_page()
        page.goto(path)
        return page

    def open_as(self, person: Person, path: str = "/", **options: object) -> Page:
        """A fresh browser in which this person is signed in and comes to the page."""
        page = self.open("/manifest.webmanifest", **options)  # type: ignore[arg-type]
        page.evaluate(SIGN_IN, {"email": self._town.email(person), "password": PASSWORD})
        page.goto(path)
        expect(page).to_have_url(self.origin + path)
        return page

    def allow(self, *statuses: int) -> None:
        """The test means to be refused like this: the browser's own line about it is no complaint."""
        self._allowed.update(statuses)

    def allow_broken_connections(self) -> None:
        """The test cuts a line: the browser's own words about it are no complaint."""
        self._broken_connections = True

    def close(self) -> None:
        """Ends all of it. Fails when a page has complained."""
        for context in self._contexts:
            context.close()
        assert not self._complaints, "the pages complained:\n" + "\n".join(self._complaints)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if "registration blocked by Playwright" in message.text:
            # It is we who let this browser keep nothing.
            return
        if self._broken_connections and "net::ERR_" in message.text:
            return
        refused = re.search(r"responded with a status of (\d+)", message.text)
        if refused is None or int(refused[1]) not in self._allowed:
            self._complaints.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def _wave_away(self, dialog: Dialog) -> None:
        self._complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()


def assert_accessible(page: Page) -> None:
    """axe finds nothing to say against the page as it stands, in light and in dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        # Colours fade into the other scheme: axe must not look at what is half-way.
        page.evaluate("Promise.allSettled(document.getAnimations().map((each) => each.finished))")
        results = Axe().run(page)
        assert results.violations_count == 0, f"{page.url} in {scheme}:\n{results.generate_report()}"
