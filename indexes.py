"""Every index of the shop's database, each with the query or the promise that it serves.

python indexes.py create             makes what is missing (each start of the shop does so too)
python indexes.py list               says which there are, and what for
python indexes.py verify             says which is missing, different or unused
python indexes.py verify --explain   shows for every query of the shop which index answers it
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

HOUR, DAY = 3600, 24 * 3600
UP, DOWN = 1, -1

try:
    from shop_server.errors import CannotStart
    from shop_server.settings import BadSettings, read_settings
    from shop_server.storage import indexing
    from shop_server.storage.bundled import records
    from shop_server.storage.connection import Connection
    from shop_server.storage.indexing import Index
except ModuleNotFoundError as missing:
    sys.exit(f"The shop's packages are not installed ({missing.name} is missing). Type: make run")

COLLECTIONS = ("shop_totals", "leases", "writers", "secrets", "pictures", "carts", "backups", "rounds", "turns")
"""Those that are only ever asked for by their id."""

IN_USE = {"deleted_at": None}

INDEXES: tuple[Index, ...] = (
    # Accounts
    Index("users", (("email", UP),), "sign in; one account per address", unique=True, only={"email": {"$gt": ""}}),
    Index("users", (("phone", UP),), "sign in; one account per phone", unique=True, only={"phone": {"$gt": ""}}),
    Index("users", (("username", UP),), "sign in; one account per name", unique=True, only={"username": {"$gt": ""}}),
    Index("users", (("shop_id", UP),), "a shop's owner and staff", only={"shop_id": {"$gt": ""}}),
    Index("users", (("created_at", DOWN), ("_id", DOWN)), "all accounts, the newest first"),
    Index("users", (("role", UP), ("created_at", DOWN), ("_id", DOWN)), "accounts of one role, the newest first"),
    Index("users", (("words", UP),), "search for an account by the beginning of any word"),
    Index("users", (("suspended", UP), ("created_at", DOWN)), "who is suspended", only={"suspended": True}),
    Index("users", (("is_admin", UP),), "the admins", only={"is_admin": True}),
    Index("users", (("erasing", UP),), "who has left and is being erased", only={"erasing": True}),
    Index("users", (("remind_after", UP),), "whom to remind of the shop", only={"reminders": True}),
    Index("invitations", (("shop_id", UP), ("email", UP)), "whom a shop has invited; each address once", unique=True),
    Index("invitations", (("expires_at", UP),), "invitations end by themselves", expires_after_seconds=0),
    Index("sessions", (("user_id", UP),), "where am I signed in; end them all"),
    Index("sessions", (("expires_at", UP),), "sessions end by themselves", expires_after_seconds=0),
    Index("attempts", (("expires_at", UP),), "wrong sign-ins are forgotten by themselves", expires_after_seconds=0),
    Index("codes", (("expires_at", UP),), "codes that were mailed end by themselves", expires_after_seconds=0),
    # Mails
    Index(
        "outbox",
        (("rank", UP), ("due_at", UP)),
        "the next mail to send, codes first",
        only={"state": "waiting"},
    ),
    Index("outbox", (("at", DOWN), ("_id", DOWN)), "mails as the admin sees them, and those to forget"),
    # Shops and catalogue
    Index("shops", (("owner_id", UP),), "the shop of a shopkeeper"),
    Index("shops", (("name", UP), ("_id", UP)), "all shops, by name"),
    Index("shops", (("created_at", DOWN), ("_id", DOWN)), "all shops, the newest first"),
    Index("shops", (("approved", UP), ("created_at", DOWN)), "shops that wait to be let in", only={"approved": False}),
    Index("shops", (("suspended", UP), ("created_at", DOWN)), "suspended shops", only={"suspended": True}),
    Index(
        "categories",
        (("shop_id", UP), ("name_key", UP)),
        "a shop's categories, by name; each name once",
        unique=True,
        only=IN_USE,
    ),
    Index(
        "products",
        (("shop_id", UP), ("name_key", UP)),
        "a shop's products by name; each name once",
        unique=True,
        only=IN_USE,
    ),
    Index(
        "products",
        (("shop_id", UP), ("created_at", DOWN), ("_id", DOWN)),
        "a shop's products, newest first",
        only=IN_USE,
    ),
    Index("products", (("shop_id", UP), ("name_key", UP), ("_id", UP)), "products of shops by name", only=IN_USE),
    Index("products", (("shop_id", UP), ("price_paise", UP), ("_id", UP)), "a shop's products by price", only=IN_USE),
    Index(
        "products",
        (("shop_id", UP), ("category_id", UP), ("created_at", DOWN), ("_id", DOWN)),
        "a category's products, newest first",
        only=IN_USE,
    ),
    Index("products", (("shop_id", UP), ("words", UP)), "search in a shop by the beginning of any word", only=IN_USE),
    Index("products", (("shop_id", UP), ("stock_step", UP), ("_id", UP)), "what is low or out of stock", only=IN_USE),
    Index(
        "products",
        (("shop_id", UP), ("is_low", UP)),
        "what is low by a level of its own",
        only={**IN_USE, "is_low": True},
    ),
    Index("products", (("shop_id", UP), ("expires_on", UP)), "what expires soon", only={"expires_on": {"$gt": ""}}),
    Index("products", (("expires_on", UP),), "what expires at midnight", only={"expires_on": {"$gt": ""}}),
    # Stock, orders and money
    Index("movements", (("product_id", UP), ("at", DOWN), ("_id", DOWN)), "a product's stock book"),
    Index(
        "movements",
        (("product_id", UP), ("kind", UP), ("at", DOWN), ("_id", DOWN)),
        "who did what to a product, without the movements of orders",
        only={"kind": {"$in": ["received", "returned", "wasted", "counted"]}},
    ),
    Index("movements", (("shop_id", UP), ("at", UP)), "what was thrown away in a shop", only={"kind": "wasted"}),
    Index("orders", (("shop_id", UP), ("business_day", UP), ("status", UP)), "the dashboard's days"),
    Index("orders", (("shop_id", UP), ("placed_at", DOWN), ("_id", DOWN)), "a shop's orders, newest first"),
    Index("orders", (("shop_id", UP), ("status", UP), ("placed_at", DOWN), ("_id", DOWN)), "a shop's orders by state"),
    Index("orders", (("shop_id", UP), ("customer_id", UP), ("placed_at", DOWN)), "what a customer bought here last"),
    Index("orders", (("customer_id", UP), ("placed_at", DOWN), ("_id", DOWN)), "a customer's orders, newest first"),
    Index(
        "orders",
        (("lines.product_id", UP), ("placed_at", UP)),
        "which open orders hold a product, the first ones first",
        only={"hold": "held"},
    ),
    Index("orders", (("shop_id", UP), ("customer_key", UP)), "a shop's orders by the customer's name"),
    Index("orders", (("shop_id", UP), ("customer_phone", UP)), "a shop's orders by the customer's phone"),
    Index("orders", (("shop_id", UP), ("payment.status", UP), ("placed_at", DOWN)), "payments that wait at the desk"),
    Index(
        "orders",
        (("shop_id", UP), ("payment.settled_at", UP)),
        "payments settled today",
        only={"payment.status": "settled"},
    ),
    Index(
        "orders",
        (("payment.expires_at", UP),),
        "holds that are over",
        only={"status": "awaiting_payment"},
    ),
    Index(
        "orders",
        (("payment.utr", UP),),
        "one UTR settles at most one payment (promise 4)",
        unique=True,
        only={"payment.utr": {"$gt": ""}},
    ),
    Index(
        "payment_log",
        (("shop_id", UP), ("seq", DOWN)),
        "the chain of a shop's payments, without a fork (promise 5)",
        unique=True,
    ),
    Index(
        "papers",
        (("shop_id", UP), ("series", UP), ("seq", DOWN)),
        "the last number of a series; each is given once (CGST Rule 46)",
        unique=True,
    ),
    Index("papers", (("order_id", UP),), "an order's bill and credit note"),
    Index(
        "idempotency_keys",
        (("at", UP),),
        "an intent is remembered for a day (promise 2)",
        expires_after_seconds=DAY,
    ),
    # Reports and notices
    Index(
        "analytics",
        (("shop_id", UP), ("business_day", UP), ("stale", UP), ("figures.sales_paise", UP)),
        "a shop's finished days, and what each has sold",
    ),
    Index(
        "analytics",
        (("stale", UP), ("shop_id", UP), ("business_day", UP)),
        "days to be reckoned again",
        only={"stale": True},
    ),
    Index(
        "shop_customers",
        (("shop_id", UP), ("since", DOWN), ("customer_id", DOWN)),
        "a shop's customers, the newest first",
    ),
    Index("notices", (("user_id", UP), ("at", DOWN), ("_id", DOWN)), "a person's notices, newest first"),
    Index("notices", (("shop_id", UP), ("at", DOWN), ("_id", DOWN)), "a shop's notices, newest first"),
    Index("low_stock_notices", (("shop_id", UP),), "of what a shop was told that it runs low"),
    Index("back_in_stock", (("product_id", UP), ("_id", UP)), "who waits for a product that is out"),
    Index("back_in_stock", (("user_id", UP),), "what somebody waits for, to forget it with her account"),
    Index("category_requests", (("shop_id", UP), ("asked_at", DOWN), ("_id", DOWN)), "what staff have asked for"),
    Index(
        "category_requests",
        (("shop_id", UP), ("status", UP), ("asked_at", DOWN), ("_id", DOWN)),
        "what waits for an answer",
    ),
    Index(
        "category_requests",
        (("shop_id", UP), ("name_key", UP)),
        "a category is asked for once at a time",
        unique=True,
        only={"status": "pending"},
    ),
    Index("audit_log", (("at", DOWN), ("_id", DOWN)), "who did what, the latest first"),
    Index("audit_log", (("who", UP), ("at", DOWN), ("_id", DOWN)), "what one person did"),
    Index("audit_log", (("target", UP), ("at", DOWN), ("_id", DOWN)), "what was done to one person, shop or product"),
    Index("audit_log", (("shop_id", UP), ("at", DOWN), ("_id", DOWN)), "what was done in one shop"),
    Index("audit_log", (("act", UP), ("at", DOWN), ("_id", DOWN)), "acts of one kind"),
    # Errands
    Index("errands", (("what", UP), ("at", UP)), "the next errand to run", only={"open": True}),
    Index("errands", (("shop_id", UP), ("what", UP), ("at", DOWN), ("_id", DOWN)), "a shop's files, newest first"),
    Index("errands", (("expires_at", UP),), "what came of an errand is kept for a day", expires_after_seconds=0),
    Index("errand_parts", (("expires_at", UP),), "its files and rows go with it", expires_after_seconds=0),
    Index("news", (("at", UP),), "news is gone after an hour", expires_after_seconds=HOUR),
)


def main(arguments: Sequence[str]) -> int:
    """Runs one of the commands above; beside an open shop, or with a mongod of its own."""
    parser = argparse.ArgumentParser(description="Creates, lists and checks the indexes of the shop's database.")
    parser.add_argument("command", choices=("create", "list", "verify"))
    parser.add_argument("--explain", action="store_true", help="with verify: which index answers each query")
    chosen = parser.parse_args(arguments)
    try:
        settings = read_settings(env_file=Path(".env"))
        if chosen.command == "list":
            return _list()
        with records(settings.mongodb_uri, settings.data_dir, settings.mongod, settings.database_name) as connection:
            if chosen.command == "create":
                indexing.create_all(connection.tools, INDEXES, COLLECTIONS)
                return _verify(connection)
            for line in indexing.unused(connection.tools, INDEXES):
                print(line)
            return max(_verify(connection), _explain(connection) if chosen.explain else 0)
    except (BadSettings, CannotStart) as refusal:
        print(refusal, file=sys.stderr)
        return 2


def _list() -> int:
    for index in INDEXES:
        keys = ", ".join(key if direction == UP else f"{key} downwards" for key, direction in index.keys)
        print(f"{index.collection}: {keys}{' (unique)' if index.unique else ''}: {index.serves}")
    return 0


def _verify(connection: Connection) -> int:
    problems = indexing.problems(connection.tools, INDEXES)
    for line in problems:
        print(line)
    print(f"{len(INDEXES)} indexes, {len(problems)} problems")
    return 1 if problems else 0


def _explain(connection: Connection) -> int:
    failed = 0
    for query in indexing.every_query():
        uses_index, how = indexing.explain(connection.tools, query)
        failed += not uses_index
        print(f"{'ok ' if uses_index else 'BAD'} {query.collection}: {query.name}: {how}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
