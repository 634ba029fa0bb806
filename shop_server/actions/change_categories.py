"""The shopkeeper sorts her goods: new categories, new names, and shelves that are cleared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shop_server.context import Context, Once, Page
from shop_server.errors import Conflict, Duplicate, NotFound
from shop_server.rules import stock
from shop_server.rules.category import Category, changed
from shop_server.rules.person import Person
from shop_server.rules.product import Product
from shop_server.rules.product import changed as changed_product
from shop_server.rules.shop_time import business_day
from shop_server.rules.stock import Cause
from shop_server.rules.text import name_key

PRODUCTS_AT_ONCE = 100
"""So many products of a deleted category are one action: others' orders pass between."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """A deleted category's name, and how many products it took from sale."""

    name: str
    products: int


def add_category(context: Context, person: Person, name: str, once: Once | None) -> dict[str, Any]:
    """Makes a category. Raises Duplicate when the shop has one of this name."""
    assert person.shop_id is not None
    shop_id, category_id = person.shop_id, context.new_id()

    def decide(page: Page) -> dict[str, Any]:
        _check_name_is_free(page, shop_id, name)
        page.keep_category(Category(category_id, shop_id, name, name_key(name), page.now))
        return {"id": category_id, "name": name, "products": 0, "shop_id": shop_id}

    return context.books.write(decide, once=once)


def rename_category(context: Context, person: Person, category_id: str, name: str) -> Category:
    """Gives a category another name; old orders keep the old one. Raises NotFound, Duplicate."""

    def decide(page: Page) -> Category:
        category = _own(page, person, category_id)
        if category.name == name:
            return category
        if category.name_key != name_key(name):
            _check_name_is_free(page, category.shop_id, name)
        renamed = changed(category, name=name, name_key=name_key(name))
        page.keep_category(renamed)
        return renamed

    return context.books.write(decide)


def delete_category(context: Context, person: Person, category_id: str) -> Cleared:
    """Takes a category's products from sale and then the category itself; old orders stay as they are.

    A very large category goes in slices. Raises NotFound, and Conflict while open orders hold one of its products.
    """
    taken = 0
    while True:
        name, taken_now, done = _delete_slice(context, person, category_id)
        taken += taken_now
        if done:
            return Cleared(name, taken)


def _delete_slice(context: Context, person: Person, category_id: str) -> tuple[str, int, bool]:
    held = context.products.find_held(person.shop_id or "", category_id)

    def decide(page: Page) -> tuple[str, int, bool]:
        category = _own(page, person, category_id)
        if held is not None:
            raise _held_conflict(held)
        products = page.find_products_in(category)
        taken = [_from_sale(page, person, product) for product in products[:PRODUCTS_AT_ONCE]]
        page.keep_products([product for product, _ in taken], [row for _, rows in taken for row in rows])
        for product, _ in taken:
            page.tell_of_product(product)
        done = len(taken) == len(products)
        if done:
            page.keep_category(changed(page.current_category(category_id), deleted_at=page.now))
        return category.name, len(taken), done

    return context.books.write(decide)


def _from_sale(page: Page, person: Person, product: Product) -> stock.Moved:
    today = business_day(page.now, page.shop(product.shop_id).timezone)
    product, movements = stock.settle_expired(product, Cause(page.key, page.now, person.user_id, today))
    if product.held:
        raise _held_conflict(product)
    if product.picture_id is not None:
        page.remove("pictures", product.picture_id)
    return changed_product(product, deleted_at=page.now, picture_id=None), movements


def _held_conflict(product: Product) -> Conflict:
    return Conflict(f"Open orders hold {product.name}. Deliver or cancel those before deleting the category.")


def _check_name_is_free(page: Page, shop_id: str, name: str) -> None:
    if page.find_category_named(shop_id, name_key(name)) is not None:
        raise Duplicate(f"There is a category called {name} already.", extra={"field": "name"})


def _own(page: Page, person: Person, category_id: str) -> Category:
    category = page.current_category(category_id)
    if category.shop_id != person.shop_id:
        raise NotFound("There is no such category.")
    return category
