"""Once a month the shop clears away what belongs to nothing any more: pictures without a product, parts of files."""

from __future__ import annotations

from datetime import datetime, timedelta

from shop_server import logs
from shop_server.context import Context
from shop_server.rules.shop import DEFAULT_TIMEZONE
from shop_server.rules.shop_time import business_day

SETTLED = timedelta(days=1)
"""What is younger may be about to be used."""


def clear_away(context: Context, now: datetime) -> int:
    """Clears away unless that was done this month; gives how much it found."""
    name = f"clear away:{business_day(now, DEFAULT_TIMEZONE)[:7]}"
    if context.rounds.get(name).done:
        return 0
    pictures = context.pictures.forget_orphans(now - SETTLED)
    parts = context.errands.forget_parts_without_errand(now - SETTLED)
    context.rounds.note(name, "", done=True)
    logs.event("cleared.away", pictures=pictures, parts=parts)
    return pictures + parts
