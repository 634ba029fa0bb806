"""The admin looks after the shops of the installation: lets them in, suspends them, and lets them come back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from shop_server.context import Context, Page
from shop_server.rules.account import User
from shop_server.rules.person import Person
from shop_server.rules.shop import Shop

_TOLD = {
    ("approved", True): ("shop-approved", "Your shop is approved: customers can see it now."),
    ("approved", False): ("shop-approval-withdrawn", "Your shop is no longer approved: customers do not see it."),
    ("suspended", True): (
        "shop-suspended",
        "Your shop is suspended: it takes no orders. Please finish the open ones and pay back what is due.",
    ),
    ("suspended", False): ("shop-reactivated", "Your shop is no longer suspended."),
}
"""For each change: how the audit log calls it, and what the shop is told."""


def list_shops_with_owners(
    context: Context, state: Mapping[str, bool], limit: int, after: tuple[datetime, str] | None
) -> tuple[list[Shop], dict[str, User]]:
    """Shops in whatever state, the newest first, and their owners by id."""
    shops = context.shops.list_newest(state, limit, after)
    return shops, context.users.list_by_ids(shop.owner_id for shop in shops)


def read_shop_with_owner(context: Context, shop_id: str) -> tuple[Shop, User | None]:
    """A shop in whatever state, and whose it is. Raises NotFound."""
    shop = context.shops.get(shop_id)
    return shop, context.users.find(shop.owner_id)


def change_shop_state(context: Context, admin: Person, shop_id: str, wanted: Mapping[str, bool]) -> None:
    """Approves or suspends a shop, or takes either back; `wanted` says which: approved, suspended.

    A suspended shop is off the street and takes no orders; what is open can be finished, and money paid back. The shop
    is told, in the same commit. Raises NotFound.
    """

    def decide(page: Page) -> None:
        shop = page.shop(shop_id)
        changes = {name: value for name, value in wanted.items() if value != getattr(shop, name)}
        if not changes:
            return
        page.update("shops", {"_id": shop_id}, {"$set": changes, "$inc": {"version": 1}})
        for change in changes.items():
            act, words = _TOLD[change]
            page.audit(admin.user_id, act, shop_id, shop_id)
            page.notify(words, "/dashboard.html#settings", kind="notice", shop_id=shop_id)
        page.tell("shop", shop_id, shop_id)

    context.books.write(decide, shops=(shop_id,))
