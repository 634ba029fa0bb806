"""How goods are entered and changed, who may, and what is shown of them."""

from __future__ import annotations

from typing import Any

import pytest

from shop_server.errors import Conflict, InvalidInput, NotAllowed
from shop_server.rules import stock
from shop_server.rules.batch import check_days
from shop_server.rules.catalogue import card, check_may_change, new_product, revised, with_batch, with_batch_days
from shop_server.rules.person import SHOPKEEPER, STAFF, Person
from shop_server.rules.shop import Shop
from tests.rules.shelf import MORNING, TODAY, TOMORROW, YESTERDAY, a_batch, a_cause, a_product, quantities

SHOP = Shop("asha", "owner", "Asha Kirana", MORNING, low_stock_at=10)
ASHA = Person("owner", "s", SHOPKEEPER, "Asha", "9876543210", shop_id="asha")


def cashier(*permissions: str) -> Person:
    """Bharat, with a permit for the goods."""
    allowed = frozenset(permissions)
    return Person(
        "bharat", "s", STAFF, "Bharat", "9876543211", shop_id="asha", permissions=allowed, permit_until=MORNING
    )


def test_a_new_product_is_found_by_its_words_and_its_barcode() -> None:
    rice = new_product("r", "asha", "c", MORNING, {"name": "Açaí  RICE", "barcode": "890", "price_paise": 100})
    assert (rice.name_key, rice.words) == ("açaí rice", ("acai", "rice", "890"))
    assert (rice.stock, rice.held, rice.version) == (0, 0, 1)


def test_nothing_costs_more_than_its_printed_price() -> None:
    with pytest.raises(InvalidInput):
        new_product("r", "asha", "c", MORNING, {"name": "Rice", "price_paise": 101, "mrp_paise": 100})
    dal = a_product(a_batch("a", 5), mrp_paise=130_00)
    assert revised(dal, {"price_paise": 130_00}).price_paise == 130_00
    for fields in ({"price_paise": 130_01}, {"mrp_paise": 119_99}):
        with pytest.raises(InvalidInput):
            revised(dal, fields)


def test_a_revision_that_says_nothing_new_is_the_very_same_product() -> None:
    dal = a_product(a_batch("a", 5))
    assert revised(dal, {"name": "Toor dal", "price_paise": 120_00, "mrp_paise": None}) is dal
    assert revised(dal, {}) is dal


def test_a_revision_is_one_version_on_and_found_by_its_new_name() -> None:
    after = revised(a_product(a_batch("a", 5)), {"name": "Arhar dal", "barcode": "77"})
    assert (after.version, after.name_key, after.words) == (2, "arhar dal", ("arhar", "dal", "77"))


def test_the_measure_changes_only_while_no_order_holds_any() -> None:
    with pytest.raises(Conflict):
        revised(a_product(a_batch("a", 5), held=1), {"sold_by": "weight"})
    assert revised(a_product(a_batch("a", 5)), {"sold_by": "weight"}).sold_by == "weight"


@pytest.mark.parametrize(
    ("manufactured_on", "expires_on", "pointers"),
    [
        (None, None, []),
        (TODAY, TODAY, []),
        (YESTERDAY, TOMORROW, []),
        (TOMORROW, None, ["/manufacturedOn"]),
        (None, YESTERDAY, ["/expiresOn"]),
        (TOMORROW, YESTERDAY, ["/manufacturedOn", "/expiresOn"]),
        ("2026-11-24", "2026-11-23", ["/manufacturedOn", "/expiresOn"]),
    ],
)
def test_goods_are_made_before_today_and_expire_after_both(
    manufactured_on: str | None, expires_on: str | None, pointers: list[str]
) -> None:
    wrong: list[str] = []
    try:
        check_days(manufactured_on, expires_on, TODAY)
    except InvalidInput as refusal:
        wrong = [error.pointer for error in refusal.errors]
    assert wrong == pointers


