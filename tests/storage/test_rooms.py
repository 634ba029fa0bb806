"""What the writer of the books reads: the shops' settings are at hand, and never older than the news."""

from __future__ import annotations

from typing import Any, cast

from pymongo.read_concern import ReadConcern

from shop_server.context import Context, Page
from shop_server.storage.connection import Connection
from shop_server.storage.rooms import Rooms
from tests.builders import a_customer, a_product, a_shop, an_order
from tests.fake_clock import OPENING


def test_an_order_decides_once_when_the_shops_settings_are_at_hand(context: Context, monkeypatch: Any) -> None:
    shop = a_shop(context)
    product, devi = a_product(context, shop), a_customer(context)
    an_order(context, devi, {product.id: 1})
    decided = []
    find_products = Page.find_products

    def counted(page: Page, product_ids: Any) -> Any:
        decided.append(page.key)
        return find_products(page, product_ids)

    monkeypatch.setattr(Page, "find_products", counted)
    an_order(context, devi, {product.id: 1})

    assert len(decided) == 1


def test_what_is_read_after_the_news_is_not_older_than_the_news(connection: Connection, context: Context) -> None:
    shop = a_shop(context, upi_id="asha@okbank")
    rooms = Rooms(connection.writer[connection.name])
    with connection.writer.start_session() as session, session.start_transaction(ReadConcern("snapshot")):
        connection.writer[connection.name]["shops"].find_one({"_id": shop.id}, session=session)
        context.shops.change(shop.id, lambda before: {"upi_id": "asha@oksbi"})
        rooms.forget_settings()
        found = rooms.load("shops", [shop.id], session)

    assert found[shop.id].upi_id == "asha@oksbi"
    assert rooms.settings["shops", shop.id] == found[shop.id]


def test_a_shop_that_is_not_there_is_not_known_to_be_missing_for_good(connection: Connection, context: Context) -> None:
    rooms = Rooms(connection.writer[connection.name])
    with connection.writer.start_session() as session:
        assert rooms.load("shops", ["0" * 24], session) == {}
    assert ("shops", "0" * 24) not in rooms.settings


def test_what_was_read_while_news_came_is_not_kept() -> None:
    class Busy:
        """A database in which the shop is changed just when it has been read."""

        def __getitem__(self, name: str) -> Busy:
            return self

        def find(self, query: dict[str, Any]) -> list[dict[str, Any]]:
            rooms.forget_settings()
            return [{"_id": "asha", "owner_id": "o", "name": "Asha Kirana", "created_at": OPENING}]

    rooms = Rooms(cast(Any, Busy()))

    assert rooms.load("shops", ["asha"], cast(Any, None))["asha"].name == "Asha Kirana"
    assert ("shops", "asha") not in rooms.settings
