"""Turns: the writers of one machine write one after the other, so that they do not spoil each other's groups.

It is a courtesy that spares conflicts, nothing more: whoever has waited long enough writes without it, and MongoDB
decides. The system ends the turn of a process that dies.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shop_server import logs

if sys.platform != "win32":
    import fcntl

LONGEST_WAIT_SECONDS = 1.0
_LOOK_SECONDS = 0.001


class Turns:
    """The turns at a file that all writers of the machine know; `None` is for a writer that is alone."""

    def __init__(self, path: Path | None) -> None:
        # Two locks, as whoever has just had the turn must not have it again before those who wait at the door.
        self._door = self._turn = None if path is None else _open(path.with_suffix(".door"))
        if path is not None and self._door is not None:
            self._turn = _open(path)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """The turn, or after LONGEST_WAIT_SECONDS none."""
        if self._door is None or self._turn is None:
            yield
            return
        until = time.monotonic() + LONGEST_WAIT_SECONDS
        is_first = _lock(self._door, until)
        has_turn = _lock(self._turn, until)
        if is_first:
            _unlock(self._door)
        try:
            yield
        finally:
            if has_turn:
                _unlock(self._turn)

    def close(self) -> None:
        """No more turns are taken."""
        for file in (self._door, self._turn):
            if file is not None:
                os.close(file)
        self._door = self._turn = None


def _open(path: Path) -> int | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        logs.event("turns.none", 30, reason=error.strerror)
        return None


if sys.platform == "win32":
    # There is one process only: several cannot share a door.
    def _lock(file: int, until: float) -> bool:
        return False

    def _unlock(file: int) -> None:
        return
else:

    def _lock(file: int, until: float) -> bool:
        """Looks again and again: a lock that one waits for in the system cannot be given up in time."""
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() >= until:
                    return False
            except OSError:
                return False
            time.sleep(_LOOK_SECONDS)

    def _unlock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
