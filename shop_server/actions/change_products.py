"""The shopkeeper enters her goods, changes them, and takes them from sale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shop_server.context import Context, Once, Page
from shop_server.errors import (
    Conflict,
    Duplicate,
    FieldError,
    InvalidInput,
    NotFound,
    ShopError,
    StaleVersion,
    wrong_field,
)
from shop_server.rules import stock
from shop_server.rules.batch import Batch, check_days
from shop_server.rules.catalogue import card, check_may_change, deeds, new_product, revised, with_batch_days
from shop_server.rules.category import Category
from shop_server.rules.errand import CHANGED, NEW, REFUSED, UNCHANGED
from shop_server.rules.person import STAFF, Person
from shop_server.rules.product import Product, changed
from shop_server.rules.product_sheet import Difference, Outcome, Wish, check_is_whole, differences
from shop_server.rules.shop_time import business_day
from shop_server.rules.stock import Cause
from shop_server.rules.text import name_key

ROWS_AT_ONCE = 25
"""So many rows of a bulk change are one action: others' orders pass between."""


@dataclass(frozen=True, slots=True)
class ProductWish:
    """What is to be set of a product: `fields` as in rules.product.Product, and what needs more than setting a field.

    `batch` holds expires_on, manufactured_on and batch_no, for its one batch. What was not given is left alone.
    """

    fields: Mapping[str, Any]
    category: str | None = None
    stock: int | None = None
    batch: Mapping[str, Any] = field(default_factory=dict)


def add_product(context: Context, person: Person, wish: ProductWish, once: Once | None) -> dict[str, Any]:
    """Enters a product, with a first batch when there is stock, and its category when that is new. Gives its card.

    Raises Duplicate for a name that the shop has already, InvalidInput for a price above the MRP or days that cannot be.
    """
    assert person.shop_id is not None
    shop_id, spare_ids = person.shop_id, (context.new_id(), context.new_id(), context.new_id())

    def decide(page: Page) -> dict[str, Any]:
        product, category = _enter(page, person, wish, spare_ids)
        shop = page.shop(shop_id)
        return card(product, shop, category.name, business_day(page.now, shop.timezone))

    return context.books.write(
        decide,
        once=once,
        product_names=_product_names(shop_id, [wish]),
        categories_by_name=_category_names(shop_id, [wish]),
    )


def change_product(
    context: Context, person: Person, product_id: str, wish: ProductWish, expected_version: int | None = None
) -> bool:
    """Sets what the wish says; `stock` is what is free to sell, as a counted movement. Says whether anything changed.

    Raises NotFound, StaleVersion for another version than expected, NotAllowed for what this person may not change,
    Duplicate for a name that is taken, Conflict where a batch must be chosen, InvalidInput.
    """
    spare_ids = (context.new_id(), context.new_id())

    def decide(page: Page) -> bool:
        product = _own(page, person, product_id)
        if expected_version not in (None, product.version):
            raise StaleVersion("This product was changed by someone else meanwhile. Please look at it again.")
        return _apply(page, person, product, wish, spare_ids)

    return context.books.write(decide, products=(product_id,))


def change_products(
    context: Context, person: Person, wishes: Sequence[tuple[str, ProductWish]]
) -> list[ShopError | None]:
    """Changes many products, each by itself: what is wrong with one leaves the others alone. Gives what refused each."""
    refusals: list[ShopError | None] = []
    for start in range(0, len(wishes), ROWS_AT_ONCE):
        rows = wishes[start : start + ROWS_AT_ONCE]
        try:
            refusals += _change_slice(context, person, rows)
        except ShopError as refusal:
            # The records are away, or others are in the way: what went before stands.
            refusals += [refusal] * len(rows)
    return refusals


