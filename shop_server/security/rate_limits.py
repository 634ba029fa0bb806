"""How often somebody may guess: the limits on wrong sign-ins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple


class Limit(NamedTuple):
    """At most `failures` within `window_seconds`."""

    failures: int
    window_seconds: int


SIGN_INS_PER_ACCOUNT = Limit(5, 15 * 60)
SIGN_INS_PER_ADDRESS = Limit(20, 15 * 60)


def seconds_to_wait(limit: Limit, failed_at: Sequence[datetime], now: datetime) -> int:
    """How long until another try is allowed, after failures at these times (oldest first); 0 when it is now."""
    window = timedelta(seconds=limit.window_seconds)
    recent = [at for at in failed_at if at > now - window]
    if len(recent) < limit.failures:
        return 0
    frees_at = recent[-limit.failures] + window
    return max(1, -(-(frees_at - now) // timedelta(seconds=1)))
