"""Passwords: which are good enough, and how they are kept (bcrypt) and checked."""

from __future__ import annotations

import os
import sys
import threading
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import bcrypt

from shop_server.errors import Unavailable, wrong_field
from shop_server.security.common_passwords import COMMON_PASSWORDS

SHORTEST_CHARACTERS = 8
LONGEST_BYTES = 72
ROUNDS = 11
AT_ONCE = max(1, (os.cpu_count() or 1) // 2)
"""Half of the processors are for everybody else."""
STEP_BACK = 5
"""How far those who check passwords stand behind the others, in steps of nice(1)."""
LONGEST_WAIT_SECONDS = 5.0


class Passwords:
    """Hashes and checks passwords, a few at a time: each takes a processor for a good tenth of a second."""

    def __init__(self, rounds: int = ROUNDS) -> None:
        self._rounds = rounds
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._hands = ThreadPoolExecutor(AT_ONCE, "passwords", initializer=_step_back)
        # Checked when there is no such account, so that the answer takes as long as when there is one. To check it costs
        # as much as any, to make it costs nothing: behind the salt stands what no password is known to give.
        self._nobodys_hash = bcrypt.gensalt(rounds).decode() + "." * 31

    def check_new(self, password: str, pointer: str = "/password") -> None:
        """Raises InvalidInput unless the password has 8 characters, at most 72 bytes, and is not a common one."""
        if len(password) < SHORTEST_CHARACTERS:
            raise wrong_field(pointer, f"Use at least {SHORTEST_CHARACTERS} characters.")
        if len(_bytes(password)) > LONGEST_BYTES:
            raise wrong_field(pointer, f"This password is too long: at most {LONGEST_BYTES} bytes.")
        plain = password.casefold().strip()
        if plain in COMMON_PASSWORDS or len(set(plain)) < 3:
            raise wrong_field(pointer, "This is among the first passwords that anyone would try. Choose another.")

    def keep(self, password: str) -> str:
        """The hash to keep of a password that `check_new` let pass. Raises Unavailable when too busy."""
        with self._turn():
            return self._hands.submit(bcrypt.hashpw, _bytes(password), bcrypt.gensalt(self._rounds)).result().decode()

    def match(self, password: str, kept: str | None) -> bool:
        """Whether this is the password; `kept` None (no such account) takes as long and is never right.

        Raises Unavailable when too many wait.
        """
        given = _bytes(password)
        too_long = len(given) > LONGEST_BYTES
        with self._turn():
            wanted = (kept or self._nobodys_hash).encode()
            right = self._hands.submit(bcrypt.checkpw, given[:LONGEST_BYTES], wanted).result()
        return right and kept is not None and not too_long

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=LONGEST_WAIT_SECONDS):
            raise Unavailable("Many people are signing in just now. Please try again in a moment.")
        try:
            yield
        finally:
            self._turns.release()


def _step_back() -> None:
    # On Linux each thread has a priority of its own; elsewhere it would be that of the whole shop.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), STEP_BACK)


def _bytes(password: str) -> bytes:
    # Keyboards compose é in one or two characters; it is the same password.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
