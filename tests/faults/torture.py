"""Puts the shop through all of its trials for long, and ends in one table: what was tried how often, and what was lost.

make torture [OPTIONS="--seed N --kills N --storm-seconds N --duels N --only WORDS"]
"""

from __future__ import annotations

import argparse
import os
import random
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from indexes import COLLECTIONS, INDEXES
from shop_server.settings import Settings
from shop_server.storage.bundled import Bundled
from shop_server.storage.connection import open_database
from shop_server.storage.indexing import create_all
from tests.builders import open_context
from tests.fake_clock import FakeClock
from tests.faults import reckoning
from tests.faults.duels import DUELS, Ground
from tests.faults.kills import AT_RANDOM, MOMENTS, VICTIMS, Kill
from tests.faults.outages import LONG, Told
from tests.faults.side_by_side import SOON_MS, next_door
from tests.faults.soak import soak
from tests.faults.trial_shop import TrialShop, trial_shop
from tests.faults.trials import PEOPLE, faults, kill, let_mongod_fail, rush, storm, tap_again, told
from tests.storage.processes import ROOT

LONGEST_RECOVERY_SECONDS = 5.0
"""So soon after a restart the shop sells again."""
PROCESSES = (1, 2, 4)
RUSHES, TAPPINGS, FAILURES_EACH = 20, 10, 10
CHANGES = 300
HOSTILE_TIMES = 20
"""As much as in so many runs of the tests."""
HOSTILE_TESTS = ("any_bytes", "described_calls", "hostile_forms", "crowded_door")


@dataclass(frozen=True)
class Plan:
    """How much is tried. Every chance comes from the seed; what the machine does between is its own."""

    seed: int
    kills: int
    storm_seconds: float
    duels: int
    soak_minutes: float


@dataclass
class Row:
    """One line of the table. `tried` counts `unit`; `acknowledged` are the deeds (in a duel: orders) that were told as done;
    `late` is how often the shop sold again only after LONGEST_RECOVERY_SECONDS."""

    what: str
    unit: str
    tried: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    slowest_seconds: float | None = None
    late: int = 0


Trial = Callable[[Row, Path, Plan], None]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="a run's own; printed")
    parser.add_argument("--kills", type=int, default=208, help="of server, mongod or both, in all")
    parser.add_argument("--storm-seconds", type=float, default=60, help="of everything at once, for 1, 2, 4 processes")
    parser.add_argument("--duels", type=int, default=1000, help="of each pair, such as confirm against expiry")
    parser.add_argument(
        "--soak-minutes", type=float, default=20, help="of the same mixed load, after which nothing grew"
    )
    parser.add_argument("--only", default="", metavar="WORDS", help="the trials whose name this pattern is found in")
    chosen = vars(parser.parse_args(arguments))
    only = re.compile(chosen.pop("only"))
    plan = Plan(**chosen)
    print(f"seed {plan.seed}", flush=True)
    begun = time.monotonic()
    rows = [_try(row, trial, plan) for row, trial in _trials(plan) if only.search(row.what)]
    print(f"\n{(time.monotonic() - begun) / 60:.0f} minutes, seed {plan.seed}\n\n{_table(rows)}")
    return 1 if any(row.lost or row.late for row in rows) else 0


