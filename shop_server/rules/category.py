"""A category: a shelf of the shop, by which its goods are found."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple


class Category(NamedTuple):
    """`name_key` is the name without case and spaces: it is unique in a shop. `products` are on sale in it."""

    id: str
    shop_id: str
    name: str
    name_key: str
    created_at: datetime
    version: int = 1
    products: int = 0
    deleted_at: datetime | None = None


def changed(category: Category, **fields: Any) -> Category:
    """The category with other values, one version on."""
    return category._replace(version=category.version + 1, **fields)
