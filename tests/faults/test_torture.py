"""`make torture` ends in one table, and fails when anything was lost."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import torture
from tests.faults.torture import Plan, Row, Trial, main


def fine(row: Row, folder: Path, plan: Plan) -> None:
    row.tried, row.acknowledged, row.slowest_seconds = plan.kills, 1_234, 2.34


def lossy(row: Row, folder: Path, plan: Plan) -> None:
    (folder / "log").write_text("what happened")
    row.tried = 5
    row.lost += ["order 1", "order 2", "order 3", "order 4"]


def slow(row: Row, folder: Path, plan: Plan) -> None:
    row.tried, row.late, row.slowest_seconds = 5, 2, 7.77


def broken(row: Row, folder: Path, plan: Plan) -> None:
    raise AssertionError("the next order did not come true within 60 seconds")


@pytest.fixture
def trials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Trial]:
    """What is tried, by name."""
    chosen: dict[str, Trial] = {}

    def all_of_them(plan: Plan) -> Iterator[tuple[Row, Trial]]:
        return ((Row(name, "kills"), trial) for name, trial in chosen.items())

    monkeypatch.setattr(torture, "_trials", all_of_them)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return chosen


def test_says_what_was_tried_how_often(
    trials: dict[str, Trial], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trials["kill -9 of mongod"] = fine

    assert main(["--seed", "7", "--kills", "40"]) == 0

    said = capsys.readouterr().out
    assert said.startswith("seed 7\n")
    assert said.endswith("| kill -9 of mongod | 40 | kills | 1,234 | nothing | 2.3 s |\n")
    assert list(tmp_path.iterdir()) == []


def test_fails_and_keeps_what_shows_why_when_something_was_lost(
    trials: dict[str, Trial], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trials["kill -9 of mongod"] = lossy
    trials["kill -9 of both"] = fine

    assert main(["--seed", "7"]) == 1

    said = capsys.readouterr().out
    assert "| kill -9 of mongod | 5 | kills | 0 | **order 1; order 2; order 3 and 1 more** |  |" in said
    (kept,) = tmp_path.iterdir()
    assert str(kept) in said
    assert (kept / "log").read_text() == "what happened"


def test_a_trial_that_breaks_down_is_a_loss_and_the_others_go_on(
    trials: dict[str, Trial], capsys: pytest.CaptureFixture[str]
) -> None:
    trials["kill -9 of mongod"] = broken
    trials["kill -9 of both"] = fine

    assert main([]) == 1

    said = capsys.readouterr().out
    assert "**AssertionError: the next order did not come true within 60 seconds**" in said
    assert "| kill -9 of both | 208 |" in said


def test_fails_when_the_shop_sold_again_too_late(trials: dict[str, Trial], capsys: pytest.CaptureFixture[str]) -> None:
    trials["kill -9 of mongod"] = slow

    assert main([]) == 1

    row = "| kill -9 of mongod | 5 | kills | 0 | nothing | 7.8 s (**2 after more than 5 s**) |"
    assert capsys.readouterr().out.endswith(f"{row}\n")


def test_tries_only_what_is_asked_for(trials: dict[str, Trial], capsys: pytest.CaptureFixture[str]) -> None:
    trials["kill -9 of mongod"] = fine
    trials["claim against expiry"] = broken

    assert main(["--only", "kill"]) == 0

    assert "claim" not in capsys.readouterr().out
