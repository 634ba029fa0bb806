"""The program is killed in the midst of its work: what was acknowledged is there, nothing is half-done, it goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.kills import AT_RANDOM, BOTH, MONGOD, ONE_SERVER, SERVERS, Kill
from tests.faults.mongod_failures import FAILURES
from tests.faults.trial_shop import TrialShop, trial_shop
from tests.faults.trials import faults, kill, let_mongod_fail

SEED = 20261121
PEOPLE = 16
KILLS = (
    Kill(SERVERS, "expiring, committed"),
    Kill(ONE_SERVER, "placing, decided"),
    Kill(ONE_SERVER, "confirming, written"),
    Kill(MONGOD, "cancelling, committing"),
    Kill(MONGOD, AT_RANDOM),
    Kill(BOTH, "placing, committing"),
    Kill(ONE_SERVER, "packing, decided"),
    Kill(SERVERS, "packing, written"),
    Kill(MONGOD, "packing, committing"),
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrialShop]:
    with trial_shop(tmp_path_factory.mktemp("kills")) as opened:
        yield opened


def test_whatever_mongod_fails_at_each_deed_is_done_once_or_not_at_all(shop: TrialShop) -> None:
    assert set(let_mongod_fail(shop, SEED, 1, PEOPLE)) > set(FAILURES)

    assert faults(shop) == []


def test_whoever_is_killed_when_nothing_is_lost_or_half_done_and_the_shop_goes_on(shop: TrialShop) -> None:
    sold_again: dict[Kill, float] = {}
    kill(shop, SEED, KILLS, PEOPLE, sold_again.__setitem__)

    assert set(sold_again) == set(KILLS)
    assert faults(shop) == []
