"""Somebody leaves: her account and her personal data are erased, and the books stay as they are.

Her orders, payments and bills belong to the shop's books; they stay, without her name, phone, address and words in the
orders. What the law has the shop keep of a bill (its recipient) stays on the bill, and the reason she gave for calling an
order off in the stock book and the sealed payment log, which nobody can change.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from shop_server import logs
from shop_server.context import Context, Page
from shop_server.errors import Conflict, ShopError, wrong_field
from shop_server.rules.account import User
from shop_server.rules.order import is_unfinished, without_person
from shop_server.rules.person import SHOPKEEPER, Person

SLICE = 50
_CLOSED = {"open": False, "suspended": True, "phone": "", "upi_id": None, "qr_picture": None}
"""A shop whose shopkeeper has left."""
SETTLED_AFTER = timedelta(minutes=5)
"""By then no order is under way any more that was begun before she left."""


def erase_account(context: Context, person: Person, password: str, *, address: str) -> None:
    """Erases her account at once and for good, and what her orders say of her soon after.

    Raises InvalidInput for a wrong password; Conflict while an order is on its way or money is owed to anybody, and for
    the only admin. A shopkeeper's shop closes with her account.
    """
    now = context.clock.now()
    user = context.users.get(person.user_id)
    if not context.sign_in_limits.attempt(
        user.id, address, now, lambda: context.passwords.match(password, user.password_hash)
    ):
        raise wrong_field("/password", "This is not your password.")
    _check_may_leave(context, user)
    if not context.users.erase(user, now):
        raise Conflict("Your account has just been changed from somewhere else. Please try again.")
    _part(context, context.users.get(user.id))
    _erase_in_orders(context, user.id)


def erase_what_is_left(context: Context) -> int:
    """Goes on where a process was broken off, and with orders that were still under way; gives of how many people."""
    settled_before = context.clock.now() - SETTLED_AFTER
    people = context.users.list_erasing()
    for user in people:
        try:
            _part(context, user)
            _erase_in_orders(context, user.id)
            is_settled = user.left_at is not None and user.left_at < settled_before
            if is_settled and context.orders.find_unfinished(user.id, None) is None:
                context.users.finish_erasing(user.id)
        except ShopError as error:
            logs.event("erase_account.failed", 30, user=user.id, detail=error.detail)
    return len(people)


def _part(context: Context, user: User) -> None:
    """Signs her out, closes her shop, and erases what is kept for her alone. To do it again does no harm."""
    context.sessions.end_all(user.id)
    if user.leaving is None or user.left_at is None:
        return
    context.announcements.tell("user", [user.id])
    shop_id = user.leaving["shop_id"]
    if shop_id is not None:
        context.shops.change(shop_id, lambda shop: dict(_CLOSED))
        context.announcements.tell("shop", [shop_id])
    context.traces.erase(user.id, user.leaving["email"] or "", user.left_at)
    if context.users.forget_who_left(user.id):
        context.audit.note(user.left_at, user.id, "account-erased", user.id, shop_id)


def _check_may_leave(context: Context, user: User) -> None:
    unfinished = context.orders.find_unfinished(user.id, user.shop_id if user.role == SHOPKEEPER else None)
    if unfinished is not None:
        raise Conflict(
            f"Order {unfinished[:8]} is still open, or money is owed for it. Please have it delivered, cancelled or paid "
            "back first.",
            extra={"orderId": unfinished},
        )


def _erase_in_orders(context: Context, user_id: str) -> None:
    while rows := context.orders.list_with_person(user_id, SLICE):
        context.traces.erase_notices(rows)
        ids = [order_id for order_id, _ in rows]
        context.books.write(partial(_erase, user_id, ids), orders=ids)


def _erase(user_id: str, order_ids: Sequence[str], page: Page) -> None:
    for order_id in order_ids:
        order = page.order(order_id)
        if order.customer_id == user_id and not is_unfinished(order):
            page.rewrite_order(without_person(order))
