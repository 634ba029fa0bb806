"""Builds a little shop for a test: its context, its goods and its people, all through the same doors as in life."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, get_type_hints

from shop_server.actions.place_order import PlaceOrder, place_order
from shop_server.clock import Clock
from shop_server.context import Context, Page
from shop_server.gateways.charts import Charts
from shop_server.gateways.images import Images
from shop_server.gateways.letters import Letters
from shop_server.gateways.local_network import address_for_phones
from shop_server.gateways.mail import Post
from shop_server.gateways.printer import Printer
from shop_server.gateways.spreadsheets import Spreadsheets
from shop_server.gateways.upi_qr import UpiQr
from shop_server.rules import stock
from shop_server.rules.account import User
from shop_server.rules.address import Address
from shop_server.rules.batch import Batch
from shop_server.rules.category import Category
from shop_server.rules.order import Order
from shop_server.rules.person import CUSTOMER, SHOPKEEPER, STAFF, Person
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop
from shop_server.rules.shop_time import business_day
from shop_server.rules.stock import Cause
from shop_server.rules.text import name_key, search_words
from shop_server.security.passwords import Passwords
from shop_server.security.rate_limits import CodeLimits, SignInLimits
from shop_server.security.tokens import Tokens
from shop_server.settings import Settings
from shop_server.storage.announcements import Announcements
from shop_server.storage.attempts import Attempts
from shop_server.storage.backups import Backups
from shop_server.storage.books import Books
from shop_server.storage.codes import Codes
from shop_server.storage.connection import Connection
from shop_server.storage.documents import to_document
from shop_server.storage.export_files import ExportFiles
from shop_server.storage.news import Entry
from shop_server.storage.outbox import Outbox
from shop_server.storage.rooms import Rooms
from shop_server.storage.sessions import Sessions
from shop_server.storage.shops import Shops
from shop_server.storage.users import Users, user_document
from shop_server.storage.verify import Verification

HOME = Address("12 Station Road", "Pune", "Maharashtra", "411001", "India")


@contextmanager
def open_context(connection: Connection, settings: Settings, clock: Clock) -> Iterator[Context]:
    """A context over the test's database whose books are open until the end."""
    database = connection.database
    rooms = Rooms(connection.writer[connection.name])
    shops, users, process_id = Shops(database), Users(database), new_id()
    sessions = Sessions(database, users)

    def hear(entries: Sequence[Entry]) -> None:
        for entry in entries:
            shops.hear(entry.kind, entry.id)
            sessions.hear(entry.kind, entry.id)
            if entry.kind in ("shop", "category"):
                rooms.forget_settings()

    books = Books(connection.writer, connection.name, clock, rooms, process_id=process_id, on_commit=hear)
    tokens = Tokens(secrets.token_hex(32), new_id(), settings.access_token_minutes)
    given: dict[str, Any] = {
        "process_id": process_id,
        "settings": settings,
        "clock": clock,
        "books": books,
        "shops": shops,
        "users": users,
        "sessions": sessions,
        "announcements": Announcements(database, clock, process_id=process_id, on_announce=hear),
        "passwords": Passwords(rounds=4),
        "tokens": tokens,
        "outbox": Outbox(database, clock),
        "codes": Codes(database, tokens.seal),
        "letters": Letters(),
        "post": Post(settings.smtp_url, settings.mail_from) if settings.smtp_url else None,
        "sign_in_limits": SignInLimits(Attempts(database), on=settings.rate_limits),
        "code_limits": CodeLimits(Attempts(database), on=settings.rate_limits),
        "images": Images(),
        "upi_qr": UpiQr(),
        "printer": Printer(),
        "spreadsheets": Spreadsheets(),
        "charts": Charts(),
        "address_for_phones": address_for_phones,
        "verification": Verification(connection),
        "backups": Backups(connection),
        "export_files": ExportFiles(connection),
    }
    # All the rest are collections, each made from the database alone.
    rest = {name: kind(database) for name, kind in get_type_hints(Context).items() if name not in given}
    context = Context(**given, **rest)
    books.start()
    try:
        yield context
    finally:
        books.stop()


def new_id() -> str:
    return secrets.token_hex(12)


