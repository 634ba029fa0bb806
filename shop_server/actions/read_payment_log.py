"""The shopkeeper looks into her payment log, and has it checked."""

from __future__ import annotations

from typing import Any

from shop_server.context import Context
from shop_server.rules.payment_log import first_bad_row


def list_payment_log(context: Context, shop_id: str, limit: int, before: int | None) -> list[dict[str, Any]]:
    """Rows of the log, newest first."""
    return context.payment_log.list_of_shop(shop_id, limit, before)


def verify_payment_log(context: Context, shop_id: str) -> tuple[int, int | None]:
    """How many rows there are, and the number of the first that was changed or before which one is missing."""
    return context.payment_log.count_of_shop(shop_id), first_bad_row(context.payment_log.read_all(shop_id))
