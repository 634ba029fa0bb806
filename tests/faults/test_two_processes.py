"""Two processes of a shop behind one door, with one database: what either does counts at the other, in good days and bad."""

from __future__ import annotations

import http.client
import itertools
import threading
from collections.abc import Iterator

import pytest

from shop_server.jobs.schedule import JOBS
from shop_server.storage.action import LAST_WORD_SECONDS, PATIENCE_SECONDS
from tests.faults.outages import freeze
from tests.faults.regulars import REGULARS
from tests.faults.side_by_side import SOON_MS, a_visit_to_each, change_prices, ring_next_door
from tests.faults.trial_shop import TrialShop, trial_shop
from tests.faults.trials import faults
from tests.waiting import wait_until

SEED = 20261121
VISITORS, MANY = 8, 50


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrialShop]:
    with trial_shop(tmp_path_factory.mktemp("two") / "shop", workers=2, products=5) as shop:
        yield shop


def test_a_price_changed_at_one_process_is_shown_by_the_other_at_once(shop: TrialShop) -> None:
    delays = change_prices(shop, SEED, times=30)

    assert delays.times == 30
    # On a busy machine one of them may take longer; the long form looks at 99 of 100.
    assert delays.p50 < SOON_MS
    assert faults(shop) == []


def test_an_order_at_one_process_rings_at_the_other(shop: TrialShop) -> None:
    delays = ring_next_door(shop, times=10)

    assert delays.times == 10
    assert delays.p50 < SOON_MS


def test_each_job_is_done_by_one_of_them(shop: TrialShop) -> None:
    soon = 10
    wanted = {job.name for job in JOBS if job.every_seconds and job.first_seconds < soon and not job.everywhere}

    def owners() -> dict[str, str]:
        with shop.records() as database:
            return {lease["_id"]: lease["owner"] for lease in database["leases"].find()}

    wait_until(lambda: set(owners()) >= wanted, what="a lease for each job")
    with shop.records() as database:
        processes = {writer["_id"] for writer in database["writers"].find()}
    assert len(processes) == 2
    assert set(owners().values()) <= processes


def test_while_mongod_is_frozen_customers_are_told_so_and_afterwards_nothing_is_lost(shop: TrialShop) -> None:
    outage = freeze(shop, SEED, seconds=PATIENCE_SECONDS + LAST_WORD_SECONDS)

    assert outage.refused >= REGULARS
    assert faults(shop) == []


def test_whoever_has_asked_is_answered_when_the_shop_closes_and_nothing_else_is_done(shop: TrialShop) -> None:
    with shop.records() as database:
        before = database["orders"].count_documents({})
    with a_visit_to_each(shop) as visits:
        assert len({visit.process for visit in visits}) == 2
    good = shop.add_good("Lychees", 10_000)
    said = {"items": [{"id": good.id, "quantity": 1}], "paymentMethod": "Cash", "pickup": True}
    told: list[int] = []

    def order_until_closed(number: int) -> None:
        for wish in itertools.count():
            try:
                status, _ = shop.ask("POST", "/api/orders", said, shop.customer(number), f"{number} lychees {wish}")
            except (OSError, http.client.HTTPException):
                return
            told.append(status)

    visitors = [threading.Thread(target=order_until_closed, args=(number,)) for number in range(VISITORS)]
    for visitor in visitors:
        visitor.start()
    wait_until(lambda: len(told) > MANY, what="many orders")
    assert shop.program is not None
    assert shop.program.stop() == 0
    for visitor in visitors:
        visitor.join()
    shop.open()

    assert set(told) <= {201, 503}
    with shop.records() as database:
        assert database["orders"].count_documents({}) - before == told.count(201) > MANY
