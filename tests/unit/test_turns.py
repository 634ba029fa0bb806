"""The writers of one machine write in turn, and none of them waits for a dead or a frozen one."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from shop_server.storage import turns
from shop_server.storage.turns import Turns
from tests.waiting import wait_until

HOLD = """
import sys, time
from pathlib import Path
from shop_server.storage.turns import Turns
with Turns(Path(sys.argv[1])).taken():
    print("taken", flush=True)
    sys.stdin.read()
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "books.turn"


def test_only_one_has_the_turn(path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def write(number: int) -> None:
        turn = Turns(path)
        for _ in range(20):
            with turn.taken():
                inside.append(number)
                most.append(len(inside))
                time.sleep(0.0005)
                inside.remove(number)
        turn.close()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(most) == 60
    assert max(most) == 1


def test_who_waits_comes_before_who_has_just_had_it(path: Path) -> None:
    one, other = Turns(path), Turns(path)
    order: list[str] = []

    def wait() -> None:
        with other.taken():
            order.append("other")

    waiting = threading.Thread(target=wait)
    with one.taken():
        waiting.start()
        wait_until(lambda: is_locked(path.with_suffix(".door")))
        order.append("one")
    with one.taken():
        order.append("one again")
    waiting.join()
    assert order == ["one", "other", "one again"]


def is_locked(path: Path) -> bool:
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def test_a_frozen_holder_is_waited_for_only_so_long(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST_WAIT_SECONDS", 0.1)
    holder, other = Turns(path), Turns(path)
    with holder.taken(), other.taken():
        pass
    # And what it did not have it did not give back.
    with holder.taken():
        started = time.monotonic()
        with other.taken():
            assert time.monotonic() - started >= 0.1


def test_a_dead_holder_is_not_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST_WAIT_SECONDS", 60.0)
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "taken\n"
        holder.kill()
        with Turns(path).taken():
            pass


def test_where_no_file_can_be_made_everybody_writes_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Turns(tmp_path / "file" / "books.turn").taken():
        pass
