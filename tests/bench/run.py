"""Measures the shop and prints one table: each row beside a bare handler that sends the same bytes, in the same run.

python -m tests.bench.run [--only NAME] [--workers N ...] [--connections N ...] [--seconds N] [--rounds N]
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from statistics import median

from tests.bench import footprint
from tests.bench.load import Figures, loaded, measure
from tests.bench.rows import SHELF, Row, rows_of
from tests.bench.shop import ROOT, close_when_told, open_shop


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", metavar="NAME", help="what has this in its name; may be repeated")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="server processes, of a shop each")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--seconds", type=int, default=3, help="for each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="of bare and shops in turn; the median counts")
    chosen = parser.parse_args(arguments)
    if shutil.which("wrk") is None:
        print("The bench loads the shop with wrk: apt-get install wrk")
        return 1
    close_when_told()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        shops = [stack.enter_context(open_shop(folder / str(count), SHELF, count)) for count in chosen.workers]
        print(f"{chosen.rounds} rounds of {chosen.seconds} s of bare and shop in turn; /s: answers in a second")
        print(_heading(chosen.workers), flush=True)
        every = [rows_of(shop, folder / str(count)) for shop, count in zip(shops, chosen.workers, strict=True)]
        for rows in zip(*every, strict=True):
            if chosen.only and not any(name in rows[0].name for name in chosen.only):
                continue
            ports = [shop.port for shop in shops]
            for connections in rows[0].connections or chosen.connections:
                bare, own = _compare(rows, ports, connections, chosen.seconds, chosen.rounds, folder)
                print(_line(rows[0].name, connections, bare, own), flush=True)
    footprint.report(chosen.only)
    return 0


def _compare(
    rows: Sequence[Row], ports: Sequence[int], connections: int, seconds: int, rounds: int, folder: Path
) -> tuple[Figures, list[Figures]]:
    """Bare and shops in turn, so that what else the machine does falls on all; of each the run of the median speed."""
    bare: list[Figures] = []
    own: list[list[Figures]] = [[] for _ in rows]
    with _bare_handler(rows[0].answers, folder) as bare_port:
        for _ in range(rounds):
            bare.append(_measure(rows[0], bare_port, ports[0], connections, seconds))
            for row, port, runs in zip(rows, ports, own, strict=True):
                runs.append(_measure(row, port, port, connections, seconds))
    return _middle(bare), [_middle(runs) for runs in own]


def _measure(row: Row, port: int, shop_port: int, connections: int, seconds: int) -> Figures:
    beside = row.beside
    # It begins before and ends after what is measured.
    with (
        loaded(shop_port, beside.path, beside.connections[0], seconds + 1, beside.script, beside.args)
        if beside
        else nullcontext()
    ):
        return measure(port, row.path, connections, seconds, row.script, row.args)


@contextmanager
def _bare_handler(answers: Sequence[bytes], folder: Path) -> Iterator[int]:
    files = [folder / f"answer{number}" for number in range(len(answers))]
    for file, answer in zip(files, answers, strict=True):
        file.write_bytes(answer)
    # What it says when wrk hangs up is of no interest.
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bare", *map(str, files)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def _middle(figures: list[Figures]) -> Figures:
    speed = median(figure.per_second for figure in figures)
    return min(figures, key=lambda figure: abs(figure.per_second - speed))


def _heading(workers: Sequence[int]) -> str:
    shops = " | ".join(
        f"{f'{count} proc/s':>9} {'ratio':>6} {'p50 ms':>7} {'p99 ms':>7} {'errors':>6}" for count in workers
    )
    return f"{'what':26} {'conn':>4} {'bare/s':>7} | {shops}"


def _line(name: str, connections: int, bare: Figures, own: Sequence[Figures]) -> str:
    """`ratio` is to the bare handler."""
    shops = " | ".join(
        f"{one.per_second:>9.0f} {one.per_second / bare.per_second:>6.2f} {one.p50_ms:>7.2f} {one.p99_ms:>7.2f} "
        f"{one.errors:>6}"
        for one in own
    )
    return f"{name:26} {connections:>4} {bare.per_second:>7.0f} | {shops}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
