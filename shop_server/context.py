"""What every action works with: the shop's records, its clock and its doors to the outside."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from shop_server.clock import Clock
from shop_server.settings import Settings
from shop_server.storage.books import Books
from shop_server.storage.categories import Categories
from shop_server.storage.movements import Movements
from shop_server.storage.orders import Orders
from shop_server.storage.page import Once, Page
from shop_server.storage.products import Products
from shop_server.storage.shops import Shops

__all__ = ["Context", "Once", "Page"]


@dataclass(frozen=True)
class Context:
    """Wired once in `app`; actions get it whole and take what they need."""

    settings: Settings
    clock: Clock
    books: Books
    shops: Shops
    categories: Categories
    products: Products
    movements: Movements
    orders: Orders

    def new_id(self) -> str:
        """24 random hex digits; the first 8 are what a person sees."""
        return secrets.token_hex(12)
