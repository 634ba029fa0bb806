"""Lists of products cost what they show, and the books know names and categories also against another process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo.database import Database

from indexes import INDEXES
from shop_server.actions.change_categories import add_category, delete_category
from shop_server.actions.change_products import ProductWish, add_product, take_from_sale
from shop_server.context import Context
from shop_server.errors import Conflict, Duplicate
from shop_server.rules.batch import Batch
from shop_server.rules.person import SHOPKEEPER, Person
from shop_server.rules.product import Product
from shop_server.rules.text import name_key, search_words
from shop_server.settings import Settings
from shop_server.storage.books import Books
from shop_server.storage.connection import Connection
from shop_server.storage.products import (
    BY_NAME,
    BY_PRICE,
    BY_PRICE_DOWN,
    NEWEST,
    Products,
    Wanted,
    changes,
    stock_step,
    to_document,
)
from shop_server.storage.rooms import Rooms
from shop_server.storage.stock_watch import StockWatch
from tests.builders import a_customer, a_product, a_shop, an_order, new_id
from tests.fake_clock import OPENING, FakeClock

Records = Database[dict[str, Any]]
KIRANA, BAKERY = "a" * 24, "b" * 24
TODAY = "2026-11-21"
WANTED = Wanted({KIRANA: TODAY})
SORTS = (NEWEST, BY_NAME, BY_PRICE, BY_PRICE_DOWN)


def a_row(number: int, shop_id: str = KIRANA, **fields: Any) -> Product:
    name = fields.pop("name", f"Soap {number:05}")
    values: dict[str, Any] = {
        "category_id": "c" * 24,
        "price_paise": 1_000 + number // 50,
        "stock": 1,
        "held": 0,
        "batches": (),
        "version": 1,
        "created_at": OPENING + timedelta(milliseconds=number // 50),
        **fields,
    }
    return Product(
        id=f"{number * 7919 % 100_003:024}" if shop_id == KIRANA else new_id(),
        shop_id=shop_id,
        name=name,
        name_key=name_key(name),
        words=tuple(search_words(name)),
        **values,
    )


@pytest.fixture
def soaps(database: Records) -> Products:
    """A thousand soaps in one shop, fifty at each price and at each moment, and some in another."""
    rows = [a_row(number) for number in range(1_000)] + [a_row(number, BAKERY) for number in range(50)]
    gone = [a_row(number, name=f"Gone {number}", deleted_at=OPENING) for number in range(2_000, 3_000)]
    database["products"].insert_many([to_document(row) for row in rows + gone])
    return Products(database)


@pytest.mark.parametrize("sort", SORTS)
def test_pages_go_through_every_product_once_in_order(soaps: Products, sort: str) -> None:
    wanted = replace(WANTED, sort=sort)
    seen: list[Product] = []
    while page := soaps.list_wanted(wanted, 90, soaps.place(seen[-1], sort) if seen else None):
        seen += page
    assert len({product.id for product in seen}) == len(seen) == 1_000
    places = [soaps.place(product, sort) for product in seen]
    assert places == sorted(places, reverse=sort in (NEWEST, BY_PRICE_DOWN))


def looked_at(database: Records, products: Products, wanted: Wanted, after: Any = None) -> int:
    """How many keys and documents a page of ten looked at, as the database's own profile says."""
    database.command("profile", 2, filter={"op": "query", "ns": f"{database.name}.products"})
    try:
        products.list_wanted(wanted, 10, after)
    finally:
        database.command("profile", 0)
    row = database["system.profile"].find_one(sort=[("$natural", -1)])
    database["system.profile"].drop()
    assert row is not None
    return int(row["keysExamined"]) + int(row["docsExamined"])


@pytest.mark.parametrize("sort", SORTS)
def test_a_page_looks_at_what_it_shows_wherever_it_is_in_the_list(
    database: Records, soaps: Products, sort: str
) -> None:
    wanted = replace(WANTED, sort=sort)
    deep = soaps.list_wanted(wanted, 777)[-1]
    assert looked_at(database, soaps, wanted) <= 25
    assert looked_at(database, soaps, wanted, soaps.place(deep, sort)) <= 25


