"""Countries and States, whichever way somebody writes them."""

from __future__ import annotations

import pytest

from shop_server.rules.gstin import STATES
from shop_server.rules.places import (
    COUNTRIES,
    STATES_TODAY,
    code_of_gstin,
    code_of_state,
    find_country,
    find_state,
)


def test_there_are_28_states_and_8_union_territories() -> None:
    assert len(STATES_TODAY) == 36
    assert all(find_state(name) == name for name in STATES_TODAY)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("maharashtra", "Maharashtra"),
        (" TAMIL  NADU ", "Tamil Nadu"),
        ("MH", "Maharashtra"),
        ("Jammu & Kashmir", "Jammu and Kashmir"),
        ("Orissa", "Odisha"),
        ("New Delhi", "Delhi"),
        ("T.N.", "Tamil Nadu"),
        ("Andhra Pradesh", "Andhra Pradesh"),
    ],
)
def test_a_state_is_known_however_it_is_written(typed: str, meant: str) -> None:
    assert find_state(typed) == meant


@pytest.mark.parametrize("typed", ["Atlantis", "Maharastra", "Other Territory", "27", ""])
def test_what_is_no_state_is_not_taken_for_one(typed: str) -> None:
    assert find_state(typed) is None


@pytest.mark.parametrize(
    ("typed", "meant"), [("india", "India"), ("IN", "India"), ("Bharat", "India"), ("nepal", "Nepal")]
)
def test_a_country_is_known_by_its_name(typed: str, meant: str) -> None:
    assert find_country(typed) == meant
    assert find_country("Wakanda") is None


def test_no_country_is_listed_twice() -> None:
    assert len(set(COUNTRIES)) == len(COUNTRIES)
    assert list(COUNTRIES) == sorted(COUNTRIES, key=str.casefold)


def test_old_registrations_belong_to_the_states_of_today() -> None:
    assert code_of_gstin("28AAPFU0939F1ZV") == code_of_state("Andhra Pradesh") == "37"
    assert code_of_gstin("25AAPFU0939F1ZV") == code_of_state("Daman and Diu") == "26"
    assert code_of_gstin("27AAPFU0939F1ZV") == "27"
    assert STATES["27"] == "Maharashtra"
