"""Stock: how goods come in, are kept for orders, leave and come back, and the movement each of that leaves behind.

Every function takes a product and gives the product after it and its movements. At rest, and after each of them,
`stock + held` is the sum of the batches, and the movements of a product add up to its stock and its held.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from shop_server.errors import Conflict, InvalidInput, OutOfStock, wrong_field
from shop_server.rules.batch import (
    Batch,
    Pick,
    expired_quantity,
    good_quantity,
    is_expired,
    pick_good,
    pick_of,
    put_back,
    take,
    take_expired,
    take_good,
    total,
)
from shop_server.rules.product import PIECE, WEIGHT, Product, changed

RECEIVED, HELD, RELEASED, SOLD = "received", "held", "released", "sold"
RETURNED, WASTED, COUNTED = "returned", "wasted", "counted"
BY_PEOPLE = [RECEIVED, RETURNED, WASTED, COUNTED]
"""What people do to goods; the other kinds follow from orders."""

MOST_OF_ONE = 1_000_000_000
"""More of one product than this is a slip of the finger."""


class Cause(NamedTuple):
    """Who moves goods and why. `key` names the act for good: an order and its version, or an action's own key."""

    key: str
    at: datetime
    by: str
    today: str
    order_id: str | None = None
    reason: str | None = None


class Movement(NamedTuple):
    """One line in a product's stock book: by how much `stock` and `held` changed, and what they were afterwards.

    `batch_no` and `expires_on` are those of the batch, which is gone when nothing is left of it.
    """

    id: str
    shop_id: str
    product_id: str
    kind: str
    quantity: int
    stock_change: int
    held_change: int
    stock_after: int
    held_after: int
    at: datetime
    by: str
    order_id: str | None = None
    batch_id: str | None = None
    cost_paise: int | None = None
    reason: str | None = None
    batch_no: str | None = None
    expires_on: str | None = None


Moved = tuple[Product, list[Movement]]


BY_CLOCK = "clock"
"""Who does what nobody does."""


def settle_expired(product: Product, cause: Cause) -> Moved:
    """Takes expired goods out, as many as are free; what orders hold of them stays, and is short."""
    wasted = min(expired_quantity(product.batches, cause.today), product.stock)
    if wasted <= 0:
        return product, []
    batches, picks = take_expired(product.batches, wasted, cause.today)
    # Whoever happens to come first on a new day has not written it off.
    product, movements = _move_picks(product, WASTED, picks, cause._replace(by=BY_CLOCK), reason="expired")
    return changed(product, batches=batches), movements


def without_expired(product: Product, today: str) -> Product:
    """The product as `settle_expired` would leave it, to be looked at only: nothing is written, the version stays."""
    wasted = min(expired_quantity(product.batches, today), product.stock)
    if wasted <= 0:
        return product
    batches, _ = take_expired(product.batches, wasted, today)
    return product._replace(stock=product.stock - wasted, batches=batches)


def hold(product: Product, quantity: int, cause: Cause) -> Moved:
    """Keeps `quantity` for an order. Raises OutOfStock when less is free, or the product was taken from sale."""
    product, wasted = settle_expired(product, cause)
    available = product.stock if product.deleted_at is None else 0
    if quantity > available:
        raise _out_of_stock(product, quantity, available)
    product, held = _move(product, HELD, quantity, cause)
    return product, [*wasted, held]


def release(product: Product, quantity: int, cause: Cause) -> Moved:
    """Gives back what an order held; of that, what has expired meanwhile is wasted at once."""
    product, released = _move(product, RELEASED, quantity, cause)
    product, wasted = settle_expired(product, cause)
    return product, [released, *wasted]


def consume(product: Product, quantity: int, cause: Cause) -> tuple[Product, list[Movement], tuple[Pick, ...], int]:
    """Packs what an order held, first expired first out, never expired goods.

    Gives also the picks and how much is missing; what is missing is released, and so wasted as far as it has expired.
    """
    product, movements = settle_expired(product, cause)
    batches, picks = take_good(product.batches, quantity, cause.today)
    product, sold = _move_picks(product, SOLD, picks, cause)
    product = changed(product, batches=batches)
    movements += sold
    missing = quantity - sum(pick.quantity for pick in picks)
    if missing:
        product, released = release(product, missing, cause)
        movements += released
    return product, movements, picks, missing


def take_back(product: Product, picks: Iterable[Pick], cause: Cause) -> Moved:
    """Puts packed goods back on the shelf, into the batches they came from; expired ones are wasted at once."""
    picks = tuple(picks)
    product, returned = _move_picks(product, RETURNED, picks, cause)
    product, wasted = settle_expired(changed(product, batches=put_back(product.batches, picks)), cause)
    return product, returned + wasted


def receive(product: Product, batch: Batch, cause: Cause) -> Moved:
    """Takes a new batch in. Raises InvalidInput when it has expired already or is beyond counting."""
    if batch.expires_on is not None and batch.expires_on < cause.today:
        raise wrong_field("/expiresOn", f"This batch expired on {batch.expires_on}; it cannot be put on sale.")
    if product.stock + product.held + batch.quantity > MOST_OF_ONE:
        raise _too_many()
    product, received = _move(product, RECEIVED, batch.quantity, cause, pick_of(batch, batch.quantity))
    return changed(product, batches=(*product.batches, batch), restock_on=None), [received]


