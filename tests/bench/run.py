"""Measures the shop and prints one table: each row beside a bare handler that sends the same bytes, in the same run.

python -m tests.bench.run [--seconds N] [--rounds N] [--workers N]
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.load import Figures, measure
from tests.bench.shop import ROOT, MeasuredShop, open_shop

CONNECTIONS = (1, 16, 64)
HOT_PRODUCTS = 10
COLUMNS = f"{'what':34} {'conn':>4} {'bare/s':>8} {'shop/s':>8} {'ratio':>6} {'p50 ms':>8} {'p99 ms':>8} {'errors':>6}"


@dataclass(frozen=True)
class Row:
    """One thing to measure; `bytes_like` is the answer that the bare handler sends."""

    name: str
    path: str
    bytes_like: bytes
    script: str = ""
    args: tuple[str, ...] = ()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="for each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="of bare and shop in turn; the median counts")
    parser.add_argument("--workers", type=int, default=1, help="server processes of the shop")
    chosen = parser.parse_args(arguments)
    if shutil.which("wrk") is None:
        print("The bench loads the shop with wrk: apt-get install wrk")
        return 1
    with tempfile.TemporaryDirectory() as folder, open_shop(Path(folder), 500, chosen.workers) as shop:
        print(
            f"open after {shop.start_seconds:.1f} s; {chosen.workers} process(es); {chosen.rounds} rounds", flush=True
        )
        print(COLUMNS, flush=True)
        for row in _rows(shop, Path(folder)):
            for connections in CONNECTIONS:
                _print(row, connections, *_compare(row, shop, connections, chosen.seconds, chosen.rounds, Path(folder)))
        print(f"memory of the server: {_megabytes(shop.process_id):.0f} MB")
    return 0


def _rows(shop: MeasuredShop, folder: Path) -> Iterator[Row]:
    """Catalogue first, then orders: the more there are of those, the slower everything that reads them could become."""
    fifty = f"/api/products?shopId={shop.shop_id}&limit=50"
    yield Row("list of 50", fifty, shop.call("GET", fifty))
    many = f"/api/products?shopId={shop.shop_id}&limit=200"
    yield Row("list of 200", many, shop.call("GET", many))
    searched = f"/api/products?shopId={shop.shop_id}&q=product%200001"
    yield Row("search", searched, shop.call("GET", searched))
    order_file = folder / "orders.txt"
    order_file.write_text("\n".join([shop.customer_token, *shop.product_ids]))
    items = [{"id": shop.product_ids[0], "quantity": 1}, {"id": shop.product_ids[1], "quantity": 2}]
    wish = {"items": items, "paymentMethod": "Cash", "pickup": True}
    placed = shop.call("POST", "/api/orders", wish, shop.customer_token)
    page = f"/api/orders/{json.loads(placed)['orderId']}"
    bearer = ("Authorization", f"Bearer {shop.customer_token}")
    yield Row("an order's page", page, shop.call("GET", page, token=shop.customer_token), "with_header.lua", bearer)
    yield Row("order, two lines", "/api/orders", placed, "orders.lua", (str(order_file), "500"))
    yield Row(
        f"order, {HOT_PRODUCTS} hot products", "/api/orders", placed, "orders.lua", (str(order_file), str(HOT_PRODUCTS))
    )


def _compare(
    row: Row, shop: MeasuredShop, connections: int, seconds: int, rounds: int, folder: Path
) -> tuple[Figures, Figures]:
    """Bare and shop in turn, so that what else the machine does falls on both; of each the run of the median speed."""
    bare, own = [], []
    with _bare_handler(row.bytes_like, folder) as port:
        for _ in range(rounds):
            bare.append(measure(port, row.path, connections, seconds, row.script, row.args))
            own.append(measure(shop.port, row.path, connections, seconds, row.script, row.args))
    return _middle(bare), _middle(own)


@contextmanager
def _bare_handler(answer: bytes, folder: Path) -> Iterator[int]:
    file = folder / "answer"
    file.write_bytes(answer)
    # What it says when wrk hangs up is of no interest.
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bare", str(file)],
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


def _print(row: Row, connections: int, bare: Figures, own: Figures) -> None:
    print(
        f"{row.name:34} {connections:>4} {bare.per_second:>8.0f} {own.per_second:>8.0f} "
        f"{own.per_second / bare.per_second:>6.2f} {own.p50_ms:>8.2f} {own.p99_ms:>8.2f} {own.errors:>6}",
        flush=True,
    )


def _megabytes(process_id: int) -> float:
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
