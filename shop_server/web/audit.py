"""The audit log over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shop_server.actions.read_audit_log import list_acts
from shop_server.context import Context
from shop_server.rules.audit import Act
from shop_server.web.fields import OptionalName, instant
from shop_server.web.pages import milliseconds_of, next_link, page_after
from shop_server.web.reading import Answer, Query, read_query
from shop_server.web.request import Request
from shop_server.web.response import Response, json_response


class AuditQuery(Query):
    """`target` is the id of a person, a shop or a product; `who` the id of a person."""

    who: OptionalName = None
    act: OptionalName = None
    target: OptionalName = None
    shop_id: OptionalName = None
    limit: str | None = None
    cursor: str | None = None


class AuditRow(Answer):
    """`whoName` and `targetName` are today's names of persons and shops; a person who has left has none."""

    id: str
    at: datetime
    who: str
    who_name: str | None
    act: str
    target: str
    target_name: str | None
    shop_id: str | None
    shop_name: str | None
    details: dict[str, Any]


def show_log(request: Request, context: Context) -> Response:
    query = read_query(request, AuditQuery)
    limit, after = page_after(request)
    asked = {"who": query.who, "act": query.act, "target": query.target, "shop_id": query.shop_id}
    wanted = {name: value for name, value in asked.items() if value is not None}
    acts, names = list_acts(context, limit + 1, after, wanted)
    headers = {}
    if len(acts) > limit:
        acts = acts[:limit]
        headers = next_link(request, [milliseconds_of(acts[-1].at), acts[-1].id])
    return json_response([_row(act, names) for act in acts], headers=headers)


def _row(act: Act, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": act.id,
        "at": instant(act.at),
        "who": act.who,
        "whoName": names.get(act.who),
        "act": act.act,
        "target": act.target,
        "targetName": names.get(act.target),
        "shopId": act.shop_id,
        "shopName": names.get(act.shop_id) if act.shop_id else None,
        "details": act.details,
    }
