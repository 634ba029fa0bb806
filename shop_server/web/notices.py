"""Notices over HTTP."""

from __future__ import annotations

from datetime import datetime

from shop_server.actions.read_notices import list_notices, mark_notice_read
from shop_server.context import Context
from shop_server.web.access import asker
from shop_server.web.fields import instant
from shop_server.web.pages import next_page, page_after
from shop_server.web.reading import Answer
from shop_server.web.request import Request
from shop_server.web.response import Response, empty_response, json_response


class NoticeRow(Answer):
    id: str
    kind: str
    text: str
    at: datetime
    read: bool
    link: str


def show_list(request: Request, context: Context) -> Response:
    limit, after = page_after(request)
    found = list_notices(context, asker(request), limit + 1, after)
    notices, headers = next_page(request, found, limit, lambda notice: notice.at)
    rows = [
        {
            "id": notice.id,
            "kind": notice.kind,
            "text": notice.text,
            "at": instant(notice.at),
            "read": notice.read,
            "link": notice.link,
        }
        for notice in notices
    ]
    return json_response(rows, headers=headers)


def mark_read(request: Request, context: Context) -> Response:
    mark_notice_read(context, asker(request), request.params["id"])
    return empty_response()
