"""A notice: a line that waits for a person until she has read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """`kind` is order, payment or stock; `link` is the page where it is dealt with; `read` is by who asks."""

    id: str
    kind: str
    text: str
    at: datetime
    link: str
    read: bool
