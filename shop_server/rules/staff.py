"""Staff: whom a shopkeeper has invited to work in her shop, and what she allows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from shop_server.rules.person import PERMISSIONS

MOST_STAFF = 100
"""So many people may work in a shop, those who are invited counted in."""
INVITATION_DAYS = 7
PERMIT_HOURS = 8
"""So long staff may write the goods after the shopkeeper has given them a code."""


class Invitation(NamedTuple):
    """Somebody who may come and work in the shop; the code that proves it is kept with the other mailed codes."""

    id: str
    shop_id: str
    email: str
    first_name: str
    last_name: str
    permissions: tuple[str, ...]
    invited_by: str
    invited_at: datetime
    expires_at: datetime


def in_order(permissions: Iterable[str]) -> tuple[str, ...]:
    """Each permission once, always in the same order."""
    given = set(permissions)
    return tuple(permission for permission in PERMISSIONS if permission in given)


def invitation_ends(now: datetime) -> datetime:
    return now + timedelta(days=INVITATION_DAYS)


def permit_ends(now: datetime) -> datetime:
    return now + timedelta(hours=PERMIT_HOURS)
