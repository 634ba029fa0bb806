"""Files of a shop's records over HTTP: asked for, waited for, fetched."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from shop_server.actions.export_records import (
    find_export,
    list_exports,
    order_export,
    read_export,
    read_inventory,
)
from shop_server.context import Context
from shop_server.rules.csv_text import BOM
from shop_server.rules.errand import Errand, as_ordered
from shop_server.web.access import asker, shop_of
from shop_server.web.fields import OptionalDate, blank_is_absent, instant
from shop_server.web.once import once_of
from shop_server.web.pages import part_of
from shop_server.web.reading import Answer, Body, Query, read_body, read_query
from shop_server.web.request import Request
from shop_server.web.response import Response, json_response

Kind = Literal["inventory", "orders", "customers", "sales-by-product", "sales-by-category"]


class ExportBody(Body):
    """`from` and `to` bound orders and sales to some of the shop's days; without them it is all there are."""

    kind: Kind
    from_: Annotated[OptionalDate, Field(alias="from")] = None
    to: OptionalDate = None


class ExportAnswer(Answer):
    """`progress` is in percent. `file` is there once it is done, `error` when it could not be written."""

    id: str
    kind: Kind
    status: Literal["waiting", "working", "done", "failed"]
    progress: int
    at: datetime
    expires_at: datetime
    rows: int | None = None
    file: str | None = None
    error: str | None = None


class FileQuery(Query):
    """With `excel` the file begins with a mark that tells Excel how to read ₹ and Hindi; others might trip over it."""

    excel: Annotated[Literal["true", "false"] | None, blank_is_absent] = None


def order(request: Request, context: Context) -> Response:
    body = read_body(request, ExportBody)
    first, last = (day.isoformat() if day else None for day in (body.from_, body.to))
    ordered = order_export(context, asker(request), body.kind, first, last, once_of(request))
    # However far it is by now: the same key is answered with the same words.
    return json_response(_row(as_ordered(ordered)), 202)


def show_list(request: Request, context: Context) -> Response:
    rows, headers = part_of(request, [_row(errand) for errand in list_exports(context, asker(request))])
    return json_response(rows, headers=headers)


def show(request: Request, context: Context) -> Response:
    return json_response(_row(find_export(context, asker(request), request.params["id"])))


def fetch(request: Request, context: Context) -> Response:
    errand, file = read_export(context, asker(request), request.params["id"])
    return _csv(request, errand.file_name, file)


def fetch_inventory(request: Request, context: Context) -> Response:
    return _csv(request, "inventory.csv", read_inventory(context, shop_of(request)))


def _csv(request: Request, name: str, file: bytes) -> Response:
    if read_query(request, FileQuery).excel != "true":
        file = file.removeprefix(BOM.encode())
    disposition = f'attachment; filename="{name}"'
    return Response(200, file, {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": disposition})


def _row(errand: Errand) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": errand.id,
        "kind": errand.kind,
        "status": errand.status,
        "progress": errand.progress,
        "at": instant(errand.at),
        "expiresAt": instant(errand.expires_at),
    }
    if errand.status == "done":
        row |= {"rows": errand.rows, "file": f"/api/exports/{errand.id}/file?excel=true"}
    if errand.trouble is not None:
        row["error"] = errand.trouble
    return row
