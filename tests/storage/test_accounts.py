"""Accounts, sign-ins, failures and secrets as the database keeps them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from pymongo.database import Database

from shop_server.errors import Duplicate, NotAllowed, NotFound, StaleVersion
from shop_server.rules.account import User, new_session
from shop_server.rules.person import CUSTOMER, SHOPKEEPER
from shop_server.rules.shop import Shop
from shop_server.security.tokens import new_secret
from shop_server.storage.announcements import Announcements
from shop_server.storage.attempts import MOST_KEPT, Attempts
from shop_server.storage.documents import to_document
from shop_server.storage.news import Entry
from shop_server.storage.secrets import Secrets
from shop_server.storage.sessions import Sessions
from shop_server.storage.shops import Shops
from shop_server.storage.users import Users
from tests.fake_clock import OPENING, FakeClock

Records = Database[dict[str, Any]]
T = TypeVar("T")


def a_user(number: int, **fields: Any) -> User:
    values: dict[str, Any] = {"role": CUSTOMER, "password_hash": "hash", "created_at": OPENING, **fields}
    return User(
        id=f"{number:024x}",
        email=f"user{number}@example.in",
        phone=f"{9_000_000_000 + number}",
        first_name="Devi",
        last_name="Kulkarni",
        **values,
    )


def _with_no_shop(user: User, first: bool) -> tuple[User, None]:
    return user, None


def a_shop(user: User) -> Shop:
    return Shop(id=f"{int(user.id, 16) + 1000:024x}", owner_id=user.id, name="Kirana", created_at=OPENING)


# --- accounts ---


def test_an_account_is_found_by_each_of_its_names(database: Records) -> None:
    users = Users(database)
    devi = users.register(lambda first: (a_user(1, username="devi", permissions=("orders",)), None))
    assert users.get(devi.id) == devi
    assert users.find_by("email", "user1@example.in") == devi
    assert users.find_by("phone", "9000000001") == devi
    assert users.find_by("username", "devi") == devi
    assert users.find_by("email", "nobody@example.in") is None
    with pytest.raises(NotFound):
        users.get("0" * 24)


def test_many_may_have_no_user_name(database: Records) -> None:
    users = Users(database)
    for user in (a_user(1), a_user(2), a_user(3)):
        users.register(partial(_with_no_shop, user))
    assert database["users"].count_documents({}) == 3


def test_the_first_of_many_is_told_so_once(database: Records) -> None:
    users = Users(database)
    told: dict[int, bool] = {}

    def register(number: int) -> None:
        def make(first: bool) -> tuple[User, None]:
            told[number] = first
            return a_user(number, is_admin=first), None

        users.register(make)

    at_once([partial(register, number) for number in range(6)])
    assert sorted(told.values()) == [False] * 5 + [True]
    assert database["users"].count_documents({"is_admin": True}) == 1


def test_a_refused_registration_leaves_nothing_and_does_not_use_up_being_first(database: Records) -> None:
    users = Users(database)

    def refuse(first: bool) -> tuple[User, Shop | None]:
        raise NotAllowed("closed")

    with pytest.raises(NotAllowed):
        users.register(refuse)
    assert users.register(lambda first: (a_user(1, is_admin=first), None)).is_admin


def test_a_taken_name_leaves_no_shop_behind(database: Records) -> None:
    users = Users(database)
    users.register(lambda first: (a_user(1), None))
    rival = replace(a_user(2, role=SHOPKEEPER), phone="9000000001")
    with pytest.raises(Duplicate) as refused:
        users.register(lambda first: (rival, a_shop(rival)))
    assert refused.value.extra == {"field": "phone"}
    assert database["shops"].count_documents({}) == 0
    assert users.find(rival.id) is None


def test_a_password_that_was_changed_meanwhile_is_not_overwritten(database: Records) -> None:
    users = Users(database)
    devi = users.register(lambda first: (a_user(1), None))
    assert users.change_password(devi, "new hash")
    assert not users.change_password(devi, "newer hash")
    assert users.get(devi.id).password_hash == "new hash"


# --- sign-ins ---


@pytest.fixture
def sessions(database: Records) -> Sessions:
    users = Users(database)
    users.register(lambda first: (a_user(1), None))
    sessions = Sessions(database, users)
    for name in "ab":
        sessions.insert(new_session(name, a_user(1).id, "Chrome on Android", OPENING, 7))
    return sessions


def test_a_remembered_person_needs_no_trip_to_the_database(database: Records, sessions: Sessions) -> None:
    person = sessions.find_person("a", OPENING)
    assert person is not None
    assert person.name == "Devi Kulkarni"
    database["sessions"].delete_many({})
    assert sessions.find_person("a", OPENING) == person
    assert sessions.find_remembered("b", OPENING) is None
    assert sessions.find_person("a", OPENING + timedelta(days=7)) is None


@pytest.mark.parametrize("kind_and_id", [("session", "a"), ("user", a_user(1).id)], ids=str)
def test_news_ends_what_is_remembered(database: Records, sessions: Sessions, kind_and_id: tuple[str, str]) -> None:
    sessions.find_person("a", OPENING)
    database["sessions"].delete_many({})
    sessions.hear("session", "b")
    sessions.hear("shop", "a")
    assert sessions.find_person("a", OPENING) is not None
    sessions.hear(*kind_and_id)
    assert sessions.find_person("a", OPENING) is None


def test_a_gap_in_the_news_ends_all_that_is_remembered(database: Records, sessions: Sessions) -> None:
    sessions.find_person("a", OPENING)
    database["sessions"].delete_many({})
    sessions.forget_all()
    assert sessions.find_person("a", OPENING) is None


def test_a_turn_is_taken_once_however_many_try(sessions: Sessions) -> None:
    taken = at_once([lambda: sessions.take_turn("a", 1, OPENING)] * 8)
    assert sorted(taken) == [False] * 7 + [True]
    session = sessions.find("a", OPENING)
    assert session is not None
    assert session.turn == 2


def test_a_session_that_is_over_takes_no_turn(sessions: Sessions) -> None:
    late = OPENING + timedelta(days=7)
    assert not sessions.take_turn("a", 1, late)
    assert sessions.find("a", late) is None
    assert sessions.list_of_user(a_user(1).id, late) == []


def test_only_ones_own_session_is_ended(sessions: Sessions) -> None:
    assert not sessions.end("a", a_user(2).id)
    assert sessions.end("a", a_user(1).id)
    assert not sessions.end("a", a_user(1).id)


def test_all_sessions_but_one_are_ended(sessions: Sessions) -> None:
    assert sessions.end_others(a_user(1).id, "a") == ["b"]
    assert [session.id for session in sessions.list_of_user(a_user(1).id, OPENING)] == ["a"]


# --- failures ---


def test_failures_are_counted_within_the_window(database: Records) -> None:
    attempts = Attempts(database)
    window = timedelta(minutes=15)
    times = [OPENING + timedelta(minutes=minutes) for minutes in (0, 1, 15.5)]
    assert [len(attempts.add("devi", at, window)) for at in times] == [1, 2, 2]
    assert attempts.list_failures("devi") == times[1:]
    assert attempts.list_failures("eshan") == []
    attempts.forget("devi")
    assert attempts.list_failures("devi") == []


def test_of_failures_at_once_each_has_its_number(database: Records) -> None:
    attempts = Attempts(database)
    counts = at_once([lambda: len(attempts.add("devi", OPENING, timedelta(minutes=15)))] * 8)
    assert sorted(counts) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_failures_do_not_pile_up_without_end(database: Records) -> None:
    attempts = Attempts(database)
    for _ in range(MOST_KEPT + 5):
        attempts.add("devi", OPENING, timedelta(minutes=15))
    assert len(attempts.list_failures("devi")) == MOST_KEPT
    document = database["attempts"].find_one({"_id": "devi"})
    assert document is not None
    assert document["expires_at"] == OPENING + timedelta(minutes=15)


# --- secrets, shops and announcements ---


def test_a_secret_is_made_once_however_many_ask(database: Records) -> None:
    made = at_once([lambda: Secrets(database).get_or_make("jwt_secret", new_secret)] * 8)
    assert len(set(made)) == 1
    assert Secrets(database).get_or_make("jwt_secret", lambda: "another") == made[0]


def test_a_change_of_a_shop_is_decided_again_when_another_was_faster(database: Records) -> None:
    shop = a_shop(a_user(1))
    database["shops"].insert_one(to_document(shop))
    shops = Shops(database)
    seen: list[int] = []

    def decide(current: Shop) -> dict[str, Any]:
        seen.append(current.low_stock_at)
        if len(seen) == 1:
            Shops(database).change(shop.id, lambda other: {"low_stock_at": 3})
        return {"low_stock_at": current.low_stock_at + 1}

    assert shops.change(shop.id, decide).low_stock_at == 4
    assert seen == [10, 3]
    with pytest.raises(NotFound):
        shops.change("0" * 24, decide)


def test_a_change_that_always_comes_too_late_is_given_up(database: Records) -> None:
    shop = a_shop(a_user(1))
    database["shops"].insert_one(to_document(shop))

    def decide(current: Shop) -> dict[str, Any]:
        Shops(database).change(shop.id, lambda other: {"city": "Pune"})
        return {"city": "Nashik"}

    with pytest.raises(StaleVersion):
        Shops(database).change(shop.id, decide)
    assert Shops(database).get(shop.id).city == "Pune"


def test_an_announcement_is_heard_here_first_and_written_for_the_others(database: Records, clock: FakeClock) -> None:
    heard: list[tuple[list[Entry], int]] = []
    announcements = Announcements(
        database,
        clock,
        process_id="p1",
        on_announce=lambda entries: heard.append((list(entries), database["news"].count_documents({}))),
    )
    announcements.tell("session", ["a", "b"])
    announcements.tell("session", [])
    assert heard == [([Entry("session", "a"), Entry("session", "b")], 0)]
    (news,) = database["news"].find()
    assert (news["source"], news["at"]) == ("p1", datetime(2026, 11, 21, 4, 30, tzinfo=UTC))
    assert [(entry["kind"], entry["id"]) for entry in news["entries"]] == [("session", "a"), ("session", "b")]


def at_once(calls: list[Callable[[], T]]) -> list[T]:
    """Makes all these calls at the same time."""
    results: list[T] = []
    gate = threading.Barrier(len(calls))

    def make(call: Callable[[], T]) -> None:
        gate.wait(10)
        results.append(call())

    threads = [threading.Thread(target=make, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(results) == len(calls)
    return results
