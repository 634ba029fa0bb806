"""Eleven CSV files of made-up kiranas: whole in themselves, and a shop that keeps every promise when they are loaded."""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bson
import pytest

import run_server
from indexes import COLLECTIONS, INDEXES
from shop_server.app import Shop as OpenShop
from shop_server.clock import SystemClock
from shop_server.demo.history import write_history
from shop_server.demo.load import load
from shop_server.demo.people import PASSWORD
from shop_server.demo.progress import Progress
from shop_server.demo.tables import COLUMNS
from shop_server.errors import CannotStart
from shop_server.rules.shop_time import business_day
from shop_server.security.passwords import Passwords
from shop_server.settings import Settings
from shop_server.storage import orders, products
from shop_server.storage.bundled import Bundled
from shop_server.storage.connection import Connection, open_database
from shop_server.storage.users import user_document, user_of
from shop_server.storage.verify import verify

ORDERS, UNTIL = 240, "2026-11-21"
NAME = "shop_test_of_sample_data"
NEEDED = [index for index in INDEXES if index.collection in ("orders", "analytics")]
"""The indexes that days are rolled up by: to make all of them takes the longest."""
Row = dict[str, str]
Sample = dict[str, list[Row]]

REFERENCES = {
    ("staff", "shop_id"): "shops",
    ("shops", "owner_id"): "staff",
    ("addresses", "customer_id"): "customers",
    ("categories", "shop_id"): "shops",
    ("products", "shop_id"): "shops",
    ("products", "category_id"): "categories",
    ("batches", "product_id"): "products",
    ("orders", "shop_id"): "shops",
    ("orders", "customer_id"): "customers",
    ("orders", "address_id"): "addresses",
    ("order_lines", "order_id"): "orders",
    ("order_lines", "product_id"): "products",
    ("order_lines", "category_id"): "categories",
    ("payments", "order_id"): "orders",
    ("stock_movements", "shop_id"): "shops",
    ("stock_movements", "product_id"): "products",
    ("stock_movements", "order_id"): "orders",
    ("stock_movements", "batch_id"): "batches",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "data"
    write_history(path, 1, ORDERS, UNTIL)
    return path


@pytest.fixture(scope="module")
def sample(folder: Path) -> Sample:
    return {path.stem: list(csv.DictReader(io.StringIO(path.read_text()))) for path in folder.glob("*.csv")}


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """Files to be spoilt."""
    return Path(shutil.copytree(folder, tmp_path / "copy"))


@pytest.fixture(scope="module")
def empty(mongod: Bundled) -> Iterator[Connection]:
    with open_database(mongod.uri, NAME) as opened:
        yield opened
        opened.tools_client.drop_database(NAME)


@pytest.fixture(scope="module")
def loaded(empty: Connection, folder: Path) -> Connection:
    empty.tools_client.drop_database(NAME)
    assert load(empty, folder, INDEXES, COLLECTIONS) == (ORDERS, "owner1@example.in")
    return empty


def test_there_are_eleven_files_and_every_reference_leads_to_a_row(sample: Sample) -> None:
    assert len(sample) == 11
    assert set(sample) == set(COLUMNS)
    ids = {name: {row["id"] for row in rows if "id" in row} for name, rows in sample.items()}
    for (table, field), other in REFERENCES.items():
        named = {row[field] for row in sample[table]} - {""}
        assert named, f"{table}.{field}"
        assert named <= ids[other], f"{table}.{field}"
    picked = {part.split()[0] for row in sample["order_lines"] for part in row["picks"].split("; ") if part}
    assert picked <= ids["batches"]
    names = {(row["order_id"], row["product_id"]) for row in sample["order_lines"]}
    assert len(names) == len(sample["order_lines"])
    assert all(len(ids[table]) == len(sample[table]) for table in ids if ids[table])


def test_goods_and_money_add_up_in_the_files(sample: Sample) -> None:
    lines: dict[str, int] = defaultdict(int)
    for row in sample["order_lines"]:
        lines[row["order_id"]] += int(row["line_total_paise"])
    payments = {row["order_id"]: row for row in sample["payments"]}
    assert len(payments) == len(sample["orders"]) == ORDERS
    for order in sample["orders"]:
        assert int(order["subtotal_paise"]) == lines[order["id"]]
        total = int(order["total_paise"])
        assert (
            total == lines[order["id"]] + int(order["delivery_fee_paise"]) == int(payments[order["id"]]["amount_paise"])
        )
    moved: Counter[tuple[str, str]] = Counter()
    for row in sample["stock_movements"]:
        moved[row["product_id"], "stock"] += int(row["stock_change"])
        moved[row["product_id"], "held"] += int(row["held_change"])
    lying: Counter[str] = Counter()
    for row in sample["batches"]:
        lying[row["product_id"]] += int(row["quantity"])
        assert 0 <= int(row["quantity"]) <= int(row["received"])
    for product in sample["products"]:
        stock, held = int(product["stock"]), int(product["held"])
        assert (stock, held) == (moved[product["id"], "stock"], moved[product["id"], "held"])
        assert stock + held == lying[product["id"]]


def test_it_is_a_believable_history_of_the_days_before(sample: Sample) -> None:
    days = {row["placed_at"][:10] for row in sample["orders"]}
    assert max(days) < UNTIL
    assert len(days) > 20
    states = Counter(row["status"] for row in sample["orders"])
    assert {"delivered", "cancelled", "expired"} <= set(states)
    assert states["delivered"] > ORDERS * 0.8
    assert {row["kind"] for row in sample["stock_movements"]} >= {"received", "held", "released", "sold", "wasted"}
    assert {row["method"] for row in sample["payments"]} == {"UPI", "Cash", "Card"}
    assert len({row["shop_id"] for row in sample["orders"]}) == 2


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        write_history(tmp_path / name, seed, 20, UNTIL)

    def content(path: Path) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in path.iterdir()}

    first = content(tmp_path / "first")
    assert content(tmp_path / "again") == first
    assert not set(content(tmp_path / "other").values()) & set(first.values())


