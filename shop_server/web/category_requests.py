"""Category requests over HTTP: staff ask, the shopkeeper answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from shop_server.actions.request_category import answer_request, ask_for_category, find_own_request, list_requests
from shop_server.context import Context
from shop_server.rules.category_request import CategoryRequest
from shop_server.web.access import asker
from shop_server.web.fields import blank_is_absent, instant
from shop_server.web.once import once_of
from shop_server.web.pages import milliseconds_of, next_link, page_after
from shop_server.web.product_forms import CategoryBody
from shop_server.web.reading import Answer, Body, Query, read_body, read_query
from shop_server.web.request import Request
from shop_server.web.response import Response, json_response


class AnswerBody(Body):
    status: Literal["approved", "declined"]


class RequestsQuery(Query):
    status: Annotated[Literal["pending", "approved", "declined"] | None, blank_is_absent] = None
    limit: str | None = None
    cursor: str | None = None


class CategoryRequestRow(Answer):
    id: str
    name: str
    status: str
    asked_by: str
    asked_at: datetime
    answered_at: datetime | None


def ask(request: Request, context: Context) -> Response:
    person = asker(request)
    made = ask_for_category(context, person, read_body(request, CategoryBody).name, once_of(request))
    return json_response(_row(CategoryRequest(**made), {person.user_id: person.name}), 201)


def show_list(request: Request, context: Context) -> Response:
    query = read_query(request, RequestsQuery)
    limit, after = page_after(request)
    requests, names = list_requests(context, asker(request), query.status, limit + 1, after)
    headers = {}
    if len(requests) > limit:
        requests = requests[:limit]
        headers = next_link(request, [milliseconds_of(requests[-1].asked_at), requests[-1].id])
    return json_response([_row(each, names) for each in requests], headers=headers)


def answer(request: Request, context: Context) -> Response:
    owner, request_id = asker(request), request.params["id"]
    find_own_request(context, owner, request_id)
    answered, name = answer_request(context, owner, request_id, read_body(request, AnswerBody).status)
    return json_response(_row(answered, {answered.asked_by: name}))


def _row(request: CategoryRequest, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": request.id,
        "name": request.name,
        "status": request.status,
        "askedBy": names.get(request.asked_by, ""),
        "askedAt": instant(request.asked_at),
        "answeredAt": instant(request.answered_at) if request.answered_at else None,
    }
