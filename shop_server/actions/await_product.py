"""A product is out: customers ask to be told when it is back, and are told once, with a notice and a mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import islice

from shop_server import logs
from shop_server.context import Context, Page
from shop_server.errors import Conflict, NotFound, ShopError
from shop_server.rules.person import Person
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop, is_open_to_customers
from shop_server.rules.shop_time import business_day
from shop_server.rules.stock import without_expired

SLICE = 200


def await_product(context: Context, person: Person, product_id: str) -> str:
    """Notes that she wants to be told when the product is back, once however often she asks; gives its name.

    Raises NotFound for what is not sold any more or whose shop is not there for customers, Conflict when there is some.
    Comes the product back at this very moment, she is told of it all the same.
    """
    product = context.products.get(product_id)
    shop = context.shops.find(product.shop_id)
    if shop is None or not is_open_to_customers(shop):
        raise NotFound("There is no such product.")
    now = context.clock.now()
    if _can_be_bought(product, shop, now):
        raise Conflict(f"{product.name} is in stock.")
    context.back_in_stock.add(person.user_id, product.id, shop.id, now)
    return product.name


def tell_what_is_back(context: Context) -> int:
    """Tells all who wait for a product of which some can be bought again; gives how many people were told.

    Who waits for what is not sold any more waits no longer, and hears nothing.
    """
    told = 0
    waited_for = context.back_in_stock.each_product()
    while product_ids := list(islice(waited_for, SLICE)):
        for product in context.stock_watch.list_back_or_gone(product_ids):
            try:
                told += _tell_all(context, product)
            except ShopError as error:
                logs.event("tell_what_is_back.failed", 30, product=product.id, detail=error.detail)
    return told


def _tell_all(context: Context, product: Product) -> int:
    told = 0
    is_settled = product.deleted_at is not None or _can_be_bought(
        product, context.shops.get(product.shop_id), context.clock.now()
    )
    while is_settled and (row_ids := context.back_in_stock.list_of_product(product.id, SLICE)):
        is_settled, heard = context.books.write(
            partial(_tell, product.id, row_ids), products=(product.id,), waiting_customers=row_ids
        )
        told += heard
    return told


def _tell(product_id: str, row_ids: Sequence[str], page: Page) -> tuple[bool, int]:
    """Whether these wait no longer, and how many of them were told now: those whom nobody else has just told."""
    product = page.product(product_id)
    shop = page.shop(product.shop_id)
    is_gone = product.deleted_at is not None
    if not is_gone and not _can_be_bought(product, shop, page.now):
        return False, 0
    waiting = page.find_waiting_customers(row_ids)
    for row_id, row in waiting.items():
        page.remove_waiting_customer(row_id)
        if not is_gone:
            words = f"{product.name} is back at {shop.name}."
            page.notify(words, _link(product), kind="stock", user_id=row["user_id"])
            data = {"shop_name": shop.name, "product": product.name, "link": _link(product)}
            page.mail("back_in_stock", row["user_id"], data, once=f"back-in-stock:{row_id}:{row['at'].isoformat()}")
    return True, 0 if is_gone else len(waiting)


def _can_be_bought(product: Product, shop: Shop, now: datetime) -> bool:
    return is_open_to_customers(shop) and without_expired(product, business_day(now, shop.timezone)).stock > 0


def _link(product: Product) -> str:
    return f"/?shop={product.shop_id}&product={product.id}"
