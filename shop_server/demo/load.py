"""Brings sample data, eleven CSV files, into an empty database, and does not leave them there unless they add up.

Orders stream by, each with its lines and its payment, so memory does not grow with them; what is kept are the products and
what lies on their shelves.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from pymongo.database import Database

from shop_server.demo.history import PAYMENT_STEPS, PICKS, STEPS
from shop_server.demo.people import PASSWORD
from shop_server.demo.progress import Progress
from shop_server.demo.tables import COLUMNS, from_parts, read_table
from shop_server.errors import CannotStart
from shop_server.rules import paper, payment_log
from shop_server.rules.account import User
from shop_server.rules.address import Address
from shop_server.rules.batch import Batch, Pick
from shop_server.rules.category import Category
from shop_server.rules.order import CANCELLED, PACKED, RETURNED, Line, Order, Step, shop_times
from shop_server.rules.paper import Paper
from shop_server.rules.payment import CASH, PENDING, Payment, PaymentStep
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop
from shop_server.rules.shop_time import business_day
from shop_server.rules.stock import Movement
from shop_server.rules.text import name_key, search_words
from shop_server.security.passwords import Passwords
from shop_server.storage import documents, indexing, orders, papers, products
from shop_server.storage.connection import Connection
from shop_server.storage.documents import Document
from shop_server.storage.filling import filling
from shop_server.storage.indexing import Index
from shop_server.storage.pipe import Pipe
from shop_server.storage.rollups import Rollups
from shop_server.storage.users import user_document
from shop_server.storage.verify import verify

Values = dict[str, Any]
_NOTHING_PAID = Payment(CASH, PENDING, 0)
_FOREVER = "9999-12-31"
MOST_TOLD = 10


def load(connection: Connection, folder: Path, indexes: Sequence[Index], collections: Sequence[str]) -> tuple[int, str]:
    """Brings the files in, rolls their days up and checks the shop's promises; gives the number of orders, and the admin.

    Raises CannotStart when the database is not empty, or for files that cannot be read or do not add up: no shop opens on
    the database then, and it can be done again.
    """
    missing = [f"{table}.csv" for table in COLUMNS if not (folder / f"{table}.csv").is_file()]
    if missing:
        raise CannotStart(f"{folder} has no sample data: {', '.join(missing)} cannot be found.")
    database = connection.tools
    with filling(database, f"--load {folder}") as keep:
        with Pipe(database) as pipe:
            progress = Progress("files", sum((folder / f"{table}.csv").stat().st_size for table in COLUMNS), keep)
            loading = _Loading(folder, pipe, progress.add)
            loading.run()
        progress.end()
        indexing.create_all(database, indexes, collections)
        _roll_up(database, keep)
        broken = verify(database)
        if broken:
            raise CannotStart(
                "\n".join(["The files do not add up:", *broken[:MOST_TOLD], "Nothing of this can be used."])
            )
    return pipe.sent["orders"], loading.admin


def _roll_up(database: Database[Document], keep: Callable[[], None]) -> None:
    rollups = Rollups(database)
    days = [(row["_id"], day) for row in database["shops"].find({}, {"_id": 1}) for day in _days(rollups, row["_id"])]
    progress = Progress("days rolled up", len(days), keep)
    for shop_id, day in days:
        rollups.roll_up(shop_id, day)
        progress.add(1)
    progress.end()


def _days(rollups: Rollups, shop_id: str) -> list[str]:
    return rollups.list_new_days(shop_id, "", _FOREVER)


class _Loading:
    """One pass over all files."""

    def __init__(self, folder: Path, pipe: Pipe, note: Callable[[int], None]) -> None:
        self._folder, self._pipe, self._note = folder, pipe, note
        self._password_hash = Passwords().keep(PASSWORD)
        self.admin = ""
        self._shops: dict[str, Shop] = {}
        self._log_heads: dict[str, Document] = {}
        self._numbers: Counter[tuple[str, str]] = Counter()

    def run(self) -> None:
        self._pipe.send("secrets", [{"_id": "first_account", "value": "registered"}])
        for row in self._read("shops"):
            shop = Shop(**row)
            self._shops[shop.id] = shop
            self._pipe.send("shops", [documents.to_document(shop)])
        for row in self._read("staff"):
            row["permissions"] = tuple(row["permissions"].split())
            self.admin = row["email"] if row["is_admin"] else self.admin
            self._send_user(row)
        self._load_customers()
        for row in self._read("categories"):
            self._pipe.send("categories", [documents.to_document(Category(name_key=name_key(row["name"]), **row))])
        self._load_products()
        self._pipe.send("movements", (documents.to_document(Movement(**row)) for row in self._read("stock_movements")))
        self._load_orders()

    def _read(self, table: str) -> Iterator[Values]:
        return read_table(self._folder, table, self._note)

    def _load_customers(self) -> None:
        homes = _Beside("addresses", "customer_id", self._read("addresses"))
        for row in self._read("customers"):
            home = next((address for address in homes.of(row["id"]) if address["kind"] == "home"), None)
            if home is not None:
                row.update(
                    address=home["line"], **{name: home[name] for name in ("city", "state", "pincode", "country")}
                )
            self._send_user({"role": "customer", **row})

    def _send_user(self, row: Values) -> None:
        # Nobody's mail is to be bothered with reminders.
        user = User(password_hash=self._password_hash, reminders=False, **row)
        self._pipe.send("users", [user_document(user)])

    def _load_products(self) -> None:
        batches: dict[str, list[Batch]] = defaultdict(list)
        for row in self._read("batches"):
            del row["received"]
            product_id, batch = row.pop("product_id"), Batch(**row)
            if batch.quantity:
                batches[product_id].append(batch)
        for row in self._read("products"):
            name = row["name"]
            product = Product(
                name_key=name_key(name),
                words=tuple(search_words(name)),
                batches=tuple(batches.pop(row["id"], ())),
                **row,
            )
            self._pipe.send("products", [products.to_document(product)])
        if batches:
            raise CannotStart(
                f"batches.csv has batches of a product that is not in products.csv: {next(iter(batches))}."
            )

    def _load_orders(self) -> None:
        lines = _Beside("order_lines", "order_id", self._read("order_lines"))
        payments = _Beside("payments", "order_id", self._read("payments"))
        for row in self._read("orders"):
            order = self._order(row, lines.of(row["id"]), payments.of(row["id"]))
            self._pipe.send("orders", [orders.to_document(order)])
            unpaid = order._replace(payment=_NOTHING_PAID)
            log = payment_log.new_rows(order, unpaid, self._log_heads.get(order.shop_id))
            if log:
                self._log_heads[order.shop_id] = log[-1]
                self._pipe.send("payment_log", log)
            self._pipe.send("papers", [papers.to_document(given) for given in self._papers(order)])
        for beside in (lines, payments):
            beside.check_end()

    def _papers(self, order: Order) -> Iterator[Paper]:
        """The bill that the order got when it was packed, and the credit note that took it back."""
        packed = next((step for step in order.history if step.status == PACKED), None)
        if packed is None:
            return
        shop = self._shops[order.shop_id]
        bill = paper.invoice(order, shop, self._last_number(shop, paper.INVOICES, packed.at), packed.at)
        yield bill
        if order.status in (CANCELLED, RETURNED):
            at = order.history[-1].at
            last = self._last_number(shop, paper.CREDIT_NOTES, at)
            yield paper.credit_note(bill, shop, last, at, paper.why_undone(order))

    def _last_number(self, shop: Shop, row: str, at: datetime) -> int:
        series = shop.id, paper.series_of(row, business_day(at, shop.timezone))
        self._numbers[series] += 1
        return self._numbers[series] - 1

    def _order(self, row: Values, lines: Sequence[Values], payments: Sequence[Values]) -> Order:
        shop = self._shops.get(row["shop_id"])
        if shop is None or not lines or len(payments) != 1:
            raise CannotStart(f"orders.csv: order {row['id']} needs its shop, its lines and one payment.")
        where = Address(*(row.pop(name) for name in Address._fields))
        del row["address_id"]
        (paid,) = payments
        try:
            row["history"] = from_parts(Step, row["history"], *STEPS)
            paid["history"] = from_parts(PaymentStep, paid["history"], *PAYMENT_STEPS)
            for line in lines:
                line["picks"] = from_parts(Pick, line["picks"], *PICKS)
        except ValueError as error:
            raise CannotStart(f"order {row['id']} cannot be read: {error}.") from error
        return Order(
            lines=tuple(Line(**line) for line in lines),
            payment=Payment(**paid),
            delivery_address=None if row["pickup"] else where,
            **shop_times(row["placed_at"], shop.timezone),
            **row,
        )


class _Beside:
    """The rows of a file that belong to the rows of another, in whose order they stand."""

    def __init__(self, table: str, key: str, rows: Iterable[Values]) -> None:
        self._table, self._key = table, key
        self._groups = groupby(rows, key=lambda row: row[key])
        self._next = self._take()

    def of(self, id_: str) -> list[Values]:
        """Those of this row; none when the next ones are another's."""
        if self._next is None or self._next[0] != id_:
            return []
        rows = self._next[1]
        self._next = self._take()
        return rows

    def check_end(self) -> None:
        """Raises CannotStart when some belong to nobody."""
        if self._next is not None:
            raise CannotStart(
                f"{self._table}.csv has rows of {self._next[0]}, which is not there or not in this place."
            )

    def _take(self) -> tuple[str, list[Values]] | None:
        group = next(self._groups, None)
        if group is None:
            return None
        return group[0], [{name: value for name, value in row.items() if name != self._key} for row in group[1]]
