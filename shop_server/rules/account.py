"""Accounts and sign-ins: who has registered, and where she is signed in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from shop_server.errors import Conflict, wrong_field
from shop_server.rules.address import Address
from shop_server.rules.person import CUSTOMER, PERMISSIONS, SHOPKEEPER, Person

COOKIE_GRACE_SECONDS = 10
REMIND_AFTER = timedelta(days=7)
"""So long somebody has not bought when she is reminded."""
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,29}")


@dataclass(frozen=True, slots=True)
class User:
    """One account. `email` and `username` are lower case, `phone` is 10 digits; each is unique in the installation.

    `registered_by` is the fingerprint of the request that made the account, when it came with an Idempotency-Key.
    """

    id: str
    role: str
    email: str
    phone: str
    first_name: str
    last_name: str
    password_hash: str = field(repr=False)
    created_at: datetime
    version: int = 1
    username: str | None = None
    address: str = ""
    city: str = ""
    state: str = ""
    pincode: str = ""
    country: str = ""
    date_of_birth: str | None = None
    shop_id: str | None = None
    permissions: tuple[str, ...] = ()
    is_admin: bool = False
    suspended: bool = False
    registered_by: str | None = None
    email_confirmed: bool = False
    """Whether she has typed the code that was mailed there."""
    reminders: bool = True
    """Whether she gets mails that she did not ask for: reminders, and the report of her month."""
    remind_after: datetime | None = None
    """When it is looked again whether to remind her; None until her email is confirmed, and when she wants none."""
    left_at: datetime | None = None
    erasing: bool = False
    """She has left, and what her orders say of her is being erased."""
    leaving: Mapping[str, str | None] | None = None
    """Who she was (`email`, and the `shop_id` of a shopkeeper), until her traces are erased."""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in on one device. `turn` rises with each refresh, last at `turned_at`; all is over at `expires_at`."""

    id: str
    user_id: str
    device: str
    created_at: datetime
    turned_at: datetime
    expires_at: datetime
    turn: int = 1
    permit_until: datetime | None = None
    """So long staff may write the goods, with the code that the shopkeeper gave for this session."""


class TokenPair(NamedTuple):
    """What a person carries while she is signed in; the access token is good for `access_seconds`."""

    access_token: str
    refresh_token: str
    access_seconds: int


class SignedIn(NamedTuple):
    """Somebody who has just signed in, or goes on being so."""

    user: User
    tokens: TokenPair


def erased(user: User, now: datetime) -> dict[str, Any]:
    """What is left of an account whose owner has left: nothing by which she could be known, or sign in, but for what is
    needed to erase her traces, as `leaving`."""
    return {
        "email": "",
        "phone": "",
        "username": None,
        "first_name": "Deleted",
        "last_name": "account",
        "password_hash": "",
        "address": "",
        "city": "",
        "state": "",
        "pincode": "",
        "country": "",
        "date_of_birth": None,
        "shop_id": None,
        "permissions": (),
        "is_admin": False,
        "registered_by": None,
        "email_confirmed": False,
        "reminders": False,
        "remind_after": None,
        "left_at": now,
        "erasing": True,
        "leaving": {"email": user.email, "shop_id": user.shop_id if user.role == SHOPKEEPER else None},
    }


def is_username(text: str) -> bool:
    """Whether this can be a user name: 3 to 30 of a-z 0-9 . _ - (kept in lower case), starting with a letter or digit."""
    return _USERNAME.fullmatch(text) is not None


def check_date_of_birth(day: str | None, now: datetime) -> None:
    """Raises InvalidInput for a day that is still to come."""
    if day is not None and day > now.date().isoformat():
        raise wrong_field("/dateOfBirth", "Date of birth: this day is still to come.")


def first_reminder(user: User, now: datetime) -> datetime | None:
    """When to look whether a customer wants reminding who has just proved her address, or asked for reminders again."""
    if user.role != CUSTOMER or not user.email_confirmed:
        return None
    return user.remind_after or now + REMIND_AFTER


def person_of(user: User, session_id: str) -> Person:
    """What the rest of the shop knows of somebody signed in."""
    return Person(
        user_id=user.id,
        session_id=session_id,
        role=user.role,
        name=user.name,
        phone=user.phone,
        shop_id=user.shop_id,
        permissions=permissions_of(user),
        is_admin=user.is_admin,
        address=address_of(user),
        email_confirmed=user.email_confirmed,
    )


def address_of(user: User) -> Address | None:
    """Her address, when it is whole enough to bring goods to."""
    if not (user.address and user.city and user.pincode):
        return None
    return Address(user.address, user.city, user.state, user.pincode, user.country or "India")


def permissions_of(user: User) -> frozenset[str]:
    """What she may do in her shop: the shopkeeper everything, staff what they were given, customers nothing."""
    if user.role == SHOPKEEPER:
        return frozenset(PERMISSIONS)
    return frozenset(() if user.role == CUSTOMER else user.permissions)


def check_rights_change(user: User, by: str, changes: Mapping[str, Any], other_admins: int) -> None:
    """Raises Conflict for what would lock an admin out, or leave the installation without one.

    `other_admins` is how many admins besides `user` may sign in.
    """
    if user.left_at is not None and changes:
        raise Conflict("This account was deleted: nobody can sign in with it any more.")
    loses_admin = user.is_admin and (changes.get("is_admin") is False or changes.get("suspended") is True)
    if user.id == by and (loses_admin or changes.get("suspended")):
        raise Conflict("You cannot lock yourself out. Another admin can do this.")
    if loses_admin and not user.suspended and other_admins == 0:
        raise Conflict("This is the only admin of the installation. Make somebody else an admin first.")


def new_session(session_id: str, user_id: str, device: str, now: datetime, days: int) -> Session:
    """A sign-in that lasts so many days, however often it is refreshed."""
    return Session(session_id, user_id, device, now, now, now + timedelta(days=days))


def is_late_twin(session: Session, turn: int, asked_at: datetime, grace_seconds: int) -> bool:
    """Whether a refresh token of a past turn is only the twin of the one that has just been used, not a stolen one.

    It is when it is of the turn before and was under way (`asked_at`) before that turn ended or within the grace: two
    tabs of a browser share one cookie, and either may refresh it while the other's answer is still on its way.
    """
    return turn == session.turn - 1 and asked_at <= session.turned_at + timedelta(seconds=grace_seconds)


def device_of(user_agent: str) -> str:
    """A browser's name and system in words, such as "Chrome on Android"; empty when it says nothing we know."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    return f"{browser} on {system}" if browser and system else browser or system


# The order matters: most browsers also claim to be those further down.
_BROWSERS = (
    ("SamsungBrowser", "Samsung Internet"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("UCBrowser", "UC Browser"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
