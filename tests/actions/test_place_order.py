"""Placing an order: what is there is held at the shop's price, or nothing happens at all."""

from __future__ import annotations

from typing import Any

import pytest

from shop_server.actions.change_order import change_order
from shop_server.actions.place_order import PlaceOrder, place_order
from shop_server.context import Context
from shop_server.errors import Conflict, InvalidInput, OutOfStock
from tests.builders import HOME, a_batch, a_customer, a_product, a_shop, an_order
from tests.fake_clock import FakeClock


def place(context: Context, *items: tuple[str, int], method: str = "UPI", **fields: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "delivery_address": HOME,
        "pickup": False,
        "note": "",
        "expected_total_paise": None,
        **fields,
    }
    return place_order(context, PlaceOrder(a_customer(context), items, method, **values), None)


def test_refuses_order_when_only_expired_batches_remain(context: Context, clock: FakeClock) -> None:
    milk = a_product(context, a_shop(context), "Milk", stock=10, expires_on="2026-11-21")
    clock.advance(days=1)

    with pytest.raises(OutOfStock) as refused:
        place(context, (milk.id, 1))
    assert refused.value.extra["lines"] == [{"id": milk.id, "requested": 1, "available": 0}]
    assert context.products.get(milk.id) == milk


def test_the_first_order_of_a_new_day_wastes_what_has_expired(context: Context, clock: FakeClock) -> None:
    shop = a_shop(context)
    milk = a_product(context, shop, "Milk", stock=10, expires_on="2026-11-21")
    a_batch(context, shop, milk.id, 5, expires_on="2026-11-25")
    clock.advance(days=1)

    place(context, (milk.id, 2))

    after = context.products.get(milk.id)
    assert (after.stock, after.held, [batch.expires_on for batch in after.batches]) == (3, 2, ["2026-11-25"])
    kinds = {(row.kind, row.quantity) for row in context.movements.list_of_product(milk.id, 10)}
    assert kinds == {("received", 10), ("received", 5), ("wasted", 10), ("held", 2)}


def test_one_short_line_refuses_the_whole_order(context: Context) -> None:
    shop = a_shop(context)
    dal, rice = a_product(context, shop, stock=5), a_product(context, shop, "Rice", stock=1)

    with pytest.raises(OutOfStock):
        place(context, (dal.id, 1), (rice.id, 2))
    assert (context.products.get(dal.id), context.products.get(rice.id)) == (dal, rice)


@pytest.mark.parametrize("method", ["UPI", "Cash"])
def test_refuses_an_order_that_comes_to_less_than_a_paisa(context: Context, method: str) -> None:
    shop = a_shop(context)
    onions = a_product(context, shop, "Onions", stock=5_000, sold_by="weight", price_paise=4_00)

    with pytest.raises(InvalidInput, match="order a little more"):
        place(context, (onions.id, 1), method=method)
    assert place(context, (onions.id, 2), method=method)["total_paise"] == 1

    devi = a_customer(context)
    order = an_order(context, devi, {onions.id: 500}, method)
    with pytest.raises(InvalidInput, match="order a little more"):
        change_order(context, order.id, devi, [(onions.id, 1)])


def test_refuses_another_total_than_the_customer_saw(context: Context) -> None:
    dal = a_product(context, a_shop(context), price_paise=120_00)

    with pytest.raises(Conflict, match=r"The total is now ₹240\.00") as refused:
        place(context, (dal.id, 2), expected_total_paise=200_00)
    assert refused.value.extra == {"total_paise": 240_00}
    assert context.products.get(dal.id).held == 0


def test_refuses_goods_of_two_shops_and_unknown_goods(context: Context) -> None:
    dal, ghee = a_product(context, a_shop(context)), a_product(context, a_shop(context, "Chitra"), "Ghee")

    with pytest.raises(InvalidInput, match="one shop"):
        place(context, (dal.id, 1), (ghee.id, 1))
    with pytest.raises(InvalidInput) as refused:
        place(context, (dal.id, 1), ("0" * 24, 1))
    assert [error.pointer for error in refused.value.errors] == ["/items/1/id"]


@pytest.mark.parametrize("terms", [{"open": False}, {"suspended": True}, {"approved": False}, {"upi_id": None}])
def test_a_shop_that_cannot_take_the_order_refuses_it(context: Context, terms: dict[str, Any]) -> None:
    dal = a_product(context, a_shop(context, **terms))

    with pytest.raises(Conflict):
        place(context, (dal.id, 1))
    assert context.products.get(dal.id).held == 0
