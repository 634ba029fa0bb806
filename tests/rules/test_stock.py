"""Stock: goods come in, are kept, leave and come back; the batches and the stock book always agree."""

from __future__ import annotations

from datetime import timedelta
from itertools import dropwhile
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shop_server.errors import Conflict, InvalidInput, OutOfStock
from shop_server.rules import stock
from shop_server.rules.batch import Pick, expired_quantity, good_quantity, total
from shop_server.rules.product import WEIGHT, Product
from shop_server.rules.shop_time import add_days
from shop_server.rules.stock import MOST_OF_ONE, Cause, Movement, cost_of, preview_cost, short_quantity
from tests.rules.shelf import MORNING, TODAY, TOMORROW, YESTERDAY, a_batch, a_cause, a_product, quantities, sums


def kinds(movements: list[Movement]) -> list[tuple[str, int]]:
    return [(row.kind, row.quantity) for row in movements]


# Counting what has expired


def test_a_count_wastes_what_has_expired_and_no_order_needs_any_more() -> None:
    shelf = a_product(a_batch("old", 6, YESTERDAY), held=6)

    after, movements = stock.count(shelf, 20, a_cause(), "found")

    assert (after.stock, after.held, quantities(after.batches)) == (8, 6, {"found": 14})
    assert kinds(movements) == [("counted", 14), ("wasted", 6)]


def test_as_much_is_free_as_was_set_also_when_the_count_wastes() -> None:
    shelf = a_product(a_batch("old", 6, YESTERDAY), held=6)

    after, movements = stock.set_free(shelf, 5, a_cause(), "found")

    assert (after.stock, after.held) == (5, 6)
    assert stock.without_expired(after, TODAY) == after
    assert sum(row.stock_change + row.held_change for row in movements) == 5


# Holding and releasing


def test_holding_keeps_goods_from_sale_and_leaves_the_batches_alone() -> None:
    before = a_product(a_batch("a", 10))

    after, movements = stock.hold(before, 4, a_cause())

    assert (after.stock, after.held, after.batches) == (6, 4, before.batches)
    assert kinds(movements) == [("held", 4)]
    assert after.version > before.version


def test_the_last_piece_can_be_held_and_none_beyond() -> None:
    product, _ = stock.hold(a_product(a_batch("a", 1)), 1, a_cause())

    with pytest.raises(OutOfStock):
        stock.hold(product, 1, a_cause("order:2"))


def test_expired_goods_are_wasted_before_anything_is_held() -> None:
    shelf = a_product(a_batch("old", 4, YESTERDAY), a_batch("new", 3, TOMORROW))

    after, movements = stock.hold(shelf, 3, a_cause())

    assert (after.stock, after.held, quantities(after.batches)) == (0, 3, {"new": 3})
    assert kinds(movements) == [("wasted", 4), ("held", 3)]
    assert movements[0].reason == "expired"


def test_refuses_to_hold_expired_goods() -> None:
    with pytest.raises(OutOfStock, match="Only 3 of Toor dal left"):
        stock.hold(a_product(a_batch("old", 4, YESTERDAY), a_batch("new", 3, TOMORROW)), 4, a_cause())


def test_expired_goods_that_orders_hold_stay_until_they_are_released() -> None:
    shelf = a_product(a_batch("old", 5, YESTERDAY), held=5)

    kept, movements = stock.settle_expired(shelf, a_cause())
    assert (kept, movements) == (shelf, [])
    assert short_quantity(kept, TODAY) == 5

    freed, movements = stock.release(kept, 2, a_cause())
    assert (freed.stock, freed.held, quantities(freed.batches)) == (0, 3, {"old": 3})
    assert kinds(movements) == [("released", 2), ("wasted", 2)]


# Packing


def test_packing_takes_the_first_expired_and_says_what_each_cost() -> None:
    shelf = a_product(a_batch("late", 5, "2027-01-01", cost_paise=80), a_batch("soon", 5, TOMORROW), held=7)

    after, movements, picks, missing = stock.consume(shelf, 7, a_cause())

    assert [(pick.batch_id, pick.quantity) for pick in picks] == [("soon", 5), ("late", 2)]
    assert (after.stock, after.held, quantities(after.batches), missing) == (3, 0, {"late": 3}, 0)
    assert [(row.kind, row.batch_id, row.cost_paise) for row in movements] == [
        ("sold", "soon", None),
        ("sold", "late", 80),
    ]


def test_packing_leaves_expired_goods_out_and_wastes_what_it_frees() -> None:
    shelf = a_product(a_batch("old", 3, YESTERDAY), a_batch("new", 2, TOMORROW), held=5)

    after, movements, picks, missing = stock.consume(shelf, 5, a_cause())

    assert [(pick.batch_id, pick.quantity) for pick in picks] == [("new", 2)]
    assert (after.stock, after.held, after.batches, missing) == (0, 0, (), 3)
    assert kinds(movements) == [("sold", 2), ("released", 3), ("wasted", 3)]