def count(product: Product, on_shelf: int, cause: Cause, new_batch_id: str) -> Moved:
    """Sets what lies on the shelf (stock and held) to what was counted.

    What is missing left the batches first expired first; what is more goes into the newest, or into a new one. Of what
    was counted, that which has expired and no order needs any more is wasted at once. Raises Conflict when less was
    counted than open orders hold.
    """
    product, movements = settle_expired(product, cause)
    if on_shelf < product.held:
        raise Conflict(
            f"{product.held} of {product.name} are kept for open orders; "
            f"cancel or pack some of those before counting {on_shelf}."
        )
    if on_shelf > MOST_OF_ONE:
        raise _too_many()
    difference = on_shelf - product.stock - product.held
    if not difference:
        return product, movements
    if difference < 0:
        batches, _ = take(product.batches, -difference)
    else:
        batches = _add_to_newest(product, difference, cause, new_batch_id)
    product, counted = _move(product, COUNTED, difference, cause)
    product, wasted = settle_expired(changed(product, batches=batches), cause)
    return product, [*movements, counted, *wasted]


def set_free(product: Product, stock: int, cause: Cause, new_batch_id: str) -> Moved:
    """Sets what is free to sell, as a count of that and what is held."""
    product, movements = settle_expired(product, cause)
    while product.stock != stock:
        # Once more when expired goods, which only orders had kept, were wasted by the count.
        product, counted = count(product, stock + product.held, cause, new_batch_id)
        movements += counted
    return product, movements


def waste(product: Product, quantity: int, cause: Cause, batch_id: str | None = None) -> Moved:
    """Takes broken or spoilt goods out, of one batch or first expired first. Raises Conflict when fewer are free."""
    product, movements = settle_expired(product, cause)
    source = product.batches if batch_id is None else tuple(b for b in product.batches if b.id == batch_id)
    most = min(product.stock, total(source))
    if quantity > most:
        raise Conflict(f"Only {most} of {product.name} are free to be written off.")
    rest = tuple(b for b in product.batches if b not in source)
    after, picks = take(source, quantity)
    product, wasted = _move_picks(product, WASTED, picks, cause)
    return changed(product, batches=rest + after), movements + wasted


def short_quantity(product: Product, today: str) -> int:
    """How much of what orders hold has expired and cannot be packed."""
    return max(0, product.held - good_quantity(product.batches, today))


def preview_cost(product: Product, quantity: int, today: str) -> int | None:
    """What `quantity` cost the shop, in paise, by the batches that would go first; None when that is not known."""
    return cost_of(pick_good(product.batches, quantity, today), product)


def cost_of(picks: Iterable[Pick], product: Product) -> int | None:
    """What the picked goods cost, in paise: each batch's cost or else the product's; None when one is not known."""
    total_cost = 0
    for pick in picks:
        cost = pick.cost_paise if pick.cost_paise is not None else product.cost_paise
        if cost is None:
            return None
        total_cost += _cost(cost, pick.quantity, product.sold_by)
    return total_cost


def _cost(cost_paise: int, quantity: int, sold_by: str) -> int:
    return cost_paise * quantity if sold_by == PIECE else (cost_paise * quantity + 500) // 1000


def _add_to_newest(product: Product, quantity: int, cause: Cause, new_batch_id: str) -> tuple[Batch, ...]:
    good = [batch for batch in product.batches if not is_expired(batch, cause.today)]
    if not good:
        return (*product.batches, Batch(new_batch_id, quantity, cause.at, cost_paise=product.cost_paise))
    newest = max(good, key=lambda batch: batch.received_at)
    return put_back(product.batches, [pick_of(newest, quantity)])


def _out_of_stock(product: Product, requested: int, available: int) -> OutOfStock:
    unit = " g" if product.sold_by == WEIGHT else ""
    detail = f"Only {available}{unit} of {product.name} left." if available else f"{product.name} is sold out."
    return OutOfStock(detail, extra={"lines": [{"id": product.id, "requested": requested, "available": available}]})


def _too_many() -> InvalidInput:
    return wrong_field("/quantity", "That is more than a shop can hold; please check the number.")


def _move_picks(
    product: Product, kind: str, picks: Iterable[Pick], cause: Cause, reason: str | None = None
) -> tuple[Product, list[Movement]]:
    movements = []
    for pick in picks:
        product, movement = _move(product, kind, pick.quantity, cause, pick, reason)
        movements.append(movement)
    return product, movements


def _move(
    product: Product, kind: str, quantity: int, cause: Cause, pick: Pick | None = None, reason: str | None = None
) -> tuple[Product, Movement]:
    """Changes the two figures as `kind` does, and says so in a movement; the batches are the caller's."""
    stock_sign, held_sign = _SIGNS[kind]
    product = changed(product, stock=product.stock + stock_sign * quantity, held=product.held + held_sign * quantity)
    batch_id = pick.batch_id if pick else None
    return product, Movement(
        id=f"{cause.key}:{product.id}:{batch_id or ''}:{kind}",
        shop_id=product.shop_id,
        product_id=product.id,
        kind=kind,
        quantity=quantity,
        stock_change=stock_sign * quantity,
        held_change=held_sign * quantity,
        stock_after=product.stock,
        held_after=product.held,
        at=cause.at,
        by=cause.by,
        order_id=cause.order_id,
        batch_id=batch_id,
        cost_paise=pick.cost_paise if pick else None,
        reason=reason or cause.reason,
        batch_no=pick.batch_no if pick else None,
        expires_on=pick.expires_on if pick else None,
    )


_SIGNS = {
    RECEIVED: (1, 0),
    HELD: (-1, 1),
    RELEASED: (1, -1),
    SOLD: (0, -1),
    RETURNED: (1, 0),
    WASTED: (-1, 0),
    COUNTED: (1, 0),
}
"""By how much one of each kind changes stock and held."""
