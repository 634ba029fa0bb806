"""The admin looks up who did what in the installation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from shop_server.context import Context
from shop_server.rules.audit import Act


def list_acts(
    context: Context, limit: int, after: tuple[datetime, str] | None, wanted: Mapping[str, str]
) -> tuple[list[Act], dict[str, str]]:
    """The latest lines first, and what the persons and shops in them are called, by id.

    `wanted` may limit them by `who`, `act`, `target` and `shop_id`; `after` is time and id of the last one seen.
    """
    acts = context.audit.list_lines(limit, after, **wanted)
    shops = {act.shop_id for act in acts if act.shop_id} | {act.target for act in acts}
    named = {shop_id: shop.name for shop_id in shops if (shop := context.shops.find(shop_id)) is not None}
    return acts, named | context.users.names({act.who for act in acts} | {act.target for act in acts})
