"""The shop's people are told when a product runs low: once, until it has been above its level again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from shop_server import logs
from shop_server.context import Context, Page
from shop_server.errors import ShopError
from shop_server.rules.product import Product, is_low

SLICE = 200
NAMED = 3


def notice_low_stock(context: Context) -> int:
    """Tells each shop of what has run low since it was last told, in one notice; gives of how many products that was."""
    told = 0
    for shop in context.shops.each():
        low = context.stock_watch.list_low(shop.id, shop.low_stock_at)
        noticed = context.stock_watch.list_noticed(shop.id)
        fresh, risen = sorted(low - noticed)[:SLICE], sorted(noticed - low)[:SLICE]
        if not fresh and not risen:
            continue
        try:
            told += context.books.write(partial(_tell, shop.id, fresh, risen), products=fresh)
        except ShopError as error:
            # Such as a Duplicate: another process has just told of one of them.
            logs.event("notice_low_stock.failed", 30, shop=shop.id, detail=error.detail)
    return told


def _tell(shop_id: str, fresh: Sequence[str], risen: Sequence[str], page: Page) -> int:
    level = page.shop(shop_id).low_stock_at
    low = [
        product
        for product in page.find_products(fresh).values()
        if product.deleted_at is None and is_low(product, level)
    ]
    for product in low:
        page.insert("low_stock_notices", {"_id": product.id, "shop_id": shop_id, "at": page.now})
    for product_id in risen:
        page.remove("low_stock_notices", product_id)
    if low:
        page.notify(_words(low), "/dashboard.html#inventory", kind="stock", shop_id=shop_id)
        shop = page.shop(shop_id)
        goods = [{"name": product.name, "left": _left(product)} for product in low]
        page.mail("low_stock", shop.owner_id, {"shop_name": shop.name, "goods": goods}, once=f"low-stock:{page.key}")
    return len(low)


def _words(low: list[Product]) -> str:
    named = [f"{product.name} ({_left(product)})" for product in low[:NAMED]]
    more = f" and {len(low) - NAMED} more" if len(low) > NAMED else ""
    return f"Running low: {', '.join(named)}{more}."


def _left(product: Product) -> str:
    if product.stock <= 0:
        return "sold out"
    return f"{product.stock} g left" if product.sold_by == "weight" else f"{product.stock} left"
