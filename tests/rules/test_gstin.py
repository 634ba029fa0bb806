"""A GST number is checked before it is printed on an invoice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_server.rules.gstin import STATES, is_gstin, state_of

VALID = "27AAPFU0939F1ZV"


def test_accepts_the_published_example() -> None:
    assert is_gstin(VALID)
    assert state_of(VALID) == "Maharashtra"


def test_accepts_a_number_of_another_state() -> None:
    assert is_gstin("29AAGCB7383J1Z4")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "27AAPFU0939F1Z",
        "27AAPFU0939F1ZVV",
        "27aapfu0939f1zv",
        "27AAPFU0939F1XV",
        "27AAPFU0939F0ZV",
        "99AAPFU0939F1ZV",
        "00AAPFU0939F1ZV",
        "27AAPFU0939F1ZV\n",
    ],
)
def test_refuses_what_is_no_gst_number(text: str) -> None:
    assert not is_gstin(text)


@given(st.integers(0, 14), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_one_mistyped_character_is_always_noticed(place: int, character: str) -> None:
    typed = VALID[:place] + character + VALID[place + 1 :]
    assert is_gstin(typed) == (typed == VALID)


def test_states_are_1_to_38_and_97() -> None:
    assert set(STATES) == {f"{code:02d}" for code in range(1, 39)} | {"97"}
