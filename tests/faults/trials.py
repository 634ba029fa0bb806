"""What a shop on trial is put through. The tests do each of it for a moment, `make torture` for long.

Each gives how often it was tried, and raises AssertionError when the shop answered what it never may. What was lost is
found afterwards by `faults`.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from tests.at_once import at_once
from tests.faults import reckoning, recollection
from tests.faults.crowd import Crowd, crowd_at
from tests.faults.diary import Deed, Good
from tests.faults.kills import Kill, Killer
from tests.faults.mongod_failures import FAILURES, conflicts, fail
from tests.faults.trial_shop import TrialShop
from tests.waiting import wait_until

PEOPLE = 64
BUYERS, UNITS = 32, 10
TAPS = 100
PAUSE_SECONDS = 0.25
"""Between two deeds of one person, where it is not the number of deeds that matters."""
LONGEST_SECONDS = 60.0
DEEDS = frozenset(
    {"place", "change", "cancel", "claim", "confirm", "reject", "move", "receive", "count", "waste", "place again"}
)


def faults(shop: TrialShop) -> list[str]:
    """Everything that is wrong with the open shop's records: by its own promises, by themselves, and by the diary."""
    with shop.records() as database:
        records = reckoning.read_at_once(database, *recollection.COLLECTIONS)
        return [
            *(f"--verify: {fault}" for fault in shop.verify()),
            *(f"records: {fault}" for fault in reckoning.faults(database)),
            *(f"diary: {fault}" for fault in recollection.faults(shop.diary, shop.goods, records)),
        ]


def rush(shop: TrialShop, times: int) -> int:
    """32 buyers for 10 units: 10 have one, 22 are told so, and nobody hears anything else."""
    for _ in range(times):
        good = shop.add_good(f"Mangoes {len(shop.goods)}", UNITS)
        statuses = Counter(at_once([partial(_buy, shop, good, number) for number in range(BUYERS)]))
        assert statuses == {201: UNITS, 409: BUYERS - UNITS}, f"{BUYERS} buyers of {UNITS} were answered {statuses}"
        with shop.records() as database:
            left = database["products"].find_one({"_id": good.id}) or {}
        assert (left["stock"], left["held"]) == (0, UNITS)
    return times * BUYERS


def _buy(shop: TrialShop, good: Good, number: int) -> int:
    said = {"items": [{"id": good.id, "quantity": 1}], "paymentMethod": "Cash", "pickup": True}
    status, answer = shop.ask("POST", "/api/orders", said, shop.customer(number), f"rush {good.id} {number}")
    shop.diary.append(Deed("place", answer.get("orderId", ""), said, status, answer))
    return status


def tap_again(shop: TrialShop, times: int) -> int:
    """100 times the same wish under the same key, at once: one order, and the same answer for all."""
    for _ in range(times):
        good = shop.add_good(f"Papayas {len(shop.goods)}", 2 * TAPS)
        said = {"items": [{"id": good.id, "quantity": 1}], "paymentMethod": "UPI", "pickup": True}
        ask = partial(shop.ask, "POST", "/api/orders", said, shop.customer(0), f"tap {good.id}")
        given = at_once([ask] * TAPS)
        status, answer = given[0]
        assert status == 201, answer
        assert given == [given[0]] * TAPS, f"not the same answer for all: {given}"
        shop.diary.append(Deed("place", answer["orderId"], said, status, answer))
    return times * TAPS


def storm(shop: TrialShop, seed: object, seconds: float) -> Counter[str]:
    """64 people do everything at once for so long, and until each thing was done and the shop's midnight has passed."""
    shop.bring_midnight(seconds / 2)
    with crowd_at(shop, PEOPLE, seed) as crowd:
        threading.Event().wait(seconds)
        wait_until(lambda: set(crowd.counted) >= DEEDS, seconds=LONGEST_SECONDS, what=f"one of each of {set(DEEDS)}")
        wait_until(shop.is_past_midnight, seconds=LONGEST_SECONDS, what="midnight")
        wait_until(lambda: _have_expired(shop), seconds=LONGEST_SECONDS, what="the end of an unpaid order and a batch")
    _check_answers(crowd)
    return crowd.counted


def _have_expired(shop: TrialShop) -> bool:
    with shop.records() as database:
        return bool(
            database["orders"].find_one({"history.status": "expired"})
            and database["movements"].find_one({"reason": "expired"})
        )


def kill(shop: TrialShop, seed: object, kills: Sequence[Kill], people: int, note: Callable[[Kill, float], None]) -> int:
    """One kill after the other under a crowd; `note` hears of each after how many seconds the shop sold again."""
    shop.bring_midnight(len(kills))
    with crowd_at(shop, people, seed, PAUSE_SECONDS) as crowd:
        killer = Killer(shop, crowd, seed)
        for each in kills:
            note(each, killer.kill(each))
    _check_answers(crowd)
    return len(kills)


def let_mongod_fail(shop: TrialShop, seed: object, times: int, people: int) -> Counter[str]:
    """Each of mongod's failures so often, one after the other, and one write in 500 in a lost race, under a crowd."""
    failed: Counter[str] = Counter()
    chance = random.Random(f"{seed}:failures")
    with crowd_at(shop, people, seed, PAUSE_SECONDS) as crowd:
        for name in chance.sample(sorted(FAILURES), len(FAILURES)):
            fail(shop, FAILURES[name], times)
            failed[name] += times
        with conflicts(shop, 1 / 500):
            before = crowd.orders_placed()
            wait_until(lambda: crowd.orders_placed() > before + 10 * times, seconds=LONGEST_SECONDS, what="orders")
        failed["loses a race now and then"] += 10 * times
    _check_answers(crowd)
    return failed


def _check_answers(crowd: Crowd) -> None:
    assert not crowd.complaints, told(crowd.complaints)


def told(found: Sequence[Any]) -> str:
    """The first of what was found, for a table or an assertion."""
    return "; ".join(map(str, found[:3])) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
