"""The catalogue: how a product is entered and changed, and its card, which is what people see of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shop_server.errors import Conflict, NotAllowed, PermitNeeded, wrong_field
from shop_server.rules import stock
from shop_server.rules.batch import Batch, check_days, nearest_expiry, pick
from shop_server.rules.person import Person
from shop_server.rules.product import Product, changed, is_low
from shop_server.rules.shop import Shop
from shop_server.rules.text import name_key, search_words

PRICE_FIELDS = frozenset({"price_paise", "mrp_paise", "cost_paise"})
"""What takes the permission `prices` to change; everything else of a product takes `inventory`."""

_LOOKED_AT = (
    *("name", "category_id", "price_paise", "mrp_paise", "cost_paise", "sold_by", "unit", "description", "barcode"),
    *("hsn", "tax_basis_points", "low_stock_at", "restock_on", "picture_id", "stock", "batches"),
)


def new_product(
    product_id: str, shop_id: str, category_id: str, created_at: datetime, fields: Mapping[str, Any]
) -> Product:
    """A product without goods; `fields` are the rest of its fields. Raises InvalidInput for a price above the MRP."""
    product = Product(
        id=product_id,
        shop_id=shop_id,
        category_id=category_id,
        name_key=name_key(fields["name"]),
        words=_words(fields["name"], fields.get("barcode")),
        stock=0,
        held=0,
        batches=(),
        version=1,
        created_at=created_at,
        **fields,
    )
    _check_price(product)
    return product


def revised(product: Product, fields: Mapping[str, Any]) -> Product:
    """The product with these fields set; the very same when nothing differs.

    Raises InvalidInput for a price above the MRP, Conflict when it would be sold by another measure while orders hold some.
    """
    other = {name: value for name, value in fields.items() if getattr(product, name) != value}
    if not other:
        return product
    if "sold_by" in other and product.held:
        raise Conflict(f"Open orders hold some of {product.name}; they must go out before it is sold another way.")
    after = changed(product, **other)
    _check_price(after)
    return after._replace(name_key=name_key(after.name), words=_words(after.name, after.barcode))


def with_batch_days(product: Product, fields: Mapping[str, Any], today: str) -> Product:
    """The product with these fields (expires_on, manufactured_on, batch_no) set on its one batch.

    Without goods there is nothing to set them on. Raises Conflict when there are several batches and something differs
    from what the product shows, which is the batch that goes out first; InvalidInput for days that cannot be.
    """
    if not fields or not product.batches:
        return product
    if len(product.batches) == 1:
        return with_batch(product, product.batches[0], fields, today)
    if any(_differs_from_first_out(product, name, value) for name, value in fields.items()):
        raise Conflict(f"There are {len(product.batches)} batches of {product.name}; change the batch instead.")
    return product


def _differs_from_first_out(product: Product, name: str, value: str | None) -> bool:
    shown = next((getattr(first_out, name) for first_out in pick(product.batches, 1)), None)
    # No day to expire on is a wish; the others are left empty by who does not know them.
    return value != shown and (value is not None or name == "expires_on")


def with_batch(product: Product, batch: Batch, fields: Mapping[str, Any], today: str) -> Product:
    """The product with these fields set on one of its batches. Raises InvalidInput for days that cannot be."""
    edited = batch._replace(**fields)
    if edited == batch:
        return product
    if (edited.expires_on, edited.manufactured_on) != (batch.expires_on, batch.manufactured_on):
        check_days(edited.manufactured_on, edited.expires_on, today)
    return changed(product, batches=tuple(edited if other.id == batch.id else other for other in product.batches))


def check_may_change(person: Person, before: Product, after: Product) -> None:
    """Raises NotAllowed when the person may not change what differs, PermitNeeded when she may only with a permit."""
    differing = {name for name in _LOOKED_AT if getattr(before, name) != getattr(after, name)}
    if differing & PRICE_FIELDS and not person.may("prices"):
        raise NotAllowed("You may not change prices here. Please ask the shopkeeper.")
    if differing - PRICE_FIELDS and not person.may("inventory"):
        raise NotAllowed("You may change prices only. Please ask the shopkeeper.")
    if differing - PRICE_FIELDS and not person.has_permit:
        raise PermitNeeded


def deeds(before: Product, after: Product) -> dict[str, dict[str, Any]]:
    """What a change of a product is called in the audit log, with its details; stock has a book of its own."""
    differing = [name for name in _LOOKED_AT if name != "stock" and getattr(before, name) != getattr(after, name)]
    priced = {
        name.removesuffix("_paise"): [getattr(before, name), getattr(after, name)]
        for name in differing
        if name in PRICE_FIELDS
    }
    others = [name for name in differing if name not in PRICE_FIELDS]
    if before.stock != after.stock and "batches" in others:
        others.remove("batches")
    found: dict[str, dict[str, Any]] = {"product-priced": {"prices": priced}} if priced else {}
    return found | ({"product-changed": {"fields": others}} if others else {})


def check_batch_prices(person: Person, batch: Batch, fields: Mapping[str, Any]) -> None:
    """Raises NotAllowed when `fields` would change the batch's cost or MRP and the person may not."""
    differs = any(name in fields and fields[name] != getattr(batch, name) for name in ("cost_paise", "mrp_paise"))
    if differs and not person.may("prices"):
        raise NotAllowed("You may not change prices here. Please ask the shopkeeper.")


def card(product: Product, shop: Shop, category: str, today: str) -> dict[str, Any]:
    """All that the shop shows of a product today, as plain values; what has expired is no longer counted."""
    product = stock.without_expired(product, today)
    return {
        "id": product.id,
        "name": product.name,
        "category": category,
        "price_paise": product.price_paise,
        "mrp_paise": product.mrp_paise,
        "stock": product.stock,
        "unit": product.unit,
        "sold_by": product.sold_by,
        "description": product.description,
        "picture_id": product.picture_id,
        "shop_id": shop.id,
        "shop_name": shop.name,
        "shopkeeper_id": shop.owner_id,
        "expires_on": nearest_expiry(product.batches),
        "restock_on": product.restock_on,
        "low_stock": is_low(product, shop.low_stock_at),
        "version": product.version,
        "created_at": product.created_at,
        "cost_paise": product.cost_paise,
        "held": product.held,
        "low_stock_at": product.low_stock_at,
        "barcode": product.barcode,
        "hsn": product.hsn,
        "tax_basis_points": product.tax_basis_points,
        "batches": [_batch_card(batch) for batch in product.batches],
    }


def _batch_card(batch: Batch) -> dict[str, Any]:
    return {name: getattr(batch, name) for name in _BATCH_FIELDS}


_BATCH_FIELDS = (
    "id", "quantity", "received_at", "expires_on", "manufactured_on", "batch_no", "cost_paise", "mrp_paise",
)  # fmt: skip


def _check_price(product: Product) -> None:
    if product.mrp_paise is not None and product.price_paise > product.mrp_paise:
        raise wrong_field("/price", "Price: this is more than the MRP printed on it.")


def _words(name: str, barcode: str | None) -> tuple[str, ...]:
    """What it is found by: the words of its name, and its barcode for who scans it."""
    return tuple(dict.fromkeys([*search_words(name), *search_words(barcode or "")]))
