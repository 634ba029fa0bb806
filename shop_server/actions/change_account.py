"""Somebody changes what the shop knows of her: her profile, her password."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shop_server.context import Context
from shop_server.errors import Conflict, wrong_field
from shop_server.rules.account import User, check_date_of_birth, first_reminder
from shop_server.rules.person import Person


def read_customer_profile(context: Context, person: Person) -> tuple[User, int, int]:
    """A customer's account, how many orders she has made and what she has spent on them, in paise."""
    orders, spent_paise = context.orders.totals_of_customer(person.user_id)
    return context.users.get(person.user_id), orders, spent_paise


def change_profile(context: Context, person: Person, changes: dict[str, Any]) -> User:
    """Sets these fields of her account. Raises Duplicate when the user name is taken, InvalidInput for a birthday to come."""
    if not changes:
        return context.users.get(person.user_id)
    check_date_of_birth(changes.get("date_of_birth"), context.clock.now())
    if "reminders" in changes:
        changes = {**changes, "remind_after": _remind_after(context, person, changes["reminders"])}
    user = context.users.change(person.user_id, changes)
    context.announcements.tell("user", [user.id])
    return user


def _remind_after(context: Context, person: Person, wanted: bool) -> datetime | None:
    """When it is looked for the first time whether to remind her; None unless she wants it and her address is proved."""
    user = context.users.get(person.user_id)
    return first_reminder(user, context.clock.now()) if wanted else None


def change_password(context: Context, person: Person, *, current: str, new: str, address: str) -> None:
    """Sets a new password and ends her other sessions.

    Raises InvalidInput for a weak new password or a wrong current one (which counts as a wrong sign-in: a borrowed phone
    is no place to guess), Conflict when it was changed from elsewhere at the same time.
    """
    context.passwords.check_new(new, "/new")
    now = context.clock.now()
    user = context.users.get(person.user_id)
    if not context.sign_in_limits.attempt(
        user.id, address, now, lambda: context.passwords.match(current, user.password_hash)
    ):
        raise wrong_field("/current", "This is not your current password.")
    if not context.users.change_password(user, context.passwords.keep(new)):
        raise Conflict("Your password has just been changed from somewhere else.")
    context.announcements.tell("session", context.sessions.end_others(user.id, person.session_id))
