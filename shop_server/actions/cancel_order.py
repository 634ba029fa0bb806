"""An order is called off: by the customer, by the shop, or by the clock when its time to pay is over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from shop_server import logs
from shop_server.context import Context, Page
from shop_server.errors import Conflict, ShopError, WrongState
from shop_server.rules import hold, payment
from shop_server.rules.order import (
    AWAITING_PAYMENT,
    CANCELLED,
    CONSUMED,
    EXPIRED,
    HELD,
    PACKED,
    PLACED,
    RELEASED,
    Order,
    moved,
)
from shop_server.rules.payment import CLAIMED, PENDING
from shop_server.rules.person import CUSTOMER, Person
from shop_server.rules.shop_time import business_day
from shop_server.rules.stock import Cause

BY_CLOCK = "clock"
"""Who cancels when nobody does."""


def cancel_order(context: Context, order_id: str, by: Person, reason: str) -> Order:
    """Cancels: the customer until it is packed, the shop until it is dispatched. Goods go back once.

    Money that came is due back; a claimed payment stays claimed, and confirming it then makes it due back. Cancelled
    already: nothing happens. Raises WrongState when it is too late.
    """
    allowed = (AWAITING_PAYMENT, PLACED) if by.role == CUSTOMER else (AWAITING_PAYMENT, PLACED, PACKED)

    def decide(page: Page) -> Order:
        order = page.order(order_id)
        if order.status == CANCELLED:
            return order
        if order.status not in allowed:
            raise WrongState("This order can no longer be cancelled. Please call the shop.")
        cancelled = _call_off(page, order, CANCELLED, by.user_id, reason)
        if by.role == CUSTOMER:
            _tell_shop(page, order, reason)
        else:
            _tell_customer(page, order, f"{order.shop_name} cancelled order {order.id[:8]}: {reason}")
        return cancelled

    return context.books.write(decide, orders=(order_id,))


def cancel_at_closed_shops(context: Context, limit: int) -> int:
    """Cancels what came in the very moment in which a shopkeeper left for good, at most `limit` orders of each shop.

    Nobody is there to deliver them. A claimed payment stays claimed. Gives how many it cancelled. One that fails is
    logged, and the rest goes on.
    """
    shops = filter(None, (context.shops.find_owned(user.id) for user in context.users.list_erasing()))
    open_to_cancel = (AWAITING_PAYMENT, PLACED)
    orders = [
        order.id
        for shop in shops
        for order in context.orders.list_of_shop(shop.id, open_to_cancel, None, (None, None), limit, None)
    ]
    return _each(context, "cancel_at_closed_shops", _cancel_unserved, orders)


def _cancel_unserved(order_id: str, page: Page) -> int:
    order = page.order(order_id)
    if order.status not in (AWAITING_PAYMENT, PLACED):
        return 0
    _call_off(page, order, CANCELLED, BY_CLOCK, "The shop has closed.")
    _tell_customer(page, order, f"{order.shop_name} has closed for good, and order {order.id[:8]} is cancelled.")
    return 1


def expire_holds(context: Context, now: datetime, limit: int) -> int:
    """Ends the orders whose time to pay is over, at most `limit`; gives how many. A claimed payment does not expire.

    One that fails is logged, and the rest goes on.
    """
    return _each(context, "expire_holds", _expire, context.orders.list_due(now, limit))


def _each(context: Context, job: str, decide: Callable[[str, Page], int], order_ids: Iterable[str]) -> int:
    done = 0
    for order_id in order_ids:
        try:
            done += context.books.write(partial(decide, order_id), orders=(order_id,))
        except ShopError as error:
            logs.event(f"{job}.failed", 30, order=order_id, detail=error.detail)
        except Exception as error:
            logs.failure(f"{job}.failed", error, order=order_id)
    return done


def _expire(order_id: str, page: Page) -> int:
    """Paid, claimed, cancelled or renewed meanwhile: nothing to do, quietly."""
    order = page.order(order_id)
    ends = order.payment.expires_at
    if order.status != AWAITING_PAYMENT or order.payment.status != PENDING or ends is None or ends > page.now:
        return 0
    _call_off(page, order, EXPIRED, BY_CLOCK, None)
    _tell_customer(page, order, f"The time to pay for order {order.id[:8]} is over. Paid already? Send the UTR.")
    return 1


def _call_off(page: Page, order: Order, status: str, by: str, reason: str | None) -> Order:
    products = page.find_products(dict.fromkeys(line.product_id for line in order.lines))
    today = business_day(page.now, page.shop(order.shop_id).timezone)
    cause = Cause(f"{order.id}:{order.version + 1}", page.now, by, today, order.id, reason)
    if order.hold == HELD:
        goods = hold.release_all(order.lines, products, cause)
    elif order.hold == CONSUMED:
        goods = hold.take_back_all(order.lines, products, cause)
    else:
        raise Conflict("The goods of this order were given back before.")
    page.keep_products(goods.products.values(), goods.movements)
    paid = order.payment
    if paid.status != CLAIMED:
        note = reason or status
        paid = payment.owe_back(payment.void(paid, page.now, by, note), paid.settled_paise, page.now, by, note)
    after = moved(order, status, page.now, by, reason, hold=RELEASED, payment=paid)
    page.keep_order(after, order)
    return after


def _tell_shop(page: Page, order: Order, reason: str) -> None:
    page.notify(
        f"{order.customer_name} cancelled order {order.id[:8]}: {reason}",
        f"/dashboard.html#orders/{order.id}",
        kind="order",
        shop_id=order.shop_id,
    )


def _tell_customer(page: Page, order: Order, text: str) -> None:
    page.notify(text, f"/order.html?id={order.id}", kind="order", user_id=order.customer_id)
