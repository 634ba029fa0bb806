"""How often somebody may guess: the limits on wrong sign-ins, per account and per address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from shop_server.errors import TooManyRequests


class Limit(NamedTuple):
    """At most `failures` within `window_seconds`."""

    failures: int
    window_seconds: int


SIGN_INS_PER_ACCOUNT = Limit(5, 15 * 60)
SIGN_INS_PER_ADDRESS = Limit(20, 15 * 60)


CODES_PER_ACCOUNT = Limit(5, 60 * 60)
CODES_PER_ADDRESS = Limit(30, 60 * 60)


class Attempts(Protocol):
    """Where failures are counted: in the database, so that every process counts the same."""

    def list_failures(self, key: str) -> list[datetime]: ...

    def add(self, key: str, at: datetime, window: timedelta) -> list[datetime]: ...

    def forget(self, key: str) -> None: ...


class SignInLimits:
    """Counts wrong sign-ins and says when it is enough. With `on` False everything is let pass (RATE_LIMITS=off)."""

    def __init__(self, attempts: Attempts, *, on: bool = True) -> None:
        self._attempts = attempts
        self._on = on

    def attempt(self, account: str, address: str, now: datetime, is_right: Callable[[], bool]) -> bool:
        """Lets somebody try, and gives whether it was right: a wrong try is counted, a right one forgets those before.

        Raises TooManyRequests while the account or the address has failed too often.
        """
        self._check(account, address, now)
        if not is_right():
            self._note_failure(account, address, now)
            return False
        # Again, because while this one was looked at, others may have been tried beside it.
        self._check(account, address, now)
        if self._on:
            self._attempts.forget(_account_key(account))
        return True

    def _check(self, account: str, address: str, now: datetime) -> None:
        if self._on:
            for limit, key in _limits(account, address):
                _refuse(seconds_to_wait(limit, self._attempts.list_failures(key), now))

    def _note_failure(self, account: str, address: str, now: datetime) -> None:
        """Raises TooManyRequests when, of many tried at once, this one was over the limit."""
        if self._on:
            waits = []
            for limit, key in _limits(account, address):
                failed_at = self._attempts.add(key, now, timedelta(seconds=limit.window_seconds))
                waits.append(seconds_to_wait(limit, failed_at[:-1], now))
            _refuse(max(waits))


class CodeLimits:
    """Counts the codes that are asked for by mail. With `on` False everything is let pass."""

    def __init__(self, attempts: Attempts, *, on: bool = True) -> None:
        self._attempts = attempts
        self._on = on

    def take(self, account: str, address: str, now: datetime) -> int:
        """Counts one more; 0 when that is not too much, else so many seconds to wait. Costs the same whoever asks."""
        if not self._on:
            return 0
        waits = []
        for limit, key in (CODES_PER_ACCOUNT, f"codes:{account}"), (CODES_PER_ADDRESS, f"codes-address:{address}"):
            asked_at = self._attempts.add(key, now, timedelta(seconds=limit.window_seconds))
            waits.append(seconds_to_wait(limit, asked_at[:-1], now))
        return max(waits)

    def check(self, account: str, address: str, now: datetime) -> None:
        """Counts one more. Raises TooManyRequests when that is too much."""
        seconds = self.take(account, address, now)
        if seconds:
            raise TooManyRequests(
                f"Too many codes were asked for. Please wait {-(-seconds // 60)} min and try again.",
                retry_after_seconds=seconds,
            )


def seconds_to_wait(limit: Limit, failed_at: Sequence[datetime], now: datetime) -> int:
    """How long until another try is allowed, after failures at these times (oldest first); 0 when it is now."""
    window = timedelta(seconds=limit.window_seconds)
    recent = [at for at in failed_at if at > now - window]
    if len(recent) < limit.failures:
        return 0
    frees_at = recent[-limit.failures] + window
    return max(1, -(-(frees_at - now) // timedelta(seconds=1)))


def _limits(account: str, address: str) -> tuple[tuple[Limit, str], ...]:
    return (SIGN_INS_PER_ACCOUNT, _account_key(account)), (SIGN_INS_PER_ADDRESS, f"address:{address}")


def _account_key(account: str) -> str:
    return f"account:{account}"


def _refuse(seconds: int) -> None:
    if seconds:
        minutes = -(-seconds // 60)
        raise TooManyRequests(
            f"Too many wrong tries. Please wait {minutes} minute{'s' if minutes > 1 else ''} and try again.",
            retry_after_seconds=seconds,
        )
