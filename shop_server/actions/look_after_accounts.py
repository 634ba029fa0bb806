"""The admin looks after the accounts of the installation: finds them, changes roles, suspends, ends sign-ins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shop_server.context import Context, RightsChange
from shop_server.errors import Conflict, FieldError, InvalidInput
from shop_server.rules.account import User, check_rights_change
from shop_server.rules.order import AWAITING_PAYMENT, DISPATCHED, PACKED, PLACED, RETURN_REQUESTED
from shop_server.rules.payment import CLAIMED, REFUND_DUE
from shop_server.rules.person import CUSTOMER, SHOPKEEPER, Person
from shop_server.rules.shop import Shop
from shop_server.rules.text import search_words

MOST_WORDS = 5
_UNFINISHED = (AWAITING_PAYMENT, PLACED, PACKED, DISPATCHED, RETURN_REQUESTED)
_ACTS = {
    ("suspended", True): "user-suspended",
    ("suspended", False): "user-reactivated",
    ("is_admin", True): "user-made-admin",
    ("is_admin", False): "user-no-longer-admin",
}


@dataclass(frozen=True, slots=True)
class RightsWish:
    """What an admin wants changed; None stays. A customer who becomes a shopkeeper and has no shop gets one."""

    role: str | None = None
    is_admin: bool | None = None
    suspended: bool | None = None
    shop_name: str | None = None
    shop_address: str | None = None


def list_accounts(
    context: Context, text: str | None, state: Mapping[str, Any], limit: int, after: tuple[datetime, str] | None
) -> tuple[list[User], dict[str, str]]:
    """Accounts, the newest first, and the names of their shops; `text` is beginnings of name, email or phone."""
    words = _words(text or "")
    if text and not words:
        return [], {}
    users = context.users.list_found(words, state, limit, after)
    shops = (context.shops.find(user.shop_id) for user in users if user.shop_id)
    return users, {shop.id: shop.name for shop in shops if shop is not None}


def read_account(context: Context, user_id: str) -> tuple[User, str | None]:
    """An account, and the name of its shop. Raises NotFound."""
    user = context.users.get(user_id)
    shop = context.shops.find(user.shop_id) if user.shop_id else None
    return user, shop.name if shop else None


def change_rights(context: Context, admin: Person, user_id: str, wish: RightsWish) -> User:
    """Changes role, adminship and suspension of an account, and what follows: a suspended one is signed out everywhere.

    Raises NotFound; Conflict when an admin would lock herself out or be the last one gone, and for a shopkeeper whose
    shop, or a customer who herself, still has business; InvalidInput when a new shopkeeper's shop has no name.
    """
    now = context.clock.now()

    def decide(user: User, other_admins: int) -> RightsChange | None:
        wanted: dict[str, Any] = {"role": wish.role, "is_admin": wish.is_admin, "suspended": wish.suspended}
        fields = {name: value for name, value in wanted.items() if value is not None and value != getattr(user, name)}
        check_rights_change(user, admin.user_id, fields, other_admins)
        acts: dict[str, dict[str, Any]] = {_ACTS[name, value]: {} for name, value in fields.items() if name != "role"}
        shop = None
        if "role" in fields:
            acts["role-changed"] = {"before": user.role, "after": fields["role"]}
            place, shop = _new_place(context, user, wish, now)
            fields |= place
        return RightsChange(fields, acts, shop) if fields else None

    user, changed = context.rights.change(user_id, admin.user_id, now, decide)
    if user.suspended:
        # Also of one that began while this was decided: the account is refused everywhere already.
        context.sessions.end_all(user.id)
    if changed:
        context.announcements.tell("user", [user.id])
        context.announcements.tell("shop", [user.shop_id] if user.shop_id else [])
    return user


def end_sessions_of(context: Context, admin: Person, user_id: str) -> None:
    """Signs somebody out everywhere, at once. Raises NotFound."""
    user = context.users.get(user_id)
    ended = context.sessions.end_all(user.id)
    context.announcements.tell("user", [user.id])
    context.audit.note(context.clock.now(), admin.user_id, "sessions-ended", user.id, user.shop_id, sessions=ended)


def _words(text: str) -> list[str]:
    together = "".join(text.split())
    # A phone number is one word, however it is written.
    phone = together.removeprefix("+91").removeprefix("0")
    return [phone] if phone.isdigit() else search_words(text)[:MOST_WORDS]


def _new_place(context: Context, user: User, wish: RightsWish, now: datetime) -> tuple[dict[str, Any], Shop | None]:
    """Where somebody with another role belongs, and the shop that begins with her."""
    if user.role == SHOPKEEPER:
        _check_shop_is_done(context, user, now)
    if wish.role == CUSTOMER:
        return {"shop_id": None, "permissions": []}, None
    own = context.shops.find_owned(user.id)
    needed = {} if own else {"shopName": wish.shop_name, "shopAddress": wish.shop_address}
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise InvalidInput(
            [FieldError(f"/{name}", "A shopkeeper needs a shop: please fill this in.") for name in missing]
        )
    unfinished = context.orders.find_unfinished(user.id, None) if user.role == CUSTOMER else None
    if unfinished is not None:
        # A shopkeeper has no orders of her own that she could pay, cancel or send back.
        raise Conflict(
            f"Her order {unfinished[:8]} is still open, or money is owed for it.", extra={"orderId": unfinished}
        )
    if own is not None:
        return {"shop_id": own.id, "permissions": []}, None
    shop = Shop(
        id=context.new_id(),
        owner_id=user.id,
        name=wish.shop_name or "",
        address=wish.shop_address or "",
        city=user.city,
        state=user.state,
        pincode=user.pincode,
        country=user.country or "India",
        phone=user.phone,
        created_at=now,
    )
    return {"shop_id": shop.id, "permissions": []}, shop


def _check_shop_is_done(context: Context, user: User, now: datetime) -> None:
    """A shop without its shopkeeper could finish nothing. Raises Conflict."""
    assert user.shop_id is not None
    shop = context.shops.get(user.shop_id)
    if not shop.suspended:
        raise Conflict(f"Suspend {shop.name} first, so that it takes no more orders.")
    orders = context.orders.list_of_shop(shop.id, _UNFINISHED, None, (None, None), 1, None)
    owed = [context.orders.list_payments(shop.id, status, now, 1, None) for status in (CLAIMED, REFUND_DUE)]
    if orders or any(owed):
        raise Conflict(f"{shop.name} still has orders to finish or money to pay back.")
