"""What people see of the shops' goods: lists, one product, categories, and for the shop its stock book."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shop_server.context import Context, Place, Wanted
from shop_server.errors import NotFound
from shop_server.rules.batch import Batch
from shop_server.rules.catalogue import card
from shop_server.rules.category import Category
from shop_server.rules.person import Person
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop, is_open_to_customers
from shop_server.rules.shop_time import business_day, next_midnight
from shop_server.rules.stock import Movement
from shop_server.rules.text import name_key, search_words

MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked of a list of products; `category` is an id or a name, `sort` as in the web's query."""

    shop_id: str | None
    text: str | None
    category: str | None
    min_price_paise: int | None
    max_price_paise: int | None
    in_stock: bool | None
    expires_before: str | None
    sort: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read: `cards` (see rules.catalogue), or the rows of another list.

    `shop_id` is the one shop it depends on, None for several; it is true until `true_until`, when a shop's next day begins.
    `next_place` is where the next page begins.
    """

    cards: Sequence[Any]
    shop_id: str | None
    true_until: datetime
    next_place: Place | None = None


def list_products(context: Context, person: Person | None, search: Search, limit: int, after: Place | None) -> Seen:
    """A page of products on sale. Raises NotFound for a shop that is not there for this person.

    Without a shop: one's own, and for customers all shops that they see.
    """
    shops = _shops_for(context, person, search.shop_id)
    now = context.clock.now()
    wanted = _wanted(context, shops, search, now)
    found = context.products.list_wanted(wanted, limit + 1, after) if wanted else []
    rows, more = found[:limit], len(found) > limit
    return Seen(
        cards=_cards(context, rows, shops, now),
        shop_id=_chosen(person, search.shop_id),
        true_until=_true_until(shops, now),
        next_place=context.products.place(rows[-1], search.sort) if more else None,
    )


def read_product(context: Context, person: Person | None, product_id: str) -> Seen:
    """One product on sale. Raises NotFound also when its shop is not there for this person."""
    product = context.products.get(product_id)
    shop = _shop_for(context, person, product.shop_id, "There is no such product.")
    now = context.clock.now()
    return Seen(_cards(context, [product], [shop], now), shop.id, _true_until([shop], now))


def find_own_product(context: Context, person: Person, product_id: str) -> Product:
    """A product on sale of the person's own shop. Raises NotFound."""
    product = context.products.get(product_id)
    if product.shop_id != person.shop_id:
        raise NotFound("There is no such product.")
    return product


def find_own_batch(context: Context, person: Person, product_id: str, batch_id: str) -> Batch:
    """A batch of a product of the person's own shop. Raises NotFound."""
    product = find_own_product(context, person, product_id)
    batch = next((batch for batch in product.batches if batch.id == batch_id), None)
    if batch is None:
        raise NotFound("There is no such batch any more.")
    return batch


def list_categories(context: Context, person: Person | None, shop_id: str | None) -> Seen:
    """The categories of a shop, or of all shops that one sees. Raises NotFound for a shop that is not there."""
    shops = _shops_for(context, person, shop_id)
    categories = context.categories.list_of_shops([shop.id for shop in shops])
    return Seen(categories, _chosen(person, shop_id), _true_until(shops, context.clock.now()))


def find_own_category(context: Context, person: Person, category_id: str) -> Category:
    """A category of the person's own shop. Raises NotFound."""
    category = context.categories.get(category_id)
    if category.shop_id != person.shop_id:
        raise NotFound("There is no such category.")
    return category


def list_movements(
    context: Context, product: Product, limit: int, before: tuple[datetime, str] | None
) -> tuple[list[Movement], dict[str, str]]:
    """A product's stock book, newest first, and the names of the people in it by their ids."""
    movements = context.movements.list_of_product(product.id, limit, before)
    return movements, context.users.names({movement.by for movement in movements})


def find_picture(context: Context, picture_id: str, size: str) -> bytes:
    """A product's picture as WebP, `size` large or small. Raises NotFound."""
    picture = context.pictures.find(picture_id, size)
    if picture is None:
        raise NotFound("There is no such picture.")
    return picture


def _shops_for(context: Context, person: Person | None, shop_id: str | None) -> list[Shop]:
    chosen = _chosen(person, shop_id)
    if chosen is None:
        return context.shops.list_approved()
    return [_shop_for(context, person, chosen, "There is no such shop.")]


def _chosen(person: Person | None, shop_id: str | None) -> str | None:
    """The one shop that is looked at; None for all."""
    return shop_id or (person.shop_id if person else None)


def _shop_for(context: Context, person: Person | None, shop_id: str, otherwise: str) -> Shop:
    shop = context.shops.find(shop_id)
    is_own = person is not None and person.shop_id == shop_id
    if shop is None or not (is_own or is_open_to_customers(shop)):
        raise NotFound(otherwise)
    return shop


def _wanted(context: Context, shops: Sequence[Shop], search: Search, now: datetime) -> Wanted | None:
    """What the records are asked for; None when nothing can match."""
    words = tuple(search_words(search.text or ""))[:MOST_WORDS]
    category_ids = _category_ids(context, shops, search.category)
    if not shops or (search.text and not words) or category_ids == ():
        return None
    return Wanted(
        todays={shop.id: business_day(now, shop.timezone) for shop in shops},
        words=words,
        category_ids=category_ids,
        min_price_paise=search.min_price_paise,
        max_price_paise=search.max_price_paise,
        in_stock=search.in_stock,
        expires_before=search.expires_before,
        sort=search.sort,
    )


def _category_ids(context: Context, shops: Sequence[Shop], category: str | None) -> tuple[str, ...] | None:
    if category is None:
        return None
    named = context.categories.ids_called([shop.id for shop in shops], name_key(category))
    return named or ((category,) if _looks_like_id(category) else ())


def _looks_like_id(text: str) -> bool:
    return len(text) == 24 and all(character in "0123456789abcdef" for character in text)


def _cards(context: Context, products: Sequence[Product], shops: Iterable[Shop], now: datetime) -> list[dict[str, Any]]:
    shop_by_id = {shop.id: shop for shop in shops}
    todays = {shop.id: business_day(now, shop.timezone) for shop in shop_by_id.values()}
    categories = context.categories.names(product.category_id for product in products)
    return [
        card(product, shop_by_id[product.shop_id], categories.get(product.category_id, ""), todays[product.shop_id])
        for product in products
    ]


def _true_until(shops: Iterable[Shop], now: datetime) -> datetime:
    midnights = (next_midnight(now, timezone) for timezone in {shop.timezone for shop in shops})
    return min(midnights, default=now + timedelta(days=1))
