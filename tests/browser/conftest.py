"""Fixtures of the tests in a real browser: Chromium once, a shop whose clock runs, a town in it, and its visitors."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from pymongo.database import Database

from shop_server.app import Shop as OpenShop
from shop_server.settings import Settings
from shop_server.storage.connection import Connection
from tests.browser.town import RunningClock, Town, build_town
from tests.browser.visiting import SLOWEST_MS, Visits

QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests of this worker."""
    program = _find_chromium()
    if program is None:
        missing = "no Chromium found (apt-get install chromium), so no test in the browser"
        if os.environ.get("E2E_REQUIRED") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    expect.set_options(timeout=SLOWEST_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


def _find_chromium() -> str | None:
    # The first has no windows, and opens a page with a fifth of the work.
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for found in map(shutil.which, names) if found and Path(found).exists()), None)


@pytest.fixture
def clock() -> RunningClock:
    """Browsers have a clock of their own that runs, so the shop's runs too."""
    return RunningClock()


@pytest.fixture
def live_shop(
    chromium: Browser,
    connection: Connection,
    database: Database[dict[str, Any]],
    settings: Settings,
    clock: RunningClock,
) -> Iterator[OpenShop]:
    """The whole shop on a port of its own, as in life; tests run its jobs themselves."""
    opened = OpenShop(settings, connection, clock=clock, password_rounds=4, with_jobs=False)
    opened.start()
    try:
        yield opened
    finally:
        opened.stop()


@pytest.fixture
def town(live_shop: OpenShop, clock: RunningClock) -> Town:
    """A kirana with goods on its shelf, Asha, Devi and Eshan."""
    return build_town(live_shop, clock)


@pytest.fixture
def visits(chromium: Browser, town: Town) -> Iterator[Visits]:
    """Opens browsers on the town's shop; when the test is over, none of their pages may have complained."""
    opened = Visits(chromium, town)
    yield opened
    opened.close()
