"""A product: one thing the shop sells, with its price and what is left of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from shop_server.rules.batch import Batch, nearest_expiry

PIECE = "piece"
WEIGHT = "weight"

EXPIRING_SOON_DAYS = 7


class Product(NamedTuple):
    """`stock` is free to sell, `held` is kept for open orders; together they are what lies in `batches`.

    Sold by piece, quantities are pieces and `price_paise` is for one; sold by weight, they are whole grams and the
    price is for a kilogram. `tax_basis_points` is the GST rate included in the price (500 = 5 %).
    """

    id: str
    shop_id: str
    category_id: str
    name: str
    name_key: str
    words: tuple[str, ...]
    price_paise: int
    stock: int
    held: int
    batches: tuple[Batch, ...]
    version: int
    created_at: datetime
    sold_by: str = PIECE
    unit: str = ""
    mrp_paise: int | None = None
    cost_paise: int | None = None
    description: str = ""
    barcode: str | None = None
    hsn: str | None = None
    tax_basis_points: int | None = None
    low_stock_at: int | None = None
    restock_on: str | None = None
    picture_id: str | None = None
    deleted_at: datetime | None = None


def changed(product: Product, **fields: Any) -> Product:
    """The product with other values, one version on."""
    return product._replace(version=product.version + 1, **fields)


def amount(quantity: int, sold_by: str) -> str:
    """So much of a product in words: pieces, or grams and kilograms."""
    if sold_by == PIECE:
        return str(quantity)
    return f"{quantity / 1000:g} kg" if quantity >= 1000 else f"{quantity} g"


def is_low(product: Product, shop_low_stock_at: int) -> bool:
    """At or below its level, the product's own or else the shop's; a product that is out is low too."""
    level = product.low_stock_at if product.low_stock_at is not None else shop_low_stock_at
    return product.stock <= level


def expires_soon(product: Product, today: str) -> bool:
    """Whether some of it expires within a week."""
    nearest = nearest_expiry(product.batches)
    if nearest is None:
        return False
    limit = (datetime.fromisoformat(today) + timedelta(days=EXPIRING_SOON_DAYS)).date().isoformat()
    return nearest <= limit
