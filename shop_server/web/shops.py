"""Shops over HTTP: what customers see of them, and the shopkeeper's settings."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pydantic.alias_generators import to_camel

from shop_server.actions.change_shop import (
    change_qr,
    change_shop,
    list_shelves,
    list_shops,
    read_own_shop,
    read_qr,
    read_shop,
)
from shop_server.actions.read_reach import read_reach
from shop_server.context import Context
from shop_server.errors import FieldError, InvalidInput
from shop_server.rules.person import Person
from shop_server.rules.shop import Shelf, Shop, payment_methods
from shop_server.web.fields import rupees
from shop_server.web.pages import part_of
from shop_server.web.reading import read_body, read_query
from shop_server.web.request import Request
from shop_server.web.response import Response, json_response
from shop_server.web.shop_forms import QrBody, QrQuery, ShopBody

_NEVER_EMPTY = ("name", "timezone", "delivery_fee", "low_stock_at", "payment_window_minutes", "open", "gst_composition")
_EMPTY_TEXT = ("address", "city", "state", "pincode", "phone", "opening_hours")
_IN_PAISE = {"delivery_fee": "delivery_fee_paise", "free_delivery_minimum": "free_delivery_minimum_paise"}


def list_all(request: Request, context: Context) -> Response:
    shops = list_shops(context)
    shelves = list_shelves(context, shops)
    rows, headers = part_of(request, [_row(shop, shelves.get(shop.id, [])) for shop in shops])
    return json_response(rows, headers=headers)


def show(request: Request, context: Context) -> Response:
    shop = read_shop(context, request.params["id"], request.person)
    answer = {
        **_row(shop, list_shelves(context, [shop]).get(shop.id, [])),
        "phone": shop.phone,
        "openingHours": shop.opening_hours,
        "deliveryFee": rupees(shop.delivery_fee_paise),
        "freeDeliveryMinimum": _rupees_or_none(shop.free_delivery_minimum_paise),
        "deliveryMinutes": shop.delivery_minutes,
        "paymentMethods": payment_methods(shop),
        "gstNumber": shop.gst_number,
    }
    return json_response(answer)


def show_own(request: Request, context: Context) -> Response:
    return json_response(_own(read_own_shop(context, _person(request))))


def change_own(request: Request, context: Context) -> Response:
    body = read_body(request, ShopBody)
    changes: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    emptied = [name for name in _NEVER_EMPTY if name in changes and changes[name] is None]
    if emptied:
        raise InvalidInput([FieldError(f"/{to_camel(name)}", "Please fill this in.") for name in emptied])
    for name in _EMPTY_TEXT:
        if name in changes:
            changes[name] = changes[name] or ""
    changes = {_IN_PAISE.get(name, name): value for name, value in changes.items()}
    return json_response(_own(change_shop(context, _person(request), changes)))


def show_qr(request: Request, context: Context) -> Response:
    query = read_query(request, QrQuery)
    picture, upi_id = read_qr(context, _person(request), query.shop_id or None)
    return json_response({"qrCodeUrl": picture, "upiId": upi_id})


def show_reach(request: Request, context: Context) -> Response:
    """How customers reach the shop, to hang up at the counter."""
    port = urlsplit(f"//{request.host}").port or 80
    address, picture = read_reach(context, port)
    return json_response({"address": address, "qrCodeUrl": picture})


def change_own_qr(request: Request, context: Context) -> Response:
    body = read_body(request, QrBody)
    shop = change_qr(context, _person(request), {name: getattr(body, name) for name in body.model_fields_set})
    return json_response(
        {
            "message": "Customers now pay to this." if shop.upi_id else "No UPI id is set now.",
            "upiId": shop.upi_id,
            "hasQrPicture": shop.qr_picture is not None,
        }
    )


def _row(shop: Shop, shelves: list[Shelf]) -> dict[str, Any]:
    return {
        "id": shop.id,
        "name": shop.name,
        "address": shop.address,
        "city": shop.city,
        "open": shop.open,
        "categories": [{"id": shelf.id, "name": shelf.name, "products": shelf.products} for shelf in shelves],
    }


def _own(shop: Shop) -> dict[str, Any]:
    return {
        "id": shop.id,
        "name": shop.name,
        "address": shop.address,
        "city": shop.city,
        "state": shop.state,
        "pincode": shop.pincode,
        "gstNumber": shop.gst_number,
        "gstComposition": shop.gst_composition,
        "timezone": shop.timezone,
        "upiId": shop.upi_id,
        "phone": shop.phone,
        "openingHours": shop.opening_hours,
        "deliveryFee": rupees(shop.delivery_fee_paise),
        "freeDeliveryMinimum": _rupees_or_none(shop.free_delivery_minimum_paise),
        "lowStockAt": shop.low_stock_at,
        "paymentWindowMinutes": shop.payment_window_minutes,
        "deliveryMinutes": shop.delivery_minutes,
        "open": shop.open,
        "approved": shop.approved,
        "hasQrPicture": shop.qr_picture is not None,
        "version": shop.version,
    }


def _rupees_or_none(paise: int | None) -> int | float | None:
    return None if paise is None else rupees(paise)


def _person(request: Request) -> Person:
    assert request.person is not None
    return request.person