@pytest.mark.parametrize("scale", [1, 7, 61])
def test_there_are_exactly_as_many_orders_as_asked_for(tmp_path: Path, scale: int) -> None:
    noted: list[int] = []
    write_history(tmp_path / "data", 1, scale, UNTIL, noted.append)

    assert len((tmp_path / "data" / "orders.csv").read_text().splitlines()) == scale + 1
    assert sum(noted) == scale


def test_nothing_is_written_over(folder: Path) -> None:
    with pytest.raises(CannotStart, match="is not empty"):
        write_history(folder, 1, 1, UNTIL)


def test_all_rows_are_in_a_shop_that_keeps_every_promise(loaded: Connection, sample: Sample) -> None:
    database = loaded.tools
    assert verify(database) == []
    counts = {name: database[name].count_documents({}) for name in ("shops", "products", "categories", "orders")}
    assert counts == {name: len(sample[name]) for name in counts}
    assert database["users"].count_documents({}) == len(sample["staff"]) + len(sample["customers"])
    assert database["movements"].count_documents({}) == len(sample["stock_movements"])
    packed = {row["_id"] for row in database["orders"].find({"history.status": "packed"}, {"_id": 1})}
    bills = [row["order_id"] for row in database["papers"].find({"kind": {"$ne": "credit_note"}}, {"order_id": 1})]
    assert sorted(bills) == sorted(packed)
    days = {(order["shop_id"], order["business_day"]) for order in database["orders"].find()}
    assert database["analytics"].count_documents({"stale": False}) == len(days)
    for order in database["orders"].find():
        assert bson.encode(orders.to_document(orders.from_document(order))) == bson.encode(order)
    for product in database["products"].find():
        assert bson.encode(products.to_document(products.from_document(product))) == bson.encode(product)
    for row in database["users"].find().limit(5):
        user = user_of(row)
        assert user is not None
        assert bson.encode(user_document(user)) == bson.encode(row)


def test_everybody_can_sign_in_and_only_the_first_shopkeeper_is_admin(loaded: Connection, sample: Sample) -> None:
    users = {row["email"]: row for row in loaded.tools["users"].find()}
    for row in (*sample["staff"][:2], sample["customers"][0]):
        assert Passwords().match(PASSWORD, users[row["email"]]["password_hash"])
    assert [email for email, row in users.items() if row["is_admin"]] == ["owner1@example.in"]
    assert loaded.tools["secrets"].find_one({"_id": "first_account"}), "whoever registers next is not admin"
    home = next(row for row in sample["addresses"] if row["customer_id"] == sample["customers"][0]["id"])
    assert users[sample["customers"][0]["email"]]["address"] == home["line"]


def test_a_database_that_is_not_empty_is_refused(loaded: Connection, folder: Path) -> None:
    with pytest.raises(CannotStart, match="is not empty"):
        load(loaded, folder, (), ())


