"""On the 1st each shopkeeper is mailed what her shop sold last month, and each customer what she bought, unless she said
that she wants no mails but those about her orders."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from shop_server import logs
from shop_server.context import Context
from shop_server.rules import monthly_report
from shop_server.rules.shop import Shop
from shop_server.rules.shop_time import business_day, day_bounds
from shop_server.rules.sold import sales_of

MORNING = timedelta(hours=6)
LAST_DAY = 10
"""A shop that was closed on the 1st makes good for it until the 10th."""
SLICE = 100
_BREATH_SECONDS = 0.005


def mail_monthly_reports(context: Context, now: datetime) -> int:
    """Leaves the reports of last month that are due; gives how many it wrote.

    Each is known by month and reader, so that it is one mail however often this runs; how far a shop's customers have
    got is noted, so that a restart goes on there.
    """
    written = 0
    for shop in context.shops.each():
        today = business_day(now - MORNING, shop.timezone)
        month = monthly_report.month_before(today)
        over_at = day_bounds(monthly_report.days_of(month)[1], shop.timezone)[1]
        if int(today[8:]) <= LAST_DAY and shop.created_at < over_at:
            try:
                written += _mail(context, shop, month)
            except Exception as error:
                # The next shops are to have theirs.
                logs.failure("monthly_report.failed", error, shop=shop.id)
    return written


def _mail(context: Context, shop: Shop, month: str) -> int:
    name = f"monthly report:{month}:{shop.id}"
    so_far = context.rounds.get(name)
    if so_far.done:
        return 0
    first, last = monthly_report.days_of(month)
    written, after = 0, so_far.after
    if not after:
        sold = sales_of(context.sold_goods.list_goods(shop.id, first, last))
        words = monthly_report.shop_report(month, shop.name, context.sold_goods.list_days(shop.id, first, last), sold)
        context.outbox.put("monthly_report", shop.owner_id, words, once=f"monthly:{month}:shop:{shop.id}")
        written += 1
    while customers := context.sold_goods.list_buyers(shop.id, first, last, after, SLICE):
        readers = context.users.list_by_ids(customers)
        for customer_id in customers:
            if customer_id not in readers or not readers[customer_id].reminders:
                continue
            # Of all shops together: whoever bought in two of them gets one mail.
            words = monthly_report.customer_report(month, context.sold_goods.list_bought(customer_id, first, last))
            if context.address is not None:
                words["stop_path"] = context.tokens.stop_path(customer_id)
            context.outbox.put("monthly_report", customer_id, words, once=f"monthly:{month}:customer:{customer_id}")
            written += 1
            # Orders come first.
            time.sleep(_BREATH_SECONDS)
        after = customers[-1]
        context.rounds.note(name, after)
    context.rounds.note(name, after, done=True)
    return written
