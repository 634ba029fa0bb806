"""Orders over HTTP: placing, looking, changing, moving on, calling off."""

from __future__ import annotations

from typing import Any

from shop_server.actions.cancel_order import cancel_order
from shop_server.actions.change_order import change_order
from shop_server.actions.move_order import move_order, request_return
from shop_server.actions.place_order import PlaceOrder, place_order
from shop_server.actions.read_orders import (
    OrderFilter,
    Shown,
    list_orders_of_customer,
    list_orders_of_shop,
    read_order,
    show_order,
    with_missing,
)
from shop_server.actions.reorder import reorder
from shop_server.context import Context
from shop_server.errors import NotAllowed, wrong_field
from shop_server.rules import order as states
from shop_server.rules.address import Address
from shop_server.rules.order import Order
from shop_server.rules.paper import papers_of
from shop_server.rules.person import CUSTOMER
from shop_server.web.access import asker, shop_of
from shop_server.web.fields import instant, rupees
from shop_server.web.once import once_of
from shop_server.web.order_forms import (
    AddressBody,
    CancelBody,
    ChangeOrderBody,
    CustomerOrdersQuery,
    MoveBody,
    PlaceOrderBody,
    ShopOrdersQuery,
)
from shop_server.web.pages import next_page, page_after
from shop_server.web.payments import asked_answer, payment_answer
from shop_server.web.reading import read_body, read_query
from shop_server.web.request import Request
from shop_server.web.response import Response, json_response

STATES_OF_TAB = {
    "current": (states.AWAITING_PAYMENT, states.PLACED, states.PACKED, states.DISPATCHED, states.RETURN_REQUESTED),
    "past": (states.DELIVERED, states.RETURNED),
    "cancelled": (states.CANCELLED, states.EXPIRED),
}


def place(request: Request, context: Context) -> Response:
    body = read_body(request, PlaceOrderBody)
    customer = asker(request)
    address = _address(body.delivery_address) if body.delivery_address else customer.address
    # Who names no place, and has none in her profile, fetches the goods herself.
    pickup = address is None if body.pickup is None else body.pickup
    if address is None and not pickup:
        raise wrong_field("/deliveryAddress", "Delivery address: say where to bring it, or choose to fetch it yourself")
    wish = PlaceOrder(
        customer=customer,
        items=[(item.id, item.quantity) for item in body.items],
        payment_method=body.payment_method,
        delivery_address=None if pickup else address,
        pickup=pickup,
        note=body.note or "",
        expected_total_paise=body.expected_total,
        gst_number=body.gst_number,
    )
    placed = place_order(context, wish, once_of(request))
    return json_response(
        {
            "message": "Order placed.",
            "orderId": placed["order_id"],
            "subtotal": rupees(placed["subtotal_paise"]),
            "deliveryFee": rupees(placed["delivery_fee_paise"]),
            "total": rupees(placed["total_paise"]),
            "itemCount": placed["item_count"],
            "status": placed["status"],
            "payment": asked_answer(placed["order_id"], placed["payment"]),
        },
        201,
    )


def show(request: Request, context: Context) -> Response:
    return json_response(_whole(show_order(context, request.params["id"], asker(request))))


def change(request: Request, context: Context) -> Response:
    order = _read(request, context)
    body = read_body(request, ChangeOrderBody)
    items = [(item.id, item.quantity) for item in body.items]
    return _answer_order(context, change_order(context, order.id, asker(request), items))


def cancel(request: Request, context: Context) -> Response:
    """By its customer, or by those of its shop who may move orders."""
    order = _read(request, context, "orders")
    body = read_body(request, CancelBody)
    return _answer_order(context, cancel_order(context, order.id, asker(request), body.reason))


def ask_return(request: Request, context: Context) -> Response:
    order = _read(request, context)
    body = read_body(request, CancelBody)
    return _answer_order(context, request_return(context, order.id, asker(request), body.reason))


def move(request: Request, context: Context) -> Response:
    order = _read(request, context)
    body = read_body(request, MoveBody)
    return _answer_order(
        context, move_order(context, order.id, asker(request), body.status, restock=body.restock, reason=body.reason)
    )


def list_mine(request: Request, context: Context) -> Response:
    query = read_query(request, CustomerOrdersQuery)
    limit, after = page_after(request)
    wanted = STATES_OF_TAB[query.state] if query.state else None
    orders = list_orders_of_customer(context, asker(request), wanted, limit + 1, after)
    rows, headers = next_page(request, orders, limit, lambda order: order.placed_at)
    return json_response([_row(shown) for shown in with_missing(context, rows)], headers=headers)


