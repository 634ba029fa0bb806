"""Who did what to a product: received, counted, wasted, priced, changed. From its stock book and the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from shop_server.context import Context
from shop_server.rules.product import Product


class Deed(NamedTuple):
    """One thing that somebody did to a product; `what` is a kind of stock movement or an act of the audit log."""

    id: str
    at: datetime
    what: str
    by: str
    quantity: int | None
    reason: str | None
    details: Mapping[str, Any]


def read_product_history(
    context: Context, product: Product, limit: int, after: tuple[datetime, str] | None
) -> tuple[list[Deed], dict[str, str]]:
    """The newest first, and the names of the people in it by id; what orders do to a product is in its stock book."""
    moved = context.movements.list_by_people(product.id, limit, after)
    noted = context.audit.list_lines(limit, after, target=product.id)
    deeds = [Deed(row.id, row.at, row.kind, row.by, row.quantity, row.reason, {}) for row in moved]
    deeds += [Deed(row.id, row.at, row.act, row.who, None, None, row.details) for row in noted]
    deeds = sorted(deeds, key=lambda deed: (deed.at, deed.id), reverse=True)[:limit]
    return deeds, context.users.names({deed.by for deed in deeds})
