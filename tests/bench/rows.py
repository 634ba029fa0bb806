"""What is measured: each row is a question that visitors ask, beside the answers that the bare handler gives to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.shop import CUSTOMER, PASSWORD, MeasuredShop

HOT_PRODUCTS = 10
SHELF = 500
"""So many products a measured shop has. A page of a list has 200 rows at most: its whole shelf is three pages."""
SIGNING_IN = 4
"""So many people sign in at the same time, again and again."""


@dataclass(frozen=True)
class Row:
    """One thing to measure; `answers` are what the bare handler sends, in turn.

    `connections` are those that the row is measured with, none for those that were asked for; `beside` is what goes on at
    the shop meanwhile.
    """

    name: str
    path: str
    answers: tuple[bytes, ...]
    script: str = ""
    args: tuple[str, ...] = ()
    connections: tuple[int, ...] = ()
    beside: Row | None = None


def rows_of(shop: MeasuredShop, folder: Path) -> Iterator[Row]:
    """Catalogue first, then orders: the more there are of those, the slower everything that reads them could become.

    `folder` takes what the load needs to know.
    """
    yield from _catalogue(shop)
    yield from _sign_ins(shop)
    yield from _orders(shop, folder)


def _catalogue(shop: MeasuredShop) -> Iterator[Row]:
    fifty = _fifty(shop)
    headers, body = shop.ask("GET", fifty)
    yield Row("list of 50", fifty, (body,))
    # Whoever has the list already says so. The bare handler knows nothing of that, and sends it again.
    yield Row("list of 50, If-None-Match", fifty, (body,), "with_header.lua", ("If-None-Match", headers["ETag"]))
    pages = dict(shop.pages(f"/api/products?shopId={shop.shop_id}&limit=200"))
    yield Row(f"list of {SHELF}, page by page", fifty, tuple(pages.values()), "in_turn.lua", tuple(pages))
    searched = f"/api/products?shopId={shop.shop_id}&q=product%200001"
    yield Row("search", searched, (shop.call("GET", searched),))


def _sign_ins(shop: MeasuredShop) -> Iterator[Row]:
    """Checking a password is slow on purpose (bcrypt); nobody else may feel it."""
    wish = json.dumps({"email": CUSTOMER, "password": PASSWORD})
    answer = shop.call("POST", "/api/auth/login", json.loads(wish))
    signing_in = Row("sign-in", "/api/auth/login", (answer,), "post.lua", (wish,), (SIGNING_IN,))
    yield signing_in
    fifty = _fifty(shop)
    body = shop.call("GET", fifty)
    yield Row(f"list of 50, {SIGNING_IN} sign in", fifty, (body,), connections=(16,), beside=signing_in)


def _orders(shop: MeasuredShop, folder: Path) -> Iterator[Row]:
    wish = {
        "items": [{"id": shop.product_ids[0], "quantity": 1}, {"id": shop.product_ids[1], "quantity": 2}],
        "paymentMethod": "Cash",
        "pickup": True,
    }
    placed = shop.call("POST", "/api/orders", wish, shop.customer_token)
    page = f"/api/orders/{json.loads(placed)['orderId']}"
    bearer = ("Authorization", f"Bearer {shop.customer_token}")
    yield Row("an order's page", page, (shop.call("GET", page, token=shop.customer_token),), "with_header.lua", bearer)
    goods = folder / "orders.txt"
    goods.write_text("\n".join([shop.customer_token, *shop.product_ids]))
    for name, products in ("order, two lines", SHELF), (f"order, {HOT_PRODUCTS} hot products", HOT_PRODUCTS):
        yield Row(name, "/api/orders", (placed,), "orders.lua", (str(goods), str(products)))


def _fifty(shop: MeasuredShop) -> str:
    return f"/api/products?shopId={shop.shop_id}&limit=50"