def a_shop(context: Context, name: str = "Asha Kirana", **fields: Any) -> Shop:
    """A shop that takes UPI; `fields` as in rules.shop.Shop."""
    values: dict[str, Any] = {"upi_id": "asha@okbank", "owner_id": new_id(), **fields}
    shop = Shop(id=new_id(), name=name, created_at=context.clock.now(), **values)
    context.books.write(lambda page: page.insert("shops", to_document(shop)))
    return shop


def a_product(
    context: Context,
    shop: Shop,
    name: str = "Toor dal",
    *,
    stock: int = 10,
    category: str = "Dal",
    expires_on: str | None = None,
    **fields: Any,
) -> Product:
    """A product with `stock` pieces received in one batch; `fields` as in rules.product.Product."""
    values: dict[str, Any] = {"price_paise": 120_00, "unit": "1 kg", **fields}
    product_id = new_id()

    def decide(page: Page) -> Product:
        product = Product(
            id=product_id,
            shop_id=shop.id,
            category_id=_category(page, shop, category).id,
            name=name,
            name_key=name_key(name),
            words=tuple(search_words(name)),
            stock=0,
            held=0,
            batches=(),
            version=0,
            created_at=page.now,
            **values,
        )
        return _receive(page, shop, product, stock, expires_on)

    return context.books.write(decide)


def a_batch(context: Context, shop: Shop, product_id: str, quantity: int, expires_on: str | None = None) -> Product:
    """Receives one more batch of a product."""
    return context.books.write(
        lambda page: _receive(page, shop, page.product(product_id), quantity, expires_on), products=(product_id,)
    )


def a_customer(context: Context, first_name: str = "Devi", **fields: Any) -> Person:
    """A registered customer; `fields` as in rules.account.User."""
    return _person(context, CUSTOMER, first_name, fields)


def a_shopkeeper(context: Context, shop: Shop, first_name: str = "Asha", **fields: Any) -> Person:
    """The owner of `shop`."""
    return _person(context, SHOPKEEPER, first_name, {"id": shop.owner_id, "shop_id": shop.id, **fields})


def a_cashier(context: Context, shop: Shop, *permissions: str, first_name: str = "Bharat", **fields: Any) -> Person:
    """Somebody who works in `shop` and may do what `permissions` say."""
    return _person(context, STAFF, first_name, {"shop_id": shop.id, "permissions": permissions, **fields})


def an_order(
    context: Context, customer: Person, items: Mapping[str, int], method: str = "Cash", **fields: Any
) -> Order:
    """An order by the customer; `items` are quantities by product id, `fields` as in PlaceOrder."""
    values: dict[str, Any] = {
        "delivery_address": HOME,
        "pickup": False,
        "note": "",
        "expected_total_paise": None,
        **fields,
    }
    wish = PlaceOrder(customer=customer, items=tuple(items.items()), payment_method=method, **values)
    return context.orders.get(place_order(context, wish, None)["order_id"])


def _receive(page: Page, shop: Shop, product: Product, quantity: int, expires_on: str | None) -> Product:
    movements: list[stock.Movement] = []
    if quantity:
        batch = Batch(new_id(), quantity, page.now, expires_on=expires_on)
        cause = Cause(page.key, page.now, shop.owner_id, business_day(page.now, shop.timezone))
        product, movements = stock.receive(product, batch, cause)
    page.keep_products([product], movements)
    return product


def _category(page: Page, shop: Shop, name: str) -> Category:
    found = page.find_category_named(shop.id, name_key(name))
    if found is None:
        found = Category(new_id(), shop.id, name, name_key(name), page.now)
        page.keep_category(found)
    return found


def _person(context: Context, role: str, first_name: str, fields: dict[str, Any]) -> Person:
    serial = new_id()
    values: dict[str, Any] = {
        "id": serial,
        "email": f"{first_name.lower()}-{serial}@example.in",
        "phone": str(6_000_000_000 + secrets.randbelow(3_999_999_999)),
        "last_name": "Kulkarni",
        "password_hash": "none",
        **fields,
    }
    user = User(role=role, first_name=first_name, created_at=context.clock.now(), **values)
    context.books.write(lambda page: page.insert("users", user_document(user)))
    return Person(user.id, new_id(), role, user.name, user.phone, user.shop_id, frozenset(user.permissions))
