"""Batches: what was received in one lot, and which lot goes out first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shop_server.rules.batch import (
    Batch,
    expired_quantity,
    good_quantity,
    is_expired,
    nearest_expiry,
    put_back,
    take,
    take_expired,
    take_good,
    total,
)
from tests.rules.shelf import TODAY, TOMORROW, YESTERDAY, a_batch, quantities

DAYS = st.sampled_from([None, "2026-11-01", YESTERDAY, TODAY, TOMORROW, "2027-05-01"])
SHELVES = st.lists(st.tuples(st.integers(1, 50), DAYS, st.integers(0, 99)), max_size=6).map(
    lambda lots: tuple(a_batch(f"b{n}", quantity, day, hours_ago=ago) for n, (quantity, day, ago) in enumerate(lots))
)
NO_DAY = "9999"


def test_the_day_on_the_pack_is_still_a_selling_day() -> None:
    assert not is_expired(a_batch("b", 1, TODAY), TODAY)
    assert is_expired(a_batch("b", 1, YESTERDAY), TODAY)


def test_goods_without_a_day_never_expire() -> None:
    assert not is_expired(a_batch("b", 1), "9999-12-31")


def test_first_expired_goes_first_whatever_came_first() -> None:
    old, new = a_batch("old", 5, "2027-01-31", hours_ago=99), a_batch("new", 5, "2026-12-31")

    left, picks = take((old, new), 7)

    assert [(pick.batch_id, pick.quantity) for pick in picks] == [("new", 5), ("old", 2)]
    assert quantities(left) == {"old": 3}


def test_of_the_same_day_the_lot_received_first_goes_first() -> None:
    _, picks = take((a_batch("new", 5, TOMORROW), a_batch("old", 5, TOMORROW, hours_ago=5)), 6)

    assert [(pick.batch_id, pick.quantity) for pick in picks] == [("old", 5), ("new", 1)]


def test_goods_that_never_expire_go_last() -> None:
    _, picks = take((a_batch("forever", 5, hours_ago=99), a_batch("milk", 5, "2030-01-01")), 6)

    assert [pick.batch_id for pick in picks] == ["milk", "forever"]


def test_an_emptied_batch_is_gone_from_the_shelf() -> None:
    left, _ = take((a_batch("a", 2), a_batch("b", 3)), 2)

    assert quantities(left) == {"b": 3}


def test_goods_put_back_into_an_emptied_batch_keep_all_that_was_printed_on_it() -> None:
    batch = a_batch("a", 2, TOMORROW, manufactured_on=YESTERDAY, batch_no="L7", cost_paise=90_00, mrp_paise=130_00)
    left, picks = take((batch,), 2)

    assert put_back(left, picks) == (batch,)


def test_goods_go_back_into_what_is_left_of_their_batch_as_it_is_now() -> None:
    _, picks = take((a_batch("a", 5, TOMORROW),), 2)

    assert put_back((a_batch("a", 3, "2026-12-24"),), picks) == (a_batch("a", 5, "2026-12-24"),)


def test_the_nearest_expiry_is_the_first_day_of_what_has_one() -> None:
    assert nearest_expiry([a_batch("a", 1), a_batch("b", 1, TOMORROW), a_batch("c", 1, TODAY)]) == TODAY
    assert nearest_expiry([a_batch("a", 1)]) is None


@given(SHELVES, st.integers(0, 400))
def test_nothing_is_lost_and_nothing_invented_by_taking(shelf: tuple[Batch, ...], quantity: int) -> None:
    left, picks = take(shelf, quantity)

    taken = sum(pick.quantity for pick in picks)
    assert taken == min(quantity, total(shelf))
    assert total(left) == total(shelf) - taken
    assert all(batch.quantity > 0 for batch in left) and all(pick.quantity > 0 for pick in picks)


@given(SHELVES, st.integers(0, 400))
def test_nothing_that_stays_would_have_had_to_go_first(shelf: tuple[Batch, ...], quantity: int) -> None:
    left, picks = take(shelf, quantity)

    last_picked = max(((pick.expires_on or NO_DAY, pick.received_at) for pick in picks), default=None)
    if last_picked is not None:
        assert all((batch.expires_on or NO_DAY, batch.received_at) >= last_picked for batch in left)


@given(SHELVES, st.integers(0, 400))
def test_packing_never_touches_expired_goods_and_wasting_no_good_ones(shelf: tuple[Batch, ...], quantity: int) -> None:
    after_packing, packed = take_good(shelf, quantity, TODAY)
    after_wasting, wasted = take_expired(shelf, quantity, TODAY)

    assert sum(pick.quantity for pick in packed) == min(quantity, good_quantity(shelf, TODAY))
    assert expired_quantity(after_packing, TODAY) == expired_quantity(shelf, TODAY)
    assert sum(pick.quantity for pick in wasted) == min(quantity, expired_quantity(shelf, TODAY))
    assert good_quantity(after_wasting, TODAY) == good_quantity(shelf, TODAY)


@given(SHELVES, st.integers(0, 400))
def test_taking_and_putting_back_leaves_the_shelf_as_it_was(shelf: tuple[Batch, ...], quantity: int) -> None:
    left, picks = take(shelf, quantity)

    assert set(put_back(left, picks)) == set(shelf)
