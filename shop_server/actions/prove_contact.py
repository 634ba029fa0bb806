"""Somebody proves that an email address is hers, or changes her address or phone number: by a code that is mailed."""

from __future__ import annotations

from dataclasses import replace

from shop_server.context import Context
from shop_server.errors import Conflict, Duplicate, wrong_field
from shop_server.rules.account import User, first_reminder
from shop_server.rules.mail import EMAIL, PHONE, CodeWanted
from shop_server.rules.person import Person

_WRONG_CODE = "This code is not right, or it is over. Ask for a new one."
_TAKEN = {
    "email": "There is another account with this email address.",
    "phone": "There is another account with this phone number.",
}


def ask_for_proof(context: Context, person: Person, *, address: str) -> None:
    """Mails her a code again by which she proves her address. Raises Conflict when it is proved, TooManyRequests."""
    user = context.users.get(person.user_id)
    if user.email_confirmed:
        raise Conflict("Your email address is confirmed already.")
    context.code_limits.check(user.id, address, context.clock.now())
    _mail_code(context, "confirm_email", user, user.email, CodeWanted(EMAIL, user.id, user.email))


def ask_for_email(context: Context, person: Person, email: str, password: str, *, address: str) -> None:
    """Mails a code to her new address; the old one holds until she types it.

    Raises InvalidInput for a wrong password, Duplicate for another's address, TooManyRequests.
    """
    user = _with_password(context, person, password, address)
    _check_free(context, user, "email", email)
    _mail_code(context, "confirm_email", user, email, CodeWanted(EMAIL, user.id, email))


def ask_for_phone(context: Context, person: Person, phone: str, password: str, *, address: str) -> None:
    """Mails a code to her address, by which her new phone number becomes hers. Raises as `ask_for_email`."""
    user = _with_password(context, person, password, address)
    _check_free(context, user, "phone", phone)
    _mail_code(context, "confirm_phone", user, user.email, CodeWanted(PHONE, user.id, phone), phone_ends=phone[-4:])


def confirm_email(context: Context, person: Person, code: str) -> User:
    """With the right code the address it was mailed to is hers, and proved. Raises InvalidInput, Duplicate.

    When it is a new one, the old one is told, so that nobody loses her account without noticing.
    """
    before = context.users.get(person.user_id)
    email = _take(context, EMAIL, person, code)
    changes: dict[str, object] = {"email": email, "email_confirmed": True}
    if before.reminders:
        changes["remind_after"] = first_reminder(replace(before, email_confirmed=True), context.clock.now())
    user = _change(context, person, changes)
    if before.email != email:
        once = f"email-changed:{user.id}:{user.version}"
        context.outbox.put("email_changed", before.email, {"name": user.first_name}, once=once)
    return user


def confirm_phone(context: Context, person: Person, code: str) -> User:
    """With the right code the new number is hers. Raises InvalidInput, Duplicate."""
    return _change(context, person, {"phone": _take(context, PHONE, person, code)})


def _with_password(context: Context, person: Person, password: str, address: str) -> User:
    """Her account, once she has given her password: a borrowed phone is no place to take it over."""
    now = context.clock.now()
    user = context.users.get(person.user_id)
    if not context.sign_in_limits.attempt(
        user.id, address, now, lambda: context.passwords.match(password, user.password_hash)
    ):
        raise wrong_field("/password", "This is not your password.")
    context.code_limits.check(user.id, address, now)
    return user


def _check_free(context: Context, user: User, name: str, value: str) -> None:
    other = context.users.find_by(name, value)
    if other is not None and other.id != user.id:
        raise Duplicate(_TAKEN[name], extra={"field": name})


def _mail_code(context: Context, template: str, user: User, to: str, code: CodeWanted, **data: str) -> None:
    once = f"{template}:{context.new_id()}"
    context.outbox.put(template, to, {"name": user.first_name, **data}, once=once, code=code)


def _take(context: Context, purpose: str, person: Person, code: str) -> str:
    target = context.codes.take(purpose, person.user_id, code, context.clock.now())
    if target is None:
        raise wrong_field("/code", _WRONG_CODE)
    return target


def _change(context: Context, person: Person, changes: dict[str, object]) -> User:
    user = context.users.change(person.user_id, changes)
    context.announcements.tell("user", [user.id])
    return user