def test_the_only_batch_takes_its_days_from_the_product() -> None:
    after = with_batch_days(a_product(a_batch("a", 5)), {"expires_on": TOMORROW, "batch_no": "B1"}, TODAY)
    assert (after.batches[0].expires_on, after.batches[0].batch_no, after.version) == (TOMORROW, "B1", 2)


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({}, False),
        ({"expires_on": TODAY}, False),
        ({"expires_on": TODAY, "batch_no": None, "manufactured_on": None}, False),
        ({"batch_no": None}, False),
        ({"expires_on": None}, True),
        ({"expires_on": TOMORROW}, True),
        ({"batch_no": "B1"}, True),
        ({"batch_no": "A1", "manufactured_on": YESTERDAY, "expires_on": TODAY}, False),
        ({"manufactured_on": TODAY}, True),
        ({"batch_no": None, "manufactured_on": YESTERDAY}, False),
    ],
)
def test_of_several_batches_none_is_chosen_by_guess(fields: dict[str, Any], refused: bool) -> None:
    first_out = a_batch("a", 5, TODAY, batch_no="A1", manufactured_on=YESTERDAY)
    dal = a_product(a_batch("b", 5, batch_no="B1", manufactured_on=TODAY), first_out)
    if refused:
        with pytest.raises(Conflict):
            with_batch_days(dal, fields, TODAY)
    else:
        assert with_batch_days(dal, fields, TODAY) is dal


def test_without_goods_there_is_nothing_that_expires() -> None:
    empty = a_product()
    assert with_batch_days(empty, {"expires_on": TOMORROW}, TODAY) is empty


def test_a_batch_that_has_expired_keeps_its_day_when_something_else_of_it_is_corrected() -> None:
    held = a_product(a_batch("a", 5, YESTERDAY), a_batch("b", 1), held=5)
    corrected = with_batch(held, held.batches[0], {"batch_no": "B1"}, TODAY)
    assert [batch.batch_no for batch in corrected.batches] == ["B1", None]
    with pytest.raises(InvalidInput):
        with_batch(held, held.batches[1], {"expires_on": YESTERDAY}, TODAY)


@pytest.mark.parametrize(
    ("person", "fields", "may"),
    [
        (ASHA, {"price_paise": 1, "name": "x"}, True),
        (cashier("inventory"), {"name": "x"}, True),
        (cashier("inventory"), {"cost_paise": 1}, False),
        (cashier("inventory"), {"mrp_paise": 200_00}, False),
        (cashier("prices"), {"price_paise": 1}, True),
        (cashier("prices"), {"price_paise": 1, "name": "x"}, False),
        (cashier("prices"), {"low_stock_at": 3}, False),
        (cashier("inventory", "prices"), {"price_paise": 1, "name": "x"}, True),
        (cashier(), {}, True),
    ],
)
def test_who_may_change_what(person: Person, fields: dict[str, Any], may: bool) -> None:
    before = a_product(a_batch("a", 5))
    if may:
        check_may_change(person, before, revised(before, fields))
    else:
        with pytest.raises(NotAllowed):
            check_may_change(person, before, revised(before, fields))


def test_the_stock_counts_as_goods_not_as_price() -> None:
    before = a_product(a_batch("a", 5))
    after, _ = stock.set_free(before, 3, a_cause(), "new")
    with pytest.raises(NotAllowed):
        check_may_change(cashier("prices"), before, after)


@pytest.mark.parametrize(("held", "sellable"), [(0, 4), (3, 1), (5, 0), (7, 0), (9, 0)])
def test_a_card_shows_what_can_be_sold_today(held: int, sellable: int) -> None:
    curd = a_product(a_batch("old", 5, YESTERDAY), a_batch("new", 4, TODAY), held=held)
    seen = card(curd, SHOP, "Dairy", TODAY)
    written_off, _ = stock.settle_expired(curd, a_cause())
    assert seen["stock"] == written_off.stock == sellable
    assert {batch["id"]: batch["quantity"] for batch in seen["batches"]} == quantities(written_off.batches)
    assert seen["version"] == curd.version


@pytest.mark.parametrize(
    ("stock_left", "level", "low"), [(11, None, False), (10, None, True), (4, 3, False), (0, 0, True)]
)
def test_a_card_marks_what_is_low(stock_left: int, level: int | None, low: bool) -> None:
    dal = a_product(a_batch("a", stock_left), low_stock_at=level)
    assert card(dal, SHOP, "Dal", TODAY)["low_stock"] is low
