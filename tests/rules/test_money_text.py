"""Amounts as they are read: Indian groups, and words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_server.rules.money_text import grouped, in_words


@pytest.mark.parametrize(
    ("paise", "text"),
    [(0, "0.00"), (5, "0.05"), (999_99, "999.99"), (1_000_00, "1,000.00"), (1_24_500_00, "1,24,500.00"),
     (1_00_00_000_00, "1,00,00,000.00"), (-50, "-0.50"), (-1_000_00, "-1,000.00")],
)  # fmt: skip
def test_rupees_are_grouped_as_in_india(paise: int, text: str) -> None:
    assert grouped(paise) == text


@given(st.integers(-(10**12), 10**12))
def test_what_is_grouped_reads_back_as_the_same_amount(paise: int) -> None:
    assert Decimal(grouped(paise).replace(",", "")) * 100 == paise


@pytest.mark.parametrize(
    ("paise", "words"),
    [
        (0, "Rupees zero only"),
        (1_00, "Rupees one only"),
        (28_50, "Rupees twenty-eight and fifty paise only"),
        (15_07, "Rupees fifteen and seven paise only"),
        (1_00_200_00, "Rupees one lakh two hundred only"),
        (
            99_99_999_99,
            "Rupees ninety-nine lakh ninety-nine thousand nine hundred ninety-nine and ninety-nine paise only",
        ),
        (12_34_56_789_00, "Rupees twelve crore thirty-four lakh fifty-six thousand seven hundred eighty-nine only"),
        (10_00_00_00_000_00, "Rupees one thousand crore only"),
    ],
)
def test_amounts_are_said_in_lakh_and_crore(paise: int, words: str) -> None:
    assert in_words(paise) == words


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_two_amounts_are_never_said_alike(one: int, other: int) -> None:
    assert (in_words(one) == in_words(other)) == (one == other)
