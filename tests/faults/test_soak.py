"""The soak in short: after a moment of mixed load nothing is left open, and what has grown would be found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.faults.soak import FEW, Part, Sample, Soaked, soak


def test_after_a_moment_of_everything_at_once_nothing_is_left_open(tmp_path: Path) -> None:
    soaked = soak(8, "short", tmp_path, rows=500)
    assert soaked.leaks() == []
    assert {
        "order",
        "browse",
        "look_at_desk",
        "listen",
        "vanish",
        "take_pictures",
        "bring_list",
        "take_file",
    } <= soaked.done.keys()
    assert len(soaked.parts) == 4
    assert all(part.answers for part in soaked.parts)


def a_soak(*, late_ms: float = 5.0, knock_ms: float = 1.0, late_cpu_ms: float = 2.0, late_kib: int = 80_000) -> Soaked:
    rest = Sample(0.0, 70_000, 80, 30, 25, 1.0, 0)
    early = Part(replace(rest, at=60.0, memory_kib=80_000), 1000, 5.0, 50.0, 1.0, 2.0)
    late = Part(replace(rest, at=120.0, memory_kib=late_kib), 1000, late_ms, 50.0, knock_ms, late_cpu_ms)
    return Soaked(120.0, rest, replace(rest, answers=4000), [early, early, early, late], {}, 4, [], "")


def test_what_stays_as_it_is_is_not_blamed() -> None:
    assert a_soak().leaks() == a_soak().growth() == []
    assert "| 2.0 | 1,000 | 5.0 | 50 | 1.0 | 2.00 | 78 | 80 | 30 | 25 |" in a_soak().table()


def test_a_machine_that_others_keep_busy_is_not_the_shops_fault() -> None:
    assert a_soak(late_ms=20.0, knock_ms=4.0).growth() == []


def test_what_grows_is_named() -> None:
    assert a_soak(late_ms=20.0).growth() == ["knocks grew from 5.00 to 20.00"]
    assert a_soak(late_cpu_ms=4.0).growth() == ["cpu_ms grew from 2.00 to 4.00"]
    assert a_soak(late_kib=120_000).growth() == ["memory grew from 80000 to 120000 KiB"]


def test_what_leaks_is_named() -> None:
    soaked = a_soak()
    for name in ("threads", "files", "sockets"):
        after = replace(soaked.after, **{name: getattr(soaked.before, name) + FEW + 1})
        assert [found.split()[0] for found in replace(soaked, after=after).leaks()] == [name]
    assert replace(soaked, put_off=5).leaks() == ["5 of 4000 were told to come again"]
    assert replace(soaked, complaints=["GET /: 500"]).leaks() == ["GET /: 500"]
    assert replace(soaked, verdict="stock is off").leaks() == ["--verify: stock is off"]
