"""Orders as the customer and the shop look at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shop_server.context import Context
from shop_server.errors import NotFound
from shop_server.rules.batch import good_quantity
from shop_server.rules.order import HELD, Order
from shop_server.rules.person import Person
from shop_server.rules.product import Product
from shop_server.rules.shop_time import business_day, day_bounds

Missing = dict[str, int]
Mark = tuple[datetime, str]
"""The place of an order in a list: when it was placed, and its id."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An order, and by product what it holds that has expired and cannot be packed."""

    order: Order
    missing: Missing


def read_order(context: Context, order_id: str, person: Person) -> Order:
    """An order of this customer, or of this person's shop. Raises NotFound, also for anybody else's."""
    order = context.orders.find(order_id)
    if order is None or not _concerns(order, person):
        raise NotFound("There is no such order.")
    return order


def show_order(context: Context, order_id: str, person: Person) -> Shown:
    """The same with what is short in it. Raises NotFound."""
    found = context.orders.find_with_products(order_id)
    if found is None or not _concerns(found[0], person):
        raise NotFound("There is no such order.")
    order, products = found
    return _with_missing(context, [order], products if order.hold == HELD else {})[0]


def list_orders_of_customer(
    context: Context, customer: Person, states: Sequence[str] | None, limit: int, after: Mark | None
) -> list[Order]:
    """A customer's orders, newest first."""
    return context.orders.list_of_customer(customer.user_id, states, limit, after)


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which of the shop's orders: by state, by customer or number, by shop days."""

    states: tuple[str, ...] | None = None
    text: str | None = None
    from_day: str | None = None
    to_day: str | None = None


def list_orders_of_shop(
    context: Context, shop_id: str, wanted: OrderFilter, limit: int, after: Mark | None
) -> list[Order]:
    """The shop's orders, newest first."""
    timezone = context.shops.get(shop_id).timezone
    first = day_bounds(wanted.from_day, timezone)[0] if wanted.from_day else None
    last = day_bounds(wanted.to_day, timezone)[1] if wanted.to_day else None
    return context.orders.list_of_shop(shop_id, wanted.states, wanted.text, (first, last), limit, after)


def list_desk(context: Context, shop_id: str, status: str | None, limit: int, after: Mark | None) -> list[Order]:
    """The payment desk: payments in one state, or what waits for the shop (claimed, due back) and what was settled today."""
    shop = context.shops.get(shop_id)
    midnight, _ = day_bounds(business_day(context.clock.now(), shop.timezone), shop.timezone)
    return context.orders.list_payments(shop_id, status, midnight, limit, after)


def with_missing(context: Context, orders: Sequence[Order]) -> list[Shown]:
    """The orders with what is short in them: good goods go to the orders that were placed first."""
    held = [order for order in orders if order.hold == HELD]
    product_ids = list({line.product_id for order in held for line in order.lines})
    return _with_missing(context, orders, context.products.list_by_ids(product_ids) if product_ids else {})


def _with_missing(context: Context, orders: Sequence[Order], products: Mapping[str, Product]) -> list[Shown]:
    missing: dict[str, Missing] = {order.id: {} for order in orders}
    today: dict[str, str] = {}
    for product in products.values():
        if product.shop_id not in today:
            timezone = context.shops.get(product.shop_id).timezone
            today[product.shop_id] = business_day(context.clock.now(), timezone)
        good = good_quantity(product.batches, today[product.shop_id])
        if good >= product.held:
            continue
        for order_id, quantity in context.orders.list_holding(product.shop_id, product.id):
            lacks = max(0, quantity - good)
            good = max(0, good - quantity)
            if lacks and order_id in missing:
                missing[order_id][product.id] = lacks
    return [Shown(order, missing[order.id]) for order in orders]


def _concerns(order: Order, person: Person) -> bool:
    if person.shop_id is not None:
        return order.shop_id == person.shop_id
    return order.customer_id == person.user_id