def test_goods_come_back_into_their_batches_and_expired_ones_are_wasted_at_once() -> None:
    packed, _, picks, _ = stock.consume(a_product(a_batch("a", 4, TODAY), held=4), 4, a_cause())

    same_day, movements = stock.take_back(packed, picks, a_cause("order:2"))
    assert (same_day.stock, quantities(same_day.batches)) == (4, {"a": 4})
    assert kinds(movements) == [("returned", 4)]

    next_day, movements = stock.take_back(packed, picks, a_cause("order:2", TOMORROW))
    assert (next_day.stock, next_day.batches) == (0, ())
    assert kinds(movements) == [("returned", 4), ("wasted", 4)]


# Receiving, counting, wasting


def test_receiving_adds_a_batch_and_ends_the_promise_of_a_new_delivery() -> None:
    after, movements = stock.receive(a_product(restock_on=TOMORROW), a_batch("a", 5, cost_paise=70), a_cause("act"))

    assert (after.stock, quantities(after.batches), after.restock_on) == (5, {"a": 5}, None)
    assert [(row.kind, row.batch_id, row.cost_paise) for row in movements] == [("received", "a", 70)]


def test_refuses_a_batch_that_has_expired_or_is_beyond_counting() -> None:
    with pytest.raises(InvalidInput):
        stock.receive(a_product(), a_batch("a", 5, YESTERDAY), a_cause())
    with pytest.raises(InvalidInput):
        stock.receive(a_product(a_batch("a", MOST_OF_ONE)), a_batch("b", 1), a_cause())


def test_what_is_missing_at_a_count_left_the_first_expired_batch() -> None:
    after, movements = stock.count(
        a_product(a_batch("late", 5), a_batch("soon", 5, TOMORROW), held=2), 7, a_cause("act"), "new"
    )

    assert (after.stock, after.held, quantities(after.batches)) == (5, 2, {"late": 5, "soon": 2})
    assert kinds(movements) == [("counted", -3)]


def test_what_is_more_at_a_count_goes_into_the_newest_good_batch() -> None:
    shelf = a_product(a_batch("old", 1, hours_ago=9), a_batch("new", 1, TOMORROW), a_batch("gone", 1, YESTERDAY))

    after, _ = stock.count(shelf, 6, a_cause("act"), "unused")

    assert quantities(after.batches) == {"old": 1, "new": 5}


def test_what_is_found_on_an_empty_shelf_becomes_a_batch_of_its_own() -> None:
    after, _ = stock.count(a_product(cost_paise=50), 3, a_cause("act"), "found")

    assert (after.stock, quantities(after.batches), after.batches[0].cost_paise) == (3, {"found": 3}, 50)


def test_refuses_a_count_below_what_open_orders_hold() -> None:
    with pytest.raises(Conflict, match="4 of Toor dal are kept for open orders"):
        stock.count(a_product(a_batch("a", 10), held=4), 3, a_cause(), "new")


def test_a_count_of_what_is_there_leaves_no_trace() -> None:
    shelf = a_product(a_batch("a", 10), held=4)

    assert stock.count(shelf, 10, a_cause(), "new") == (shelf, [])


def test_setting_what_is_free_counts_what_is_held_as_well() -> None:
    after, movements = stock.set_free(a_product(a_batch("a", 10), held=4), 1, a_cause(), "new")

    assert (after.stock, after.held, kinds(movements)) == (1, 4, [("counted", -5)])


def test_wasting_takes_from_the_named_batch_or_the_first_expired() -> None:
    shelf = a_product(a_batch("late", 5), a_batch("soon", 5, TOMORROW))

    named, _ = stock.waste(shelf, 2, a_cause(reason="broken"), "late")
    first, movements = stock.waste(shelf, 2, a_cause(reason="broken"))

    assert quantities(named.batches) == {"late": 3, "soon": 5}
    assert quantities(first.batches) == {"late": 5, "soon": 3}
    assert movements[0].reason == "broken"


def test_refuses_to_waste_what_orders_hold_or_what_the_batch_does_not_have() -> None:
    shelf = a_product(a_batch("a", 5), a_batch("b", 5), held=7)

    with pytest.raises(Conflict, match="Only 3"):
        stock.waste(shelf, 4, a_cause())
    with pytest.raises(Conflict, match="Only 0"):
        stock.waste(shelf, 1, a_cause(), "no such batch")


# Cost


def test_the_cost_is_that_of_the_batches_that_go_first() -> None:
    shelf = a_product(a_batch("late", 5, cost_paise=100), a_batch("soon", 2, TOMORROW, cost_paise=70), cost_paise=1)

    assert preview_cost(shelf, 3, TODAY) == 2 * 70 + 100


def test_a_batch_without_a_cost_has_the_products_and_without_that_it_is_not_known() -> None:
    picks = [Pick("a", 2, None, None, MORNING)]

    assert cost_of(picks, a_product(cost_paise=90)) == 180
    assert cost_of(picks, a_product()) is None


