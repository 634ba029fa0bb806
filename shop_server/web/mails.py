"""The outbox over HTTP, for the admin."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shop_server.actions.send_mails import list_mails
from shop_server.context import Context
from shop_server.web.fields import instant
from shop_server.web.pages import milliseconds_of, next_link, page_after
from shop_server.web.reading import Answer, Query
from shop_server.web.request import Request
from shop_server.web.response import Response, json_response


class MailsQuery(Query):
    limit: str | None = None
    cursor: str | None = None


class MailRow(Answer):
    """`state` is waiting, sent or dead. Codes in `subject` and `text` are masked; both are empty when it has no words."""

    id: str
    template: str
    to: str
    subject: str
    text: str
    state: str
    at: datetime
    due_at: datetime | None
    sent_at: datetime | None
    attempts: int
    trouble: str | None


def show_list(request: Request, context: Context) -> Response:
    limit, after = page_after(request)
    rows = list_mails(context, limit + 1, after)
    headers = {}
    if len(rows) > limit:
        rows = rows[:limit]
        last, _, _ = rows[-1]
        headers = next_link(request, [milliseconds_of(last.at), last.id])
    answer: list[dict[str, Any]] = [
        {
            "id": mail.id,
            "template": mail.template,
            "to": to,
            "subject": letter.subject if letter else "",
            "text": letter.text if letter else "",
            "state": mail.state,
            "at": instant(mail.at),
            "dueAt": instant(mail.due_at) if mail.state == "waiting" else None,
            "sentAt": instant(mail.sent_at) if mail.sent_at else None,
            "attempts": mail.attempts,
            "trouble": mail.trouble,
        }
        for mail, to, letter in rows
    ]
    return json_response(answer, headers=headers)
