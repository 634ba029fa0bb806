"""The shop takes no orders that it could not write down: it watches the disk, and says so when there is no room."""

from __future__ import annotations

import logging

from shop_server import logs
from shop_server.context import Context

FULL = (
    "The shop cannot save anything just now: the disk of its computer is full. The shopkeeper has to make room on it."
)


def watch_disk(context: Context) -> bool:
    """Closes the books while the disk is full, and opens them again by itself; whether it is full."""
    is_full = context.disk.is_full()
    if is_full and context.books.closed_because is None:
        logs.event("disk.full", logging.CRITICAL, detail=FULL)
    elif not is_full and context.books.closed_because is not None:
        logs.event("disk.has_room_again", logging.WARNING)
    context.books.closed_because = FULL if is_full else None
    return is_full
