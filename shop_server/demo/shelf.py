"""The shelves of a made-up kirana: what lies there, what comes in each morning, and what customers find."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from random import Random

from shop_server.demo.goods import GOODS, Goods
from shop_server.demo.names import Names
from shop_server.demo.tables import Tables
from shop_server.rules import stock
from shop_server.rules.batch import Batch
from shop_server.rules.category import Category
from shop_server.rules.hold import Goods as Moved
from shop_server.rules.product import WEIGHT, Product
from shop_server.rules.shop import Shop
from shop_server.rules.shop_time import add_days
from shop_server.rules.stock import Cause, Movement
from shop_server.rules.text import name_key, search_words

BASKETS = (1, 2, 2, 3, 3, 4, 5, 7)
MANY = (1, 1, 1, 2, 2, 3)
LONGEST_SUPPLY_DAYS = 10
_WANTED = [goods.wanted for goods in GOODS]


class Shelf:
    """One shop's products by id, as its orders and its mornings change them."""

    def __init__(
        self,
        shop: Shop,
        names: Names,
        categories: Mapping[str, Category],
        orders_a_day: float,
        first_day: str,
        tables: Tables,
    ) -> None:
        self.category_names = {category.id: name for name, category in categories.items()}
        self.products: dict[str, Product] = {}
        self._shop, self._names, self._tables = shop, names, tables
        self._goods: dict[str, Goods] = {}
        self._lines_a_day = orders_a_day * sum(BASKETS) / len(BASKETS) * sum(MANY) / len(MANY)
        self._received: dict[str, int] = {}
        for number, goods in enumerate(GOODS):
            product = self._new_product(number, goods, categories[goods.category])
            self.products[product.id] = product
            self._goods[product.id] = goods
        self._ids = list(self.products)

    def open_day(self, day: str, at: datetime) -> None:
        """What has expired leaves the shelf, and what runs low is bought."""
        for product_id, product in list(self.products.items()):
            goods = self._goods[product_id]
            cause = Cause(self._names.id("morning", f"{product_id}:{day}"), at, self._shop.owner_id, day)
            product, movements = stock.settle_expired(product, cause)
            supply = self._supply(goods)
            if 2 * product.stock <= supply:
                batch = self._batch(goods, product_id, supply, day, at)
                self._received[batch.id] = supply
                product, received = stock.receive(product, batch, cause)
                movements += received
            self._keep(product)
            self._write(movements)

    def choose(self, chance: Random, today: str) -> dict[str, int]:
        """A basket of what can be bought today: quantities by product."""
        while True:
            basket: dict[str, int] = {}
            for product_id in chance.choices(self._ids, _WANTED, k=chance.choice(BASKETS)):
                free = stock.without_expired(self.products[product_id], today).stock
                portion = 250 if self._goods[product_id].sold_by == WEIGHT else 1
                quantity = min(portion * chance.choice(MANY), free)
                if quantity:
                    basket[product_id] = quantity
            if basket:
                return basket

    def keep(self, moved: Moved) -> None:
        """Takes over what the rules have made of products, and writes their movements."""
        for product in moved.products.values():
            self._keep(product)
        self._write(moved.movements)

    def close(self) -> None:
        """Writes the products as they are in the end, and the batches of which something is left."""
        for product in self.products.values():
            self._tables.add("products", product)
            for batch in product.batches:
                self._write_batch(product, batch)

    def _keep(self, product: Product) -> None:
        """Batches that are used up are written down at once: none comes back."""
        before = self.products[product.id]
        if before.batches is not product.batches:
            left = {batch.id for batch in product.batches}
            for batch in before.batches:
                if batch.id not in left:
                    self._write_batch(product, batch._replace(quantity=0))
        self.products[product.id] = product

    def _write_batch(self, product: Product, batch: Batch) -> None:
        self._tables.add("batches", batch, product_id=product.id, received=self._received.pop(batch.id))

    def _write(self, movements: list[Movement]) -> None:
        for movement in movements:
            self._tables.add("stock_movements", movement)

    def _new_product(self, number: int, goods: Goods, category: Category) -> Product:
        return Product(
            id=self._names.id("product", f"{self._shop.id}:{number}"),
            shop_id=self._shop.id,
            category_id=category.id,
            name=goods.name,
            name_key=name_key(goods.name),
            words=tuple(search_words(goods.name)),
            price_paise=goods.price * 100,
            stock=0,
            held=0,
            batches=(),
            version=1,
            created_at=self._shop.created_at,
            sold_by=goods.sold_by,
            unit=goods.unit,
            mrp_paise=goods.mrp * 100,
            cost_paise=goods.cost * 100,
            hsn=goods.hsn,
            tax_basis_points=goods.gst_percent * 100,
            low_stock_at=3_000 if goods.sold_by == WEIGHT else None,
        )

    def _supply(self, goods: Goods) -> int:
        """What is bought at once: for as long as it keeps, and then some."""
        days = min(goods.days or LONGEST_SUPPLY_DAYS, LONGEST_SUPPLY_DAYS)
        pieces = max(12, round(1.3 * days * self._lines_a_day * goods.wanted / sum(_WANTED)))
        return pieces * 250 if goods.sold_by == WEIGHT else pieces

    def _batch(self, goods: Goods, product_id: str, quantity: int, day: str, at: datetime) -> Batch:
        id_ = self._names.id("batch", f"{product_id}:{day}")
        if goods.days is None:
            return Batch(id_, quantity, at, cost_paise=goods.cost * 100)
        made_on = add_days(day, -min(goods.days // 8, 30))
        return Batch(
            id_,
            quantity,
            at,
            expires_on=add_days(made_on, goods.days),
            manufactured_on=made_on,
            batch_no=f"{goods.hsn}-{made_on[5:].replace('-', '')}",
            cost_paise=goods.cost * 100,
        )
