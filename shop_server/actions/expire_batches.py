"""At a shop's midnight the batches that have expired leave its shelves, as far as no order holds them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import islice

from shop_server import logs
from shop_server.context import Context, Page
from shop_server.errors import ShopError
from shop_server.rules.shop_time import business_day
from shop_server.rules.stock import BY_CLOCK, Cause, settle_expired

SLICE = 50
_EARLIEST_TIMEZONE = "Pacific/Kiritimati"
"""Where each day begins first."""


def expire_batches(context: Context, now: datetime, limit: int) -> int:
    """Takes expired goods of at most `limit` products off the shelves; gives of how many it did.

    Whenever it runs, it finds what expired since it last did. A slice that fails is logged, and the rest goes on.
    """
    due: dict[str, list[str]] = {}
    for shop_id, product_id, expires_on in context.stock_watch.list_expired(
        business_day(now, _EARLIEST_TIMEZONE), limit
    ):
        shop = context.shops.find(shop_id)
        if shop is not None and expires_on < business_day(now, shop.timezone):
            due.setdefault(shop_id, []).append(product_id)
    settled = 0
    for shop_id, product_ids in due.items():
        ids = iter(product_ids)
        while batch := list(islice(ids, SLICE)):
            try:
                settled += context.books.write(partial(_settle, shop_id, batch), products=batch)
            except ShopError as error:
                logs.event("expire_batches.failed", 30, shop=shop_id, detail=error.detail)
    return settled


def _settle(shop_id: str, product_ids: Sequence[str], page: Page) -> int:
    """Settled by somebody else meanwhile: nothing to do, quietly."""
    today = business_day(page.now, page.shop(shop_id).timezone)
    cause = Cause(page.key, page.now, BY_CLOCK, today)
    settled = 0
    for product in page.find_products(product_ids).values():
        after, movements = settle_expired(product, cause)
        if movements:
            page.keep_products([after], movements)
            settled += 1
    return settled
