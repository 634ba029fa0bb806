"""Somebody has forgotten her password: a code is mailed to her, and with it she sets a new one."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from shop_server.context import Context
from shop_server.errors import wrong_field
from shop_server.rules.account import first_reminder
from shop_server.rules.mail import RESET, CodeWanted

_WRONG_CODE = "This code is not right, or it is over. Ask for a new one."


def ask_for_reset(context: Context, email: str, *, address: str) -> None:
    """Mails a code to this address if there is an account of it. Nobody learns whether there is.

    The same is done and written either way, so that it takes the same time: only who sends the mail looks for the account.
    Of too many in an hour, for one account or from one network address, nothing is mailed.
    """
    now = context.clock.now()
    if not context.code_limits.take(_account(email), address, now):
        once = f"reset:{context.new_id()}"
        context.outbox.put("reset_password", email, {}, once=once, code=CodeWanted(RESET, email))


def reset_password(context: Context, email: str, code: str, password: str, *, address: str) -> None:
    """Sets a new password with the code that was mailed; all her sessions end, and her address is proved.

    Raises InvalidInput for a weak password or a wrong code, in the same words and time whether there is an account or not;
    TooManyRequests after many wrong codes.
    """
    context.passwords.check_new(password)
    now = context.clock.now()

    def is_replaced() -> bool:
        # Made before the code is looked at: it takes long, and would tell the right from the wrong.
        password_hash = context.passwords.keep(password)
        user_id = context.codes.take(RESET, email, code, now)
        user = context.users.find(user_id) if user_id else None
        # She may have another address since: then who reads the mails of the old one gets nowhere.
        if user is None or user.email != email:
            return False
        proved = replace(user, email_confirmed=True)
        remind_after = first_reminder(proved, now) if user.reminders else None
        if not context.users.replace_password(user, password_hash, email_confirmed=True, remind_after=remind_after):
            return False
        _welcome_nobody(context, user.id)
        return True

    if not context.sign_in_limits.attempt(_account(email), address, now, is_replaced):
        raise wrong_field("/code", _WRONG_CODE)


def _welcome_nobody(context: Context, user_id: str) -> None:
    """Whoever is signed in with the password of before is so no more."""
    context.sessions.end_all(user_id)
    context.announcements.tell("user", [user_id])


def _account(email: str) -> str:
    """What is counted by: not the address itself, which would stay in the records."""
    return hashlib.sha256(f"reset:{email}".encode()).hexdigest()
