"""In the evening customers who have not bought for a week are reminded of the shop, or of their cart that waits."""

from __future__ import annotations

from datetime import datetime

from shop_server.context import Context
from shop_server.rules.account import REMIND_AFTER, User
from shop_server.rules.shop import DEFAULT_TIMEZONE
from shop_server.rules.shop_time import business_day, business_hour

EVENING_HOUR = 19
"""By the clock in India."""
SLICE = 500
NAMED = 5


def remind_customers(context: Context, now: datetime) -> int:
    """Leaves the reminders that are due this evening; gives how many.

    Only to proved addresses, to whoever did not say no, and at most once a week. The mail is known by customer and day, so
    that it is one however many processes are at it. Without an address of the shop's there are none: whoever cannot say
    no is not reminded.
    """
    if business_hour(now, DEFAULT_TIMEZONE) < EVENING_HOUR or context.address is None:
        return 0
    reminded = 0
    while users := context.users.list_to_remind(now, SLICE):
        for user in users:
            reminded += _remind(context, user, now)
    return reminded


def stop_reminders(context: Context, token: str) -> None:
    """She wants no more of them; again changes nothing. Raises NotFound for a token that is not ours."""
    user_id = context.tokens.read_stop_token(token)
    context.users.stop_reminders(user_id)


def _remind(context: Context, user: User, now: datetime) -> bool:
    bought_at = context.orders.last_bought(user.id)
    is_due = bought_at is None or bought_at + REMIND_AFTER <= now
    look_again = now + REMIND_AFTER if is_due or bought_at is None else bought_at + REMIND_AFTER
    if is_due:
        # Before it is put off: broken off between the two, it is done again, and is the same mail.
        day = business_day(now, DEFAULT_TIMEZONE)
        context.outbox.put("reminder", user.id, _data(context, user, bought_at), once=f"reminder:{user.id}:{day}")
    return context.users.put_off_reminder(user, look_again) and is_due


def _data(context: Context, user: User, bought_at: datetime | None) -> dict[str, object]:
    # A cart from before she last bought is what she bought, or what she did not want.
    wanted = [item["id"] for item in context.carts.find(user.id, since=bought_at)]
    goods = context.products.list_by_ids(wanted) if wanted else {}
    names = [goods[id_].name for id_ in wanted if id_ in goods and goods[id_].deleted_at is None]
    stop_path = context.tokens.stop_path(user.id)
    return {"cart": names[:NAMED], "more": max(0, len(names) - NAMED), "stop_path": stop_path}
