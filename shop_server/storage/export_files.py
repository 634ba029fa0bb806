"""Writes a shop's records into files for spreadsheet programs, in a process of its own.

Each kind is a table: its heads, and its rows as they come. They are written in parts, so that no file is ever whole in
memory, and never beyond MOST_BYTES.
"""

from __future__ import annotations

import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pymongo.database import Database

from shop_server.errors import CannotStart, Unavailable
from shop_server.rules import csv_text, stock
from shop_server.rules.analytics import percents
from shop_server.rules.csv_text import Cell
from shop_server.rules.errand import BY_CATEGORY, BY_PRODUCT, CUSTOMERS, INVENTORY, ORDERS, Errand, percent
from shop_server.rules.product import Product
from shop_server.rules.shop_time import business_day, day_bounds
from shop_server.rules.sold import Sales, sales_of
from shop_server.storage import orders, products
from shop_server.storage.child import answer_parent, ask_child
from shop_server.storage.connection import Connection
from shop_server.storage.customers import Customers, Mark
from shop_server.storage.documents import Document
from shop_server.storage.errands import MOST_BYTES, PART_BYTES, Errands
from shop_server.storage.indexing import Query
from shop_server.storage.sold_goods import FIRST_DAY, LAST_DAY, SoldGoods
from shop_server.storage.users import Users

AT_ONCE = 2
"""So many inventories are written at once for those who wait for them."""
_CUSTOMERS_AT_ONCE = 500
_TELL_EVERY = 2_000

Records = Database[Document]


class ExportFiles:
    """Has files written by processes of their own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._room = threading.BoundedSemaphore(AT_ONCE)

    def make(self, errand: Errand) -> tuple[int, int]:
        """Writes the file of a claimed errand and keeps it; gives how many rows and bytes it has.

        Raises CannotStart with what to tell her when it gets too large, CalledProcessError when it breaks.
        """
        rows, size = ask_child(__name__, self._connection, errand.id)
        return rows, size

    def inventory(self, shop_id: str, now: datetime) -> str:
        """The inventory at once. Raises Unavailable while others are being written."""
        if not self._room.acquire(blocking=False):
            raise Unavailable("Several lists are being written just now. Please try again in a moment.")
        try:
            return str(ask_child(__name__, self._connection, INVENTORY, shop_id, now.isoformat()))
        finally:
            self._room.release()


@dataclass(frozen=True)
class _Asked:
    """What is to be written: of which shop, as of when, of which days; `count` is told how many rows there will be."""

    database: Records
    shop: Document
    at: datetime
    first: str | None
    last: str | None
    count: Callable[[int], None]

    @property
    def timezone(self) -> str:
        return str(self.shop["timezone"])

    @property
    def today(self) -> str:
        return business_day(self.at, self.timezone)


Row = Iterable[Cell]


def _inventory(asked: _Asked) -> Iterator[Row]:
    """The 13 columns that the shop's people know; shares are of the products that are on sale now."""
    shop_id: str = asked.shop["_id"]
    sold: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for goods in SoldGoods(asked.database).list_goods(shop_id):
        of_it = sold[goods.product_id]
        of_it[0] += goods.orders
        of_it[1] += goods.revenue_paise
    found = asked.database["products"].find(_on_sale(shop_id)).sort(_BY_NAME)
    shelf = [_shown(row, asked.today) for row in found]
    asked.count(len(shelf))
    names = {
        row["_id"]: row["name"]
        for row in asked.database["categories"].find({"shop_id": shop_id, "deleted_at": None}, {"name": 1})
    }
    overall = percents([sold[product.id][1] for product in shelf])
    sections: dict[str, list[int]] = defaultdict(list)
    for number, product in enumerate(shelf):
        sections[product.category_id].append(number)
    within = [0.0] * len(shelf)
    for numbers in sections.values():
        for number, part in zip(numbers, percents([sold[shelf[n].id][1] for n in numbers]), strict=True):
            within[number] = part
    for product, of_all, of_section in zip(shelf, overall, within, strict=True):
        first_out = min((batch for batch in product.batches if batch.quantity), key=_first_to_expire, default=None)
        yield (
            *(product.id, product.name, product.category_id, names.get(product.category_id, "")),
            *(_rupees(product.price_paise), product.unit),
            *((first_out.manufactured_on, first_out.expires_on) if first_out else (None, None)),
            *(product.stock, sold[product.id][0], _rupees(sold[product.id][1])),
            *(_tenth(of_all), _tenth(of_section)),
        )


