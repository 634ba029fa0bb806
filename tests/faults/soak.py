"""A long day in the shop: the same mixed load for minutes or hours, after which nothing may have grown.

`python -m tests.faults.soak --minutes 20` starts the program as a person does, on an empty data folder, and prints how
much memory, threads, sockets and files it had on the way, and how long its answers took; then what is wrong, if anything.
"""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.faults.program import Program
from tests.faults.soak_load import Load, Street
from tests.storage.processes import ROOT
from tests.waiting import wait_until

WARM_UP_SECONDS = 4.0
QUIET_SECONDS = 30.0
FEW = 12
"""So many threads, sockets or files more than after the warm-up are the database driver's and the workers' to keep."""
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
MOST_PUT_OFF = 0.001
MOST_GROWTH = 1.4
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
ROWS = 12
LIST_ROWS = 10_000


@dataclass(frozen=True)
class Sample:
    """The server process at a moment; `cpu_seconds` since it began, `answers` since the load began."""

    at: float
    memory_kib: int
    threads: int
    files: int
    sockets: int
    cpu_seconds: float
    answers: int


@dataclass(frozen=True)
class Part:
    """A part of the time: its last sample, how long answers took, and what one cost the server.

    `knock_ms` is what the machine alone takes for a question: half of all knocks at the door are answered in that time.
    """

    end: Sample
    answers: int
    p50_ms: float
    p99_ms: float
    knock_ms: float
    cpu_ms: float

    @property
    def knocks(self) -> float:
        """How many knocks long half of the answers took: a machine that others keep busy does not change it much."""
        return self.p50_ms / self.knock_ms


