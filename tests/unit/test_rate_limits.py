"""Guessing passwords is slow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shop_server.security.rate_limits import SIGN_INS_PER_ACCOUNT, SIGN_INS_PER_ADDRESS, Limit, seconds_to_wait

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=back) for back in minutes]


def test_the_limits_are_those_promised() -> None:
    assert SIGN_INS_PER_ACCOUNT == (5, 900)
    assert SIGN_INS_PER_ADDRESS == (20, 900)


def test_four_failures_do_not_lock_and_the_fifth_does() -> None:
    assert seconds_to_wait(SIGN_INS_PER_ACCOUNT, ago(4, 3, 2, 1), NOW) == 0
    assert seconds_to_wait(SIGN_INS_PER_ACCOUNT, ago(5, 4, 3, 2, 1), NOW) == 600


def test_old_failures_are_forgotten() -> None:
    assert seconds_to_wait(SIGN_INS_PER_ACCOUNT, ago(15, 4, 3, 2, 1), NOW) == 0


@given(st.lists(st.integers(0, 2_000), max_size=30), st.integers(1, 8))
def test_after_waiting_another_try_is_allowed_and_not_a_second_sooner(seconds: list[int], failures: int) -> None:
    limit = Limit(failures, 900)
    failed_at = [NOW - timedelta(seconds=back) for back in sorted(seconds, reverse=True)]
    wait = seconds_to_wait(limit, failed_at, NOW)
    assert 0 <= wait <= 900
    if wait:
        assert seconds_to_wait(limit, failed_at, NOW + timedelta(seconds=wait)) == 0
        assert seconds_to_wait(limit, failed_at, NOW + timedelta(seconds=wait - 1)) > 0
