"""The report of a month in words: for the shopkeeper what was sold, for the customer what she bought.

The words are plain values, so that they can wait in the outbox: titles, tables, and the paise that charts are drawn of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from shop_server.rules.analytics import percents
from shop_server.rules.money_text import grouped
from shop_server.rules.order import Line, Order
from shop_server.rules.product import amount
from shop_server.rules.sold import Sales

BEST_PRODUCTS = 20
MOST_GOODS = 100
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

Words = dict[str, Any]


def days_of(month: str) -> tuple[str, str]:
    """The first and the last day of a month ("2026-10")."""
    first = date.fromisoformat(f"{month}-01")
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first.isoformat(), last.isoformat()


def month_before(day: str) -> str:
    """The month before the one that a day lies in."""
    return (date.fromisoformat(day).replace(day=1) - timedelta(days=1)).isoformat()[:7]


def month_name(month: str) -> str:
    """ "October 2026"."""
    return f"{_MONTHS[int(month[5:]) - 1]} {month[:4]}"


def shop_report(month: str, shop_name: str, days: Mapping[str, tuple[int, int]], sales: Sales) -> Words:
    """What a shop sold: `days` are orders and paise of the days on which there were any.

    Sales of days are what orders came to, with delivery; those of goods are what was paid for the goods. Cancelled and
    returned orders are in neither.
    """
    _, last = days_of(month)
    every_day = [f"{month}-{number:02d}" for number in range(1, int(last[8:]) + 1)]
    orders, total = sum(many for many, _ in days.values()), sum(paise for _, paise in days.values())
    return {
        "month": month,
        "title": month_name(month),
        "shop_name": shop_name,
        "for_shop": True,
        "totals": [
            ["Sales", _rupees(total)],
            ["Orders", str(orders)],
            ["An order on average", _rupees(round(total / orders) if orders else 0)],
            ["Profit on goods", _rupees(sales.profit_paise)],
        ],
        "sections": [
            _section(
                "days",
                "Sales by day",
                ["Day", "Orders", "Sales"],
                [[_day(day), str(many), _rupees(paise)] for day, (many, paise) in sorted(days.items())],
                [str(int(day[8:])) for day in every_day],
                [days.get(day, (0, 0))[1] for day in every_day],
            ),
            _section(
                "categories",
                "Sales by category",
                ["", "Category", "Products", "Sales", "Profit", "Share"],
                [
                    [
                        *(str(number), one.name, str(one.products)),
                        *(_rupees(one.revenue_paise), _rupees(one.profit_paise), _percent(one.share)),
                    ]
                    for number, one in enumerate(sales.categories, start=1)
                ],
                [str(number) for number in range(1, len(sales.categories) + 1)],
                [one.revenue_paise for one in sales.categories],
            ),
            _section(
                "products",
                "Best products",
                ["Product", "Quantity", "Sales", "Profit", "Share"],
                [
                    [
                        one.goods.name,
                        amount(one.goods.quantity, one.goods.sold_by),
                        _rupees(one.goods.revenue_paise),
                        _rupees(one.goods.profit_paise),
                        _percent(one.share),
                    ]
                    for one in sales.products[:BEST_PRODUCTS]
                ],
            ),
        ],
    }  # fmt: skip


def customer_report(month: str, orders: Sequence[Order]) -> Words:
    """What a customer bought, in whichever shops; `orders` are those of the month that count as sales."""
    total, fees = sum(one.total_paise for one in orders), sum(one.delivery_fee_paise for one in orders)
    goods: dict[str, list[Line]] = defaultdict(list)
    categories: dict[str, int] = defaultdict(int)
    for line in (line for order in orders for line in order.lines):
        goods[line.product_id].append(line)
        categories[line.category] += line.line_total_paise
    bought = sorted(goods.values(), key=lambda lines: (-_spent(lines), lines[0].product_id))
    named = sorted(categories.items(), key=lambda one: (-one[1], one[0]))
    shares = percents([paise for _, paise in named])
    return {
        "month": month,
        "title": month_name(month),
        "shop_name": ", ".join(sorted({one.shop_name for one in orders})),
        "for_shop": False,
        "totals": [
            ["Spent", _rupees(total)],
            ["Orders", str(len(orders))],
            ["Of that for delivery", _rupees(fees)],
        ],
        "sections": [
            _section(
                "categories",
                "What it went on",
                ["", "Category", "Spent", "Share"],
                [
                    [str(number), name, _rupees(paise), _percent(share)]
                    for number, ((name, paise), share) in enumerate(zip(named, shares, strict=True), start=1)
                ],
                [str(number) for number in range(1, len(named) + 1)],
                [paise for _, paise in named],
            ),
            _section(
                "goods",
                "What I bought",
                ["Product", "Quantity", "Spent"],
                [
                    [lines[-1].name, amount(sum(line.quantity for line in lines), lines[-1].sold_by), _rupees(_spent(lines))]
                    for lines in bought[:MOST_GOODS]
                ],
            ),
            _section(
                "orders",
                "My orders",
                ["Day", "Shop", "Order", "Total"],
                [
                    [_day(one.business_day), one.shop_name, f"#{one.id[:8]}", _rupees(one.total_paise)]
                    for one in orders[:MOST_GOODS]
                ],
            ),
        ],
    }  # fmt: skip


def _section(
    id_: str,
    title: str,
    heads: list[str],
    rows: list[list[str]],
    labels: Sequence[str] = (),
    paise: Sequence[int] = (),
) -> Words:
    """A table, and the numbers of its chart if it has one. `texts` says which columns are read from the left."""
    return {
        "id": id_,
        "title": title,
        "heads": heads,
        "rows": rows,
        "texts": [number for number, head in enumerate(heads) if head in _TEXTS],
        "labels": list(labels) if rows else [],
        "paise": list(paise) if rows else [],
    }


_TEXTS = frozenset({"", "Day", "Category", "Product", "Shop", "Order"})


def _spent(lines: Sequence[Line]) -> int:
    return sum(line.line_total_paise for line in lines)


def _rupees(paise: int) -> str:
    return f"₹{grouped(paise)}"


def _percent(share: float) -> str:
    return f"{share:.1f} %"


def _day(day: str) -> str:
    """ "4 October"."""
    return f"{int(day[8:])} {_MONTHS[int(day[5:7]) - 1]}"