@pytest.mark.parametrize("sort", [NEWEST, BY_NAME, BY_PRICE])
def test_a_page_of_all_shops_looks_at_what_it_shows(database: Records, soaps: Products, sort: str) -> None:
    wanted = Wanted({KIRANA: TODAY, BAKERY: TODAY}, sort=sort)
    deep = soaps.list_wanted(wanted, 555)[-1]
    assert looked_at(database, soaps, wanted, soaps.place(deep, sort)) <= 40


def test_a_search_looks_at_what_it_finds(database: Records, soaps: Products) -> None:
    database["products"].insert_many(
        [to_document(a_row(5_000 + number, name=f"Neem Soap {number}")) for number in range(9)]
    )
    found = soaps.list_wanted(replace(WANTED, words=("neem", "so")), 50)
    assert len(found) == 9
    # Of two words the longer is looked up, whichever was typed first.
    assert looked_at(database, soaps, replace(WANTED, words=("so", "neem"))) <= 25


def test_a_category_looks_at_what_is_in_it(database: Records, soaps: Products) -> None:
    database["products"].insert_many([to_document(a_row(5_000 + number, category_id="d" * 24)) for number in range(9)])
    assert looked_at(database, soaps, replace(WANTED, category_ids=("d" * 24,))) <= 25


def test_what_is_in_stock_is_what_each_shops_own_day_leaves(database: Records) -> None:
    def milk(shop_id: str, name: str, stock: int, *expiries: str | None) -> Product:
        at = datetime(2026, 11, 1, tzinfo=UTC)
        batches = tuple(Batch(new_id(), 5, at, expires_on=day) for day in expiries)
        return a_row(len(name), shop_id, name=name, stock=stock, batches=batches)

    rows = [
        milk(KIRANA, "fresh", 5, "2026-11-21"),
        milk(KIRANA, "stale", 5, "2026-11-20"),
        milk(KIRANA, "half stale", 10, "2026-11-20", "2026-12-01"),
        milk(KIRANA, "half stale, half promised", 5, "2026-11-20", None),
        milk(KIRANA, "undated", 5, None),
        milk(KIRANA, "promised", 0, None),
        milk(BAKERY, "stale elsewhere", 5, "2026-11-20"),
    ]
    database["products"].insert_many([to_document(row._replace(id=new_id())) for row in rows])
    products = Products(database)
    # In the bakery's timezone it is still the day before.
    wanted = Wanted({KIRANA: "2026-11-21", BAKERY: "2026-11-20"}, sort=BY_NAME)
    sellable = ["fresh", "half stale", "stale elsewhere", "undated"]
    sold_out = ["half stale, half promised", "promised", "stale"]
    assert [row.name for row in products.list_wanted(replace(wanted, in_stock=True), 50)] == sellable
    assert [row.name for row in products.list_wanted(replace(wanted, in_stock=False), 50)] == sold_out
    in_kirana = replace(wanted, todays={KIRANA: "2026-11-21"}, in_stock=True)
    assert [row.name for row in products.list_wanted(in_kirana, 50)] == ["fresh", "half stale", "undated"]


# --- names and categories, also against another process ---


@pytest.fixture
def other(connection: Connection, context: Context, settings: Settings, clock: FakeClock) -> Iterator[Context]:
    """Another process of the shop: books of its own over the same records."""
    rooms = Rooms(connection.writer[connection.name])
    books = Books(connection.writer, connection.name, clock, rooms, process_id=new_id())
    books.start()
    try:
        yield replace(context, books=books)
    finally:
        books.stop()


def owner_of(shop_id: str) -> Person:
    return Person(new_id(), new_id(), SHOPKEEPER, "Asha", "9876543210", shop_id=shop_id)


def a_wish(name: str, category: str, stock: int = 1) -> ProductWish:
    return ProductWish({"name": name, "price_paise": 1_000}, category, stock)


