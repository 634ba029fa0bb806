"""Passwords are refused when weak, kept only as a hash, and checked in equal time."""

from __future__ import annotations

import os
import sys
import threading

import bcrypt
import pytest

from shop_server.errors import InvalidInput
from shop_server.security.common_passwords import COMMON_PASSWORDS
from shop_server.security.passwords import AT_ONCE, STEP_BACK, Passwords

passwords = Passwords(rounds=4)


@pytest.mark.parametrize("password", ["mangoes in May", "नमस्ते दुकान", "x" * 4 + "yz" * 34, "12ab!cd8", "a\x00bcdefgh"])
def test_a_good_password_is_kept_as_a_hash_and_matches(password: str) -> None:
    passwords.check_new(password)
    kept = passwords.keep(password)
    assert password not in kept
    assert passwords.match(password, kept)
    assert not passwords.match(password + "x", kept)
    assert not passwords.match(password[:-1], kept)


@pytest.mark.parametrize(
    ("password", "because"),
    [
        ("", "8 characters"),
        ("sevench", "8 characters"),
        ("x" * 73, "72 bytes"),
        ("न" * 25, "72 bytes"),
        ("Password123", "first"),
        ("JaiMataDi", "first"),
        ("aaaaaaaaaa", "first"),
        ("12121212", "first"),
    ],
)
def test_refuses_a_weak_password_and_says_why(password: str, because: str) -> None:
    with pytest.raises(InvalidInput, match=because) as refused:
        passwords.check_new(password, "/new")
    assert refused.value.errors[0].pointer == "/new"


def test_a_longer_password_with_the_same_first_72_bytes_does_not_match() -> None:
    longest = "ab1" * 24
    kept = passwords.keep(longest)
    assert passwords.match(longest, kept)
    assert not passwords.match(longest + "x", kept)


def test_a_composed_and_a_decomposed_letter_are_the_same_password() -> None:
    assert passwords.match("café mocha", passwords.keep("cafe\u0301 mocha"))


def test_an_unknown_account_never_matches_but_costs_a_full_check(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[bytes] = []
    real = bcrypt.checkpw

    def noted(given: bytes, kept: bytes) -> bool:
        checked.append(kept)
        return real(given, kept)

    monkeypatch.setattr(bcrypt, "checkpw", noted)
    assert not passwords.match("nobody has this password", None)
    assert not passwords.match("y" * 100, passwords.keep("mangoes in May"))
    costs = {kept[:7] for kept in checked}
    assert (len(checked), costs) == (2, {b"$2b$04$"})


def test_only_a_few_passwords_are_checked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0
    lock, all_busy, release = threading.Lock(), threading.Event(), threading.Event()

    def checked(given: bytes, kept: bytes) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == AT_ONCE:
                all_busy.set()
        release.wait(5)
        with lock:
            running -= 1
        return True

    monkeypatch.setattr(bcrypt, "checkpw", checked)
    threads = [threading.Thread(target=passwords.match, args=("x", None)) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert all_busy.wait(5)
    release.set()
    for thread in threads:
        thread.join(5)
    assert most == AT_ONCE


def test_the_common_passwords_are_written_as_they_are_compared() -> None:
    assert len(COMMON_PASSWORDS) >= 200
    assert all(word == word.casefold() and len(word) >= 8 for word in COMMON_PASSWORDS)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives each thread a priority of its own")
def test_whoever_checks_passwords_lets_others_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    priorities: list[int] = []

    def check(given: bytes, kept: bytes) -> bool:
        priorities.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return True

    monkeypatch.setattr(bcrypt, "checkpw", check)
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert Passwords(4).match("five green mangoes", "kept")
    assert priorities == [min(19, STEP_BACK)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
