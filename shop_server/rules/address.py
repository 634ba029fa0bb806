"""An address that goods can be brought to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    line: str
    city: str
    state: str
    pincode: str
    country: str
