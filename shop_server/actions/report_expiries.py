"""Each morning a shop whose goods have expired gets one mail that lists the batches that were taken from sale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from shop_server import logs
from shop_server.context import Context
from shop_server.rules.product import Product, amount
from shop_server.rules.shop import Shop
from shop_server.rules.shop_time import add_days, business_day, day_bounds, day_in_words
from shop_server.rules.stock import Movement

MORNING = timedelta(hours=6)
LOOKS_BACK_DAYS = 7
"""So many mornings that were slept through are made good."""


def report_expiries(context: Context, now: datetime) -> int:
    """Leaves the mails of this morning, and of mornings missed; gives of how many it found goods to tell of.

    A day is from six to six by the shop's clock, so that each expiry stands in one mail; and each mail is one however
    often this runs, for it is known by shop and day.
    """
    told = 0
    for shop in context.shops.each():
        try:
            told += _report(context, shop, now)
        except Exception as error:
            # The next shops are to have theirs.
            logs.failure("expiry_report.failed", error, shop=shop.id)
    return told


def _report(context: Context, shop: Shop, now: datetime) -> int:
    told = 0
    today = business_day(now - MORNING, shop.timezone)
    for day in (add_days(today, -back) for back in range(LOOKS_BACK_DAYS)):
        ends = day_bounds(day, shop.timezone)[0] + MORNING
        if ends > now:
            continue
        wasted = context.movements.list_expired(shop.id, ends - timedelta(days=1), ends)
        if wasted:
            goods = context.products.list_by_ids([movement.product_id for movement in wasted])
            data = {"shop_name": shop.name, "goods": _rows(goods, wasted)}
            context.outbox.put("expiry_report", shop.owner_id, data, once=f"expiry:{shop.id}:{day}")
            told += 1
    return told


def _rows(goods: Mapping[str, Product], wasted: Iterable[Movement]) -> list[dict[str, str]]:
    """A row for each batch; what of it was let go later that day, by orders that were cancelled, is in the same row."""
    quantities: Counter[tuple[str, str, str, str]] = Counter()
    for movement in wasted:
        product = goods[movement.product_id]
        assert movement.expires_on is not None
        batch = product.name, product.sold_by, movement.expires_on, movement.batch_no or ""
        quantities[batch] += movement.quantity
    return [
        {"name": name, "batch": _batch(expired_on, batch_no), "quantity": amount(quantity, sold_by)}
        for (name, sold_by, expired_on, batch_no), quantity in sorted(quantities.items())
    ]


def _batch(expired_on: str, batch_no: str) -> str:
    number = f"batch {batch_no}, " if batch_no else ""
    return f"{number}best before {day_in_words(expired_on)}"
