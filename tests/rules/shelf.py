"""A product on the shelf, for tests of the rules alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from shop_server.rules.batch import Batch, total
from shop_server.rules.order import Line, line_of
from shop_server.rules.product import Product
from shop_server.rules.stock import Cause, Movement

TODAY, YESTERDAY, TOMORROW = "2026-11-21", "2026-11-20", "2026-11-22"
MORNING = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)


def a_batch(id_: str, quantity: int, expires_on: str | None = None, *, hours_ago: int = 0, **fields: Any) -> Batch:
    """A lot received so many hours ago."""
    return Batch(id_, quantity, MORNING - timedelta(hours=hours_ago), expires_on=expires_on, **fields)


def a_product(*batches: Batch, held: int = 0, id_: str = "dal", **fields: Any) -> Product:
    """A product of these batches, of which `held` are kept for orders."""
    values: dict[str, Any] = {"name": "Toor dal", "price_paise": 120_00, "version": 1, **fields}
    return Product(
        id=id_,
        shop_id="asha",
        category_id="pulses",
        name_key="toor dal",
        words=("toor", "dal"),
        stock=total(batches) - held,
        held=held,
        batches=batches,
        created_at=MORNING,
        **values,
    )


def a_cause(key: str = "order:1", today: str = TODAY, **fields: Any) -> Cause:
    return Cause(key, MORNING, "devi", today, **fields)


def a_line(product: Product, quantity: int, **fields: Any) -> Line:
    """An order line of this product at its price."""
    return line_of(product, "Dal", quantity, None)._replace(**fields)


def sums(movements: Iterable[Movement]) -> tuple[int, int]:
    """By how much movements changed stock and held together."""
    rows = list(movements)
    return sum(row.stock_change for row in rows), sum(row.held_change for row in rows)


def quantities(batches: Iterable[Batch]) -> dict[str, int]:
    """What is left, by batch."""
    return {batch.id: batch.quantity for batch in batches}