def _orders(asked: _Asked) -> Iterator[Row]:
    query = _placed(asked.shop["_id"], asked.first, asked.last, asked.timezone)
    collection = asked.database["orders"]
    asked.count(collection.count_documents(query))
    for row in collection.find(query).sort(_BY_TIME):
        order = orders.from_document(row)
        payment = order.payment
        yield (
            *(order.id, order.business_day, _clock(order.placed_at, asked.timezone), order.status),
            *(order.customer_name, order.customer_phone, len(order.lines)),
            "; ".join(f"{line.quantity} x {line.name}" for line in order.lines),
            *map(_rupees, (order.subtotal_paise, order.delivery_fee_paise, order.total_paise)),
            *(payment.method, payment.status, payment.utr),
        )


def _customers(asked: _Asked) -> Iterator[Row]:
    shop_id: str = asked.shop["_id"]
    asked.count(asked.database["shop_customers"].count_documents({"shop_id": shop_id}))
    customers, users = Customers(asked.database), Users(asked.database)
    after: Mark | None = None
    while bought := customers.list_of_shop(shop_id, _CUSTOMERS_AT_ONCE, after):
        ids = [one.customer_id for one in bought]
        people, last = users.list_by_ids(ids), customers.last_sales(shop_id, ids)
        for one in bought:
            user, last_at = people.get(one.customer_id), last.get(one.customer_id)
            person = (
                (user.first_name, user.last_name, user.email, user.phone, user.address, user.city, user.pincode)
                if user
                else (None,) * 7
            )
            yield (
                *(one.customer_id, *person, one.orders, _rupees(one.spent_paise)),
                business_day(last_at, asked.timezone) if last_at else None,
                business_day(one.since, asked.timezone),
            )
        after = (bought[-1].since, bought[-1].customer_id)


def _by_product(asked: _Asked) -> Iterator[Row]:
    for row in _sales(asked).products:
        goods = row.goods
        yield (
            *(goods.product_id, goods.name, goods.category, goods.orders, goods.quantity),
            "g" if goods.sold_by == "weight" else "piece",
            *(_rupees(goods.revenue_paise), _rupees(goods.profit_paise)),
            *(_tenth(row.share), _tenth(row.category_share)),
        )


def _by_category(asked: _Asked) -> Iterator[Row]:
    for row in _sales(asked).categories:
        yield (
            *(row.category_id, row.name, row.products),
            *(_rupees(row.revenue_paise), _rupees(row.profit_paise), _tenth(row.share)),
        )


KINDS: dict[str, tuple[tuple[str, ...], Callable[[_Asked], Iterator[Row]]]] = {
    INVENTORY: (
        (
            *("ID", "Name", "SectionID", "Section_Name", "Price", "Unit", "Mfd", "Expd", "Stock", "nOrders", "Revenue"),
            *("Pctg_Revenue_Overall", "Pctg_Revenue_Sectionally"),
        ),
        _inventory,
    ),
    ORDERS: (
        (
            *("ID", "Date", "Time", "Status", "Customer", "Phone", "Lines", "Goods"),
            *("Subtotal", "Delivery fee", "Total", "Paid by", "Payment", "UTR"),
        ),
        _orders,
    ),
    CUSTOMERS: (
        (
            *("ID", "First name", "Last name", "Email", "Phone", "Address", "City", "PIN code"),
            *("Orders", "Spent", "Last order", "Customer since"),
        ),
        _customers,
    ),
    BY_PRODUCT: (
        (
            *("ID", "Product", "Category", "Orders", "Quantity", "Measure", "Sales", "Profit"),
            *("Share in %", "Share of category in %"),
        ),
        _by_product,
    ),
    BY_CATEGORY: (("ID", "Category", "Products sold", "Sales", "Profit", "Share in %"), _by_category),
}


