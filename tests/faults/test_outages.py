"""The database is lost and found while people order: its primary steps down and dies, its disk fills up. Nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import full_disk
from tests.faults.outages import lose_primary
from tests.faults.replica_set import replica_set
from tests.faults.trial_shop import trial_shop
from tests.faults.trials import faults

SEED = 20261121
BACK_SECONDS = 20.0
"""The shop looks every five seconds whether there is room; the rest is for a busy machine."""


def test_orders_go_on_when_the_primary_steps_down_and_when_it_is_killed(tmp_path: Path) -> None:
    with (
        replica_set(tmp_path / "members") as members,
        trial_shop(tmp_path / "shop", workers=2, products=5, mongodb_uri=members.uri) as shop,
    ):
        outages = lose_primary(shop, members, SEED)

        assert [outage.what for outage in outages] == ["the primary steps down", "the primary is killed"]
        assert all(outage.back_after_seconds < BACK_SECONDS for outage in outages)
        assert faults(shop) == []


@pytest.mark.skipif(full_disk.own_view() is None, reason="this system lets nobody mount a small disk of his own")
def test_takes_no_orders_on_a_full_disk_and_goes_on_when_room_is_made(tmp_path: Path) -> None:
    (outage,), found = full_disk.run(tmp_path, SEED, to_the_brim=False)

    assert outage.refused > 0
    assert outage.back_after_seconds < BACK_SECONDS
    assert found == []
