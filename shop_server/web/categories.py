"""Categories over HTTP: the shelves that everybody sees, and the shopkeeper's work on them."""

from __future__ import annotations

from typing import Any

from shop_server.actions.change_categories import add_category, delete_category, rename_category
from shop_server.actions.read_catalogue import find_own_category, list_categories
from shop_server.context import Context
from shop_server.web.access import asker
from shop_server.web.catalogue_cache import CatalogueAnswer
from shop_server.web.once import once_of
from shop_server.web.pages import part_of
from shop_server.web.product_forms import CategoryBody, ShopQuery
from shop_server.web.products import catalogue_answer
from shop_server.web.reading import read_body, read_query
from shop_server.web.request import Request
from shop_server.web.response import Response, json_response


def show_list(request: Request, context: Context) -> CatalogueAnswer:
    """The categories of a shop"""
    seen = list_categories(context, request.person, read_query(request, ShopQuery).shop_id)
    rows = [_row(category.id, category.name, category.products, category.shop_id) for category in seen.cards]
    part, headers = part_of(request, rows)
    return catalogue_answer(request, seen, part, headers)


def add(request: Request, context: Context) -> Response:
    body = read_body(request, CategoryBody)
    made = add_category(context, asker(request), body.name, once_of(request))
    return json_response(_row(made["id"], made["name"], made["products"], made["shop_id"]), 201)


def rename(request: Request, context: Context) -> Response:
    person, category_id = asker(request), request.params["id"]
    find_own_category(context, person, category_id)
    category = rename_category(context, person, category_id, read_body(request, CategoryBody).name)
    return json_response(_row(category.id, category.name, category.products, category.shop_id))


def remove(request: Request, context: Context) -> Response:
    cleared = delete_category(context, asker(request), request.params["id"])
    message = f"{cleared.name} is deleted; {cleared.products} products are no longer on sale."
    return json_response({"message": message, "deletedCategory": cleared.name, "products": cleared.products})


def _row(category_id: str, name: str, products: int, shop_id: str) -> dict[str, Any]:
    return {"id": category_id, "name": name, "products": products, "shopId": shop_id}
