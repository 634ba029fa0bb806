"""A customer's cart: kept for her, and shown with what changed since she filled it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shop_server.context import Context
from shop_server.rules.hold import quantities
from shop_server.rules.product import Product


@dataclass(frozen=True, slots=True)
class CartItem:
    """A product in the cart; `product` is None when it is sold no more, `price_was_paise` what it cost when put there."""

    product_id: str
    quantity: int
    product: Product | None
    price_was_paise: int | None


def read_cart(context: Context, customer_id: str) -> list[CartItem]:
    """What is in the cart, at today's prices."""
    kept = context.carts.find(customer_id)
    products = _on_sale(context, [item["id"] for item in kept])
    return [CartItem(item["id"], item["quantity"], products.get(item["id"]), item["price_paise"]) for item in kept]


def keep_cart(context: Context, customer_id: str, items: Sequence[tuple[str, int]]) -> list[CartItem]:
    """Replaces the cart. A price that the customer has not seen change stays marked until she takes the item out."""
    wanted = quantities(items)
    seen = {item["id"]: item["price_paise"] for item in context.carts.find(customer_id)}
    products = _on_sale(context, list(wanted))
    kept = []
    for product_id, quantity in wanted.items():
        product = products.get(product_id)
        price_paise = seen.get(product_id, product.price_paise if product else None)
        kept.append(CartItem(product_id, quantity, product, price_paise))
    rows = [{"id": item.product_id, "quantity": item.quantity, "price_paise": item.price_was_paise} for item in kept]
    context.carts.keep(customer_id, rows, context.clock.now())
    return kept


def _on_sale(context: Context, product_ids: list[str]) -> dict[str, Product]:
    if not product_ids:
        return {}
    found = context.products.list_by_ids(product_ids)
    return {id_: product for id_, product in found.items() if product.deleted_at is None}
