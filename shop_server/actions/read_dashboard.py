"""The dashboard's numbers: how the shop is doing now, over some days, and with whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shop_server.context import Context
from shop_server.rules import analytics
from shop_server.rules.account import User
from shop_server.rules.analytics import Report
from shop_server.rules.product import EXPIRING_SOON_DAYS, Product
from shop_server.rules.shop_time import add_days, business_day

LOWEST_PRODUCTS = 20


@dataclass(frozen=True, slots=True)
class Stats:
    """The shop at a glance. Sales and profit are paise; months are those of the shop's calendar."""

    today_sales_paise: int
    today_orders: int
    total_products: int
    low_stock_count: int
    out_of_stock: int
    total_customers: int
    total_orders: int
    total_revenue_paise: int
    to_confirm: int
    expiring_soon: int
    profit_today_paise: int
    month_sales_paise: int
    previous_month_sales_paise: int


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who bought here: how often, for how much, when last. `user` is None when her account is gone."""

    id: str
    user: User | None
    orders: int
    spent_paise: int
    since: datetime
    last_order_at: datetime | None


@dataclass(frozen=True, slots=True)
class Period:
    """Which days are asked for: the last so many, or all between two."""

    days: int = 7
    first: str | None = None
    last: str | None = None


def read_stats(context: Context, shop_id: str) -> Stats:
    """The shop at a glance, now."""
    shop = context.shops.get(shop_id)
    today = business_day(context.clock.now(), shop.timezone)
    this_month = today[:7]
    last_month = add_days(f"{this_month}-01", -1)[:7]
    sold = context.analytics.read_overview(shop_id, today, [last_month, this_month])
    return Stats(
        today_sales_paise=sum(slot.sales_paise for slot in sold.today),
        today_orders=sum(slot.orders for slot in sold.today),
        total_products=sum(category.products for category in context.categories.list_of_shops([shop_id])),
        low_stock_count=context.stock_watch.count_low(shop_id, shop.low_stock_at),
        out_of_stock=context.stock_watch.count_out(shop_id),
        total_customers=sold.customers,
        total_orders=sold.orders,
        total_revenue_paise=sold.sales_paise,
        to_confirm=context.analytics.count_to_confirm(shop_id),
        expiring_soon=context.stock_watch.count_expiring(shop_id, add_days(today, EXPIRING_SOON_DAYS)),
        profit_today_paise=sum(slot.profit_paise for slot in sold.today),
        month_sales_paise=sold.months_paise[this_month],
        previous_month_sales_paise=sold.months_paise[last_month],
    )


def read_report(context: Context, shop_id: str, period: Period) -> tuple[Report, Sequence[Product]]:
    """The sales of a period, and the products of which least is left. Raises InvalidInput for a period beyond a year."""
    today = business_day(context.clock.now(), context.shops.get(shop_id).timezone)
    days = _days(period, today)
    slots, sold = context.analytics.read_period(shop_id, days)
    report = analytics.report(days, slots, sold, context.categories.list_of_shops([shop_id]))
    return report, context.stock_watch.list_lowest(shop_id, LOWEST_PRODUCTS)


def list_customers(context: Context, shop_id: str, limit: int, after: tuple[datetime, str] | None) -> list[Customer]:
    """Who bought here, the newest customers first; `after` is `since` and id of the last one seen."""
    bought = context.customers.list_of_shop(shop_id, limit, after)
    ids = [one.customer_id for one in bought]
    users, last_orders = context.users.list_by_ids(ids), context.customers.last_sales(shop_id, ids)
    return [
        Customer(
            one.customer_id,
            users.get(one.customer_id),
            one.orders,
            one.spent_paise,
            one.since,
            last_orders.get(one.customer_id),
        )
        for one in bought
    ]


def _days(period: Period, today: str) -> list[str]:
    if period.first is None and period.last is None:
        return analytics.last_period(today, period.days)
    last = period.last or today
    return analytics.period(period.first or last, last)
