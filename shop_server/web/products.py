"""Products over HTTP: the catalogue that everybody sees, and the shopkeeper's work on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from shop_server.actions.await_product import await_product
from shop_server.actions.change_products import (
    ProductWish,
    add_product,
    change_picture,
    change_product,
    change_products,
    take_from_sale,
)
from shop_server.actions.read_catalogue import Search, Seen, find_own_product, list_products, read_product
from shop_server.context import Context, Place
from shop_server.errors import FieldError, InvalidInput, ShopError, wrong_field
from shop_server.rules.person import Person
from shop_server.web.access import asker
from shop_server.web.catalogue_cache import CatalogueAnswer
from shop_server.web.once import once_of
from shop_server.web.pages import milliseconds_of, moment, next_link
from shop_server.web.product_forms import (
    MOST_ROWS,
    ChangeProductBody,
    ChangeRowBody,
    NewProductBody,
    PictureBody,
    ProductsQuery,
    picture_url,
    product_row,
)
from shop_server.web.reading import (
    check,
    expected_version,
    idempotency_key,
    read_body,
    read_json,
    read_page,
    read_query,
)
from shop_server.web.request import Request
from shop_server.web.response import JSON_TYPE, Response, encode_json, json_response, kept_response

_STORED_AS = {
    "price": "price_paise",
    "mrp": "mrp_paise",
    "cost": "cost_paise",
    "gst_rate": "tax_basis_points",
}
_BATCH_FIELDS = ("expires_on", "manufactured_on", "batch_no")
_EMPTY_TEXT = ("unit", "description")
"""Texts that are "" when there is none."""


def show_list(request: Request, context: Context) -> CatalogueAnswer:
    """A page of products"""
    query = read_query(request, ProductsQuery)
    sort = query.sort or "newest"
    page = read_page(request, str, int if sort != "name" else str, str)
    search = Search(
        shop_id=query.shop_id,
        text=query.q,
        category=query.category,
        min_price_paise=query.min_price,
        max_price_paise=query.max_price,
        in_stock=None if query.in_stock is None else query.in_stock == "true",
        expires_before=query.expires_before.isoformat() if query.expires_before else None,
        sort=sort,
    )
    seen = list_products(context, request.person, search, page.limit, _place(sort, page.cursor))
    rows = [product_row(card, own=_is_own(request, card["shop_id"])) for card in seen.cards]
    headers = {}
    if seen.next_place is not None:
        value, id_ = seen.next_place
        headers = next_link(request, [sort, milliseconds_of(value) if isinstance(value, datetime) else value, id_])
    elif page.cursor is None:
        headers = {"X-Total-Count": str(len(rows))}
    return catalogue_answer(request, seen, rows, headers)


def show(request: Request, context: Context) -> CatalogueAnswer:
    """One product"""
    seen = read_product(context, request.person, request.params["id"])
    (card,) = seen.cards
    return catalogue_answer(request, seen, product_row(card, own=_is_own(request, card["shop_id"])), {})


def add(request: Request, context: Context) -> Response:
    body = read_body(request, NewProductBody)
    wish = _wish(body, set(type(body).model_fields))
    card = add_product(context, asker(request), wish, once_of(request))
    return json_response(product_row(card, own=True), 201)


def change(request: Request, context: Context) -> Response:
    person, product_id = asker(request), request.params["id"]
    find_own_product(context, person, product_id)
    body = read_body(request, ChangeProductBody)
    modified = change_product(
        context, person, product_id, _wish(body, body.model_fields_set), expected_version(request)
    )
    return json_response({"message": "Saved." if modified else "Nothing was changed.", "modified": modified})


def change_many(request: Request, context: Context) -> Response:
    rows = read_json(request.body)
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_ROWS:
        raise wrong_field("", f"Send a list of 1 to {MOST_ROWS} products.")
    refusals: dict[int, ShopError | None] = {}
    wishes = _row_wishes(rows, refusals)
    done = change_products(context, asker(request), list(wishes.values()))
    refusals |= dict(zip(wishes, done, strict=True))
    return json_response([_row_answer(row, refusals[number]) for number, row in enumerate(rows)])


def remove(request: Request, context: Context) -> Response:
    name = take_from_sale(context, asker(request), request.params["id"])
    return json_response({"message": f"{name} is no longer on sale.", "deletedProduct": name})


def put_picture(request: Request, context: Context) -> Response:
    person, product_id = asker(request), request.params["id"]
    find_own_product(context, person, product_id)
    is_json = request.headers.get("content-type", "").partition(";")[0].strip().lower() == JSON_TYPE
    picture = read_body(request, PictureBody).image if is_json else request.body
    picture_id = change_picture(context, person, product_id, picture)
    return json_response({"message": "The picture is saved.", "imageUrl": picture_url(picture_id)})


def tell_when_back(request: Request, context: Context) -> Response:
    # Asked once or ten times, she waits once: the key need only be one.
    idempotency_key(request)
    name = await_product(context, asker(request), request.params["id"])
    return json_response({"message": f"You will be told once when {name} is back."}, 201)


def catalogue_answer(request: Request, seen: Seen, body: Any, headers: Mapping[str, str]) -> CatalogueAnswer:
    """The answer with its ETag. The shop's own people get more than others, so theirs is for nobody else."""
    is_for_all = request.person is None or request.person.shop_id is None
    control = "no-cache" if is_for_all else "private, no-cache"
    response = kept_response(encode_json(body), {"Content-Type": JSON_TYPE, "Cache-Control": control, **headers})
    return CatalogueAnswer(response, seen.shop_id, seen.true_until)


