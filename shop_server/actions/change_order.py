"""A customer changes her order while it is still hers to change: other quantities, other goods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from shop_server.context import Context, Page
from shop_server.errors import FieldError, InvalidInput, WrongState
from shop_server.rules import hold, payment
from shop_server.rules.order import (
    AWAITING_PAYMENT,
    HELD,
    PLACED,
    Line,
    Order,
    amended,
    delivery_fee,
    line_of,
    line_total,
    subtotal_to_pay,
)
from shop_server.rules.payment import PENDING, UPI, Payment
from shop_server.rules.person import Person
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop, check_takes_orders
from shop_server.rules.shop_time import business_day
from shop_server.rules.stock import Cause, preview_cost


def change_order(context: Context, order_id: str, customer: Person, items: Sequence[tuple[str, int]]) -> Order:
    """Gives back what the order held and holds what is wanted now, or changes nothing.

    What was in the order keeps its price; new goods have today's. An unpaid UPI payment is voided and a new QR given.
    Raises InvalidInput for goods of another shop, WrongState once claimed, paid or packed, OutOfStock, and Conflict for more
    than was ordered while the shop takes no orders.
    """
    wanted = hold.quantities(items)

    def decide(page: Page) -> Order:
        order = page.order(order_id)
        products = page.find_products(dict.fromkeys([*(line.product_id for line in order.lines), *wanted]))
        _check_same_shop(order, items, products)
        if order.status not in (AWAITING_PAYMENT, PLACED) or order.payment.status != PENDING:
            raise WrongState("This order can no longer be changed.")
        shop = page.shop(order.shop_id)
        if _wants_more(order, wanted):
            check_takes_orders(shop)
        today = business_day(page.now, shop.timezone)
        cause = Cause(f"{order.id}:{order.version + 1}", page.now, customer.user_id, today, order.id)
        released = hold.release_all(order.lines, products, cause)
        products = {**products, **released.products}
        held = hold.hold_all(wanted, products, cause)
        page.keep_products({**released.products, **held.products}.values(), released.movements + held.movements)
        lines = _lines(page, order, wanted, {**products, **held.products}, today)
        after = _amend(page, order, lines, shop, customer)
        page.keep_order(after, order)
        return after

    return context.books.write(decide, orders=(order_id,), products=tuple(wanted))


def _wants_more(order: Order, wanted: Mapping[str, int]) -> bool:
    ordered = {line.product_id: line.quantity for line in order.lines}
    return any(quantity > ordered.get(product_id, 0) for product_id, quantity in wanted.items())


def _check_same_shop(order: Order, items: Sequence[tuple[str, int]], products: Mapping[str, Product]) -> None:
    wrong = [
        FieldError(f"/items/{number}/id", f"This is not sold by {order.shop_name}.")
        for number, (product_id, _) in enumerate(items)
        if product_id not in products or products[product_id].shop_id != order.shop_id
    ]
    if wrong:
        raise InvalidInput(wrong)


def _lines(
    page: Page, order: Order, wanted: Mapping[str, int], products: Mapping[str, Product], today: str
) -> tuple[Line, ...]:
    before = {line.product_id: line for line in order.lines}
    page.foresee("categories", {products[product_id].category_id for product_id in wanted})
    lines = []
    for product_id, quantity in wanted.items():
        product = products[product_id]
        cost = preview_cost(product, quantity, today)
        kept = before.get(product_id)
        if kept is None:
            lines.append(line_of(product, page.category(product.category_id).name, quantity, cost))
        else:
            total_paise = line_total(kept.unit_price_paise, quantity, kept.sold_by)
            lines.append(kept._replace(quantity=quantity, line_total_paise=total_paise, cost_paise=cost))
    return tuple(lines)


def _amend(page: Page, order: Order, lines: tuple[Line, ...], shop: Shop, customer: Person) -> Order:
    goods_paise = subtotal_to_pay(lines)
    fee_paise = delivery_fee(goods_paise, shop.delivery_fee_paise, shop.free_delivery_minimum_paise, order.pickup)
    total_paise = goods_paise + fee_paise
    return amended(
        order,
        hold=HELD,
        lines=lines,
        subtotal_paise=goods_paise,
        delivery_fee_paise=fee_paise,
        total_paise=total_paise,
        payment=_new_payment(page, order, shop, total_paise, customer),
    )


def _new_payment(page: Page, order: Order, shop: Shop, total_paise: int, customer: Person) -> Payment:
    """A started QR cannot be scanned for another amount, so the old payment is void and a new one asked for."""
    if order.payment.method != UPI:
        return order.payment._replace(amount_paise=total_paise)
    voided = payment.void(order.payment, page.now, customer.user_id, "order changed")
    return payment.renew(
        voided._replace(upi_id=shop.upi_id or voided.upi_id, payee_name=shop.name),
        order.id,
        page.now,
        customer.user_id,
        amount_paise=total_paise,
        expires_at=page.now + timedelta(minutes=shop.payment_window_minutes),
    )
