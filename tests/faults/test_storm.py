"""The real program with one, two and four processes, everybody at once: goods, orders and money are as all remember them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.faults import recollection
from tests.faults.reckoning import read_at_once
from tests.faults.trial_shop import TrialShop, trial_shop
from tests.faults.trials import faults, rush, storm, tap_again

SEED = 20261121


@pytest.fixture(scope="module", params=[1, 2, 4], ids=lambda number: f"{number} processes")
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrialShop]:
    """The shop is open for all trials of this file."""
    with trial_shop(tmp_path_factory.mktemp("storm"), workers=request.param) as opened:
        assert len(opened.servers()) == request.param
        yield opened


def test_32_buyers_on_10_units_are_10_orders_and_22_refusals(shop: TrialShop) -> None:
    rush(shop, 2)


def test_a_hundred_taps_on_one_button_are_one_order(shop: TrialShop) -> None:
    tap_again(shop, 1)


def test_after_everything_at_once_goods_orders_and_money_are_as_all_remember_them(shop: TrialShop) -> None:
    storm(shop, SEED, 3)

    assert faults(shop) == []


# The checker

Row = dict[str, Any]
Change = Callable[[Row], list[Row]]


def is_counted(row: Row) -> bool:
    return bool(row["kind"] == "counted")


def with_fields(**fields: Any) -> Change:
    return lambda row: [row | fields]


def with_payment(**fields: Any) -> Change:
    return lambda row: [row | {"payment": row["payment"] | fields}]


def one_more(row: Row) -> list[Row]:
    first, *rest = row["lines"]
    return [row | {"lines": [first | {"quantity": first["quantity"] + 1}, *rest]}]


def any_row(row: Row) -> bool:
    return True


SPOILS: dict[str, tuple[str, Callable[[Row], bool], Change]] = {
    "an order is lost": ("orders", any_row, lambda row: []),
    "an order is there twice": ("orders", any_row, lambda row: [row, row | {"_id": "f" * 24}]),
    "an order has more in it": ("orders", any_row, one_more),
    "an order costs more": ("orders", any_row, lambda row: [row | {"total_paise": row["total_paise"] + 1}]),
    "a piece is lost": ("products", any_row, lambda row: [row | {"stock": row["stock"] - 1}]),
    "a piece is held for nobody": ("products", any_row, lambda row: [row | {"held": row["held"] + 1}]),
    "money is forgotten": (
        "orders",
        lambda row: bool(row["payment"]["settled_paise"]),
        with_payment(settled_paise=0),
    ),
    "a claim is forgotten": (
        "orders",
        lambda row: bool(row["payment"]["status"] == "claimed"),
        with_payment(history=[]),
    ),
    "packing is forgotten": (
        "orders",
        lambda row: bool(row["status"] == "packed"),
        lambda row: [row | {"status": "placed", "history": row["history"][:-1]}],
    ),
    "a cancelled order goes on": (
        "orders",
        lambda row: bool(row["status"] == "cancelled"),
        lambda row: [row | {"status": "packed", "history": [*row["history"], {"status": "packed"}]}],
    ),
    "a key is forgotten": ("idempotency_keys", any_row, lambda row: []),
    "wastage is written twice": (
        "movements",
        lambda row: bool(row["kind"] == "wasted" and row["reason"] != "expired"),
        lambda row: [row, row],
    ),
    "a count is written otherwise": (
        "movements",
        is_counted,
        lambda row: [row | {"stock_after": row["stock_after"] + 1}],
    ),
    "a count is lost": ("movements", is_counted, lambda row: []),
    "good things are thrown away": (
        "movements",
        lambda row: bool(row["reason"] == "expired"),
        with_fields(batch_id="a good one"),
    ),
}


def test_the_diary_shows_whatever_is_spoilt_in_the_records(shop: TrialShop) -> None:
    with shop.records() as database:
        kept = read_at_once(database, *recollection.COLLECTIONS)
    assert recollection.faults(shop.diary, shop.goods, kept) == []

    def is_seen(collection: str, concerns: Callable[[Row], bool], change: Change) -> bool:
        number, row = next((number, row) for number, row in enumerate(kept[collection]) if concerns(row))
        rows = [*kept[collection][:number], *change(row), *kept[collection][number + 1 :]]
        return recollection.faults(shop.diary, shop.goods, kept | {collection: rows}) != []

    assert [what for what, spoil in SPOILS.items() if not is_seen(*spoil)] == []
