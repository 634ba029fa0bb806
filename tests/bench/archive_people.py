"""Who and what is in a made-up archive: the shop, its people, its shelf; the same for the same seed and day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import bcrypt

from shop_server.demo.names import Names
from shop_server.rules.account import User
from shop_server.rules.batch import Batch, pick_of
from shop_server.rules.category import Category
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop
from shop_server.rules.shop_time import add_days
from shop_server.rules.stock import RECEIVED, Movement
from shop_server.rules.text import name_key, search_words
from tests.bench.shop import CUSTOMER, OWNER, PASSWORD

SHELVES = 12
SOLD_PRODUCTS = 900
"""The products that are ordered: as many in a large shop as in a small one, so that a day's figures are alike."""
FOUND_PRODUCTS, LOW_PRODUCTS, OUT_PRODUCTS, EXPIRING_PRODUCTS = 40, 20, 5, 10
"""Of what nobody orders: those that a search for FOUND_WORD gives, and those that want the shopkeeper's eye."""
FOUND_WORD = "kesar"
PLENTY = 50_000_000
SMALLEST_SHELF = SOLD_PRODUCTS + FOUND_PRODUCTS + LOW_PRODUCTS + OUT_PRODUCTS + EXPIRING_PRODUCTS
NEW_CUSTOMERS_A_DAY, ACTIVE_CUSTOMERS = 20, 500


def make_shop(names: Names, opened_at: datetime) -> Shop:
    return Shop(
        id=names.id("shop", 0),
        owner_id=names.id("owner", 0),
        name="Archive Kirana",
        created_at=opened_at,
        address="1 Main Road",
        city="Pune",
        state="Maharashtra",
        pincode="411001",
        upi_id="asha@okbank",
        phone="9822000001",
    )


def make_users(names: Names, shop: Shop, customers: int) -> Iterator[User]:
    """The owner and the customer who sign in with the usual password, and so many more."""
    # Few rounds: nobody's secret, and quick to check.
    password = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    at = shop.created_at
    yield User(
        shop.owner_id, "shopkeeper", OWNER, "9822000001", "Asha", "Rao", password, at, shop_id=shop.id, is_admin=True
    )
    for number in range(customers):
        email = CUSTOMER if number == 0 else f"customer{number}@example.in"
        yield User(
            names.id("customer", number), "customer", email, f"7{number:09d}", "Devi", f"{number:06d}", password, at
        )


def make_categories(names: Names, shop: Shop, products: int) -> list[Category]:
    return [
        Category(
            id=names.id("category", number),
            shop_id=shop.id,
            name=f"Shelf {number:02d}",
            name_key=name_key(f"Shelf {number:02d}"),
            created_at=shop.created_at,
            products=len(range(number, products, SHELVES)),
        )
        for number in range(SHELVES)
    ]


def make_product(names: Names, shop: Shop, number: int, today: str, sold: int = 0, held: int = 0) -> Product:
    """A product from which so much was sold and is held."""
    name = f"Product {number:06d}"
    received, expires_on = PLENTY, None
    first = SOLD_PRODUCTS
    if first <= number < (first := first + FOUND_PRODUCTS):
        name = f"{FOUND_WORD.title()} {number:06d}"
    elif first <= number < (first := first + LOW_PRODUCTS):
        received = 3
    elif first <= number < (first := first + OUT_PRODUCTS):
        received = 0
    elif first <= number < first + EXPIRING_PRODUCTS:
        expires_on = add_days(today, 3)
    batch = Batch(names.id("batch", number), received - sold, shop.created_at, expires_on, cost_paise=1_500)
    return Product(
        id=names.id("product", number),
        shop_id=shop.id,
        category_id=names.id("category", number % SHELVES),
        name=name,
        name_key=name_key(name),
        words=tuple(search_words(name)),
        price_paise=2_000 + 100 * (number % 300),
        stock=received - sold - held,
        held=held,
        batches=(batch,) if batch.quantity else (),
        version=1 + sold + held,
        created_at=shop.created_at + timedelta(seconds=number),
        unit="1 kg",
        mrp_paise=40_000,
        cost_paise=1_500,
        description="As it is weighed out every morning.",
        tax_basis_points=500,
    )


def make_receipt(names: Names, product: Product, number: int, by: str) -> Movement | None:
    """How its goods came in: all that lies there, and all that was sold since; None when there never was any."""
    if not product.batches:
        return None
    (batch,) = product.batches
    received = PLENTY if batch.quantity > 3 else batch.quantity
    pick = pick_of(batch, received)
    return Movement(
        id=f"{names.id('receipt', number)}:{product.id}:{batch.id}:{RECEIVED}",
        shop_id=product.shop_id,
        product_id=product.id,
        kind=RECEIVED,
        quantity=received,
        stock_change=received,
        held_change=0,
        stock_after=received,
        held_after=0,
        at=product.created_at,
        by=by,
        batch_id=batch.id,
        cost_paise=pick.cost_paise,
    )
