"""Sales by product and by category: how much, for how much, with what profit, and which part of the whole each is."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from shop_server.rules.analytics import percents


class Goods(NamedTuple):
    """What was sold of one product under one category, named as it was named last; delivery fees are not in it.

    `quantity` is pieces, or grams when sold by weight. `profit_paise` is of those lines whose cost was known.
    """

    product_id: str
    name: str
    category_id: str
    category: str
    sold_by: str
    orders: int
    quantity: int
    revenue_paise: int
    profit_paise: int


class ProductSales(NamedTuple):
    """A product with its part of all sales and of its category's, in percent."""

    goods: Goods
    share: float
    category_share: float


class CategorySales(NamedTuple):
    """A category: how many products of it were sold, for how much, with what profit, and its part of all in percent."""

    category_id: str
    name: str
    products: int
    revenue_paise: int
    profit_paise: int
    share: float


class Sales(NamedTuple):
    """Both tables, best first. The shares of all products, of all categories, and of each category add up to 100.0."""

    products: tuple[ProductSales, ...]
    categories: tuple[CategorySales, ...]
    revenue_paise: int
    profit_paise: int


def sales_of(sold: Iterable[Goods]) -> Sales:
    """Puts the tables together; nothing sold gives empty ones."""
    goods = sorted(sold, key=_best_first)
    shares = percents([one.revenue_paise for one in goods])
    within: dict[tuple[str, str], float] = {}
    categories = []
    for category_id, group in groupby(sorted(goods, key=_category_id), _category_id):
        of_it = list(group)
        parts = percents([one.revenue_paise for one in of_it])
        within |= {(one.product_id, category_id): part for one, part in zip(of_it, parts, strict=True)}
        revenue_paise, profit_paise = _sum(of_it)
        categories.append(CategorySales(category_id, of_it[0].category, len(of_it), revenue_paise, profit_paise, 0.0))
    categories.sort(key=lambda category: (-category.revenue_paise, category.category_id))
    parts = percents([category.revenue_paise for category in categories])
    return Sales(
        tuple(
            ProductSales(one, share, within[one.product_id, one.category_id])
            for one, share in zip(goods, shares, strict=True)
        ),
        tuple(category._replace(share=part) for category, part in zip(categories, parts, strict=True)),
        *_sum(goods),
    )


def _sum(goods: Iterable[Goods]) -> tuple[int, int]:
    of_all = list(goods)
    return sum(one.revenue_paise for one in of_all), sum(one.profit_paise for one in of_all)


def _best_first(goods: Goods) -> tuple[int, str, str]:
    return -goods.revenue_paise, goods.product_id, goods.category_id


def _category_id(goods: Goods) -> str:
    return goods.category_id
