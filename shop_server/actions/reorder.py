"""An old order as a new cart: what of it can be had today."""

from __future__ import annotations

from shop_server.context import Context
from shop_server.rules.order import Line, Order
from shop_server.rules.product import Product


def reorder(context: Context, order: Order) -> tuple[list[tuple[Line, Product, int]], list[Line]]:
    """The lines that can be had, with the product and how much of it there is at most; and those that cannot."""
    products = context.products.list_by_ids([line.product_id for line in order.lines])
    found, missing = [], []
    for line in order.lines:
        product = products.get(line.product_id)
        if product is None or product.deleted_at is not None or product.stock <= 0:
            missing.append(line)
        else:
            found.append((line, product, min(line.quantity, product.stock)))
    return found, missing
