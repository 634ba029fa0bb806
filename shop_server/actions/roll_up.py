"""The day's figures are rolled up once the day is over, and again when an order of it has changed since."""

from __future__ import annotations

from datetime import datetime, timedelta

from shop_server.context import Context
from shop_server.rules.shop_time import add_days, business_day

SETTLING_MINUTES = 10
"""So long after midnight an order of the day before may still be on its way into the books."""


def roll_up(context: Context, now: datetime) -> int:
    """Rolls up what is due of every shop; gives how many days that were.

    A day that changes while it is reckoned stays stale for the next run.
    """
    done = 0
    for shop in context.shops.each():
        through = context.rollups.last_day(shop.id)
        last_finished = add_days(business_day(now - timedelta(minutes=SETTLING_MINUTES), shop.timezone), -1)
        days = context.rollups.list_stale_days(shop.id, through)
        days += context.rollups.list_new_days(shop.id, through, last_finished)
        for day in days:
            if context.rollups.roll_up(shop.id, day):
                done += 1
            elif day > through:
                # New days are taken over in order: a later one must not pass for all before it.
                break
    return done


def mark_doubtful_days(context: Context) -> int:
    """Has the days reckoned again into which orders came after they were rolled up; gives how many."""
    return sum(
        context.rollups.mark_doubtful(shop.id, context.rollups.last_day(shop.id)) for shop in context.shops.each()
    )
