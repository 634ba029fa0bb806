"""Fills an empty database with the archive of a shop, as it would have written it itself, however large.

python -m tests.bench.archive FOLDER [--orders 100000] [--products 1000] [--seed 1]

Orders stream through: what is kept in memory does not grow with them. Payments, stock movements and the payment log come
along, and finished days are rolled up by the shop's own code; `run_server.py --verify` finds nothing wrong. Notices,
which go by themselves, are left out. Made at the same instant with the same seed, two archives are the same.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pymongo.database import Database

from indexes import COLLECTIONS, INDEXES
from shop_server.actions.back_up import BACKUP_HOUR
from shop_server.demo.names import Names
from shop_server.rules.shop_time import add_days, business_day, day_bounds
from shop_server.storage import documents, indexing, orders, products
from shop_server.storage.backup import Made
from shop_server.storage.backups import Backups
from shop_server.storage.bundled import records
from shop_server.storage.pipe import Pipe
from shop_server.storage.rollups import Rollups
from tests.bench.archive_orders import SMALLEST_ARCHIVE, Orders, customers_of, days_of
from tests.bench.archive_people import (
    SMALLEST_SHELF,
    SOLD_PRODUCTS,
    make_categories,
    make_product,
    make_receipt,
    make_shop,
    make_users,
)
from tests.bench.shop import close_when_told

TIMEZONE = "Asia/Kolkata"
SAY_EVERY_SECONDS = 2.0
LOADING_CACHE = "cache_size=1GB"


@dataclass(frozen=True)
class Size:
    """How many orders and products an archive has."""

    orders: int
    products: int


def fill(database: Database[dict[str, Any]], size: Size, seed: int = 1, now: datetime | None = None) -> None:
    """Fills the empty database. Raises ValueError for an archive smaller than a few weeks."""
    if size.orders < SMALLEST_ARCHIVE or size.products < SMALLEST_SHELF:
        raise ValueError(f"at least {SMALLEST_ARCHIVE} orders and {SMALLEST_SHELF} products")
    now = (now or datetime.now(UTC)).replace(microsecond=0)
    names, today = Names(seed), business_day(now, TIMEZONE)
    days = days_of(size.orders, today)
    shop = make_shop(names, day_bounds(add_days(days[0].name, -1), TIMEZONE)[0])
    made = Orders(names, shop, now)
    with Pipe(database) as pipe:
        pipe.send("shops", [documents.to_document(shop)])
        pipe.send("categories", map(documents.to_document, make_categories(names, shop, size.products)))
        pipe.send("users", map(documents.to_document, make_users(names, shop, 1 + customers_of(len(days)))))
        progress = Progress("orders", size.orders)
        for day in days:
            for one in made.of_day(day):
                pipe.send("orders", [orders.to_document(one.order)])
                pipe.send("movements", map(documents.to_document, one.movements))
                pipe.send("payment_log", one.log)
            progress.add(day.orders)
        progress = Progress("products", size.products)
        for number in range(size.products):
            taken = (made.sold[number], made.held[number]) if number < SOLD_PRODUCTS else (0, 0)
            product = make_product(names, shop, number, today, *taken)
            receipt = make_receipt(names, product, number, shop.owner_id)
            pipe.send("products", [products.to_document(product)])
            pipe.send("movements", [documents.to_document(receipt)] if receipt else [])
            progress.add(1)
    # To make an index of what is there is quicker than to keep it while that comes in.
    _timed("indexes", lambda: indexing.create_all(database, INDEXES, COLLECTIONS))
    rollups, progress = Rollups(database), Progress("days rolled up", len(days) - 1)
    for day in days[:-1]:
        rollups.roll_up(shop.id, day.name)
        progress.add(1)


def fill_folder(folder: Path, size: Size, seed: int = 1) -> None:
    """Fills the data folder of a shop that is not open, with a mongod that is given more room than usual for it."""
    with records(None, folder, None, "shop") as connection:
        admin = connection.tools_client.admin
        admin.command({"setParameter": 1, "wiredTigerEngineRuntimeConfig": LOADING_CACHE})
        fill(connection.tools, size, seed)
        # The shop that opens over it is not to begin with a backup of all of it.
        night = business_day(datetime.now(UTC) - timedelta(hours=BACKUP_HOUR), TIMEZONE)
        Backups(connection).note_made(night, datetime.now(UTC), Made(size.orders, 0))


class Progress:
    """Says on standard error how far something has come, every few seconds."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total, self._done = what, total, 0
        self._began = self._said = time.monotonic()

    def add(self, more: int) -> None:
        self._done += more
        now = time.monotonic()
        if self._done >= self._total or now - self._said > SAY_EVERY_SECONDS:
            self._said = now
            passed = now - self._began
            left = passed * (self._total - self._done) / self._done
            print(
                f"{self._what}: {self._done:,} of {self._total:,} after {passed:.0f} s, {left:.0f} s to go",
                file=sys.stderr,
                flush=True,
            )


def _timed(what: str, do: Callable[[], object]) -> None:
    progress = Progress(what, 1)
    do()
    progress.add(1)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the data folder of a shop, empty as yet")
    parser.add_argument("--orders", type=int, default=SMALLEST_ARCHIVE)
    parser.add_argument("--products", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    close_when_told()
    fill_folder(chosen.folder, Size(chosen.orders, chosen.products), chosen.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
