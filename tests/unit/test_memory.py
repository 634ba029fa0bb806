"""What a process remembers is never older than the news it has heard."""

from __future__ import annotations

import time
import weakref

import pytest

from shop_server.storage.memory import Memory


def test_remembers_what_was_read() -> None:
    memory: Memory[str] = Memory(10, 60)
    memory.keep("a", "A", memory.generation)
    assert memory.find("a") == "A"
    assert memory.find("b") is None


def test_what_was_read_before_news_came_is_not_kept() -> None:
    memory: Memory[str] = Memory(10, 60)
    before = memory.generation
    memory.forget(lambda key, value: False)
    memory.keep("a", "stale", before)
    assert memory.find("a") is None


def test_news_ends_what_it_concerns_and_nothing_else() -> None:
    memory: Memory[str] = Memory(10, 60)
    memory.keep("a", "A", memory.generation)
    memory.keep("b", "B", memory.generation)
    memory.forget(lambda key, value: value == "A")
    assert (memory.find("a"), memory.find("b")) == (None, "B")
    memory.forget_all()
    assert memory.find("b") is None


def test_forgets_the_oldest_when_full() -> None:
    memory: Memory[int] = Memory(2, 60)
    for number, key in enumerate("abac"):
        memory.keep(key, number, memory.generation)
    assert [memory.find(key) for key in "abc"] == [2, None, 3]


def test_forgets_by_itself_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    memory: Memory[str] = Memory(10, 60)
    memory.keep("a", "A", memory.generation)
    later = time.monotonic() + 60
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert memory.find("a") is None


def test_holds_on_to_nothing_whose_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    memory: Memory[set[str]] = Memory(10, 60)
    value = {"A"}
    held = weakref.ref(value)
    memory.keep("a", value, memory.generation)
    del value
    assert held() is not None
    later = time.monotonic() + 60
    monkeypatch.setattr(time, "monotonic", lambda: later)
    memory.keep("b", set(), memory.generation)
    assert held() is None
