"""The mails that wait in the outbox go out, one after the other, while the mail server takes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from shop_server import logs
from shop_server.context import Context, Letter, Line, NotNow, Post, Refused
from shop_server.rules.bar_chart import charts_of
from shop_server.rules.mail import KEPT_FOR, RESET, CodeWanted, Mail, good_until, next_try, with_codes_masked
from shop_server.rules.order_mail import facts

AT_MOST = 500
"""So many in one go; the rest wait for the next."""


def send_mails(context: Context) -> int:
    """Sends what is due; gives how many were sent. A mail server that is away or slow holds up nobody but the mails.

    One that fails is tried again later, with growing pauses, while it is worth sending (rules.mail.next_try). Without an
    SMTP_URL nothing is sent: the admin sees what waits.
    """
    post = context.post
    mail = _next(context) if post is not None else None
    if post is None or mail is None:
        return 0
    sent = 0
    try:
        with post.line() as line:
            while mail is not None:
                sent += _send(context, post, line, mail)
                mail = _next(context) if sent < AT_MOST else None
    except NotNow as trouble:
        logs.event("mail.server_away", 30, reason=str(trouble))
        if mail is not None:
            _put_off(context, mail, str(trouble))
    return sent


def list_mails(
    context: Context, limit: int, after: tuple[datetime, str] | None
) -> list[tuple[Mail, str, Letter | None]]:
    """The outbox, the newest first: each mail with the address it goes to and its words, without its code.

    No words when it cannot be written, no address when it is for nobody any more.
    """
    return [(mail, *_as_shown(context, mail)) for mail in context.outbox.list_newest(limit, after)]


def _as_shown(context: Context, mail: Mail) -> tuple[str, Letter | None]:
    try:
        filled = _fill(context, mail)
        if filled is None:
            return "", None
        to, data = filled
        if mail.code_wanted is not None:
            data["code"] = ""
        return to, context.letters.write(mail.template, with_codes_masked(data), address=context.address)
    except Exception as error:
        logs.event("mail.cannot_be_shown", 30, mail=mail.id, reason=type(error).__name__)
        return mail.to, None


def forget_mails(context: Context) -> int:
    """Clears the outbox of mails of long ago; gives of how many."""
    return context.outbox.forget_before(context.clock.now() - KEPT_FOR)


def _next(context: Context) -> Mail | None:
    """The next mail worth sending, claimed; those that it is too late for are given up on the way."""
    while True:
        now = context.clock.now()
        mail = context.outbox.claim(context.new_id(), now)
        if mail is None or now < good_until(mail):
            return mail
        context.outbox.give_up(mail, "It was too late to send it.")


def _send(context: Context, post: Post, line: Line, mail: Mail) -> bool:
    """Whether the server has taken it. Raises NotNow when the server takes nothing at all."""
    try:
        message = _message(context, post, mail)
        if message is None:
            context.outbox.drop(mail)
            return False
        line.send(message)
    except NotNow as trouble:
        if trouble.everything:
            raise
        _put_off(context, mail, str(trouble))
    except Refused as refusal:
        logs.event("mail.refused", 30, mail=mail.id, template=mail.template)
        context.outbox.give_up(mail, str(refusal))
    except Exception as error:
        # It is the mail that is wrong: the next ones are to go out all the same.
        logs.failure("mail.cannot_be_written", error, mail=mail.id, template=mail.template)
        context.outbox.give_up(mail, f"It could not be written: {type(error).__name__}")
    else:
        return context.outbox.mark_sent(mail, context.clock.now())
    return False


def _message(context: Context, post: Post, mail: Mail) -> EmailMessage | None:
    """The mail as it travels; None when it is for nobody."""
    filled = _fill(context, mail)
    if filled is None:
        return None
    to, data = filled
    if mail.code_wanted is not None:
        code = _code(context, mail.code_wanted)
        if code is None:
            return None
        data["code"] = code
    letter = context.letters.write(mail.template, data, address=context.address)
    charts = charts_of(data) if "sections" in data else {}
    pictures = {name: context.charts.draw(chart) for name, chart in charts.items()}
    return post.message(mail.id, to, mail.at, letter, _headers(context, data), pictures)


def _fill(context: Context, mail: Mail) -> tuple[str, dict[str, Any]] | None:
    """To which address it goes, and what its template is filled with but for its code; None when it is for nobody."""
    to, data = mail.to, dict(mail.data)
    if "@" not in to:
        reader = context.users.find(to)
        if reader is None or not reader.email:
            return None
        to, data["name"] = reader.email, reader.first_name
    if "order_id" in data:
        data["order"] = facts(context.orders.get(data["order_id"]))
        data["shop_name"] = data["order"]["shop_name"]
    # Where a mail is of no shop, it is of whoever they all come from.
    data.setdefault("shop_name", parseaddr(context.settings.mail_from)[0] or "Your shop")
    if mail.code_wanted is not None:
        data["minutes"] = mail.code_wanted.minutes
    return to, data


def _headers(context: Context, data: Mapping[str, Any]) -> dict[str, str]:
    """What lets a mail program show its own button to have no more of these (RFC 2369, RFC 8058)."""
    token = str(data.get("stop_path", "")).partition("token=")[2]
    if not token or context.address is None:
        return {}
    return {
        "List-Unsubscribe": f"<{context.address}/api/unsubscribe/{token}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _code(context: Context, wanted: CodeWanted) -> str | None:
    """A new code; None when it is for nobody: whoever asks for a new password is not told whether there is an account."""
    target = wanted.target
    if wanted.purpose == RESET:
        user = context.users.find_by("email", wanted.account)
        if user is None:
            return None
        target = user.id
    return context.codes.make(wanted.purpose, wanted.account, context.clock.now(), wanted.minutes, target)


def _put_off(context: Context, mail: Mail, trouble: str) -> None:
    due_at = next_try(mail, context.clock.now())
    if due_at is None:
        context.outbox.give_up(mail, trouble)
    else:
        context.outbox.put_off(mail, due_at, trouble)
