"""Sales by product and by category, and the report of a month, as the shop and its customers look at them."""

from __future__ import annotations

from shop_server.context import Context
from shop_server.errors import wrong_field
from shop_server.rules import analytics, monthly_report
from shop_server.rules.bar_chart import charts_of
from shop_server.rules.person import CUSTOMER, Person
from shop_server.rules.shop import DEFAULT_TIMEZONE
from shop_server.rules.shop_time import add_days, business_day
from shop_server.rules.sold import Sales, sales_of

USUAL_DAYS = 30


def read_sales(context: Context, shop_id: str, first: str | None, last: str | None) -> tuple[str, str, Sales]:
    """What was sold from one day to the other, the last 30 unless said; with these days.

    Raises InvalidInput when they run backwards or are more than a year.
    """
    today = business_day(context.clock.now(), context.shops.get(shop_id).timezone)
    last = last or today
    first = first or add_days(last, 1 - USUAL_DAYS)
    analytics.period(first, last)
    return first, last, sales_of(context.sold_goods.list_goods(shop_id, first, last))


def print_monthly_report(context: Context, person: Person, month: str | None, path: str) -> str:
    """The report of a month, the last one unless said, as a page to print: hers, or her shop's.

    Raises InvalidInput for a month that is still to come.
    """
    is_customer = person.role == CUSTOMER
    timezone = DEFAULT_TIMEZONE if is_customer else context.shops.get(person.shop_id or "").timezone
    today = business_day(context.clock.now(), timezone)
    month = month or monthly_report.month_before(today)
    if month > today[:7]:
        raise wrong_field("/month", "Month: this one is still to come")
    first, last = monthly_report.days_of(month)
    if is_customer:
        words = monthly_report.customer_report(month, context.sold_goods.list_bought(person.user_id, first, last))
    else:
        shop = context.shops.get(person.shop_id or "")
        sold = sales_of(context.sold_goods.list_goods(shop.id, first, last))
        words = monthly_report.shop_report(month, shop.name, context.sold_goods.list_days(shop.id, first, last), sold)
    return context.printer.report(words, charts_of(words), path=path, this_month=today[:7])
