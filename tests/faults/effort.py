"""How hard the hostile tests try: a little in every run, much more when HOSTILE_TIMES says how many times as much."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("HOSTILE_TIMES", "1"))
"""1 in every run; the long form sets it, and names its seed with --hypothesis-seed."""


def tries(examples: int) -> settings:
    """So many examples, the same in each short run; in the long form many more, and others each time."""
    return settings(
        max_examples=examples * TIMES,
        deadline=None,
        derandomize=TIMES == 1,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
