"""Lists of goods over HTTP: sent in as a file, looked at first, and then brought into the shop."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from shop_server.actions.import_products import find_import, list_import_rows, order_import
from shop_server.context import Context
from shop_server.rules.errand import OUTCOMES, Errand, as_ordered
from shop_server.web.access import asker
from shop_server.web.fields import blank_is_absent
from shop_server.web.once import once_of
from shop_server.web.pages import next_link
from shop_server.web.reading import Answer, Body, Query, read_body, read_page, read_query
from shop_server.web.request import Request
from shop_server.web.response import JSON_TYPE, Response, json_response

Outcome = Literal["new", "changed", "unchanged", "refused"]


class ImportBody(Body):
    """A list of goods as the text of a CSV file; or send the file itself, CSV or XLSX, as the body.

    Its first row names the columns: name, quantity, category, price, and any other field of a product.
    """

    csv: Annotated[str, Field(min_length=1)]


class ImportQuery(Query):
    """With `preview` nothing is written: the rows say what would become of them."""

    preview: Annotated[Literal["true", "false"] | None, blank_is_absent] = None


class RowsQuery(Query):
    outcome: Annotated[Outcome | None, blank_is_absent] = None
    limit: int | None = Field(default=None, ge=1, le=200)
    cursor: str | None = None


class ImportAnswer(Answer):
    """`rows` is known once the file has been read; of those the others say how many were new, changed and so on by now.

    `ignored` are the columns that mean nothing to the shop; `error` says why the file cannot be read.
    """

    id: str
    status: Literal["waiting", "working", "done", "failed"]
    progress: int
    preview: bool
    rows: int
    new: int
    changed: int
    unchanged: int
    refused: int
    ignored: list[str]
    error: str | None = None


class ChangeRow(Answer):
    field: str
    before: str
    after: str


class RowError(Answer):
    pointer: str
    detail: str


class ImportRow(Answer):
    """`row` is its number in the file, `changes` what is other than it was, `errors` why it was refused."""

    row: int
    name: str
    outcome: Outcome
    changes: list[ChangeRow]
    errors: list[RowError]


def order(request: Request, context: Context) -> Response:
    preview = read_query(request, ImportQuery).preview == "true"
    is_json = request.headers.get("content-type", "").partition(";")[0].strip().lower() == JSON_TYPE
    file = read_body(request, ImportBody).csv.encode() if is_json else request.body
    return json_response(
        _answer(as_ordered(order_import(context, asker(request), file, preview=preview, once=once_of(request)))), 202
    )


def show(request: Request, context: Context) -> Response:
    return json_response(_answer(find_import(context, asker(request), request.params["id"])))


def show_rows(request: Request, context: Context) -> Response:
    person, errand_id = asker(request), request.params["id"]
    find_import(context, person, errand_id)
    outcome = read_query(request, RowsQuery).outcome
    page = read_page(request, int)
    (after,) = page.cursor or (0,)
    rows = list_import_rows(context, person, errand_id, outcome, page.limit + 1, after)
    headers = next_link(request, [rows[page.limit - 1]["row"]]) if len(rows) > page.limit else {}
    return json_response([_row(row) for row in rows[: page.limit]], headers=headers)


def _answer(errand: Errand) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "id": errand.id,
        "status": errand.status,
        "progress": errand.progress,
        "preview": errand.preview,
        "rows": errand.rows,
        **{outcome: errand.outcomes.get(outcome, 0) for outcome in OUTCOMES},
        "ignored": list(errand.ignored),
    }
    if errand.trouble is not None:
        answer["error"] = errand.trouble
    return answer


def _row(row: dict[str, Any]) -> dict[str, Any]:
    told = {name: row[name] for name in ("row", "name", "outcome", "errors")}
    return {**told, "changes": row["differences"]}
