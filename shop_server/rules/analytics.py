"""Reports: what a shop sold over some days of its own, when, of what, and how it was paid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from shop_server.errors import wrong_field
from shop_server.rules.category import Category
from shop_server.rules.payment import METHODS
from shop_server.rules.shop_time import add_days, days_between, last_days, weekday_of

LONGEST_PERIOD_DAYS = 366
TOP_PRODUCTS = 10
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Slot:
    """The sales of one hour of a day that were paid in one way.

    `executed` orders are in the customers' hands; `profit_paise` is of those lines whose cost was known.
    """

    day: str
    hour: int
    method: str
    orders: int
    sales_paise: int
    executed: int
    profit_paise: int


@dataclass(frozen=True, slots=True)
class Sold:
    """What was sold of one product under one category, named as it was named last. Delivery fees are not in it."""

    product_id: str
    name: str
    category_id: str
    category: str
    quantity: int
    revenue_paise: int


@dataclass(frozen=True, slots=True)
class Share:
    """A product's part of what was sold, in percent with one decimal."""

    product_id: str
    name: str
    percent: float


@dataclass(frozen=True, slots=True)
class CategorySales:
    """A category: how many products it has now, what it brought, and which part of that each product did."""

    name: str
    products: int
    revenue_paise: int
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A period's sales. Lists over days are oldest first; `weekday_orders` begins with Monday."""

    days: tuple[str, ...]
    sales_paise: tuple[int, ...]
    orders: tuple[int, ...]
    weekday_orders: tuple[int, ...]
    hour_orders: tuple[int, ...]
    orders_by_method: dict[str, int]
    categories: tuple[CategorySales, ...]
    top_products: tuple[Sold, ...]
    shares: tuple[Share, ...]
    profit_paise: int
    executed: int


def last_period(today: str, days: int) -> list[str]:
    """Today and the days before it, oldest first. Raises InvalidInput for none, or more than a year."""
    if not 1 <= days <= LONGEST_PERIOD_DAYS:
        raise wrong_field("/days", f"Days: enter a whole number from 1 to {LONGEST_PERIOD_DAYS}")
    return last_days(today, days)


def period(first: str, last: str) -> list[str]:
    """All days from the first to the last, oldest first. Raises InvalidInput when that is none, or more than a year."""
    count = days_between(first, last) + 1
    if count < 1:
        raise wrong_field("/to", "To: choose a day that is not before the first")
    if count > LONGEST_PERIOD_DAYS:
        raise wrong_field("/from", f"From: choose at most {LONGEST_PERIOD_DAYS} days")
    return [add_days(first, number) for number in range(count)]


def label(day: str) -> str:
    """A day as charts show it: "Mon"."""
    return _WEEKDAYS[weekday_of(day)]


def report(days: Sequence[str], slots: Iterable[Slot], sold: Iterable[Sold], categories: Iterable[Category]) -> Report:
    """Puts a period together; a day, hour or weekday without sales is 0, not absent."""
    sales, orders = dict.fromkeys(days, 0), dict.fromkeys(days, 0)
    hours, weekdays, methods = [0] * 24, [0] * 7, dict.fromkeys(METHODS, 0)
    profit_paise = executed = 0
    for slot in slots:
        sales[slot.day] += slot.sales_paise
        orders[slot.day] += slot.orders
        hours[slot.hour] += slot.orders
        weekdays[weekday_of(slot.day)] += slot.orders
        methods[slot.method] += slot.orders
        profit_paise += slot.profit_paise
        executed += slot.executed
    goods = sorted(sold, key=_best_first)
    return Report(
        days=tuple(days),
        sales_paise=tuple(sales.values()),
        orders=tuple(orders.values()),
        weekday_orders=tuple(weekdays),
        hour_orders=tuple(hours),
        orders_by_method=methods,
        categories=tuple(_by_category(goods, categories)),
        top_products=tuple(_by_product(goods)[:TOP_PRODUCTS]),
        shares=_shares(_by_product(goods)),
        profit_paise=profit_paise,
        executed=executed,
    )


def percents(amounts: Sequence[int]) -> list[float]:
    """Each amount's part of their sum in percent, with one decimal, such that they add up to exactly 100.0.

    What rounding down leaves over goes to the largest remainders. Nothing at all gives only zeros.
    """
    total = sum(amounts)
    if total <= 0:
        return [0.0] * len(amounts)
    tenths = [amount * 1000 // total for amount in amounts]
    by_remainder = sorted(range(len(amounts)), key=lambda number: -(amounts[number] * 1000 % total))
    for number in by_remainder[: 1000 - sum(tenths)]:
        tenths[number] += 1
    return [tenth / 10 for tenth in tenths]


def _by_product(goods: Iterable[Sold]) -> list[Sold]:
    """Products that were sold under several categories once, best first."""
    products: dict[str, Sold] = {}
    for sold in goods:
        known = products.get(sold.product_id)
        if known is None:
            products[sold.product_id] = sold
        else:
            products[sold.product_id] = Sold(
                known.product_id,
                known.name,
                known.category_id,
                known.category,
                known.quantity + sold.quantity,
                known.revenue_paise + sold.revenue_paise,
            )
    return sorted(products.values(), key=_best_first)


def _by_category(goods: Iterable[Sold], categories: Iterable[Category]) -> Iterable[CategorySales]:
    """The shop's categories, and after them those it had when something was sold."""
    of_category = {id_: list(group) for id_, group in groupby(sorted(goods, key=_category_id), _category_id)}
    for category in categories:
        yield _category_sales(category.name, category.products, of_category.pop(category.id, []))
    for gone in of_category.values():
        yield _category_sales(gone[0].category, 0, gone)


def _category_sales(name: str, products: int, goods: list[Sold]) -> CategorySales:
    return CategorySales(name, products, sum(sold.revenue_paise for sold in goods), _shares(goods))


def _shares(goods: Sequence[Sold]) -> tuple[Share, ...]:
    parts = percents([sold.revenue_paise for sold in goods])
    return tuple(Share(sold.product_id, sold.name, part) for sold, part in zip(goods, parts, strict=True))


def _best_first(sold: Sold) -> tuple[int, str]:
    return -sold.revenue_paise, sold.product_id


def _category_id(sold: Sold) -> str:
    return sold.category_id