class _Shown(ShopError):
    """A preview is over: as a refusal it leaves no trace in the books."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__("This was a preview.")
        self.outcomes = outcomes


def set_products(
    context: Context, person: Person, wishes: Sequence[Wish], *, preview: bool, once: Once | None
) -> list[Outcome]:
    """Sets the products of a list, known by their names, and enters those that are not there; each by itself.

    A preview decides all the same, and writes nothing, so it comes without a key. At most ROWS_AT_ONCE, so that others'
    orders pass between; all of them are one action in the books.
    """
    assert person.shop_id is not None
    assert len(wishes) <= ROWS_AT_ONCE
    shop_id = person.shop_id
    spare_ids = [(context.new_id(), context.new_id(), context.new_id()) for _ in wishes]

    def decide(page: Page) -> list[Outcome]:
        ids = [page.find_product_named(shop_id, name_key(wish.name)) for wish in wishes]
        known = page.find_products(id_ for id_ in ids if id_ is not None)
        page.foresee("current_categories", {product.category_id for product in known.values()})
        outcomes = []
        for wish, id_, spare in zip(wishes, ids, spare_ids, strict=True):
            try:
                outcomes.append(_set(page, person, wish, known.get(id_ or ""), spare))
            except ShopError as refusal:
                outcomes.append(_outcome(REFUSED, errors=_errors(refusal)))
        if preview:
            raise _Shown(outcomes)
        return outcomes

    try:
        return context.books.write(
            decide,
            once=once,
            product_names=[Page.named(shop_id, name_key(wish.name)) for wish in wishes],
            categories_by_name=[Page.named(shop_id, name_key(wish.category)) for wish in wishes if wish.category],
        )
    except _Shown as shown:
        return shown.outcomes


def take_from_sale(context: Context, person: Person, product_id: str) -> str:
    """Takes a product from sale for good and gives its name. Old orders keep what they say of it.

    Raises NotFound, Conflict while open orders hold it.
    """

    def decide(page: Page) -> str:
        product = _own(page, person, product_id)
        product, movements = stock.settle_expired(product, _cause(page, person, product))
        if product.held:
            raise Conflict(f"Open orders hold {product.name}. Deliver or cancel those before taking it from sale.")
        if product.picture_id is not None:
            page.remove("pictures", product.picture_id)
        gone = changed(product, deleted_at=page.now, picture_id=None)
        page.keep_products([gone], movements)
        page.tell_of_product(gone)
        page.audit(person.user_id, "product-removed", gone.id, gone.shop_id, name=gone.name)
        return product.name

    return context.books.write(decide, products=(product_id,))


def change_picture(context: Context, person: Person, product_id: str, raw: bytes | str) -> str:
    """Gives a product another picture, from the bytes of a file or from a data URL. Gives the new picture's id.

    Raises NotFound, InvalidInput for what is no picture.
    """
    picture = context.images.keep(raw) if isinstance(raw, bytes) else context.images.keep_data_url(raw)
    picture_id = context.new_id()

    def decide(page: Page) -> str:
        product = _own(page, person, product_id)
        product, movements = stock.settle_expired(product, _cause(page, person, product))
        if product.picture_id is not None:
            page.remove("pictures", product.picture_id)
        kept = {"_id": picture_id, "shop_id": product.shop_id, "product_id": product.id, "at": page.now}
        page.insert("pictures", {**kept, "large": picture.large, "small": picture.small})
        shown = changed(product, picture_id=picture_id)
        page.keep_products([shown], movements)
        page.tell_of_product(shown)
        page.audit(person.user_id, "product-changed", shown.id, shown.shop_id, name=shown.name, fields=["picture_id"])
        return picture_id

    return context.books.write(decide, products=(product_id,))


def _change_slice(context: Context, person: Person, rows: Sequence[tuple[str, ProductWish]]) -> list[ShopError | None]:
    spare_ids = [(context.new_id(), context.new_id()) for _ in rows]

    def decide(page: Page) -> list[ShopError | None]:
        moving = page.find_products(product_id for product_id, wish in rows if wish.category is not None)
        page.foresee("current_categories", {product.category_id for product in moving.values()})
        refusals: list[ShopError | None] = []
        for (product_id, wish), spare in zip(rows, spare_ids, strict=True):
            try:
                _apply(page, person, _own(page, person, product_id), wish, spare)
            except ShopError as refusal:
                refusals.append(refusal)
            else:
                refusals.append(None)
        return refusals

    shop_id, all_wishes = person.shop_id or "", [wish for _, wish in rows]
    return context.books.write(
        decide,
        products=[product_id for product_id, _ in rows],
        product_names=_product_names(shop_id, all_wishes),
        categories_by_name=_category_names(shop_id, all_wishes),
    )


def _product_names(shop_id: str, wishes: Sequence[ProductWish]) -> list[str]:
    """The names that the wishes will ask for, so that they are read all at once."""
    return [Page.named(shop_id, name_key(wish.fields["name"])) for wish in wishes if "name" in wish.fields]


def _category_names(shop_id: str, wishes: Sequence[ProductWish]) -> list[str]:
    """The same for categories."""
    return [Page.named(shop_id, name_key(wish.category)) for wish in wishes if wish.category is not None]


def _set(page: Page, person: Person, wish: Wish, product: Product | None, spare_ids: tuple[str, str, str]) -> Outcome:
    """Enters the product of a row, or sets what the row says of the one that is there."""
    if product is None:
        check_is_whole(wish)
        fields = {"name": wish.name, **wish.fields}
        _enter(page, person, ProductWish(fields, wish.category, wish.stock, wish.batch), spare_ids)
        return _outcome(NEW)
    before = _own(page, person, product.id)
    _apply(page, person, before, ProductWish(wish.fields, wish.category, wish.stock, wish.batch), spare_ids[:2])
    after = page.product(product.id)
    categories = {id_: page.current_category(id_).name for id_ in (before.category_id, after.category_id)}
    found = differences(wish, before, after, categories)
    return _outcome(CHANGED, found) if found else _outcome(UNCHANGED)


def _outcome(outcome: str, differences: Sequence[Difference] = (), errors: Sequence[FieldError] = ()) -> Outcome:
    return {
        "outcome": outcome,
        "differences": [difference._asdict() for difference in differences],
        "errors": [error._asdict() for error in errors],
    }


def _errors(refusal: ShopError) -> Sequence[FieldError]:
    return refusal.errors if isinstance(refusal, InvalidInput) else [FieldError("", refusal.detail)]


def _enter(page: Page, person: Person, wish: ProductWish, spare_ids: tuple[str, str, str]) -> tuple[Product, Category]:
    """Enters a product with its first batch. Nothing is kept before all of it has proved possible."""
    assert person.shop_id is not None
    assert wish.category is not None
    product_id, batch_id, category_id = spare_ids
    cause = Cause(page.key, page.now, person.user_id, business_day(page.now, page.shop(person.shop_id).timezone))
    check_days(wish.batch.get("manufactured_on"), wish.batch.get("expires_on"), cause.today)
    found = page.find_category_named(person.shop_id, name_key(wish.category))
    product = new_product(product_id, person.shop_id, found.id if found else category_id, page.now, wish.fields)
    _check_name_is_free(page, person.shop_id, product.name)
    movements: list[stock.Movement] = []
    if wish.stock:
        batch = Batch(batch_id, wish.stock, page.now, cost_paise=product.cost_paise, **wish.batch)
        product, movements = stock.receive(product, batch, cause)
        product = product._replace(version=1, restock_on=wish.fields.get("restock_on"))
    category = _category(page, person, wish.category, category_id)
    page.keep_products([product], movements)
    page.tell_of_product(product)
    page.audit(person.user_id, "product-added", product.id, person.shop_id, name=product.name)
    return product, category


def _apply(page: Page, person: Person, product: Product, wish: ProductWish, spare_ids: tuple[str, str]) -> bool:
    """Sets what the wish says. Nothing is kept before all of it has proved possible."""
    cause = _cause(page, person, product)
    before, movements = stock.settle_expired(product, cause)
    after = revised(before, wish.fields)
    if wish.stock is not None:
        after, counted = stock.set_free(after, wish.stock, cause, spare_ids[0])
        movements += counted
    if len(before.batches) > 1:
        # They say what the product shows, or are refused; the one batch that a count leaves is not meant.
        with_batch_days(before, wish.batch, cause.today)
    else:
        after = with_batch_days(after, wish.batch, cause.today)
    if after.name_key != before.name_key:
        _check_name_is_free(page, product.shop_id, after.name)
    check_may_change(person, before, after)
    if wish.category is not None:
        after = _in_category(page, person, after, wish.category, spare_ids[1])
    if after is before:
        return False
    page.keep_products([after], movements)
    page.tell_of_product(after)
    for act, details in deeds(before, after).items():
        page.audit(person.user_id, act, after.id, after.shop_id, name=after.name, **details)
    return True


def _in_category(page: Page, person: Person, product: Product, name: str, new_id: str) -> Product:
    found = page.find_category_named(product.shop_id, name_key(name))
    if found is not None and found.id == product.category_id:
        return product
    moved = changed(product, category_id=found.id if found else new_id)
    check_may_change(person, product, moved)
    return changed(moved, category_id=_category(page, person, name, new_id).id)


def _category(page: Page, person: Person, name: str, new_id: str) -> Category:
    """The category of this name in her shop. When there is none the shopkeeper makes one; staff have to ask for it."""
    assert person.shop_id is not None
    shop_id = person.shop_id
    found = page.find_category_named(shop_id, name_key(name))
    if found is None:
        if person.role == STAFF:
            raise wrong_field("/category", f"There is no category called {name}. Ask the shopkeeper for it first.")
        found = Category(new_id, shop_id, name, name_key(name), page.now)
        page.keep_category(found)
    return found


def _check_name_is_free(page: Page, shop_id: str, name: str) -> None:
    if page.find_product_named(shop_id, name_key(name)) is not None:
        raise Duplicate(f"There is a product called {name} already.", extra={"field": "name"})


def _own(page: Page, person: Person, product_id: str) -> Product:
    product = page.product(product_id)
    if product.shop_id != person.shop_id or product.deleted_at is not None:
        raise NotFound("There is no such product.")
    return product


def _cause(page: Page, person: Person, product: Product) -> Cause:
    return Cause(page.key, page.now, person.user_id, business_day(page.now, page.shop(product.shop_id).timezone))
