"""A shop whose disk fills up while people order, and empties again.

The disk is a small one in memory, which only a process with a view of its own on the machine's disks may make, and which
is gone with it: so this is a program of its own, which any user may run where the system lets him have such a view.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from tests.faults.program import Program
from tests.faults.regulars import LONGEST_SECONDS, Outage, Regulars, regulars_at
from tests.faults.trial_shop import TrialShop, trial_shop
from tests.faults.trials import faults
from tests.storage.processes import ROOT
from tests.waiting import wait_until

MEGABYTE = 1 << 20
DISK_BYTES = 200 * MEGABYTE
LOW_BYTES = 45 * MEGABYTE
"""Too little for a careful shop, and enough to open on."""
OWN_VIEWS = (("unshare", "--mount"), ("unshare", "--user", "--map-root-user", "--mount"))
"""For the superuser, and for everybody else."""
FULL = "the disk of its computer is full"
CANNOT_START = "is full: make some room on it, or set DATA_DIR to a folder on another disk."


def own_view() -> tuple[str, ...] | None:
    """The command that gives a program its own view of the disks; None where the system lets nobody have one."""
    with tempfile.TemporaryDirectory() as folder:
        for command in OWN_VIEWS:
            try:
                trial = [*command, "mount", "-t", "tmpfs", "tmpfs", folder]
                if subprocess.run(trial, capture_output=True).returncode == 0:
                    return command
            except FileNotFoundError:
                continue
    return None


def run(folder: Path, seed: object, *, to_the_brim: bool) -> tuple[list[Outage], list[str]]:
    """The disk has little room left; then, `to_the_brim`, none, and the shop is closed and opened on it.

    Gives what both were like, and what was lost or is wrong afterwards.
    """
    view = own_view()
    assert view is not None, "this system lets nobody mount a small disk of his own"
    folder.mkdir(parents=True, exist_ok=True)
    command = [*view, sys.executable, "-m", "tests.faults.full_disk"]
    asked = [str(folder), str(seed), *(["to the brim"] if to_the_brim else [])]
    done = subprocess.run([*command, *asked], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return [Outage(**outage) for outage in told["outages"]], told["faults"]


class Ballast:
    """A file that takes the room away."""

    def __init__(self, disk: Path) -> None:
        self._disk = disk
        self._file = disk / "ballast"

    def leave(self, free_bytes: int) -> None:
        """Only so much is left."""
        state = os.statvfs(self._disk)
        with self._file.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, state.f_bavail * state.f_frsize - free_bytes)

    def leave_nothing(self) -> None:
        """Takes whatever there is, while others write too."""
        with self._file.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(MEGABYTE // 16))

    def throw_away(self) -> None:
        """Makes room."""
        self._file.unlink()


def _little_room(regulars: Regulars, ballast: Ballast) -> Outage:
    """The shop stops taking orders before the disk is full, and goes on by itself."""
    begun = time.monotonic()
    ballast.leave(LOW_BYTES)
    regulars.wait_for_words(FULL, begun)
    ballast.throw_away()
    return regulars.outage("the disk is nearly full", begun, time.monotonic())


def _no_room(regulars: Regulars, ballast: Ballast, shop: TrialShop) -> Outage:
    """mongod gives up; the shop answers that it cannot reach its records, cannot be opened anew, and says why."""
    mongod = shop.mongod()
    begun = time.monotonic()
    ballast.leave_nothing()
    wait_until(lambda: not _is_running(mongod), seconds=LONGEST_SECONDS, what="the end of mongod")
    assert shop.ask("GET", "/readyz", None)[0] == 503
    assert shop.ask("GET", "/healthz", None)[0] == 200
    shop.kill([shop.front])
    wait_until(shop.has_ended, seconds=LONGEST_SECONDS, what="the end of the shop")
    code, out, err = Program({"DATA_DIR": str(shop.data_dir)}).end()
    assert (code, out, CANNOT_START in err) == (1, "", True), err
    ballast.throw_away()
    shop.open()
    return regulars.outage("the disk is full", begun, time.monotonic())


def _is_running(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False


def main(folder: Path, seed: str, how: Sequence[str]) -> None:
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", disk], check=True)
    ballast = Ballast(disk)
    with trial_shop(disk / "shop", workers=1) as shop:
        with regulars_at(shop, f"{seed}:disk") as regulars:
            outages = [_little_room(regulars, ballast)]
            if how:
                outages.append(_no_room(regulars, ballast, shop))
        told = {"outages": [asdict(outage) for outage in outages], "faults": faults(shop)}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
