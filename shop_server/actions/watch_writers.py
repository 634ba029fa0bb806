"""The processes of the shop watch over each other, so that a dead one holds nobody up."""

from __future__ import annotations

from shop_server import logs
from shop_server.context import Context


def watch_writers(context: Context) -> int:
    """Shows that this process lives, and ends what silent ones left open; gives how many there were."""
    if not context.heartbeats.beat(context.process_id):
        context.books.list_anew()
    ended = context.heartbeats.end_silent(context.process_id)
    if ended:
        logs.event("writers.ended", 30, count=ended)
    return ended
