"""Search finds a product however it is typed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_server.rules.text import name_key, search_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Amul Butter 500 g", ["amul", "butter", "500", "g"]),
        ("Nescafé Crème", ["nescafe", "creme"]),
        ("Haldiram's Bhujia", ["haldirams", "bhujia"]),
        ("Maggi 2-Minute (70g)", ["maggi", "2", "minute", "70g"]),
        ("Dal dal DAL", ["dal"]),
        ("देसी घी", ["देसी", "घी"]),
        ("हिन्दी क्‍या", ["हिन्दी", "क्या"]),
        ("பால் 1லி", ["பால்", "1லி"]),
        ("  —  ", []),
    ],
)
def test_a_name_is_found_by_its_words(name: str, words: list[str]) -> None:
    assert search_words(name) == words


def test_vowel_signs_of_devanagari_tell_words_apart() -> None:
    assert search_words("दाल") != search_words("दिल")


@given(st.text())
def test_words_are_found_again_by_themselves_and_in_any_unicode_form(text: str) -> None:
    words = search_words(text)
    assert search_words(" ".join(words)) == words
    assert search_words(unicodedata.normalize("NFD", text)) == words


@pytest.mark.parametrize("other", ["parle-g", " PARLE-G ", "Ｐarle-G"])
def test_two_spellings_of_one_name_are_one_name(other: str) -> None:
    assert name_key(other) == name_key("Parle-G")


def test_different_names_stay_different() -> None:
    assert name_key("Créme") != name_key("Creme")
    assert name_key("घी") != name_key("घा")
