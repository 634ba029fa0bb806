"""The cart of a signed-in customer over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from shop_server.actions.keep_cart import CartItem, keep_cart, read_cart
from shop_server.context import Context
from shop_server.web.access import asker
from shop_server.web.fields import Id, Quantity, rupees
from shop_server.web.reading import Answer, Body, read_body
from shop_server.web.request import Request
from shop_server.web.response import Response, json_response


class CartItemBody(Body):
    id: Id
    quantity: Quantity


class CartBody(Body):
    items: Annotated[list[CartItemBody], Field(max_length=200)]


class CartItemAnswer(Answer):
    """`changed` says what is other than when it was put there; `priceWas` goes with a changed price."""

    id: str
    quantity: int
    name: str | None = None
    price: float | None = None
    price_was: float | None = None
    stock: int
    unit: str | None = None
    sold_by: str | None = None
    shop_id: str | None = None
    changed: list[Literal["price", "stock", "gone"]]


class CartAnswer(Answer):
    items: list[CartItemAnswer]


def show(request: Request, context: Context) -> Response:
    return _answer(read_cart(context, asker(request).user_id))


def keep(request: Request, context: Context) -> Response:
    body = read_body(request, CartBody)
    items = [(item.id, item.quantity) for item in body.items]
    return _answer(keep_cart(context, asker(request).user_id, items))


def _answer(items: list[CartItem]) -> Response:
    return json_response({"items": [_item(item) for item in items]})


def _item(item: CartItem) -> dict[str, Any]:
    product = item.product
    if product is None:
        return {"id": item.product_id, "quantity": item.quantity, "stock": 0, "changed": ["gone"]}
    answer: dict[str, Any] = {
        "id": product.id,
        "quantity": item.quantity,
        "name": product.name,
        "price": rupees(product.price_paise),
        "stock": product.stock,
        "unit": product.unit,
        "soldBy": product.sold_by,
        "shopId": product.shop_id,
        "changed": [],
    }
    if item.price_was_paise is not None and item.price_was_paise != product.price_paise:
        answer["changed"].append("price")
        answer["priceWas"] = rupees(item.price_was_paise)
    if product.stock < item.quantity:
        answer["changed"].append("stock")
    return answer
