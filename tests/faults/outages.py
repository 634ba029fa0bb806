"""What befalls the database of a shop on trial while people order: it freezes, and its primary steps down or is killed.

The tests do each for a moment, `python -m tests.faults.outages` for long, in a table. What was lost is found afterwards.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.faults import full_disk
from tests.faults.regulars import Outage, regulars_at
from tests.faults.replica_set import ReplicaSet, replica_set
from tests.faults.trial_shop import TrialShop, trial_shop
from tests.faults.trials import faults, told

LOOK_SECONDS = 0.25
SOON_SECONDS = 2.0
FROZEN_SECONDS = 20.0


def freeze(shop: TrialShop, seed: object, seconds: float) -> Outage:
    """Freezes mongod for so long: nobody waits for ever, the shop itself says that it lives, and it goes on."""
    with regulars_at(shop, f"{seed}:freeze") as regulars:
        mongod = shop.mongod()
        begun = time.monotonic()
        os.kill(mongod, signal.SIGSTOP)
        try:
            _look_in(shop, seconds)
        finally:
            os.kill(mongod, signal.SIGCONT)
        return regulars.outage("mongod is frozen", begun, time.monotonic())


def lose_primary(shop: TrialShop, members: ReplicaSet, seed: object) -> list[Outage]:
    """The primary hands over to another in good order; then the new one is killed, and comes back later."""
    with regulars_at(shop, f"{seed}:primary") as regulars:
        begun = time.monotonic()
        members.step_down()
        stepped_down = regulars.outage("the primary steps down", begun, time.monotonic())
        begun = time.monotonic()
        killed = members.kill_primary()
        members.wait_for_primary()
        elected = time.monotonic()
        members.bring_back(killed)
        return [stepped_down, regulars.outage("the primary is killed", begun, elected)]


def _look_in(shop: TrialShop, seconds: float) -> None:
    """For so long: the process says at once that it lives, and soon that it is not ready."""
    ends = time.monotonic() + seconds
    pause = threading.Event()
    while (begun := time.monotonic()) < ends:
        assert shop.ask("GET", "/healthz", None)[0] == 200
        assert time.monotonic() - begun < SOON_SECONDS
        assert shop.ask("GET", "/readyz", None)[0] == 503
        pause.wait(LOOK_SECONDS)


def all_outages(folder: Path, seed: object) -> Iterator[tuple[Outage, Sequence[str]]]:
    """The long form of each, and what was lost or is wrong afterwards."""
    with trial_shop(folder / "frozen") as shop:
        yield freeze(shop, seed, FROZEN_SECONDS), faults(shop)
    with replica_set(folder / "members") as members, trial_shop(folder / "shop", mongodb_uri=members.uri) as shop:
        outages = lose_primary(shop, members, seed)
        found = faults(shop)
        yield from ((outage, found) for outage in outages)
    outages, found = full_disk.run(folder, seed, to_the_brim=True)
    yield from ((outage, found) for outage in outages)


def row(outage: Outage, found: Sequence[str]) -> str:
    """One line of the table."""
    return (
        f"{outage.what:32} {outage.lasted_seconds:7.1f} {outage.served:7} {outage.refused:7} {outage.broken:7} "
        f"{outage.longest_answer_seconds:9.2f} {outage.back_after_seconds:9.2f}   {told(found) or 'nothing'}"
    )


def main(seed: str) -> int:
    """Prints the table; 0 when nothing was lost."""
    wrong = 0
    sys.stdout.write(f"seed {seed}\n")
    sys.stdout.write(
        f"{'outage':32} {'lasted':>7} {'served':>7} {'503':>7} {'broken':>7} {'longest':>9} {'back in':>9}   lost\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        for outage, found in all_outages(Path(folder), seed):
            sys.stdout.write(row(outage, found) + "\n")
            sys.stdout.flush()
            wrong += bool(found)
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else str(time.time_ns())))
