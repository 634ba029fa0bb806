"""Mails: what waits to be sent, when it is tried again, and when it is too late for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

WAITING, SENT, DEAD = "waiting", "sent", "dead"
"""What became of a mail. Dead: its address refused it, or it could not be sent while it was worth sending."""

CODE_MINUTES = 10
RESET, EMAIL, PHONE = "reset", "email", "phone"
INVITATION, PERMIT = "invitation", "permit"
"""What a mailed code is for: a new password, proving an email address, a new phone number; coming to work in a shop,
and writing its goods."""
GOOD_FOR = timedelta(days=2)
"""So long a mail is worth sending; one with a code only while a code would be good."""
KEPT_FOR = timedelta(days=30)
"""So long the outbox remembers a mail."""

CODES_FIRST, OTHERS_NEXT = 0, 1
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=4)
_HIDDEN = "••••••"


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """The mail is to carry a code, which is made only when the mail is sent, so that no one can read it before.

    `purpose` and `account` say what it opens, `target` is what whoever types it gets (a user id, a new address).
    """

    purpose: str
    account: str
    target: str = ""
    minutes: int = CODE_MINUTES


@dataclass(frozen=True, slots=True)
class Mail:
    """A row of the outbox. `to` is an address, or the id of an account, whose address is looked up when it is sent.

    `data` is what the template is filled with: texts, whole numbers, ISO dates, money as "249.00". `due_at` is when it is
    tried next, `attempts` how often it was, `trouble` why it did not work the last time.
    """

    id: str
    template: str
    to: str
    at: datetime
    due_at: datetime
    rank: int = OTHERS_NEXT
    state: str = WAITING
    data: Mapping[str, Any] = field(default_factory=dict)
    code_wanted: CodeWanted | None = None
    attempts: int = 0
    claim: str | None = None
    sent_at: datetime | None = None
    trouble: str | None = None


def mail_id(once: str) -> str:
    """The id of the one mail that there is for this occasion."""
    return hashlib.blake2b(once.encode(), digest_size=12).hexdigest()


def new_mail(
    template: str, to: str, data: Mapping[str, Any], *, once: str, now: datetime, code: CodeWanted | None = None
) -> Mail:
    """A mail that waits to be sent."""
    rank = CODES_FIRST if code else OTHERS_NEXT
    return Mail(mail_id(once), template, to, now, now, rank, data=dict(data), code_wanted=code)


def good_until(mail: Mail) -> datetime:
    """Until when it is worth sending."""
    return mail.at + (timedelta(minutes=mail.code_wanted.minutes) if mail.code_wanted else GOOD_FOR)


def next_try(mail: Mail, now: datetime) -> datetime | None:
    """When to try again after it has just failed for the `attempts`th time; None when it would be too late."""
    pause = min(_FIRST_PAUSE * 2 ** min(mail.attempts - 1, 20), _LONGEST_PAUSE)
    return now + pause if now + pause < good_until(mail) else None


def with_codes_masked(data: Mapping[str, Any]) -> dict[str, Any]:
    """What others than its reader may see of a mail's data."""
    return {name: _HIDDEN if name == "code" else value for name, value in data.items()}
