"""What is kept of the catalogue is given to everybody, once read, and never after something of it changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from shop_server.context import Context
from shop_server.errors import NotFound
from shop_server.rules.person import CUSTOMER, SHOPKEEPER, Person
from shop_server.web import catalogue_cache
from shop_server.web.catalogue_cache import CatalogueAnswer, CatalogueCache
from shop_server.web.request import Request, parse_head
from shop_server.web.response import Response
from tests.fake_clock import FakeClock
from tests.waiting import wait_until

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
KIRANA, BAKERY = "kirana", "bakery"
DEVI = Person("devi", "s1", CUSTOMER, "Devi", "9876543210")
ASHA = Person("asha", "s2", SHOPKEEPER, "Asha", "9876543211", shop_id=KIRANA)


class Shelf:
    """Something to read: it counts how often, and may be held up."""

    def __init__(
        self, shop_id: str | None = KIRANA, size: int = 10, until: datetime = NOW + timedelta(hours=12)
    ) -> None:
        self.shop_id = shop_id
        self.size = size
        self.until = until
        self.times = 0
        self.meanwhile: Callable[[], object] = lambda: None

    def read(self) -> CatalogueAnswer:
        self.times += 1
        number = self.times
        self.meanwhile()
        return CatalogueAnswer(Response(200, f"{number}".encode().ljust(self.size)), self.shop_id, self.until)


def told(cache: CatalogueCache, shelf: Shelf, key: str = "k", now: datetime = NOW) -> int:
    return int(cache.answer(key, now, shelf.read).response.body)


def test_what_was_read_once_is_given_again() -> None:
    cache, shelf = CatalogueCache(), Shelf()
    assert [told(cache, shelf), told(cache, shelf)] == [1, 1]
    assert told(cache, shelf, "other") == 2


@pytest.mark.parametrize("changed", [KIRANA, None])
def test_a_change_in_the_shop_ends_what_is_kept_of_it(changed: str | None) -> None:
    cache, shelf = CatalogueCache(), Shelf()
    told(cache, shelf)
    cache.raise_generation(changed)
    assert told(cache, shelf) == 2


def test_a_change_in_another_shop_ends_only_what_shows_all_shops() -> None:
    cache, own, everything = CatalogueCache(), Shelf(KIRANA), Shelf(None)
    told(cache, own, "own"), told(cache, everything, "all")
    cache.raise_generation(BAKERY)
    assert told(cache, own, "own") == 1
    assert told(cache, everything, "all") == 2


def test_what_was_read_while_something_changed_is_given_but_not_kept() -> None:
    cache, shelf = CatalogueCache(), Shelf()
    shelf.meanwhile = lambda: cache.raise_generation(KIRANA)
    assert told(cache, shelf) == 1
    shelf.meanwhile = lambda: None
    assert told(cache, shelf) == 2
    assert told(cache, shelf) == 2


def test_nothing_is_kept_beyond_the_shops_midnight() -> None:
    cache, shelf = CatalogueCache(), Shelf(until=NOW + timedelta(hours=1))
    told(cache, shelf)
    assert told(cache, shelf, now=NOW + timedelta(minutes=59)) == 1
    assert told(cache, shelf, now=NOW + timedelta(hours=1)) == 2


def test_refusals_are_not_kept() -> None:
    cache, shelf = CatalogueCache(), Shelf()

    def refuse() -> CatalogueAnswer:
        raise NotFound("There is no such product.")

    with pytest.raises(NotFound):
        cache.answer("k", NOW, refuse)
    assert told(cache, shelf) == 1


def test_of_many_who_ask_at_once_one_reads() -> None:
    cache, shelf, go = CatalogueCache(), Shelf(), threading.Event()
    shelf.meanwhile = lambda: go.wait(10)
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(told(cache, shelf))) for _ in range(8)]
    for thread in threads:
        thread.start()
    wait_until(lambda: shelf.times == 1, what="the reading")
    go.set()
    for thread in threads:
        thread.join(10)
    assert answers == [1] * 8


def test_who_asks_after_a_change_does_not_get_what_was_begun_before_it() -> None:
    cache, shelf, begun, go = CatalogueCache(), Shelf(), threading.Event(), threading.Event()

    def hold_up() -> None:
        if shelf.times == 1:
            begun.set()
            go.wait(10)

    shelf.meanwhile = hold_up
    early = threading.Thread(target=told, args=(cache, shelf))
    early.start()
    begun.wait(10)
    cache.raise_generation(KIRANA)
    answers: list[int] = []
    late = threading.Thread(target=lambda: answers.append(told(cache, shelf)))
    late.start()
    go.set()
    early.join(10)
    late.join(10)
    assert answers == [2]


def test_who_waits_for_a_reading_that_fails_is_refused_alike() -> None:
    cache, go, asked = CatalogueCache(), threading.Event(), threading.Event()
    refusals: list[str] = []

    def fail() -> CatalogueAnswer:
        asked.set()
        go.wait(10)
        raise NotFound("There is no such product.")

    def ask() -> None:
        with pytest.raises(NotFound) as refusal:
            cache.answer("k", NOW, fail)
        refusals.append(refusal.value.detail)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    asked.wait(10)
    go.set()
    for thread in threads:
        thread.join(10)
    assert refusals == ["There is no such product."] * 3


def test_keeps_no_more_than_it_may_and_drops_what_nobody_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_cache, "MOST_ANSWERS", 3)
    cache, shelf = CatalogueCache(), Shelf()
    for key in ("a", "b", "c"):
        told(cache, shelf, key)
    told(cache, shelf, "a")
    told(cache, shelf, "d")
    assert told(cache, shelf, "a") == 1
    assert told(cache, shelf, "b") == 5


def test_keeps_no_more_bytes_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_cache, "MOST_BYTES", 10_000)
    cache, shelf = CatalogueCache(), Shelf(size=3_000)
    for key in ("a", "b", "c"):
        told(cache, shelf, key)
    assert told(cache, shelf, "c") == 3
    assert told(cache, shelf, "a") == 4
    huge = Shelf(size=20_000)
    assert [told(cache, huge, "huge"), told(cache, huge, "huge")] == [1, 2]


# --- who gets what ---


class Counter:
    """The counter of a shop with a cache: a handler that reads, and the clock."""

    def __init__(self) -> None:
        self.cache, self.shelf, self.clock = CatalogueCache(), Shelf(), FakeClock()
        self.context = cast(Context, type("OnlyAClock", (), {"clock": self.clock}))
        self.handler = self.cache.through(self._read)

    def _read(self, request: Request, context: Context) -> CatalogueAnswer:
        return self.shelf.read()

    def ask(self, person: Person | None, token: str | None = None) -> int:
        return int(self.handler(self.request(token, person), self.context).body)

    def at_once(self, token: str | None = None) -> Response | None:
        return self.cache.at_once(self.request(token), self.context)

    def request(self, token: str | None, person: Person | None = None) -> Request:
        credentials = f"\r\nAuthorization: Bearer {token}" if token else ""
        request = parse_head(f"GET /api/products?q=dal HTTP/1.1\r\nHost: shop{credentials}".encode())
        request.person = person
        return request


def test_a_stranger_is_answered_at_once_by_what_is_kept() -> None:
    counter = Counter()
    assert counter.at_once() is None
    counter.ask(None)
    kept = counter.at_once()
    assert kept is not None
    assert int(kept.body) == 1


def test_the_shops_own_people_are_never_given_what_is_kept_nor_is_theirs_kept() -> None:
    counter = Counter()
    assert counter.ask(ASHA, "asha") == 1
    assert counter.ask(None) == 2
    assert counter.ask(ASHA, "asha") == 3
    assert counter.at_once("asha") is None
    assert counter.ask(None) == 2


def test_a_customer_is_answered_at_once_after_she_was_recognized() -> None:
    counter = Counter()
    counter.ask(None)
    assert counter.at_once("devi") is None
    assert counter.ask(DEVI, "devi") == 1
    assert counter.at_once("devi") is not None
    assert counter.at_once("asha") is None


def test_a_customer_has_to_be_recognized_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_cache, "VISITOR_SECONDS", 0.0)
    counter = Counter()
    assert counter.ask(DEVI, "devi") == 1
    assert counter.at_once("devi") is None
    assert counter.at_once() is not None


def test_a_sign_in_that_nobody_knows_is_not_remembered() -> None:
    counter = Counter()
    counter.ask(None, "expired")
    assert counter.at_once("expired") is None


def test_the_handler_keeps_its_name_for_the_description() -> None:
    def show_list(request: Request, context: Context) -> Any:
        """The goods"""

    handler = CatalogueCache().through(show_list)
    assert (handler.__name__, handler.__doc__) == ("show_list", "The goods")
