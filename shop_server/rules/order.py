"""An order: what a customer wants from one shop, from placing to delivery, and every move it may make."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from shop_server.errors import WrongState, wrong_field
from shop_server.rules.address import Address
from shop_server.rules.batch import Pick
from shop_server.rules.money import price_of_pieces, price_of_weight
from shop_server.rules.payment import CLAIMED, REFUND_DUE, Payment
from shop_server.rules.product import PIECE, Product
from shop_server.rules.shop_time import business_day, business_hour, weekday

AWAITING_PAYMENT, PLACED, PACKED = "awaiting_payment", "placed", "packed"
DISPATCHED, DELIVERED = "dispatched", "delivered"
RETURN_REQUESTED, RETURNED = "return_requested", "returned"
CANCELLED, EXPIRED = "cancelled", "expired"

TRANSITIONS: dict[str, frozenset[str]] = {
    AWAITING_PAYMENT: frozenset({PLACED, CANCELLED, EXPIRED}),
    PLACED: frozenset({PACKED, CANCELLED}),
    PACKED: frozenset({DISPATCHED, CANCELLED}),
    DISPATCHED: frozenset({DELIVERED}),
    DELIVERED: frozenset({RETURN_REQUESTED}),
    RETURN_REQUESTED: frozenset({RETURNED, DELIVERED}),
    EXPIRED: frozenset({PLACED}),
    RETURNED: frozenset(),
    CANCELLED: frozenset(),
}
"""Every move an order may make; all others are refused."""

SALES = (PLACED, PACKED, DISPATCHED, DELIVERED, RETURN_REQUESTED)
"""The states in which an order counts as a sale in the reports."""

HELD, CONSUMED, RELEASED = "held", "consumed", "released"
"""What became of the goods an order keeps from sale."""


class Line(NamedTuple):
    """One product in an order, as it was when ordered. `cost_paise` is for the whole line, None when not known."""

    product_id: str
    name: str
    category_id: str
    category: str
    unit: str
    sold_by: str
    quantity: int
    unit_price_paise: int
    line_total_paise: int
    cost_paise: int | None = None
    mrp_paise: int | None = None
    tax_basis_points: int | None = None
    hsn: str | None = None
    picks: tuple[Pick, ...] = ()


class Step(NamedTuple):
    """One entry of an order's history; `note` is the reason a person gave."""

    status: str
    at: datetime
    by: str
    note: str | None = None


class Order(NamedTuple):
    """`business_day`, `business_hour` and `weekday` (Monday 0) are those of the shop's clock when it was placed."""

    id: str
    shop_id: str
    shop_name: str
    customer_id: str
    customer_name: str
    customer_phone: str
    status: str
    hold: str
    lines: tuple[Line, ...]
    subtotal_paise: int
    delivery_fee_paise: int
    total_paise: int
    payment: Payment
    pickup: bool
    delivery_address: Address | None
    note: str
    placed_at: datetime
    business_day: str
    business_hour: int
    weekday: int
    deliver_by: datetime | None
    history: tuple[Step, ...]
    version: int
    pickup_on: str | None = None
    """The day on which returned goods are collected from the customer."""
    gst_number: str | None = None
    """Of a customer who buys for a business and wants it on her bill."""


OPEN = (AWAITING_PAYMENT, PLACED, PACKED, DISPATCHED, RETURN_REQUESTED)
"""The states in which somebody still has something to do."""

MONEY_OPEN = (CLAIMED, REFUND_DUE)
"""The states of a payment in which somebody may have the other's money."""

ERASED_NAME = "Deleted account"
"""What an order calls a customer who has left."""


def is_unfinished(order: Order) -> bool:
    """Whether goods or money are still to go from one to the other."""
    return order.status in OPEN or order.payment.status in MONEY_OPEN


def without_person(order: Order) -> Order:
    """The order without what it says of the person who placed it; goods, money and history are as they were."""
    history = tuple(step._replace(note=None) if step.by == order.customer_id else step for step in order.history)
    return order._replace(
        customer_name=ERASED_NAME, customer_phone="", delivery_address=None, note="", gst_number=None, history=history
    )


def moved(order: Order, status: str, at: datetime, by: str, note: str | None = None, **fields: Any) -> Order:
    """The order in its next state, one version on. Raises WrongState when the table has no such move."""
    if status not in TRANSITIONS[order.status]:
        raise WrongState(f"An order that is {say(order.status)} cannot become {say(status)}.")
    history = (*order.history, Step(status, at, by, note))
    return order._replace(status=status, history=history, version=order.version + 1, **fields)


def amended(order: Order, **fields: Any) -> Order:
    """The order with other values in the same state, one version on."""
    return order._replace(version=order.version + 1, **fields)


def line_of(product: Product, category: str, quantity: int, cost_paise: int | None) -> Line:
    """A line at today's price."""
    return Line(
        product_id=product.id,
        name=product.name,
        category_id=product.category_id,
        category=category,
        unit=product.unit,
        sold_by=product.sold_by,
        quantity=quantity,
        unit_price_paise=product.price_paise,
        line_total_paise=line_total(product.price_paise, quantity, product.sold_by),
        cost_paise=cost_paise,
        mrp_paise=product.mrp_paise,
        tax_basis_points=product.tax_basis_points,
        hsn=product.hsn,
    )


def line_total(unit_price_paise: int, quantity: int, sold_by: str) -> int:
    """Price times pieces, or price per kilogram times grams rounded half up."""
    if sold_by == PIECE:
        return price_of_pieces(unit_price_paise, quantity)
    return price_of_weight(unit_price_paise, quantity)


def subtotal(lines: Iterable[Line]) -> int:
    return sum(line.line_total_paise for line in lines)


def subtotal_to_pay(lines: Iterable[Line]) -> int:
    """What the goods of an order come to. Raises InvalidInput when that is nothing, as a gram of onions may be."""
    paise = subtotal(lines)
    if not paise:
        raise wrong_field("/items", "This comes to less than a paisa. Please order a little more.")
    return paise


def delivery_fee(subtotal_paise: int, fee_paise: int, free_minimum_paise: int | None, pickup: bool) -> int:
    """What bringing it costs: nothing when fetched, or from the shop's minimum on."""
    if pickup or (free_minimum_paise is not None and subtotal_paise >= free_minimum_paise):
        return 0
    return fee_paise


def deliver_by(placed_at: datetime, delivery_minutes: int | None) -> datetime | None:
    """When the shop means to have it there; None when it promises nothing."""
    return placed_at + timedelta(minutes=delivery_minutes) if delivery_minutes else None


def shop_times(placed_at: datetime, timezone: str) -> dict[str, Any]:
    """The day, hour and weekday of the shop's clock that reports group by."""
    return {
        "business_day": business_day(placed_at, timezone),
        "business_hour": business_hour(placed_at, timezone),
        "weekday": weekday(placed_at, timezone),
    }


def say(status: str) -> str:
    """A state as a person reads it."""
    return status.replace("_", " ")
