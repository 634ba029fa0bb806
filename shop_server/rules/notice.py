"""A notice: a line that waits for a person until she has read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shop_server.rules.person import Person

_NEEDS = {"order": ("orders", "payments"), "payment": ("orders", "payments"), "category-request": ("inventory",)}
"""What of a shop's business only those of its people hear who have one of these permissions, by kind."""


@dataclass(frozen=True, slots=True)
class Notice:
    """`kind` is order, payment, stock, category-request or notice (anything else).

    `link` is the page where it is dealt with; `read` is by who asks.
    """

    id: str
    kind: str
    text: str
    at: datetime
    link: str
    read: bool


def hears(person: Person, kind: str, changed: Mapping[str, Any]) -> bool:
    """Whether news of this kind about the shop that she works in concern her; a notice's are of the kind it is `about`."""
    needed = _NEEDS.get(changed["about"] if kind == "notice" else kind)
    if needed is None:
        return True
    if kind in ("order", "payment"):
        # Figures change with each order; the news names nobody.
        needed = (*needed, "reports")
    return any(person.may(each) for each in needed)


def unheard_kinds(person: Person) -> tuple[str, ...]:
    """The kinds of the shop's notices that do not concern her."""
    return tuple(kind for kind in _NEEDS if not hears(person, "notice", {"about": kind}))
