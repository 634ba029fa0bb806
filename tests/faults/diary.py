"""What the customers and the shopkeeper remember of a trial: what they asked for, and what they were answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Good:
    """A product as it was put on the shelf."""

    id: str
    price_paise: int
    stock: int


@dataclass
class Deed:
    """One thing that somebody asked for, as often as it took to get an answer.

    `about` is the order or the product. `is_lost` says that an earlier asking was not answered, or with 503: then even
    what is refused in the end may have been done the first time.
    """

    what: str
    about: str
    said: dict[str, Any] = field(default_factory=dict)
    status: int = 0
    answer: Any = None
    is_lost: bool = False

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 300

    @property
    def may_be_done(self) -> bool:
        return self.is_done or self.is_lost

    @property
    def most_often(self) -> int:
        """How often the shop can have done it."""
        return self.is_done + self.is_lost