def test_the_cost_of_goods_by_weight_is_rounded_half_up() -> None:
    assert cost_of([Pick("a", 250, None, 4_02, MORNING)], a_product(sold_by=WEIGHT)) == 101


# Whatever happens, in whatever order


class Shelf(RuleBasedStateMachine):
    """A product through all that can happen to it, beside a model of what its orders hold."""

    @initialize()
    def open_the_shop(self) -> None:
        self.product: Product = a_product()
        self.holds: list[int] = []
        self.packed: list[tuple[Pick, ...]] = []
        self.book: list[Movement] = []
        self.today = TODAY
        self.acts = 0

    @rule(quantity=st.integers(1, 20), days=st.none() | st.integers(0, 5), cost=st.none() | st.integers(1, 9))
    def receive(self, quantity: int, days: int | None, cost: int | None) -> None:
        expires_on = None if days is None else add_days(self.today, days)
        batch = a_batch(f"lot{self.acts}", quantity, expires_on, hours_ago=-self.acts, cost_paise=cost)
        self._do(*stock.receive(self.product, batch, self._cause()))

    @rule(quantity=st.integers(1, 25))
    def hold(self, quantity: int) -> None:
        settled, _ = stock.settle_expired(self.product, self._cause())
        if quantity > settled.stock:
            with pytest.raises(OutOfStock):
                stock.hold(self.product, quantity, self._cause())
            return
        self._do(*stock.hold(self.product, quantity, self._cause()))
        self.holds.append(quantity)

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        quantity = self.holds.pop(data.draw(st.integers(0, len(self.holds) - 1)))
        self._do(*stock.release(self.product, quantity, self._cause()))

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def pack(self, data: st.DataObject) -> None:
        quantity = self.holds.pop(data.draw(st.integers(0, len(self.holds) - 1)))
        good = good_quantity(self.product.batches, self.today)
        product, movements, picks, missing = stock.consume(self.product, quantity, self._cause())
        assert sum(pick.quantity for pick in picks) == quantity - missing == min(quantity, good)
        assert all(pick.expires_on is None or pick.expires_on >= self.today for pick in picks)
        self._do(product, movements)
        self.packed.append(picks)

    @precondition(lambda self: self.packed)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        picks = self.packed.pop(data.draw(st.integers(0, len(self.packed) - 1)))
        self._do(*stock.take_back(self.product, picks, self._cause()))

    @rule(on_shelf=st.integers(0, 60))
    def count(self, on_shelf: int) -> None:
        if on_shelf < self.product.held:
            with pytest.raises(Conflict):
                stock.count(self.product, on_shelf, self._cause(), "new")
            return
        product, movements = stock.count(self.product, on_shelf, self._cause(), f"lot{self.acts}")
        self._do(product, movements)
        after_it = dropwhile(lambda row: row.kind != "counted", movements)
        assert product.stock + product.held == on_shelf - sum(row.quantity for row in after_it if row.kind == "wasted")
        assert not (product.stock and expired_quantity(product.batches, self.today))

    @rule(quantity=st.integers(1, 20))
    def waste(self, quantity: int) -> None:
        settled, _ = stock.settle_expired(self.product, self._cause())
        if quantity > settled.stock:
            with pytest.raises(Conflict):
                stock.waste(self.product, quantity, self._cause())
            return
        self._do(*stock.waste(self.product, quantity, self._cause()))

    @rule()
    def settle(self) -> None:
        self._do(*stock.settle_expired(self.product, self._cause()))
        assert not (self.product.stock and expired_quantity(self.product.batches, self.today))

    @rule(days=st.integers(1, 3))
    def days_pass(self, days: int) -> None:
        self.today = add_days(self.today, days)

    @invariant()
    def what_lies_there_is_free_or_held(self) -> None:
        if hasattr(self, "product"):
            assert self.product.stock + self.product.held == total(self.product.batches)
            assert self.product.stock >= 0 and all(batch.quantity > 0 for batch in self.product.batches)
            assert len({batch.id for batch in self.product.batches}) == len(self.product.batches)

    @invariant()
    def held_is_what_open_orders_hold(self) -> None:
        if hasattr(self, "product"):
            assert self.product.held == sum(self.holds)

    @invariant()
    def the_stock_book_adds_up(self) -> None:
        if hasattr(self, "product"):
            assert sums(self.book) == (self.product.stock, self.product.held)

    def _cause(self) -> Cause:
        return Cause(f"act{self.acts}", MORNING + timedelta(hours=self.acts), "asha", self.today)

    def _do(self, product: Product, movements: list[Movement]) -> None:
        self._check_running_totals(movements)
        if movements or product != self.product:
            assert product.version > self.product.version
        self.product = product
        self.book += movements
        self.acts += 1

    def _check_running_totals(self, movements: list[Movement]) -> None:
        free, held = self.product.stock, self.product.held
        for row in movements:
            free, held = free + row.stock_change, held + row.held_change
            assert (row.stock_after, row.held_after) == (free, held)
            assert free >= 0 and held >= 0


TestShelf: Any = Shelf.TestCase
TestShelf.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