def _write(kind: str, asked: _Asked, told: Callable[[int], None]) -> Iterator[bytes]:
    """The file in parts of PART_BYTES or a little more; `told` hears how many rows there are by now."""
    heads, rows_of = KINDS[kind]
    text, size, number = [csv_text.BOM + csv_text.csv_line(heads)], 0, 0
    for number, row in enumerate(rows_of(asked), start=1):
        text.append(line := csv_text.csv_line(row))
        size += len(line)
        if number % _TELL_EVERY == 0:
            told(number)
        if size > PART_BYTES:
            yield "".join(text).encode()
            text, size = [], 0
    told(number)
    yield "".join(text).encode()


def _run(connection: Connection, errand_id: str) -> tuple[int, int]:
    """Writes an errand's file and keeps it."""
    database = connection.tools
    errands = Errands(database)
    errand = errands.find(errand_id)
    assert errand is not None
    total, rows, size = 0, 0, 0

    def count(many: int) -> None:
        nonlocal total
        total = many

    def tell(done: int) -> None:
        nonlocal rows
        rows = done
        errands.note(errand, progress=percent(done, total))

    def parts() -> Iterator[bytes]:
        nonlocal size
        asked = _asked(database, errand.shop_id, errand.at, errand.first, errand.last, count)
        for part in _write(errand.kind, asked, tell):
            size += len(part)
            if size > MOST_BYTES:
                raise CannotStart("That is too much for one file. Please choose fewer days.")
            yield part

    errands.put_file(errand, parts())
    return rows, size


def _asked(
    database: Records, shop_id: str, at: datetime, first: str | None, last: str | None, count: Callable[[int], None]
) -> _Asked:
    shop = database["shops"].find_one({"_id": shop_id}, {"timezone": 1})
    assert shop is not None
    return _Asked(database, shop, at, first, last, count)


def _inventory_text(connection: Connection, shop_id: str, at: str) -> str:
    asked = _asked(connection.tools, shop_id, datetime.fromisoformat(at), None, None, lambda many: None)
    return b"".join(_write(INVENTORY, asked, lambda done: None)).decode()


def _sales(asked: _Asked) -> Sales:
    sold = SoldGoods(asked.database).list_goods(asked.shop["_id"], asked.first or FIRST_DAY, asked.last or LAST_DAY)
    return sales_of(sold)


def _shown(row: Document, today: str) -> Product:
    return stock.without_expired(products.from_document(row), today)


def _first_to_expire(batch: Any) -> tuple[str, datetime]:
    return batch.expires_on or LAST_DAY, batch.received_at


def _rupees(paise: int) -> Decimal:
    return Decimal(paise).scaleb(-2)


def _tenth(part: float) -> Decimal:
    return Decimal(f"{part:.1f}")


def _clock(at: datetime, timezone: str) -> str:
    return at.astimezone(ZoneInfo(timezone)).strftime("%H:%M")


def _on_sale(shop_id: str) -> Document:
    return {"shop_id": shop_id, "deleted_at": None}


def _placed(shop_id: str, first: str | None, last: str | None, timezone: str) -> Document:
    placed: Document = {}
    if first:
        placed["$gte"] = day_bounds(first, timezone)[0]
    if last:
        placed["$lt"] = day_bounds(last, timezone)[1]
    return {"shop_id": shop_id, **({"placed_at": placed} if placed else {})}


_BY_NAME = [("name_key", 1), ("_id", 1)]
_BY_TIME = [("placed_at", 1), ("_id", 1)]
QUERIES = (
    Query("a shop's products for a file", "products", _on_sale("0" * 24), tuple(_BY_NAME)),
    Query(
        "a shop's orders for a file",
        "orders",
        _placed("0" * 24, "2026-10-01", "2026-10-31", "Asia/Kolkata"),
        tuple(_BY_TIME),
    ),
)

if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[0] == INVENTORY:
        answer_parent(lambda connection: _inventory_text(connection, *arguments[1:]))
    else:
        answer_parent(lambda connection: _run(connection, *arguments))
