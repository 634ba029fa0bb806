"""What an order keeps from sale: holding, releasing, packing and taking back all of its lines together, or none.

Every function takes the products concerned by id, and gives those that changed and their movements.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shop_server.errors import Conflict, OutOfStock
from shop_server.rules import stock
from shop_server.rules.order import Line, line_total
from shop_server.rules.product import Product
from shop_server.rules.stock import Cause, Movement

Products = Mapping[str, Product]


@dataclass(frozen=True, slots=True)
class Goods:
    """The products after a move, by id, and the movements it left in their stock books."""

    products: dict[str, Product]
    movements: list[Movement]


@dataclass(frozen=True, slots=True)
class Packed:
    """Goods packed into `lines`: with their picks, and smaller where goods were missing, `missing` by product."""

    goods: Goods
    lines: tuple[Line, ...]
    missing: dict[str, int]


def hold_all(wanted: Mapping[str, int], products: Products, cause: Cause) -> Goods:
    """Holds every wanted quantity, or raises OutOfStock that lists each product that is short."""
    goods = Goods({}, [])
    refusals = []
    for product_id, quantity in wanted.items():
        try:
            _add(goods, *stock.hold(products[product_id], quantity, cause))
        except OutOfStock as refusal:
            refusals.append(refusal)
    if refusals:
        lines = [line for refusal in refusals for line in refusal.extra["lines"]]
        raise OutOfStock(" ".join(refusal.detail for refusal in refusals), extra={"lines": lines})
    return goods


def release_all(lines: Iterable[Line], products: Products, cause: Cause) -> Goods:
    goods = Goods({}, [])
    for line in lines:
        _add(goods, *stock.release(products[line.product_id], line.quantity, cause))
    return goods


def pack_all(lines: Iterable[Line], products: Products, cause: Cause) -> Packed:
    """Packs what is good of every line. Raises Conflict when nothing is: such an order can only be cancelled."""
    goods = Goods({}, [])
    packed: list[Line] = []
    missing: dict[str, int] = {}
    for line in lines:
        product, movements, picks, lacks = stock.consume(products[line.product_id], line.quantity, cause)
        _add(goods, product, movements)
        if lacks:
            missing[line.product_id] = lacks
        quantity = line.quantity - lacks
        if quantity:
            packed.append(
                line._replace(
                    quantity=quantity,
                    line_total_paise=line_total(line.unit_price_paise, quantity, line.sold_by),
                    cost_paise=stock.cost_of(picks, product),
                    picks=picks,
                )
            )
    if not packed:
        raise Conflict("Everything in this order has expired. Cancel it; the customer gets the money back.")
    return Packed(goods, tuple(packed), missing)


def take_back_all(lines: Iterable[Line], products: Products, cause: Cause) -> Goods:
    goods = Goods({}, [])
    for line in lines:
        _add(goods, *stock.take_back(products[line.product_id], line.picks, cause))
    return goods


def quantities(items: Iterable[tuple[str, int]]) -> dict[str, int]:
    """How much of each product is wanted: the same product on two lines is summed."""
    wanted: dict[str, int] = {}
    for product_id, quantity in items:
        wanted[product_id] = wanted.get(product_id, 0) + quantity
    return wanted


def _add(goods: Goods, product: Product, movements: list[Movement]) -> None:
    goods.products[product.id] = product
    goods.movements.extend(movements)