@dataclass(frozen=True)
class Soaked:
    """What came of it. `before` and `after` were taken at rest: after the warm-up, and when all had gone home."""

    seconds: float
    before: Sample
    after: Sample
    parts: Sequence[Part]
    done: dict[str, int]
    put_off: int
    complaints: Sequence[str]
    verdict: str

    def leaks(self) -> list[str]:
        """What was answered wrongly or is still open: to be judged however short it was."""
        found = [*self.complaints[:5]]
        if self.put_off > self.after.answers * MOST_PUT_OFF:
            found.append(f"{self.put_off} of {self.after.answers} were told to come again")
        for name in ("threads", "files", "sockets"):
            before, after = getattr(self.before, name), getattr(self.after, name)
            if after > before + FEW:
                found.append(f"{name} grew from {before} to {after}")
        return found if self.verdict == "" else [*found, f"--verify: {self.verdict}"]

    def growth(self) -> list[str]:
        """What has become more or slower from the second quarter to the last: to be judged after minutes."""
        quarter = len(self.parts) // 4
        early, late = self.parts[quarter : 2 * quarter], self.parts[-quarter:]
        found = []
        for name in ("knocks", "cpu_ms"):
            was, became = (statistics.median(getattr(part, name) for part in parts) for parts in (early, late))
            if became > MOST_GROWTH * was:
                found.append(f"{name} grew from {was:.2f} to {became:.2f}")
        was_kib, became_kib = (max(part.end.memory_kib for part in parts) for parts in (early, late))
        if became_kib > 1.05 * was_kib + 4096:
            found.append(f"memory grew from {was_kib} to {became_kib} KiB")
        return found

    def table(self) -> str:
        """As Markdown."""
        rows = [
            "| minutes | answers | p50 ms | p99 ms | a knock, ms | CPU ms an answer | memory MB | threads | files | sockets |",
            "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        ]
        start = self.before.at
        for part in self.parts:
            end = part.end
            took = f"{part.p50_ms:.1f} | {part.p99_ms:.0f} | {part.knock_ms:.1f} | {part.cpu_ms:.2f}"
            rows.append(f"| {(end.at - start) / 60:.1f} | {part.answers:,} | {took} | {_held(end)} |")
        for name, rest in (("at rest before", self.before), ("at rest after", self.after)):
            rows.append(f"| {name} | | | | | | {_held(rest)} |")
        return "\n".join(rows)


def _held(sample: Sample) -> str:
    return f"{sample.memory_kib / 1024:.0f} | {sample.threads} | {sample.files} | {sample.sockets}"


def soak(
    seconds: float, seed: object, folder: Path, say: Callable[[str], None] = lambda line: None, *, rows: int = LIST_ROWS
) -> Soaked:
    """Keeps a shop of its own busy for so long, on a data folder below `folder`. `rows` is how long Asha's list is."""
    environment = {"DATA_DIR": str(folder / "data"), "RATE_LIMITS": "off", "ACCESS_TOKEN_MINUTES": "600"}
    program = Program(environment, log=folder / "log")
    try:
        program.wait_until_open()
        street = Street(program.port, rows)
        street.open()
        pid = program.process.pid
        _work(street, pid, f"{seed}:warm-up", WARM_UP_SECONDS, 1, say)
        before = _at_rest(pid, street)
        samples = _work(street, pid, seed, seconds, ROWS if seconds > 60 else 4, say)
        after = _at_rest(pid, street)
        verified = subprocess.run(
            [sys.executable, "run_server.py", "--verify"],
            cwd=ROOT,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
        )
        return Soaked(
            seconds,
            before,
            after,
            [_part(street, begun, ended) for begun, ended in pairwise(samples)],
            dict(street.done),
            street.put_off,
            tuple(street.complaints),
            verified.stdout + verified.stderr if verified.returncode else "",
        )
    finally:
        program.stop()
        program.end()


def _work(
    street: Street, pid: int, seed: object, seconds: float, rows: int, say: Callable[[str], None]
) -> list[Sample]:
    load = Load(street, seed)
    load.start()
    samples = [look(pid, street)]
    try:
        for number in range(rows):
            time.sleep(max(0.0, samples[0].at + (number + 1) * seconds / rows - time.monotonic()))
            samples.append(look(pid, street))
            say(
                f"{time.monotonic() - samples[0].at:.0f} s, {samples[-1].memory_kib} KiB, {len(street.complaints)} wrong"
            )
    finally:
        load.stop()
    return samples


def _at_rest(pid: int, street: Street) -> Sample:
    """When those who went home are no longer at the door."""
    seen = [look(pid, street)]

    def has_settled() -> bool:
        seen.append(look(pid, street))
        return seen[-1].at - seen[0].at > 2 and seen[-1].sockets == seen[-2].sockets

    wait_until(has_settled, seconds=QUIET_SECONDS, what="rest")
    return seen[-1]


def look(pid: int, street: Street) -> Sample:
    """The process as the system sees it now."""
    process = Path("/proc") / str(pid)
    open_files = []
    for entry in (process / "fd").iterdir():
        try:
            open_files.append(os.readlink(entry))
        except FileNotFoundError:
            # Closed while we looked.
            continue
    stat = (process / "stat").read_text().rpartition(")")[2].split()
    return Sample(
        at=time.monotonic(),
        memory_kib=int((process / "statm").read_text().split()[1]) * PAGE_KIB,
        threads=int(stat[17]),
        files=len(open_files),
        sockets=sum(name.startswith("socket:") for name in open_files),
        cpu_seconds=(int(stat[11]) + int(stat[12])) / CLOCK_TICKS,
        answers=len(street.took) // 2,
    )


def _part(street: Street, begun: Sample, ended: Sample) -> Part:
    took_ms, knocked_ms = (_between(pairs, begun.at, ended.at) for pairs in (street.took, street.knocked))
    return Part(
        ended,
        len(took_ms),
        took_ms[len(took_ms) // 2],
        took_ms[len(took_ms) * 99 // 100],
        knocked_ms[len(knocked_ms) // 2],
        1000 * (ended.cpu_seconds - begun.cpu_seconds) / len(took_ms),
    )


def _between(pairs: Sequence[float], begun: float, ended: float) -> list[float]:
    """How many milliseconds what was answered in this time took, the quickest first."""
    whens = pairs[::2]
    part = pairs[2 * bisect_left(whens, begun) + 1 : 2 * bisect_left(whens, ended) : 2]
    return sorted(1000 * seconds for seconds in part) or [0.001]


def main() -> int:
    """Prints the table; 1 when something has grown, leaked or was answered wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", default=str(secrets.randbelow(10**9)))
    asked = parser.parse_args()
    print(f"{asked.minutes:g} minutes, seed {asked.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        soaked = soak(60 * asked.minutes, asked.seed, Path(folder), lambda line: print(line, flush=True))
    print(soaked.table())
    print(", ".join(f"{name} {count:,}" for name, count in sorted(soaked.done.items())))
    wrong = soaked.leaks() + soaked.growth()
    print("\n".join(wrong) or "Nothing has grown.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
