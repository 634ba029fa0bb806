"""Words as people type them: two spellings of one name are one name, and a search finds either."""

from __future__ import annotations

import unicodedata

_DROPPED = frozenset("'’ʼ\u200c\u200d")  # apostrophes; the invisible joiners of Indian scripts


def name_key(name: str) -> str:
    """The form in which names are compared for being the same: case, width and spaces do not matter."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def search_words(text: str) -> list[str]:
    """The words to find `text` by, each once, without accents or case; a query's words are prefixes of these.

    Only the accents of Latin, Greek and Cyrillic go: vowel signs of Indian scripts are letters of their words.
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    kept = (character for character in plain if character not in _DROPPED and not "\u0300" <= character <= "\u036f")
    spaced = "".join(character if unicodedata.category(character)[0] in "LMN" else " " for character in kept)
    return list(dict.fromkeys(unicodedata.normalize("NFC", spaced).split()))
