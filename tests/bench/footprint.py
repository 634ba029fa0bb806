"""What the shop takes besides time: memory, the wait until it opens, and what its first visit costs a phone.

python -m tests.bench.footprint [--only NAME]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from shop_server.storage.bundled import Bundled
from shop_server.web.static_files import read_static_files
from tests.bench.archive import Size, fill_folder
from tests.bench.archive_orders import SMALLEST_ARCHIVE
from tests.bench.archive_people import FOUND_WORD
from tests.bench.first_visit import MOST_BYTES, PUBLIC, first_visit
from tests.bench.load import measure
from tests.bench.shop import CUSTOMER, OpenShop, close_when_told, opened

MOST_MEGABYTES, MEASURED_PRODUCTS = 120, 10_000
BUNDLED_SECONDS, RUNNING_SECONDS = 2.5, 1.0
STARTS = 3
LOAD_SECONDS, LOAD_CONNECTIONS = 5, 64


def report(only: Sequence[str] | None = None) -> None:
    """Prints what has one of these in its name, or all."""
    for name, part in ("first visit", _first_visit), ("start", _starts), ("memory", _memory):
        if not only or any(each in name for each in only):
            part()


def _first_visit() -> None:
    sizes = first_visit(read_static_files(PUBLIC))
    _say(f"first visit, {len(sizes)} files, gzip", sum(sizes.values()) / 1000, "kB", MOST_BYTES / 1000)


def _starts() -> None:
    """From the command to the first answer out of the records; the median of some."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = median(_start(folder / f"new{number}") for number in range(STARTS))
        _say("start to first answer, new data folder", first, "s", BUNDLED_SECONDS)
        again = median(_start(folder / "new0") for _ in range(STARTS))
        _say("start to first answer, bundled mongod", again, "s", BUNDLED_SECONDS)
        bundled = Bundled(folder / "new0")
        bundled.start()
        try:
            running = median(_start(folder / "elsewhere", bundled.uri) for _ in range(STARTS))
        finally:
            bundled.stop()
        _say("start to first answer, running mongod", running, "s", RUNNING_SECONDS)


def _start(folder: Path, mongodb_uri: str | None = None) -> float:
    with opened(folder, mongodb_uri=mongodb_uri) as shop:
        return shop.start_seconds


def _memory() -> None:
    """After visitors have walked along all shelves, searched and ordered."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill_folder(folder, Size(SMALLEST_ARCHIVE, MEASURED_PRODUCTS))
        with opened(folder) as shop:
            at_start = _megabytes(shop.process_id, "VmRSS")
            _load(shop, folder)
            _say(f"memory of the server, {MEASURED_PRODUCTS:,} products, at the start", at_start, "MB", MOST_MEGABYTES)
            after = _megabytes(shop.process_id, "VmRSS")
            _say(f"memory of the server, {MEASURED_PRODUCTS:,} products, after load", after, "MB", MOST_MEGABYTES)
            peak = _megabytes(shop.process_id, "VmHWM")
            _say(f"memory of the server, {MEASURED_PRODUCTS:,} products, at its highest", peak, "MB", MOST_MEGABYTES)


def _load(shop: OpenShop, folder: Path) -> None:
    shop_id = json.loads(shop.call("GET", "/api/shops"))[0]["id"]
    token = shop.sign_in(CUSTOMER)
    pages = dict(shop.pages(f"/api/products?shopId={shop_id}&limit=50"))
    goods = [row["id"] for body in pages.values() for row in json.loads(body)]
    addresses = [f"/api/products/{id_}" for id_ in goods[:2_000]]
    addresses += [f"/api/products?shopId={shop_id}&limit=200&q={number:02d}" for number in range(100)]
    addresses += [f"/api/products?shopId={shop_id}&q={FOUND_WORD}"]
    orders = folder / "orders.txt"
    orders.write_text("\n".join([token, *goods]))
    for paths in list(pages), addresses:
        measure(shop.port, paths[0], LOAD_CONNECTIONS, LOAD_SECONDS, "in_turn.lua", paths)
    measure(shop.port, "/api/orders", LOAD_CONNECTIONS, LOAD_SECONDS, "orders.lua", (str(orders), "500"))
    bearer = ("Authorization", f"Bearer {token}")
    measure(shop.port, "/api/customer/orders", LOAD_CONNECTIONS, LOAD_SECONDS, "with_header.lua", bearer)


def _megabytes(process_id: int, kind: str) -> float:
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith(kind):
            return int(line.split()[1]) / 1024
    raise ValueError(f"the system does not say {kind}")


def _say(what: str, figure: float, unit: str, limit: float) -> None:
    print(f"{what:60} {figure:>8.2f} {unit:3} (limit {limit:g})", flush=True)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", metavar="NAME", help="what has this in its name; may be repeated")
    chosen = parser.parse_args(arguments)
    close_when_told()
    report(chosen.only)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
