"""Ids and people of sample data: the same for the same seed, and never kept in memory."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from shop_server.demo.people import CUSTOMERS, LANES


@dataclass(frozen=True)
class Names:
    """Ids by kind and number, as a seed gives them."""

    seed: int

    def id(self, kind: str, number: int | str) -> str:
        """24 hex digits."""
        return hashlib.blake2b(f"{self.seed}:{kind}:{number}".encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Somebody of the town, known by a number."""

    number: int

    @property
    def first_name(self) -> str:
        return CUSTOMERS[self.number % len(CUSTOMERS)].split(" ", 1)[0]

    @property
    def last_name(self) -> str:
        return CUSTOMERS[(self.number * 7 + self.number // len(CUSTOMERS)) % len(CUSTOMERS)].split(" ", 1)[1]

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def email(self) -> str:
        return f"{self.first_name.lower()}{self.number}@example.in"

    @property
    def phone(self) -> str:
        return f"7{self.number:09d}"

    def lives_at(self, which: int = 0) -> str:
        """The line of her home (0), or of another place where she has goods brought."""
        number = self.number + 31 * which
        return f"{1 + 17 * number % 90}, {LANES[number % len(LANES)]}"
