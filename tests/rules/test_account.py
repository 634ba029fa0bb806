"""Who may do what, and which refresh is only a twin."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shop_server.errors import Conflict
from shop_server.rules.account import (
    User,
    check_rights_change,
    device_of,
    is_late_twin,
    is_username,
    new_session,
    permissions_of,
    person_of,
)
from shop_server.rules.person import CUSTOMER, PERMISSIONS, SHOPKEEPER, STAFF

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def user(role: str, permissions: tuple[str, ...] = ()) -> User:
    return User(
        id="u1",
        role=role,
        email="asha@example.in",
        phone="9876543210",
        first_name="Asha",
        last_name="Patil",
        password_hash="$2b$hash",
        created_at=NOW,
        permissions=permissions,
        shop_id=None if role == CUSTOMER else "shop",
    )


def test_the_shopkeeper_may_do_all_staff_what_they_were_given_and_customers_nothing() -> None:
    assert permissions_of(user(SHOPKEEPER)) == frozenset(PERMISSIONS)
    assert permissions_of(user(STAFF, ("orders",))) == {"orders"}
    assert permissions_of(user(CUSTOMER, ("orders",))) == frozenset()


def test_a_person_carries_what_the_shop_needs_and_no_password() -> None:
    person = person_of(user(STAFF, ("orders",)), "s1")
    assert (person.user_id, person.session_id, person.name, person.shop_id) == ("u1", "s1", "Asha Patil", "shop")
    assert person.may("orders")
    assert not person.may("payments")
    assert "$2b$" not in repr(person) + repr(user(STAFF))


@pytest.mark.parametrize("name", ["devi", "d-k.1", "007", "a" * 30])
def test_accepts_user_names(name: str) -> None:
    assert is_username(name)


@pytest.mark.parametrize("name", ["", "de", "a" * 31, "Devi", "d k", ".devi", "devi@x", "देवी", "devi\n"])
def test_refuses_user_names(name: str) -> None:
    assert not is_username(name)


def test_a_session_lasts_its_days() -> None:
    session = new_session("s1", "u1", "", NOW, 7)
    assert (session.turn, session.turned_at, session.expires_at) == (1, NOW, NOW + timedelta(days=7))


@pytest.mark.parametrize(
    ("turn", "after_seconds", "grace_seconds", "twin"),
    [
        (2, 0, 0, True),
        (2, -0.5, 0, True),
        (2, 0.001, 0, False),
        (2, 10, 10, True),
        (2, 10.001, 10, False),
        (1, -1, 10, False),
        (3, -1, 10, False),
        (4, -1, 10, False),
    ],
)
def test_only_the_turn_before_that_was_under_way_or_within_the_grace_is_a_twin(
    turn: int, after_seconds: float, grace_seconds: int, twin: bool
) -> None:
    session = new_session("s1", "u1", "", NOW, 7)
    turned = replace(session, turn=3)
    assert is_late_twin(turned, turn, NOW + timedelta(seconds=after_seconds), grace_seconds) is twin


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (
            "Mozilla/5.0 (Linux; Android 14; SM-A146B) SamsungBrowser/25.0 Chrome/121.0 Mobile",
            "Samsung Internet on Android",
        ),
        ("Mozilla/5.0 (Linux; Android 10; K) Chrome/129.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/129.0 Safari/537.36 Edg/129.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
        ("curl/8.5.0", ""),
        ("", ""),
    ],
)
def test_a_device_is_named_in_words(agent: str, device: str) -> None:
    assert device_of(agent) == device


def test_nobody_gives_rights_to_an_account_that_was_deleted() -> None:
    gone = replace(user(CUSTOMER), left_at=NOW)
    with pytest.raises(Conflict, match="was deleted"):
        check_rights_change(gone, "u2", {"is_admin": True}, 1)
    check_rights_change(user(CUSTOMER), "u2", {"is_admin": True}, 1)
