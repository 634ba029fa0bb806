"""Stock over HTTP: batches that come in, counts, wastage, and the stock book."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from shop_server.actions.read_catalogue import find_own_batch, find_own_product, list_movements
from shop_server.actions.receive_stock import change_batch, count_stock, receive_batch, waste_stock
from shop_server.context import Context
from shop_server.rules.person import Person
from shop_server.rules.stock import Movement
from shop_server.web.access import asker
from shop_server.web.fields import instant
from shop_server.web.once import once_of
from shop_server.web.pages import next_page, page_after
from shop_server.web.product_forms import (
    BatchBody,
    ChangeBatchBody,
    CountBody,
    WastageBody,
    product_row,
)
from shop_server.web.reading import read_body
from shop_server.web.request import Request
from shop_server.web.response import Response, json_response

_STORED_AS = {"cost": "cost_paise", "mrp": "mrp_paise"}


def receive(request: Request, context: Context) -> Response:
    person, product_id = _own(request, context)
    body = read_body(request, BatchBody)
    fields = _fields(body, {"expires_on", "manufactured_on", "batch_no", "cost", "mrp"})
    return _answer(receive_batch(context, person, product_id, body.quantity, fields, once_of(request)), 201)


def edit_batch(request: Request, context: Context) -> Response:
    person, product_id, batch_id = asker(request), request.params["id"], request.params["batch_id"]
    find_own_batch(context, person, product_id, batch_id)
    body = read_body(request, ChangeBatchBody)
    fields = _fields(body, body.model_fields_set)
    return _answer(change_batch(context, person, product_id, batch_id, fields))


def count(request: Request, context: Context) -> Response:
    person, product_id = _own(request, context)
    body = read_body(request, CountBody)
    return _answer(count_stock(context, person, product_id, body.quantity, body.reason, once_of(request)), 201)


def waste(request: Request, context: Context) -> Response:
    person, product_id = _own(request, context)
    body = read_body(request, WastageBody)
    card = waste_stock(context, person, product_id, body.quantity, body.reason, body.batch_id, once_of(request))
    return _answer(card, 201)


def list_book(request: Request, context: Context) -> Response:
    product = find_own_product(context, asker(request), request.params["id"])
    limit, before = page_after(request)
    movements, names = list_movements(context, product, limit + 1, before)
    rows, headers = next_page(request, movements, limit, lambda movement: movement.at)
    return json_response([_row(movement, names) for movement in rows], headers=headers)


def _own(request: Request, context: Context) -> tuple[Person, str]:
    """Who asks, and the product of her shop that it is about. Raises NotFound."""
    person = asker(request)
    return person, find_own_product(context, person, request.params["id"]).id


def _fields(body: BatchBody | ChangeBatchBody, given: set[str]) -> dict[str, Any]:
    values = {name: getattr(body, name) for name in given}
    return {
        _STORED_AS.get(name, name): value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }


def _answer(card: Mapping[str, Any], status: int = 200) -> Response:
    return json_response(product_row(card, own=True), status)


def _row(movement: Movement, names: Mapping[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "kind": movement.kind,
        "quantity": movement.quantity,
        "stockAfter": movement.stock_after,
        "at": instant(movement.at),
        "by": names.get(movement.by, movement.by),
    }
    if movement.order_id is not None:
        row["orderId"] = movement.order_id
    if movement.reason is not None:
        row["reason"] = movement.reason
    return row
