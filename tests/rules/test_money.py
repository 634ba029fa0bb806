"""Money adds up, to the paisa."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_server.rules.money import half_up, price_of_pieces, price_of_weight, round_off, rupees_text, split_gst

paise = st.integers(min_value=0, max_value=10**10)
slabs = st.sampled_from([0, 25, 500, 1200, 1800, 2800, 4000])


@given(paise, slabs, st.booleans())
def test_tax_and_taxable_value_always_add_up_to_the_price(total: int, slab: int, same_state: bool) -> None:
    split = split_gst(total, slab, same_state=same_state)
    assert split.total_paise == total
    assert min(split.taxable_paise, split.cgst_paise, split.sgst_paise, split.igst_paise) >= 0


@given(paise, slabs)
def test_the_two_halves_of_the_tax_are_equal_within_a_state_and_absent_between_states(total: int, slab: int) -> None:
    within = split_gst(total, slab, same_state=True)
    between = split_gst(total, slab, same_state=False)
    assert within.cgst_paise == within.sgst_paise
    assert within.igst_paise == between.cgst_paise == between.sgst_paise == 0


@given(paise, slabs)
def test_the_tax_is_within_a_paisa_of_the_exact_share(total: int, slab: int) -> None:
    exact = Decimal(total) * slab / (10_000 + slab)
    within = split_gst(total, slab, same_state=True)
    assert abs(within.cgst_paise + within.sgst_paise - exact) <= 1
    assert abs(split_gst(total, slab, same_state=False).igst_paise - exact) <= Decimal("0.5")


def test_249_rupees_at_28_percent_split_as_published() -> None:
    within = split_gst(24_900, 2800, same_state=True)
    assert (within.taxable_paise, within.cgst_paise, within.sgst_paise) == (19_454, 2_723, 2_723)
    between = split_gst(24_900, 2800, same_state=False)
    assert (between.taxable_paise, between.igst_paise) == (19_453, 5_447)


def test_goods_free_of_tax_are_taxable_value_only() -> None:
    assert split_gst(6_400, 0, same_state=True).taxable_paise == 6_400


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_half_up_is_the_nearest_whole_with_halves_going_up(numerator: int, denominator: int) -> None:
    rounded = half_up(numerator, denominator)
    assert -denominator < 2 * (numerator - rounded * denominator) + 1
    assert 2 * (numerator - rounded * denominator) < denominator


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(1, 2, 1), (3, 2, 2), (-1, 2, 0), (5, 10, 1), (4, 10, 0), (0, 7, 0)],
)
def test_halves_go_up(numerator: int, denominator: int, rounded: int) -> None:
    assert half_up(numerator, denominator) == rounded


def test_pieces_cost_price_times_quantity() -> None:
    assert price_of_pieces(2_550, 3) == 7_650


@pytest.mark.parametrize(
    ("per_kg", "grams", "total"), [(4_000, 250, 1_000), (9_999, 1, 10), (4_500, 333, 1_499), (1_001, 500, 501)]
)
def test_weighed_goods_cost_the_price_per_kilogram_rounded_half_up(per_kg: int, grams: int, total: int) -> None:
    assert price_of_weight(per_kg, grams) == total


@given(st.integers(0, 10**7), st.integers(0, 10**6))
def test_weighed_goods_agree_with_decimal_arithmetic(per_kg: int, grams: int) -> None:
    exact = (Decimal(per_kg) * grams / 1000).quantize(Decimal(1), ROUND_HALF_UP)
    assert price_of_weight(per_kg, grams) == exact


@given(paise)
def test_rounding_off_reaches_a_whole_rupee_by_at_most_fifty_paise(total: int) -> None:
    added = round_off(total)
    assert (total + added) % 100 == 0
    assert -49 <= added <= 50


def test_fifty_paise_round_up() -> None:
    assert (round_off(1_050), round_off(1_049)) == (50, -49)


@given(st.integers(-(10**10), 10**10))
def test_rupees_read_back_as_the_same_paise(amount: int) -> None:
    text = rupees_text(amount)
    assert Decimal(text) * 100 == amount
    assert len(text.split(".")[1]) == 2
