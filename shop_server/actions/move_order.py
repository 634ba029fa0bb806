"""An order on its way: packed, dispatched, delivered, asked back, returned."""

from __future__ import annotations

from shop_server.context import Context, Page
from shop_server.errors import WrongState
from shop_server.rules import hold, payment
from shop_server.rules.order import (
    CONSUMED,
    DELIVERED,
    PACKED,
    RELEASED,
    RETURN_REQUESTED,
    RETURNED,
    TRANSITIONS,
    Order,
    moved,
    say,
    subtotal,
)
from shop_server.rules.payment import PENDING, Payment
from shop_server.rules.person import Person
from shop_server.rules.shop_time import add_days, business_day
from shop_server.rules.stock import Cause

PICKUP_AFTER_DAYS = 6
_SHOP_MOVES = (PACKED, "dispatched", DELIVERED, RETURNED)


def move_order(
    context: Context, order_id: str, by: Person, status: str, *, restock: bool = False, reason: str | None = None
) -> Order:
    """The shop's next step. `restock` puts returned goods back on the shelf. Already there: nothing happens.

    A return that was asked for is declined by calling the order delivered again; its `reason` is told to the customer.

    Packing takes the goods out of their batches, first expired first; what has expired meanwhile is left out, the
    customer is told, and what she paid for it is due back. Raises WrongState for a move that the table does not have.
    """

    def decide(page: Page) -> Order:
        order = page.order(order_id)
        if order.status == status and status in _SHOP_MOVES:
            return order
        if status not in _SHOP_MOVES or status not in TRANSITIONS[order.status]:
            raise WrongState(f"An order that is {say(order.status)} cannot become {say(status)} here.")
        if status == PACKED:
            after = _pack(page, order, by)
        elif status == RETURNED:
            after = _return(page, order, by, restock)
        elif order.status == RETURN_REQUESTED:
            after = moved(order, status, page.now, by.user_id, reason, pickup_on=None)
        else:
            after = moved(order, status, page.now, by.user_id)
        page.keep_order(after, order)
        page.notify(
            _told(order, after),
            f"/order.html?id={order.id}",
            kind="order",
            user_id=order.customer_id,
        )
        return after

    return context.books.write(decide, orders=(order_id,))


def request_return(context: Context, order_id: str, customer: Person, reason: str) -> Order:
    """The customer wants to give a delivered order back; the shop fetches it some days later. Raises WrongState."""

    def decide(page: Page) -> Order:
        order = page.order(order_id)
        if order.status == RETURN_REQUESTED:
            return order
        if order.status != DELIVERED:
            raise WrongState("Only a delivered order can be returned.")
        today = _today(page, order)
        after = moved(
            order,
            RETURN_REQUESTED,
            page.now,
            customer.user_id,
            reason,
            pickup_on=add_days(today, PICKUP_AFTER_DAYS),
        )
        page.keep_order(after, order)
        page.notify(
            f"{order.customer_name} wants to return order {order.id[:8]}: {reason}",
            f"/dashboard.html#orders/{order.id}",
            kind="order",
            shop_id=order.shop_id,
        )
        return after

    return context.books.write(decide, orders=(order_id,))


def _told(order: Order, after: Order) -> str:
    """What the customer hears of a step."""
    if order.status == RETURN_REQUESTED and after.status == DELIVERED:
        why = after.history[-1].note
        return f"{order.shop_name} declined the return of your order {order.id[:8]}{f': {why}' if why else '.'}"
    if after.payment.refund_due_paise > order.payment.refund_due_paise and after.status == RETURNED:
        return f"Your order {order.id[:8]} is returned. {order.shop_name} will pay your money back."
    return f"Your order {order.id[:8]} is {say(after.status)}."


def _pack(page: Page, order: Order, by: Person) -> Order:
    products = page.find_products(dict.fromkeys(line.product_id for line in order.lines))
    packed = hold.pack_all(order.lines, products, _cause(page, order, by))
    page.keep_products(packed.goods.products.values(), packed.goods.movements)
    goods_paise = subtotal(packed.lines)
    after = moved(
        order,
        PACKED,
        page.now,
        by.user_id,
        hold=CONSUMED,
        lines=packed.lines,
        subtotal_paise=goods_paise,
        total_paise=goods_paise + order.delivery_fee_paise,
        payment=_lowered(page, order, order.subtotal_paise - goods_paise, by),
    )
    if packed.missing:
        names = ", ".join(line.name for line in order.lines if line.product_id in packed.missing)
        page.notify(
            f"Some of your order {order.id[:8]} had expired and was left out: {names}. You pay only for the rest.",
            f"/order.html?id={order.id}",
            kind="order",
            user_id=order.customer_id,
        )
    return after


def _lowered(page: Page, order: Order, less_paise: int, by: Person) -> Payment:
    """The payment when the order came to less: less to pay, or the difference due back."""
    if not less_paise:
        return order.payment
    if order.payment.status == PENDING:
        return payment.lower(order.payment, less_paise)
    return payment.owe_back(order.payment, less_paise, page.now, by.user_id, "goods expired before packing")


def _return(page: Page, order: Order, by: Person, restock: bool) -> Order:
    """The goods are back: the money is due back once; they go on the shelf only when the shop says so."""
    if restock:
        products = page.find_products(dict.fromkeys(line.product_id for line in order.lines))
        goods = hold.take_back_all(order.lines, products, _cause(page, order, by))
        page.keep_products(goods.products.values(), goods.movements)
    voided = payment.void(order.payment, page.now, by.user_id, "returned")
    due = payment.owe_back(voided, payment.kept_paise(voided), page.now, by.user_id, "returned")
    return moved(order, RETURNED, page.now, by.user_id, hold=RELEASED, payment=due)


def _cause(page: Page, order: Order, by: Person) -> Cause:
    return Cause(f"{order.id}:{order.version + 1}", page.now, by.user_id, _today(page, order), order.id)


def _today(page: Page, order: Order) -> str:
    return business_day(page.now, page.shop(order.shop_id).timezone)
