"""Does the cost follow the answer, and not the archive? The same questions to shops with small and large archives.

python -m tests.bench.growth [--folder FOLDER] [--sizes 10000x1000 1000000x100000 ...] [--only NAME] [--rounds N]

Each size is a shop of its own, with a mongod of its own, as its owner has it; all are open at the same time, and each
request goes to all of them before the next one does, so that what else the machine does falls on all. What is recent is
alike in all archives (see archive_orders), so all give the same answers. Archives are kept in FOLDER, if one is named,
as they were made, for the next run of the same day: the largest takes some minutes to make.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from pymongo.database import Database

from shop_server.demo.names import Names
from shop_server.rules.shop_time import business_day
from shop_server.storage.bundled import records
from tests.bench.archive import TIMEZONE, Size, fill_folder
from tests.bench.archive_people import FOUND_WORD, SOLD_PRODUCTS
from tests.bench.shop import CUSTOMER, OWNER, close_when_told, opened
from tests.bench.visit import Visit, request

SIZES = ("10000x1000", "100000x1000", "10000x100000", "1000000x100000")
READING, PLACING = 1.3, 1.6
"""How many times as long as at the first size it may take at any other."""
SEED, NAMES = 1, Names(1)
DIFFERENT_ORDERS = 400
WARMING, ASKED_A_ROUND, TIMES_COUNTED = 12, 40, 6
NEIGHBOURS = 1.05


@dataclass(frozen=True)
class Grown:
    """An open shop with an archive of this size; `owner` and `customer` are their access tokens."""

    size: Size
    visit: Visit
    owner: str
    customer: str
    database: Database[dict[str, Any]]


@dataclass(frozen=True)
class Question:
    """`ask(shop, turn)` is the request of one turn; `limit` is the ratio that its time may reach."""

    name: str
    ask: Callable[[Grown, int], bytes]
    limit: float = READING


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="where archives are kept for the next run")
    parser.add_argument("--sizes", nargs="+", default=SIZES, metavar="ORDERSxPRODUCTS")
    parser.add_argument("--only", action="append", metavar="NAME", help="what has this in its name; may be repeated")
    parser.add_argument("--rounds", type=int, default=10, help=f"of {ASKED_A_ROUND} requests to each shop")
    chosen = parser.parse_args(arguments)
    sizes = [Size(*(int(number) for number in text.split("x"))) for text in chosen.sizes]
    questions = [each for each in QUESTIONS if not chosen.only or any(name in each.name for name in chosen.only)]
    close_when_told()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        archives = [_archive(chosen.folder or folder, size) for size in sizes]
        if chosen.folder:
            # What is kept stays as it is: orders that one run places would be in the answers of the next.
            archives = [shutil.copytree(archive, folder / archive.name) for archive in archives]
        shops = [_open(size, archive, stack) for size, archive in zip(sizes, archives, strict=True)]
        print(f"{'milliseconds, median':28}", *(f"{text:>15}" for text in chosen.sizes), f"{'ratio':>6} {'limit':>6}")
        kept = [_compare(question, shops, chosen.rounds) for question in questions]
    return 0 if all(kept) else 1


def _archive(folder: Path, size: Size) -> Path:
    """The data folder of an archive of today, made now unless it is there."""
    archive = folder / f"{size.orders}x{size.products}"
    note = archive / "made.json"
    made = {"seed": SEED, "today": business_day(datetime.now(UTC), TIMEZONE)}
    if not (note.is_file() and json.loads(note.read_text()) == made):
        shutil.rmtree(archive, ignore_errors=True)
        print(f"making an archive of {size.orders:,} orders and {size.products:,} products", file=sys.stderr)
        fill_folder(archive, size, SEED)
        note.write_text(json.dumps(made))
    return archive


def _open(size: Size, archive: Path, stack: ExitStack) -> Grown:
    shop = stack.enter_context(opened(archive))
    connection = stack.enter_context(records(None, archive, None, "shop"))
    visit = stack.enter_context(Visit(shop.port))
    return Grown(size, visit, shop.sign_in(OWNER), shop.sign_in(CUSTOMER), connection.tools)


def _compare(question: Question, shops: Sequence[Grown], rounds: int) -> bool:
    """Prints the figures of one question; whether they keep the promise."""
    examined = [_examined(question, shop) for shop in shops]
    times: list[list[float]] = [[] for _ in shops]
    for turn in range(rounds * ASKED_A_ROUND):
        for shop, taken in zip(shops, times, strict=True):
            taken.append(shop.visit.milliseconds(question.ask(shop, turn)))
    medians = [median(taken) for taken in times]
    ratio = max(medians) / medians[0]
    print(f"{question.name:28}", *(f"{each:>15.2f}" for each in medians), f"{ratio:>6.2f} {question.limit:>6}")
    print(f"{'  keys, documents examined':28}", *(f"{f'{keys}, {rows}':>15}" for keys, rows in examined), flush=True)
    keys, rows = zip(*examined, strict=True)
    # Of rows that are looked up by their ids, neighbours save a key each: that is chance.
    is_alike = len(set(rows)) == 1 and max(keys) <= NEIGHBOURS * min(keys)
    return ratio <= question.limit and is_alike


def _examined(question: Question, shop: Grown) -> tuple[int, int]:
    """How many index keys and documents mongod looked at for one answer, by its own profile.

    The shop's jobs ask something now and then too, which only ever adds: the least that was counted is the answer's.
    """
    counted = []
    for turn in range(WARMING):
        shop.visit.milliseconds(question.ask(shop, turn))
    for turn in range(TIMES_COUNTED):
        asked = question.ask(shop, turn)
        shop.database.command("profile", 2)
        shop.visit.milliseconds(asked)
        shop.database.command("profile", 0)
        profile = shop.database["system.profile"]
        rows = list(profile.find({"appName": {"$in": ["shop-readers", "shop-writer"]}}))
        counted.append(tuple(sum(row.get(name, 0) for row in rows) for name in ("docsExamined", "keysExamined")))
        profile.drop()
    documents, keys = min(counted)
    return keys, documents


def _order_page(shop: Grown, turn: int) -> bytes:
    """Of orders from the whole archive."""
    number = turn % DIFFERENT_ORDERS * shop.size.orders // DIFFERENT_ORDERS
    return request("GET", f"/api/orders/{NAMES.id('order', number)}", shop.owner)


def _place(shop: Grown, turn: int) -> bytes:
    """Two lines, as in the other bench; as many at each size."""
    one = turn * 7 % SOLD_PRODUCTS
    goods = [(one, 1), ((one + 1) % SOLD_PRODUCTS, 2)]
    wish = {
        "items": [{"id": NAMES.id("product", number), "quantity": quantity} for number, quantity in goods],
        "paymentMethod": "Cash",
        "pickup": True,
    }
    key = f"{datetime.now(UTC).timestamp()}-{turn}"
    return request("POST", "/api/orders", shop.customer, wish, Idempotency_Key=key)


QUESTIONS = (
    Question("an order's page", _order_page),
    Question("25 orders of the shop", lambda shop, turn: _get("/api/shopkeeper/orders?limit=25", shop.owner)),
    Question("25 orders of a customer", lambda shop, turn: _get("/api/customer/orders?limit=25", shop.customer)),
    Question("the payment desk", lambda shop, turn: _get("/api/shopkeeper/payments?limit=25", shop.owner)),
    Question("25 customers", lambda shop, turn: _get("/api/shopkeeper/customers?limit=25", shop.owner)),
    Question("stats", lambda shop, turn: _get("/api/shopkeeper/stats", shop.owner)),
    Question("analytics of 7 days", lambda shop, turn: _get("/api/shopkeeper/analytics?days=7", shop.owner)),
    # The owner always sees it fresh; what customers see is kept ready.
    Question("search", lambda shop, turn: _get(f"/api/products?q={FOUND_WORD}", shop.owner)),
    # Last: it changes what the others read.
    Question("placing an order", _place, PLACING),
)


def _get(path: str, token: str) -> bytes:
    return request("GET", path, token)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