def _trials(plan: Plan) -> Iterator[tuple[Row, Trial]]:
    for name in DUELS:
        yield Row(name, "duels"), _duels(name)
    for workers in PROCESSES:
        yield Row(f"32 buyers for 10 units, {_processes(workers)}", "buyers"), _at_a_shop(workers, _rushes)
        yield Row(f"100 taps under one key, {_processes(workers)}", "taps"), _at_a_shop(workers, _taps)
        yield Row(f"{PEOPLE} people, everything at once, {_processes(workers)}", "deeds"), _at_a_shop(workers, _storm)
    yield Row("mongod fails, 2 processes", "failures"), _at_a_shop(2, _mongod_failures)
    for name, happen in LONG.items():
        yield Row(name, "outages"), _outages(happen)
    yield Row("heard of at the other process within 100 ms, p99", "changes"), _next_door
    kinds = [(victim, workers) for victim in VICTIMS for workers in (1, 2)]
    for victim, workers in kinds:
        share = -(-plan.kills // len(kinds))
        yield Row(f"kill -9 of {victim}, {_processes(workers)}", "kills"), _at_a_shop(workers, _kills(victim, share))
    for name in HOSTILE_TESTS:
        yield Row(f"hostile clients: {name.replace('_', ' ')}", "tests"), _hostile(name)
    yield Row(f"soak of {plan.soak_minutes:g} minutes", "answers"), _soak


def _try(row: Row, trial: Trial, plan: Plan) -> Row:
    """Whatever goes wrong is lost; then the folder with data and log is kept."""
    folder = Path(tempfile.mkdtemp(prefix="torture-"))
    try:
        trial(row, folder, plan)
    except Exception as error:
        row.lost.append(f"{type(error).__name__}: {error}"[:1000])
    if row.lost:
        print(f"{row.what}: data and log are kept in {folder}", *row.lost, sep="\n  ", flush=True)
    else:
        shutil.rmtree(folder)
    print(_line(row), flush=True)
    return row


# --- the trials ---


def _duels(name: str) -> Trial:
    def trial(row: Row, folder: Path, plan: Plan) -> None:
        bundled, clock = Bundled(folder), FakeClock()
        bundled.start()
        settings = Settings(port=0, data_dir=folder, mongodb_uri=bundled.uri, rate_limits=False)
        try:
            with (
                open_database(bundled.uri, settings.database_name) as connection,
                open_context(connection, settings, clock) as here,
                open_context(connection, settings, clock) as there,
            ):
                create_all(connection.tools, INDEXES, COLLECTIONS)
                row.tried = sum(DUELS[name](Ground(here, there, clock), plan.duels).values())
                row.lost += reckoning.faults(connection.tools)
                row.acknowledged = connection.tools["orders"].count_documents({})
        finally:
            bundled.stop()

    return trial


def _at_a_shop(workers: int, trial: Callable[[Row, TrialShop, Plan], None]) -> Trial:
    def at_a_shop(row: Row, folder: Path, plan: Plan) -> None:
        with trial_shop(folder, workers=workers) as shop:
            trial(row, shop, plan)
            row.acknowledged = sum(deed.is_done for deed in shop.diary)
            row.lost += faults(shop)

    return at_a_shop


def _rushes(row: Row, shop: TrialShop, plan: Plan) -> None:
    row.tried = rush(shop, RUSHES)


def _taps(row: Row, shop: TrialShop, plan: Plan) -> None:
    row.tried = tap_again(shop, TAPPINGS)


def _storm(row: Row, shop: TrialShop, plan: Plan) -> None:
    row.tried = sum(storm(shop, plan.seed, plan.storm_seconds).values())


def _mongod_failures(row: Row, shop: TrialShop, plan: Plan) -> None:
    row.tried = sum(let_mongod_fail(shop, plan.seed, FAILURES_EACH, PEOPLE).values())


def _outages(happen: Callable[[Path, object], Told]) -> Trial:
    def trial(row: Row, folder: Path, plan: Plan) -> None:
        outages, row.lost = happen(folder, plan.seed)
        row.tried = len(outages)
        row.acknowledged = sum(outage.served for outage in outages)
        row.slowest_seconds = max(outage.back_after_seconds for outage in outages)

    return trial


def _next_door(row: Row, folder: Path, plan: Plan) -> None:
    for delays in next_door(folder, plan.seed, CHANGES):
        row.tried += delays.times
        row.acknowledged += delays.times
        if delays.p99 > SOON_MS:
            row.lost.append(f"99 of 100 were heard of within {delays.p99:.0f} ms")


def _kills(victim: str, share: int) -> Callable[[Row, TrialShop, Plan], None]:
    """Each moment in turn, half as often again at random, in an order of their own."""

    def trial(row: Row, shop: TrialShop, plan: Plan) -> None:
        chance = random.Random(f"{plan.seed}:{victim}:{shop.workers}")
        moments = chance.sample([*MOMENTS, *[AT_RANDOM] * (len(MOMENTS) // 2)], k=3 * len(MOMENTS) // 2)
        kills = [Kill(victim, moments[number % len(moments)]) for number in range(share)]

        def note(each: Kill, seconds: float) -> None:
            row.tried += 1
            row.slowest_seconds = max(row.slowest_seconds or 0.0, seconds)
            row.late += seconds > LONGEST_RECOVERY_SECONDS

        kill(shop, plan.seed, kills, PEOPLE, note)

    return trial


def _hostile(name: str) -> Trial:
    """One of the files of tests, trying many times as hard, with other chances than in every run."""

    def trial(row: Row, folder: Path, plan: Plan) -> None:
        environment = {**os.environ, "HOSTILE_TIMES": str(HOSTILE_TIMES)}
        options = ["-p", "no:cacheprovider", f"--hypothesis-seed={plan.seed}", "--junit-xml", str(folder / "tests.xml")]
        command = [sys.executable, "-m", "pytest", f"tests/faults/test_{name}.py", *options]
        with (folder / "log").open("wb") as log:
            ran = subprocess.run(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
        suite = ElementTree.parse(folder / "tests.xml").getroot()[0]
        row.tried = int(suite.attrib["tests"])
        row.acknowledged = row.tried - int(suite.attrib["failures"]) - int(suite.attrib["errors"])
        if ran.returncode:
            row.lost += [each.attrib["name"] for each in suite if len(each)] or [f"pytest ended with {ran.returncode}"]

    return trial


def _soak(row: Row, folder: Path, plan: Plan) -> None:
    soaked = soak(60 * plan.soak_minutes, plan.seed, folder, lambda line: print(line, flush=True))
    print(soaked.table(), flush=True)
    row.tried = row.acknowledged = soaked.after.answers
    row.lost += soaked.leaks() + soaked.growth()


# --- the table ---


def _processes(count: int) -> str:
    return "1 process" if count == 1 else f"{count} processes"


def _table(rows: Sequence[Row]) -> str:
    head = "| what | tried | | acknowledged | lost | sold again after, at most |"
    return "\n".join([head, "|---|--:|---|--:|---|--:|", *map(_line, rows)])


def _line(row: Row) -> str:
    lost = f"**{told(row.lost)}**" if row.lost else "nothing"
    slowest = "" if row.slowest_seconds is None else f"{row.slowest_seconds:.1f} s"
    if row.late:
        slowest += f" (**{row.late} after more than {LONGEST_RECOVERY_SECONDS:.0f} s**)"
    return f"| {row.what} | {row.tried:,} | {row.unit} | {row.acknowledged:,} | {lost} | {slowest} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