# Files that somebody has changed


def first_row_without(table: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / f"{table}.csv"
        head, _, *rest = path.read_text().splitlines(keepends=True)
        path.write_text("".join([head, *rest]))

    return spoil


def with_text(table: str, old: str, new: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / f"{table}.csv"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return spoil


SPOILS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file is missing": (lambda folder: (folder / "batches.csv").unlink(), r"batches\.csv cannot be found"),
    "another table": (with_text("shops", "id,", "number,"), r"shops\.csv does not begin with its columns"),
    "a word for a number": (
        with_text("shops", ",2000,", ",twenty,"),
        r"shops\.csv, line 2, cannot be read: invalid literal",
    ),
    "a missing field": (with_text("categories", ",1,", ","), r"categories\.csv, line 2, cannot be read"),
    "no day": (with_text("orders", "Z,", ","), r"orders\.csv, line 2, cannot be read: .* has no Z"),
    "neither yes nor no": (
        with_text("shops", "yes", "maybe"),
        r"line 2, cannot be read: 'maybe' is neither yes nor no",
    ),
    "a bad step": (
        with_text("orders", "placed 20", "placed twenty 20"),
        r"order \w+ cannot be read: Invalid isoformat",
    ),
    "an order without lines": (first_row_without("orders"), r"order_lines\.csv has rows of|needs its shop, its lines"),
    "a batch of nothing": (first_row_without("products"), r"batches\.csv has batches of a product that is not"),
}


@pytest.mark.parametrize("name", SPOILS)
def test_files_that_cannot_be_read_are_refused_by_name(
    mongod: Bundled, copy: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    spoil, said = SPOILS[name]
    spoil(copy)
    monkeypatch.setattr(Passwords, "keep", lambda self, password: "not looked at")

    with open_database(mongod.uri, f"{NAME}_spoilt") as opened:
        try:
            with pytest.raises(CannotStart, match=said):
                load(opened, copy, (), ())
        finally:
            opened.tools_client.drop_database(f"{NAME}_spoilt")


def test_no_shop_opens_on_files_that_do_not_add_up_and_mended_ones_can_be_loaded(
    mongod: Bundled, copy: Path, folder: Path, settings: Settings
) -> None:
    lines = (copy / "stock_movements.csv").read_text().splitlines(keepends=True)
    (copy / "stock_movements.csv").write_text("".join(lines[:-1]))
    with open_database(mongod.uri, f"{NAME}_spoilt") as opened:
        try:
            with pytest.raises(CannotStart, match="The files do not add up:\n"):
                load(opened, copy, NEEDED, ())
            with pytest.raises(CannotStart, match="is only half filled: --load"):
                OpenShop(settings, opened)
            load(opened, folder, NEEDED, ())
            assert verify(opened.tools) == []
        finally:
            opened.tools_client.drop_database(f"{NAME}_spoilt")


# At the keyboard


def test_writes_the_days_before_today_unless_told_otherwise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    today = business_day(SystemClock().now(), "Asia/Kolkata")

    assert run_server.main(["--sample-data", str(tmp_path / "data"), "--scale", "3"]) == 0

    assert "3 orders lie in" in capsys.readouterr().out
    rows = list(csv.DictReader((tmp_path / "data" / "orders.csv").open()))
    assert len(rows) == 3
    assert max(row["placed_at"] for row in rows)[:10] <= today


@pytest.mark.parametrize("wrong", [("--scale", "0"), ("--scale", "many"), ("--until", "yesterday"), ("--seed", "x")])
def test_wrong_numbers_are_refused(wrong: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        run_server.main(["--sample-data", str(tmp_path / "data"), *wrong])

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("is_terminal", [True, False])
def test_shows_how_far_it_is(is_terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    said, kept = io.StringIO(), []
    monkeypatch.setattr(said, "isatty", lambda: is_terminal, raising=False)
    monkeypatch.setattr("sys.stderr", said)
    monkeypatch.setattr("shop_server.demo.progress.BAR_SECONDS", -1.0)
    monkeypatch.setattr("shop_server.demo.progress.LINE_SECONDS", -1.0)

    progress: Any = Progress("files", 4, lambda: kept.append(1))
    progress.add(2)
    progress.end()

    assert f"[{'#' * 15}{' ' * 15}]  50% files, 0 s" in said.getvalue()
    assert said.getvalue().endswith("100% files, 0 s\n")
    assert said.getvalue().count("\r") == (2 if is_terminal else 0)
    assert kept == [1]
