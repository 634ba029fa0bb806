"""What is left of a person here and there, outside the books: her cart and notices, what she waits for, mails and codes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from pymongo.database import Database

from shop_server.rules.mail import EMAIL, KEPT_FOR, PHONE, RESET
from shop_server.storage.documents import Document
from shop_server.storage.indexing import Query


class Traces:
    """Erases them; to erase again does no harm."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database

    def erase(self, user_id: str, email: str, now: datetime) -> None:
        """Erases what is kept for this person alone."""
        self._database["carts"].delete_one({"_id": user_id})
        self._database["notices"].delete_many({"user_id": user_id})
        self._database["outbox"].delete_many(_mails_to(user_id, email, now))
        self._database["back_in_stock"].delete_many({"user_id": user_id})
        keys = [f"{EMAIL}:{user_id}", f"{PHONE}:{user_id}", f"{RESET}:{email}"]
        self._database["codes"].delete_many({"_id": {"$in": keys}})

    def erase_notices(self, orders: Iterable[tuple[str, str]]) -> None:
        """Erases what shops were told about these orders (id and shop), for it calls the customer by her name."""
        links: dict[str, list[str]] = {}
        for order_id, shop_id in orders:
            of_shop = links.setdefault(shop_id, [])
            of_shop += [f"/dashboard.html#orders/{order_id}", f"/dashboard.html#payments/{order_id}"]
        for shop_id, of_shop in links.items():
            self._database["notices"].delete_many(_about(shop_id, of_shop))


def _mails_to(user_id: str, email: str, now: datetime) -> Document:
    return {"at": {"$gte": now - KEPT_FOR}, "to": {"$in": [user_id, email]}}


def _about(shop_id: str, links: list[str]) -> Document:
    return {"shop_id": shop_id, "link": {"$in": links}}


QUERIES = (
    Query("mails to somebody", "outbox", _mails_to("0" * 24, "devi@example.in", datetime(2026, 11, 21, tzinfo=UTC))),
    Query("notices about orders", "notices", _about("0" * 24, ["/dashboard.html#orders/1"])),
)
