"""An address that goods can be brought to."""

from __future__ import annotations

from typing import NamedTuple


class Address(NamedTuple):
    line: str
    city: str
    state: str
    pincode: str
    country: str
