"""A product's history by person over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic.alias_generators import to_camel

from shop_server.actions.read_catalogue import find_own_product
from shop_server.actions.read_product_history import Deed, read_product_history
from shop_server.context import Context
from shop_server.web.access import asker
from shop_server.web.fields import instant, rupees
from shop_server.web.pages import next_page, page_after
from shop_server.web.reading import Answer
from shop_server.web.request import Request
from shop_server.web.response import Response, json_response

_CALLED = {"category_id": "category", "tax_basis_points": "gstRate", "picture_id": "image"}


class DeedRow(Answer):
    """`what`: received, returned, wasted, counted; or added, changed (see `fields`), priced (see `prices`), removed."""

    at: datetime
    what: str
    by: str
    quantity: int | None = None
    reason: str | None = None
    prices: dict[str, list[float | None]] | None = None
    fields: list[str] | None = None


def show(request: Request, context: Context) -> Response:
    product = find_own_product(context, asker(request), request.params["id"])
    limit, after = page_after(request)
    deeds, names = read_product_history(context, product, limit + 1, after)
    rows, headers = next_page(request, deeds, limit, lambda deed: deed.at)
    return json_response([_row(deed, names) for deed in rows], headers=headers)


def _row(deed: Deed, names: Mapping[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "at": instant(deed.at),
        "what": deed.what.removeprefix("product-"),
        "by": names.get(deed.by, deed.by),
    }
    if deed.quantity is not None:
        row["quantity"] = deed.quantity
    if deed.reason is not None:
        row["reason"] = deed.reason
    if "prices" in deed.details:
        row["prices"] = {
            name: [None if paise is None else rupees(paise) for paise in pair]
            for name, pair in deed.details["prices"].items()
        }
    if "fields" in deed.details:
        row["fields"] = [_CALLED.get(name, to_camel(name)) for name in deed.details["fields"]]
    return row