def _is_own(request: Request, shop_id: str) -> bool:
    person: Person | None = request.person
    return person is not None and person.shop_id == shop_id


def _place(sort: str, cursor: tuple[Any, ...] | None) -> Place | None:
    if cursor is None:
        return None
    its_sort, value, id_ = cursor
    if its_sort != sort:
        raise wrong_field("/cursor", "Cursor: this one belongs to another order of the list.")
    return (moment(value) if sort == "newest" else value), id_


def _wish(body: NewProductBody | ChangeProductBody, given: set[str]) -> ProductWish:
    """What the form says, as the action takes it."""
    values = {name: _plain(name, getattr(body, name)) for name in given}
    category, stock = values.pop("category", None), values.pop("stock", None)
    values.pop("id", None)
    batch = {name: values.pop(name) for name in _BATCH_FIELDS if name in values}
    fields = {_STORED_AS.get(name, name): value for name, value in values.items()}
    return ProductWish(fields, category, stock, batch)


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None and name in _EMPTY_TEXT else value


def _row_wishes(rows: list[Any], refusals: dict[int, ShopError | None]) -> dict[int, tuple[str, ProductWish]]:
    """The rows that are well-formed, by their number; for the others `refusals` says what is wrong."""
    wishes: dict[int, tuple[str, ProductWish]] = {}
    seen: set[str] = set()
    for number, row in enumerate(rows):
        try:
            body = check(row, ChangeRowBody)
            if body.id in seen:
                raise wrong_field("/id", "This product is in the list twice.")
            seen.add(body.id)
            wishes[number] = body.id, _wish(body, body.model_fields_set)
        except InvalidInput as refusal:
            refusals[number] = refusal
    return wishes


def _row_answer(row: Any, refusal: ShopError | None) -> dict[str, Any]:
    given = row.get("id") if isinstance(row, dict) else None
    answer: dict[str, Any] = {"id": given if isinstance(given, str) else ""}
    if refusal is None:
        return {**answer, "status": 200}
    answer |= {"status": refusal.status, "error": refusal.detail}
    if isinstance(refusal, InvalidInput):
        answer["errors"] = [_error(error) for error in refusal.errors]
    return answer


def _error(error: FieldError) -> dict[str, str]:
    return {"pointer": error.pointer, "detail": error.detail}
