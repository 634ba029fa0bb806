"""Several processes behind one door: visitors are answered whoever dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pymongo.database import Database

from shop_server import supervisor as supervisor_module
from shop_server.errors import CannotStart
from shop_server.storage.bundled import Bundled, records
from shop_server.storage.data_lock import is_locked
from shop_server.storage.writers import end_dead, this_process
from shop_server.supervisor import Supervisor
from tests.faults.program import Program
from tests.storage.processes import pid_of
from tests.waiting import wait_until

TWO = {"WORKERS": "2"}
LOOPS = """
import signal, sys, threading
signal.signal(signal.SIGTERM, signal.{on_term})
print("open", flush=True)
sys.stdin.read()
"""


def writers_of(data_dir: Path) -> set[int]:
    """The processes that have a writer."""
    with records(None, data_dir, None, "shop") as connection:
        return {row["process"] for row in connection.database["writers"].find()}


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_as_many_processes_answer_as_were_asked_for(start: Callable[..., Program], data_dir: Path) -> None:
    program = start(environment=TWO)
    program.wait_until_open()

    assert len(writers_of(data_dir)) == 2
    assert program.process.pid not in writers_of(data_dir)
    assert all(program.get("/readyz")[0] == 200 for _ in range(20))


def test_replaces_a_process_that_was_killed_and_ends_its_writer(start: Callable[..., Program], data_dir: Path) -> None:
    program = start(environment=TWO)
    program.wait_until_open()
    killed, other = sorted(writers_of(data_dir))
    os.kill(killed, signal.SIGKILL)

    assert program.get("/readyz")[0] == 200
    wait_until(lambda: len(writers_of(data_dir) - {killed}) == 2, seconds=30, what="its successor")

    assert writers_of(data_dir) > {other}
    assert killed not in writers_of(data_dir)


def test_closes_all_of_them_and_mongod_on_a_signal(start: Callable[..., Program], data_dir: Path) -> None:
    program = start(environment=TWO)
    program.wait_until_open()
    workers = writers_of(data_dir)

    assert program.stop() == 0

    assert not any(map(is_alive, workers))
    assert not is_locked(data_dir / "mongodb" / "mongod.lock")


def test_none_of_them_outlives_a_killed_supervisor_and_the_shop_opens_again(
    start: Callable[..., Program], data_dir: Path
) -> None:
    program = start(environment=TWO)
    program.wait_until_open()
    workers, mongod = writers_of(data_dir), pid_of(Bundled(data_dir))
    program.process.kill()
    program.process.wait()
    wait_until(lambda: not any(map(is_alive, workers)), seconds=20, what="the end of the workers")

    again = start(environment=TWO)
    again.wait_until_open()

    assert again.get("/readyz")[0] == 200
    assert pid_of(Bundled(data_dir)) == mongod


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def supervisor_of(listener: socket.socket, script: str) -> Supervisor:
    return Supervisor(2, [sys.executable, "-c", script], listener, {})


def test_cannot_start_when_a_worker_ends_before_it_is_open(listener: socket.socket) -> None:
    supervisor = supervisor_of(listener, "raise SystemExit(1)")
    supervisor.start()
    try:
        with pytest.raises(CannotStart, match="one of its processes ended at once"):
            supervisor.open("mongodb://nowhere")
    finally:
        supervisor.stop()


def test_kills_a_worker_that_does_not_stop(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "STOP_SECONDS", 0.2)
    supervisor = supervisor_of(listener, LOOPS.format(on_term="SIG_IGN"))
    supervisor.start()
    supervisor.open("mongodb://nowhere")
    workers = [process.pid for process in supervisor.running]

    supervisor.stop()

    assert len(workers) == 2
    assert not any(map(is_alive, workers))


def test_ends_workers_that_were_never_let_open(listener: socket.socket) -> None:
    supervisor = supervisor_of(listener, LOOPS.format(on_term="SIG_DFL"))
    supervisor.start()
    wait_until(lambda: len(supervisor.running) == 2, what="both")
    workers = [process.pid for process in supervisor.running]

    supervisor.stop()

    assert not any(map(is_alive, workers))


def test_gives_a_worker_the_listening_socket_and_tells_it_where_the_records_are(listener: socket.socket) -> None:
    script = """
import socket, sys
listener = socket.socket(fileno=int(sys.argv[1]))
assert sys.stdin.readline() == "mongodb://nowhere\\n"
print("open", flush=True)
while True:
    visitor, _ = listener.accept()
    visitor.sendall(b"welcome")
    visitor.close()
"""
    supervisor = supervisor_of(listener, script)
    supervisor.start()
    supervisor.open("mongodb://nowhere")
    try:
        with socket.create_connection(listener.getsockname(), timeout=5) as visitor:
            assert visitor.recv(100) == b"welcome"
    finally:
        supervisor.stop()


def test_leaves_the_writers_of_living_processes_and_other_machines_alone(database: Database[dict[str, Any]]) -> None:
    session = {"session_id": uuid4()}
    database["writers"].insert_many(
        [
            {"_id": "alive", **this_process(), **session},
            {"_id": "elsewhere", **this_process(), "host": "another machine", "process": 2**22 + 1, **session},
        ]
    )

    assert end_dead(database) == 0
    assert database["writers"].count_documents({}) == 2


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system does not tell when a process began")
def test_a_dead_predecessor_of_the_same_number_is_not_taken_for_alive(database: Database[dict[str, Any]]) -> None:
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        boot, began = this_process()["birth"].split(":")
        births = {"same number": f"{boot}:{int(began) - 1}", "before the machine started": f"another boot:{began}"}
        rows = [
            {"_id": name, **this_process(), "birth": birth, "session_id": uuid4()} for name, birth in births.items()
        ]
        another = {"_id": "another's number", **this_process(), "process": sleeper.pid, "session_id": uuid4()}
        database["writers"].insert_many([*rows, another])

        assert end_dead(database) == 3
        sleeper.kill()
    assert database["writers"].count_documents({}) == 0


def test_lets_go_what_a_dead_writer_had_locked(database: Database[dict[str, Any]]) -> None:
    database["notes"].insert_one({"_id": "stock: 1"})
    with database.client.start_session() as session:
        session.start_transaction()
        database["notes"].update_one({"_id": "stock: 1"}, {"$set": {"held": True}}, session=session)
        writer = {"host": socket.gethostname(), "process": 2**22 + 1, "session_id": session.session_id["id"]}
        database["writers"].insert_one({"_id": "dead", **writer})

        assert end_dead(database) == 1

        # Within the reader's two seconds: the transaction would have kept its lock for five.
        database["notes"].update_one({"_id": "stock: 1"}, {"$set": {"sold": True}})
        assert database["notes"].find_one() == {"_id": "stock: 1", "sold": True}
    assert database["writers"].count_documents({}) == 0
