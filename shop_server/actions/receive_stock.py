"""Goods come in, are counted, spoil: what changes a product's batches without an order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shop_server.context import Context, Once, Page
from shop_server.errors import NotFound
from shop_server.rules import stock
from shop_server.rules.batch import Batch, check_days
from shop_server.rules.catalogue import card, check_batch_prices, with_batch
from shop_server.rules.person import Person
from shop_server.rules.product import Product
from shop_server.rules.shop_time import business_day
from shop_server.rules.stock import Cause, Moved

Change = Callable[[Product, Cause], Moved]


def receive_batch(
    context: Context, person: Person, product_id: str, quantity: int, fields: Mapping[str, Any], once: Once | None
) -> dict[str, Any]:
    """Takes a new batch in; `fields` as in rules.batch.Batch. Gives the product's card.

    Raises NotFound, InvalidInput for days that cannot be.
    """
    batch_id = context.new_id()

    def receive(product: Product, cause: Cause) -> Moved:
        check_days(fields.get("manufactured_on"), fields.get("expires_on"), cause.today)
        return stock.receive(product, Batch(batch_id, quantity, cause.at, **fields), cause)

    return _change(context, person, product_id, receive, once)


def change_batch(
    context: Context, person: Person, product_id: str, batch_id: str, fields: Mapping[str, Any]
) -> dict[str, Any]:
    """Corrects what is written of a batch; how much is left of it is found by counting. Gives the product's card.

    Raises NotFound, NotAllowed for its cost or MRP, InvalidInput for days that cannot be.
    """

    def change(product: Product, cause: Cause) -> Moved:
        batch = next((batch for batch in product.batches if batch.id == batch_id), None)
        if batch is None:
            raise NotFound("There is no such batch any more.")
        check_batch_prices(person, batch, fields)
        return with_batch(product, batch, fields, cause.today), []

    return _change(context, person, product_id, change, None)


def count_stock(
    context: Context, person: Person, product_id: str, on_shelf: int, reason: str, once: Once | None
) -> dict[str, Any]:
    """Sets what lies on the shelf, what orders hold included, to what was counted. Gives the product's card.

    Raises NotFound, Conflict when less was counted than open orders hold.
    """
    new_batch_id = context.new_id()

    def count(product: Product, cause: Cause) -> Moved:
        return stock.count(product, on_shelf, cause, new_batch_id)

    return _change(context, person, product_id, count, once, reason)


def waste_stock(
    context: Context,
    person: Person,
    product_id: str,
    quantity: int,
    reason: str,
    batch_id: str | None,
    once: Once | None,
) -> dict[str, Any]:
    """Writes off what is broken or spoilt, of one batch or first expired first. Gives the product's card.

    Raises NotFound, Conflict when fewer are free.
    """

    def waste(product: Product, cause: Cause) -> Moved:
        if batch_id is not None and all(batch.id != batch_id for batch in product.batches):
            raise NotFound("There is no such batch any more.")
        return stock.waste(product, quantity, cause, batch_id)

    return _change(context, person, product_id, waste, once, reason)


def _change(
    context: Context, person: Person, product_id: str, change: Change, once: Once | None, reason: str | None = None
) -> dict[str, Any]:
    def decide(page: Page) -> dict[str, Any]:
        product = page.product(product_id)
        if product.shop_id != person.shop_id or product.deleted_at is not None:
            raise NotFound("There is no such product.")
        shop = page.shop(product.shop_id)
        cause = Cause(page.key, page.now, person.user_id, business_day(page.now, shop.timezone), reason=reason)
        settled, wasted = stock.settle_expired(product, cause)
        after, movements = change(settled, cause)
        if after is not product:
            page.keep_products([after], wasted + movements)
            page.tell_of_product(after)
            if not movements:
                page.audit(
                    person.user_id, "product-changed", after.id, after.shop_id, name=after.name, fields=["batches"]
                )
        return card(after, shop, page.category(after.category_id).name, cause.today)

    return context.books.write(decide, once=once, products=(product_id,))
