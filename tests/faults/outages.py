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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.faults import full_disk
from tests.faults.regulars import Outage, regulars_at
from tests.faults.replica_set import ReplicaSet, replica_set
from tests.faults.trial_shop import TrialShop, trial_shop
from tests.faults.trials import faults, told

LOOK_SECONDS = 0.25
SOON_SECONDS = 2.0
FROZEN_SECONDS = 20.0
LOST_PRIMARIES = 3
Told = tuple[list[Outage], list[str]]
"""What some outages were like, and what was lost or is wrong afterwards."""


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


# --- for long ---


def long_freeze(folder: Path, seed: object) -> Told:
    """20 seconds."""
    with trial_shop(folder) as shop:
        return [freeze(shop, seed, FROZEN_SECONDS)], faults(shop)


def lost_primaries(folder: Path, seed: object) -> Told:
    """Several times one after the other, each time another member."""
    with replica_set(folder / "members") as members, trial_shop(folder / "shop", mongodb_uri=members.uri) as shop:
        outages = [outage for n in range(LOST_PRIMARIES) for outage in lose_primary(shop, members, f"{seed}:{n}")]
        return outages, faults(shop)


def full_disks(folder: Path, seed: object) -> Told:
    """Nearly full, then to the brim."""
    return full_disk.run(folder, seed, to_the_brim=True)


LONG: Mapping[str, Callable[[Path, object], Told]] = {
    "mongod is frozen for 20 s, 2 processes": long_freeze,
    "the primary steps down, or is killed, 2 processes": lost_primaries,
    "the disk is nearly full, then full, 1 process": full_disks,
}


def main(seed: str) -> int:
    """Prints what each outage was like; 0 when nothing was lost."""
    lost = 0
    sys.stdout.write(f"seed {seed}\n\n{HEAD}\n")
    for happen in LONG.values():
        with tempfile.TemporaryDirectory() as folder:
            outages, found = happen(Path(folder), seed)
        for outage in outages:
            sys.stdout.write(_line(outage, found) + "\n")
            sys.stdout.flush()
        lost += len(found)
    return min(lost, 1)


HEAD = """\
| outage | lasted | served | 503 | broken off | longest answer | sold again after | lost |
|---|--:|--:|--:|--:|--:|--:|---|"""


def _line(outage: Outage, found: Sequence[str]) -> str:
    return (
        f"| {outage.what} | {outage.lasted_seconds:.1f} s | {outage.served} | {outage.refused} | {outage.broken} "
        f"| {outage.longest_answer_seconds:.1f} s | {outage.back_after_seconds:.1f} s | {told(found) or 'nothing'} |"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else str(time.time_ns())))
