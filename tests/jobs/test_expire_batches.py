"""At each shop's midnight what has expired leaves the shelf; what orders hold of it stays theirs."""

from __future__ import annotations

from datetime import UTC, datetime

from shop_server.actions.expire_batches import expire_batches
from shop_server.context import Context
from shop_server.rules.stock import BY_CLOCK
from tests.builders import a_batch, a_customer, a_product, a_shop, an_order
from tests.fake_clock import FakeClock

MIDNIGHT = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)


def run(context: Context, limit: int = 500) -> int:
    return expire_batches(context, context.clock.now(), limit)


def test_the_day_on_the_pack_is_still_a_selling_day(context: Context, clock: FakeClock) -> None:
    milk = a_product(context, a_shop(context), "Milk", stock=7, expires_on="2026-11-21")
    clock.set(MIDNIGHT.replace(minute=29))
    assert run(context) == 0

    clock.set(MIDNIGHT)
    assert run(context) == 1
    (wasted, *_) = context.movements.list_of_product(milk.id, 10)
    assert context.products.get(milk.id).stock == 0
    assert (wasted.kind, wasted.quantity, wasted.reason, wasted.by) == ("wasted", 7, "expired", BY_CLOCK)
    assert run(context) == 0


def test_good_batches_stay(context: Context, clock: FakeClock) -> None:
    shop = a_shop(context)
    milk = a_product(context, shop, "Milk", stock=7, expires_on="2026-11-21")
    a_batch(context, shop, milk.id, 5, "2026-11-22")
    a_batch(context, shop, milk.id, 3)
    clock.set(MIDNIGHT)
    run(context)

    assert context.products.get(milk.id).stock == 8


def test_what_orders_hold_is_not_thrown_away(context: Context, clock: FakeClock) -> None:
    shop = a_shop(context)
    milk = a_product(context, shop, "Milk", stock=7, expires_on="2026-11-21")
    an_order(context, a_customer(context), {milk.id: 3})
    clock.set(MIDNIGHT)

    assert [run(context), run(context)] == [1, 0]
    product = context.products.get(milk.id)
    assert (product.stock, product.held) == (0, 3)
    assert context.verification.verify() == []


def test_whoever_comes_first_on_a_new_day_has_not_written_it_off(context: Context, clock: FakeClock) -> None:
    shop = a_shop(context)
    milk = a_product(context, shop, "Milk", stock=7, expires_on="2026-11-21")
    a_batch(context, shop, milk.id, 5, "2026-11-30")
    clock.set(MIDNIGHT)
    an_order(context, a_customer(context), {milk.id: 1})

    (wasted,) = [row for row in context.movements.list_of_product(milk.id, 10) if row.kind == "wasted"]
    assert (wasted.quantity, wasted.by) == (7, BY_CLOCK)


def test_each_shop_has_its_own_midnight(context: Context, clock: FakeClock) -> None:
    here = a_product(context, a_shop(context), "Milk", stock=7, expires_on="2026-11-21")
    london = a_shop(context, "Chitra Stores", timezone="Europe/London")
    there = a_product(context, london, "Milk", stock=7, expires_on="2026-11-21")

    clock.set(MIDNIGHT)
    run(context)
    assert [context.products.get(id_).stock for id_ in (here.id, there.id)] == [0, 7]

    clock.set(datetime(2026, 11, 22, 0, 0, tzinfo=UTC))
    run(context)
    assert context.products.get(there.id).stock == 0


def test_makes_good_after_days_asleep_slice_by_slice(context: Context, clock: FakeClock) -> None:
    shop = a_shop(context)
    goods = [
        a_product(context, shop, f"Curd {number}", stock=2, expires_on=f"2026-11-2{number}") for number in range(1, 6)
    ]
    clock.advance(days=30)

    assert [run(context, limit=3), run(context, limit=3), run(context, limit=3)] == [3, 2, 0]
    assert all(context.products.get(product.id).stock == 0 for product in goods)
