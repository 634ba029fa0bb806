"""Money: the customer says she has paid, the shopkeeper confirms it, says it never came, or pays it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from shop_server.context import Context, Page
from shop_server.errors import Duplicate, OutOfStock
from shop_server.rules import hold, payment
from shop_server.rules.order import (
    AWAITING_PAYMENT,
    CANCELLED,
    EXPIRED,
    HELD,
    PLACED,
    RETURNED,
    Order,
    amended,
    deliver_by,
    moved,
)
from shop_server.rules.payment import Payment
from shop_server.rules.person import Person
from shop_server.rules.shop_time import business_day
from shop_server.rules.stock import Cause


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the shopkeeper saw: the UTR in her bank, the amount, a note of her own; `accept` takes another amount."""

    utr: str | None = None
    amount_paise: int | None = None
    accept: bool = False
    note: str | None = None


def claim_payment(context: Context, order_id: str, customer: Person, utr: str) -> Order:
    """The customer sends the UTR of her payment; also late. It settles nothing.

    Raises Duplicate when the UTR is in use for another order, WrongState when there is nothing to claim.
    """

    def claim(page: Page, order: Order) -> Order:
        _check_utr_is_free(page, utr, order)
        claimed = payment.claim(order.payment, utr, page.now, customer.user_id)
        if claimed is order.payment:
            return order
        page.notify(
            f"{order.customer_name} says that order {order.id[:8]} is paid. Please check your bank and confirm.",
            f"/dashboard.html#payments/{order.id}",
            kind="payment",
            shop_id=order.shop_id,
        )
        return amended(order, payment=claimed)

    return _change(context, order_id, claim)


def confirm_payment(context: Context, order_id: str, by: Person, seen: Confirmation) -> Order:
    """The shopkeeper has the money. The order goes on; when it had expired, it is revived if stock allows.

    When it cannot be revived, or was cancelled, the money becomes due back. Repeated, nothing happens twice. Raises
    Conflict for another amount than owed unless accepted, Duplicate for a UTR that paid another order.
    """

    def confirm(page: Page, order: Order) -> Order:
        if seen.utr is not None:
            _check_utr_is_free(page, seen.utr, order)
        settled = payment.settle(
            order.payment,
            page.now,
            by.user_id,
            paise=seen.amount_paise,
            accept=seen.accept,
            utr=seen.utr,
            note=seen.note,
        )
        if settled is order.payment:
            return order
        return _go_on(page, order, settled, by)

    return _change(context, order_id, confirm)


def reject_payment(context: Context, order_id: str, by: Person, reason: str) -> Order:
    """The claimed money did not come: the customer is told and, while the order stands, may pay with a fresh QR."""

    def reject(page: Page, order: Order) -> Order:
        rejected = payment.reject(order.payment, page.now, by.user_id, reason)
        page.notify(
            f"{order.shop_name} did not find your payment for order {order.id[:8]}: {reason}",
            f"/pay.html?order={order.id}" if order.status == AWAITING_PAYMENT else f"/order.html?id={order.id}",
            kind="payment",
            user_id=order.customer_id,
        )
        if order.status != AWAITING_PAYMENT:
            return amended(order, payment=payment.void(rejected, page.now, by.user_id))
        shop = page.shop(order.shop_id)
        renewed = payment.renew(
            rejected._replace(upi_id=shop.upi_id or rejected.upi_id, payee_name=shop.name),
            order.id,
            page.now,
            by.user_id,
            amount_paise=order.total_paise,
            expires_at=page.now + timedelta(minutes=shop.payment_window_minutes),
        )
        return amended(order, payment=renewed)

    return _change(context, order_id, reject)


def refund_payment(context: Context, order_id: str, by: Person, reference: str) -> Order:
    """The shopkeeper has paid back what was due, with the reference of her transfer."""

    def refund(page: Page, order: Order) -> Order:
        refunded = payment.refund(order.payment, page.now, by.user_id, reference)
        if refunded is order.payment:
            return order
        page.notify(
            f"{order.shop_name} has paid back your money for order {order.id[:8]}.",
            f"/order.html?id={order.id}",
            kind="payment",
            user_id=order.customer_id,
        )
        return amended(order, payment=refunded)

    return _change(context, order_id, refund)


def _change(context: Context, order_id: str, change: Callable[[Page, Order], Order]) -> Order:
    def decide(page: Page) -> Order:
        order = page.order(order_id)
        after = change(page, order)
        if after is not order:
            page.keep_order(after, order)
        return after

    return context.books.write(decide, orders=(order_id,))


def _check_utr_is_free(page: Page, utr: str, order: Order) -> None:
    """One UTR pays one order, in any shop (a screenshot is easily sent twice)."""
    if page.order_id_of_utr(utr) not in (None, order.id):
        raise Duplicate("This UTR was already used for another order. Please check the number.")


def _go_on(page: Page, order: Order, settled: Payment, by: Person) -> Order:
    """What an order does once its money is there."""
    if order.status == AWAITING_PAYMENT:
        return _placed(page, order, settled, by)
    if order.status == EXPIRED:
        try:
            held = _hold_again(page, order, by)
        except OutOfStock:
            return _money_back(page, order, settled, by, "the goods are sold out")
        return _placed(page, held, settled, by)
    if order.status in (CANCELLED, RETURNED):
        return _money_back(page, order, settled, by, f"the order was {order.status}")
    return amended(order, payment=settled)


def _placed(page: Page, order: Order, settled: Payment, by: Person) -> Order:
    shop = page.shop(order.shop_id)
    page.notify(
        f"{order.shop_name} has your payment for order {order.id[:8]}.",
        f"/order.html?id={order.id}",
        kind="payment",
        user_id=order.customer_id,
    )
    by_then = deliver_by(page.now, shop.delivery_minutes)
    return moved(order, PLACED, page.now, by.user_id, hold=HELD, payment=settled, deliver_by=by_then)


def _hold_again(page: Page, order: Order, by: Person) -> Order:
    """Holds an expired order's goods anew. Raises OutOfStock."""
    wanted = hold.quantities((line.product_id, line.quantity) for line in order.lines)
    today = business_day(page.now, page.shop(order.shop_id).timezone)
    cause = Cause(f"{order.id}:{order.version + 1}", page.now, by.user_id, today, order.id)
    goods = hold.hold_all(wanted, page.find_products(wanted), cause)
    page.keep_products(goods.products.values(), goods.movements)
    return order


def _money_back(page: Page, order: Order, settled: Payment, by: Person, because: str) -> Order:
    page.notify(
        f"Your payment for order {order.id[:8]} came, but {because}. {order.shop_name} will pay it back.",
        f"/order.html?id={order.id}",
        kind="payment",
        user_id=order.customer_id,
    )
    due = payment.owe_back(settled, settled.settled_paise, page.now, by.user_id, because)
    return amended(order, payment=due)
