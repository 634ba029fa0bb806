"""Bills and credit notes over HTTP: pages to print."""

from __future__ import annotations

from typing import Annotated, Literal

from shop_server.actions.read_orders import read_order
from shop_server.actions.read_papers import print_credit_note, print_invoice
from shop_server.context import Context
from shop_server.web.access import asker
from shop_server.web.fields import blank_is_absent
from shop_server.web.reading import Query, read_query
from shop_server.web.request import Request
from shop_server.web.response import Response


class PaperQuery(Query):
    size: Annotated[Literal["a4", "80mm"] | None, blank_is_absent] = None


def show_invoice(request: Request, context: Context) -> Response:
    order = read_order(context, request.params["id"], asker(request))
    size = read_query(request, PaperQuery).size or "a4"
    return _page(print_invoice(context, order, size=size, path=request.path))


def show_credit_note(request: Request, context: Context) -> Response:
    order = read_order(context, request.params["id"], asker(request))
    size = read_query(request, PaperQuery).size or "a4"
    return _page(print_credit_note(context, order, size=size, path=request.path))


def _page(html: str) -> Response:
    return Response(200, html.encode(), {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"})
