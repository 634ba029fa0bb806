"""The shopkeeper changes her shop's settings, and where her customers' money goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shop_server.context import Context
from shop_server.errors import NotFound, wrong_field
from shop_server.rules.person import Person
from shop_server.rules.shop import Shelf, Shop, is_open_to_customers
from shop_server.rules.upi import payee_link, upi_id_of_qr


def list_shops(context: Context) -> list[Shop]:
    """The shops that customers see, by name."""
    return context.shops.list_approved()


def list_shelves(context: Context, shops: Sequence[Shop]) -> dict[str, list[Shelf]]:
    """The categories of these shops, by shop, with how many products are in each."""
    return context.shops.list_shelves([shop.id for shop in shops])


def read_shop(context: Context, shop_id: str, person: Person | None) -> Shop:
    """A shop that customers see, or one's own. Raises NotFound."""
    shop = context.shops.get(shop_id)
    own = person is not None and person.shop_id == shop.id
    if not (own or is_open_to_customers(shop)):
        raise NotFound("There is no such shop.")
    return shop


def read_own_shop(context: Context, person: Person) -> Shop:
    """The shop she works in."""
    assert person.shop_id is not None
    return context.shops.get(person.shop_id)


def change_shop(context: Context, person: Person, changes: Mapping[str, Any]) -> Shop:
    """Sets these settings of her shop. Orders already placed keep the terms they were placed on.

    With another UPI id the picture of the QR goes, as it pays the old one.
    """
    return _change(context, person, lambda shop: _without_stale_picture(shop, dict(changes)))


def change_qr(context: Context, person: Person, changes: Mapping[str, str | None]) -> Shop:
    """Sets where customers pay: `upi_id`, the picture of the shop's QR (`qr_code_url`, a data URL), or both.

    The picture fills a UPI id that is empty. None takes either away. Raises InvalidInput for a picture that holds no UPI
    QR, or another UPI id than the shop's.
    """
    picture = changes.get("qr_code_url")
    texts, kept = context.images.keep_qr(picture) if picture else ([], None)

    def decide(shop: Shop) -> dict[str, Any]:
        upi_id = changes.get("upi_id", shop.upi_id)
        if picture:
            return {"upi_id": upi_id_of_qr(texts, upi_id), "qr_picture": kept}
        if "qr_code_url" in changes:
            return {"upi_id": upi_id, "qr_picture": None}
        return _without_stale_picture(shop, {"upi_id": upi_id})

    return _change(context, person, decide)


def read_qr(context: Context, person: Person, shop_id: str | None) -> tuple[str, str | None]:
    """A shop's QR as a data URL, her own picture or one drawn from her UPI id, and the UPI id.

    Without `shop_id` one's own shop, or the only one there is. Raises InvalidInput when it must be said which one, NotFound
    when nothing is set: never a made-up one.
    """
    shop = read_shop(context, shop_id or person.shop_id or _only_shop(context), person)
    if shop.qr_picture:
        return shop.qr_picture, shop.upi_id
    if shop.upi_id:
        return context.upi_qr.data_url(payee_link(shop.upi_id, shop.name)), shop.upi_id
    raise NotFound(f"{shop.name} has not set a UPI id yet.")


def _only_shop(context: Context) -> str:
    shops = context.shops.list_approved()
    if len(shops) != 1:
        raise wrong_field("/shopId", "Say which shop.")
    return shops[0].id


def _change(context: Context, person: Person, decide: Callable[[Shop], dict[str, Any]]) -> Shop:
    assert person.shop_id is not None
    seen: list[Shop] = []

    def look_and_decide(shop: Shop) -> dict[str, Any]:
        seen.append(shop)
        return decide(shop)

    shop = context.shops.change(person.shop_id, look_and_decide)
    context.announcements.tell("shop", [shop.id], shop.id)
    if shop.upi_id != seen[-1].upi_id:
        # Where the money goes is the first thing that a thief would change.
        details = {"before": seen[-1].upi_id, "after": shop.upi_id}
        context.audit.note(context.clock.now(), person.user_id, "upi-changed", shop.id, shop.id, **details)
    return shop


def _without_stale_picture(shop: Shop, changes: dict[str, Any]) -> dict[str, Any]:
    if "upi_id" in changes and (changes["upi_id"] or "").lower() != (shop.upi_id or "").lower():
        changes["qr_picture"] = None
    return changes
