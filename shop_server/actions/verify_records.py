"""The shop checks its own promises on its records, and says loudly when one is broken."""

from __future__ import annotations

import logging

from shop_server import logs
from shop_server.context import Context


def verify_records(context: Context) -> list[str]:
    """What is broken, one line each; nothing when all promises hold. Both are logged."""
    broken = context.verification.verify()
    if broken:
        logs.event("RECORDS ARE BROKEN", logging.CRITICAL, count=len(broken), lines=broken[:100])
    else:
        logs.event("records.whole")
    return broken