def list_shop(request: Request, context: Context) -> Response:
    query = read_query(request, ShopOrdersQuery)
    if query.from_ and query.to and query.to < query.from_:
        raise wrong_field("/to", "To: choose a day that is not before the first")
    limit, after = page_after(request)
    wanted = OrderFilter(
        states=_known_states(query.status),
        text=query.q,
        from_day=query.from_.isoformat() if query.from_ else None,
        to_day=query.to.isoformat() if query.to else None,
    )
    orders = list_orders_of_shop(context, shop_of(request), wanted, limit + 1, after)
    rows, headers = next_page(request, orders, limit, lambda order: order.placed_at)
    return json_response([_shop_row(shown) for shown in with_missing(context, rows)], headers=headers)


def order_again(request: Request, context: Context) -> Response:
    order = _read(request, context)
    found, missing = reorder(context, order)
    items = []
    for line, product, quantity in found:
        item: dict[str, Any] = {
            "id": product.id,
            "quantity": quantity,
            "name": product.name,
            "price": rupees(product.price_paise),
        }
        if product.price_paise != line.unit_price_paise or quantity != line.quantity:
            item["changed"] = True
        items.append(item)
    return json_response({"items": items, "missing": [{"id": line.product_id, "name": line.name} for line in missing]})


def _read(request: Request, context: Context, permission: str | None = None) -> Order:
    """The order of the path, if it is this person's to see; and, for the shop's people, to act on."""
    person = asker(request)
    if permission and person.role != CUSTOMER and not person.may(permission):
        raise NotAllowed(f"This is for the shopkeeper and staff allowed: {permission}.")
    return read_order(context, request.params["id"], person)


def _address(body: AddressBody) -> Address:
    return Address(body.line, body.city, body.state, body.pincode, body.country or "India")


def _known_states(raw: str | None) -> tuple[str, ...] | None:
    """One state, or several with commas between."""
    if not raw:
        return None
    wanted = tuple(part.strip() for part in raw.split(","))
    unknown = [state for state in wanted if state not in states.TRANSITIONS]
    if unknown:
        raise wrong_field("/status", f"Status: there is no state {unknown[0][:40]!r}")
    return wanted


def _answer_order(context: Context, order: Order) -> Response:
    return json_response(_whole(with_missing(context, [order])[0]))


def _row(shown: Shown) -> dict[str, Any]:
    order = shown.order
    return {
        "id": order.id,
        "items": [
            {
                "id": line.product_id,
                "name": line.name,
                "category": line.category,
                "price": rupees(line.unit_price_paise),
                "quantity": line.quantity,
                "lineTotal": rupees(line.line_total_paise),
                "unit": line.unit,
                "soldBy": line.sold_by,
            }
            for line in order.lines
        ],
        "total": rupees(order.total_paise),
        "paymentMethod": order.payment.method,
        "status": order.status,
        "date": instant(order.placed_at),
        "itemCount": len(order.lines),
        "shopName": order.shop_name,
        "short": [{"id": product_id, "missing": missing} for product_id, missing in shown.missing.items()],
    }


def _shop_row(shown: Shown) -> dict[str, Any]:
    order = shown.order
    return {
        **_row(shown),
        "customerName": order.customer_name,
        "customerPhone": order.customer_phone,
        "payment": payment_answer(order),
        "pickup": order.pickup,
        "note": order.note,
        "deliverBy": instant(order.deliver_by) if order.deliver_by else None,
    }


def _whole(shown: Shown) -> dict[str, Any]:
    order = shown.order
    address = order.delivery_address
    return {
        **_shop_row(shown),
        "shopId": order.shop_id,
        "customerId": order.customer_id,
        "subtotal": rupees(order.subtotal_paise),
        "deliveryFee": rupees(order.delivery_fee_paise),
        "history": [
            {"status": step.status, "at": instant(step.at), "by": _said_by(order, step.by), "note": step.note}
            for step in order.history
        ],
        "deliveryAddress": {
            "line": address.line,
            "city": address.city,
            "state": address.state,
            "pincode": address.pincode,
            "country": address.country,
        }
        if address
        else None,
        "gstNumber": order.gst_number,
        "pickupOn": order.pickup_on,
        "papers": papers_of(order),
    }


def _said_by(order: Order, by: str) -> str:
    """Who made a step, without telling a customer the staff's ids."""
    if by == order.customer_id:
        return "customer"
    return "clock" if by == "clock" else "shop"
