"""A customer places an order: prices from the shop, goods held, and for UPI a QR to pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shop_server.context import Context, Once, Page
from shop_server.errors import Conflict, FieldError, InvalidInput, wrong_field
from shop_server.rules import hold
from shop_server.rules.address import Address
from shop_server.rules.money import rupees_text
from shop_server.rules.order import (
    AWAITING_PAYMENT,
    HELD,
    PLACED,
    Line,
    Order,
    Step,
    deliver_by,
    delivery_fee,
    line_of,
    shop_times,
    subtotal_to_pay,
)
from shop_server.rules.payment import PENDING, UPI, Payment, link, reference
from shop_server.rules.person import Person
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop, check_takes_orders
from shop_server.rules.shop_time import business_day
from shop_server.rules.stock import Cause, preview_cost


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """What the customer asks for; `items` are product ids and quantities, prices are the shop's business."""

    customer: Person
    items: Sequence[tuple[str, int]]
    payment_method: str
    delivery_address: Address | None
    pickup: bool
    note: str
    expected_total_paise: int | None
    gst_number: str | None = None


def place_order(context: Context, wish: PlaceOrder, once: Once | None) -> dict[str, Any]:
    """Holds every line and writes the order, or does nothing.

    Gives the new order as a plain document. Raises OutOfStock with every short line, InvalidInput for an unknown product or
    two shops, Conflict when the total is not the expected one or the shop cannot take it now.
    """
    order_id = context.new_id()
    wanted = hold.quantities(wish.items)

    def decide(page: Page) -> dict[str, Any]:
        products = page.find_products(wanted)
        page.foresee("categories", {product.category_id for product in products.values()})
        shop = page.shop(_one_shop(wish, products))
        _check_open(shop, wish)
        cause = Cause(f"{order_id}:1", page.now, wish.customer.user_id, business_day(page.now, shop.timezone), order_id)
        goods = hold.hold_all(wanted, products, cause)
        lines = tuple(_line(page, products[id_], quantity, cause.today) for id_, quantity in wanted.items())
        order = _new_order(order_id, wish, shop, lines, page)
        _check_total(order, wish)
        page.keep_products(goods.products.values(), goods.movements)
        page.keep_order(order, None)
        return _answer(order)

    return context.books.write(decide, once=once, products=tuple(wanted))


def _one_shop(wish: PlaceOrder, products: dict[str, Product]) -> str:
    unknown = [
        FieldError(f"/items/{number}/id", "This product is not sold any more. Please take it out of the cart.")
        for number, (product_id, _) in enumerate(wish.items)
        if product_id not in products
    ]
    if unknown:
        raise InvalidInput(unknown)
    shop_ids = {product.shop_id for product in products.values()}
    if len(shop_ids) != 1:
        raise wrong_field("/items", "One order is for one shop; please order from each shop apart.")
    return shop_ids.pop()


def _check_open(shop: Shop, wish: PlaceOrder) -> None:
    check_takes_orders(shop)
    if wish.payment_method == UPI and not shop.upi_id:
        raise Conflict(f"{shop.name} cannot take UPI yet. Please choose another way to pay.")


def _line(page: Page, product: Product, quantity: int, today: str) -> Line:
    category = page.category(product.category_id)
    return line_of(product, category.name, quantity, preview_cost(product, quantity, today))


def _new_order(order_id: str, wish: PlaceOrder, shop: Shop, lines: tuple[Line, ...], page: Page) -> Order:
    goods_paise = subtotal_to_pay(lines)
    fee_paise = delivery_fee(goods_paise, shop.delivery_fee_paise, shop.free_delivery_minimum_paise, wish.pickup)
    total_paise = goods_paise + fee_paise
    status = AWAITING_PAYMENT if wish.payment_method == UPI else PLACED
    return Order(
        id=order_id,
        shop_id=shop.id,
        shop_name=shop.name,
        customer_id=wish.customer.user_id,
        customer_name=wish.customer.name,
        customer_phone=wish.customer.phone,
        status=status,
        hold=HELD,
        lines=lines,
        subtotal_paise=goods_paise,
        delivery_fee_paise=fee_paise,
        total_paise=total_paise,
        payment=_new_payment(order_id, wish.payment_method, total_paise, shop, page),
        pickup=wish.pickup,
        delivery_address=wish.delivery_address,
        note=wish.note,
        placed_at=page.now,
        deliver_by=deliver_by(page.now, shop.delivery_minutes),
        history=(Step(status, page.now, wish.customer.user_id),),
        version=1,
        gst_number=wish.gst_number,
        **shop_times(page.now, shop.timezone),
    )


def _new_payment(order_id: str, method: str, total_paise: int, shop: Shop, page: Page) -> Payment:
    if method != UPI:
        return Payment(method, PENDING, total_paise)
    return Payment(
        method,
        PENDING,
        total_paise,
        reference=reference(order_id, 1),
        upi_id=shop.upi_id,
        payee_name=shop.name,
        expires_at=page.now + timedelta(minutes=shop.payment_window_minutes),
    )


def _answer(order: Order) -> dict[str, Any]:
    """What the customer is told, and told again when she asks with the same key."""
    return {
        "order_id": order.id,
        "subtotal_paise": order.subtotal_paise,
        "delivery_fee_paise": order.delivery_fee_paise,
        "total_paise": order.total_paise,
        "item_count": len(order.lines),
        "status": order.status,
        "payment": {
            "method": order.payment.method,
            "status": order.payment.status,
            "amount_paise": order.payment.amount_paise,
            "reference": order.payment.reference,
            "upi_uri": link(order.payment, order.id),
            "expires_at": order.payment.expires_at,
        },
    }


def _check_total(order: Order, wish: PlaceOrder) -> None:
    if wish.expected_total_paise is not None and wish.expected_total_paise != order.total_paise:
        raise Conflict(
            f"The total is now ₹{rupees_text(order.total_paise)}. Please look at the cart again.",
            extra={"total_paise": order.total_paise},
        )