def at_once(*calls: Any) -> list[Any]:
    """Runs the calls at the same time; gives what each gave or raised."""
    done: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(number: int) -> None:
        start.wait(10)
        try:
            done[number] = calls[number]()
        except Exception as error:
            done[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return done


def test_of_many_products_of_one_name_in_two_processes_one_is_entered(
    context: Context, other: Context, database: Records
) -> None:
    asha = owner_of(a_shop(context).id)
    calls = [
        lambda where=where: add_product(where, asha, a_wish("Ghee", "Dairy"), None) for where in (context, other) * 5
    ]
    done = at_once(*calls)
    assert sum(isinstance(answer, dict) for answer in done) == 1
    assert sum(isinstance(answer, Duplicate) for answer in done) == 9
    assert database["categories"].count_documents({"name_key": "dairy"}) == 1


def test_no_product_slips_into_a_category_that_another_process_deletes(
    context: Context, other: Context, database: Records
) -> None:
    asha = owner_of(a_shop(context).id)
    for number in range(15):
        category = add_category(context, asha, f"Shelf {number}", None)
        done = at_once(
            lambda id_=category["id"]: delete_category(context, asha, id_),
            lambda n=number: add_product(other, asha, a_wish(f"Ghee {n}", f"Shelf {n}"), None),
        )
        assert not [answer for answer in done if isinstance(answer, Exception)], done
    check_shelves(database)


def test_categories_know_how_many_products_they_have_after_many_at_once(
    context: Context, other: Context, database: Records
) -> None:
    asha = owner_of(a_shop(context).id)
    calls = [
        lambda n=n: add_product((context, other)[n % 2], asha, a_wish(f"Ghee {n}", "Dairy"), None) for n in range(16)
    ]
    cards = at_once(*calls)
    at_once(*(lambda n=n: take_from_sale((context, other)[n % 2], asha, cards[n]["id"]) for n in range(6)))
    assert database["categories"].find_one({"name_key": "dairy"}, {"products": 1})["products"] == 10  # type: ignore[index]
    check_shelves(database)


def check_shelves(database: Records) -> None:
    """Every product on sale stands in a category in use, and each category knows how many it has."""
    on_sale: dict[str, int] = {}
    for row in database["products"].find({"deleted_at": None}):
        on_sale[row["category_id"]] = on_sale.get(row["category_id"], 0) + 1
    in_use = {row["_id"]: row["products"] for row in database["categories"].find({"deleted_at": None})}
    assert {id_: count for id_, count in in_use.items() if count} == on_sale


def test_an_order_of_a_categorys_product_and_its_deletion_do_not_both_happen(
    context: Context, other: Context, database: Records
) -> None:
    shop = a_shop(context)
    asha, devi = owner_of(shop.id), a_customer(context)
    for number in range(10):
        product = a_product(context, shop, f"Ghee {number}", category=f"Shelf {number}")
        deleted, ordered = at_once(
            lambda id_=product.category_id: delete_category(other, asha, id_),
            lambda id_=product.id: an_order(context, devi, {id_: 1}),
        )
        assert isinstance(deleted, Conflict) != isinstance(ordered, Exception), (deleted, ordered)
    check_shelves(database)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_step_of_stock_keeps_the_order_and_loses_less_than_an_eighth(one: int, other: int) -> None:
    assert (one <= other) <= (stock_step(one) <= stock_step(other))
    assert one * 7 // 8 <= stock_step(one) <= one
    assert stock_step(one) == one or one > 15


def test_what_a_sale_changes_stands_in_no_index() -> None:
    before = a_row(1, stock=900)
    after = before._replace(stock=899, held=before.held + 1, version=before.version + 1)
    changed = changes(before, after)
    assert set(changed) == {"stock", "held", "version"}
    indexed = {key for index in INDEXES if index.collection == "products" for key, _ in index.keys}
    assert indexed.isdisjoint(changed)


def test_what_changes_in_a_product_makes_its_document_that_of_the_product_afterwards() -> None:
    before = a_row(1, stock=20, low_stock_at=10, batches=(Batch("b1", 20, OPENING, "2026-11-30"),))
    batch = before.batches[0]
    for after in (
        before._replace(stock=10, version=2),
        before._replace(stock=0, batches=(), version=2),
        before._replace(batches=(batch._replace(expires_on=None),), version=2),
        before._replace(low_stock_at=None, name="Buffalo milk", version=2),
    ):
        assert to_document(before) | changes(before, after) == to_document(after)


def test_the_lowest_are_told_apart_also_within_a_step(database: Records) -> None:
    rows = [a_row(stock, stock=stock) for stock in range(160, 100, -1)]
    database["products"].insert_many([to_document(row) for row in rows])
    lowest = StockWatch(database).list_lowest(KIRANA, 20)
    assert [product.stock for product in lowest] == list(range(101, 121))
