"""Work that computes for long, done in a process of its own: as a thread of the shop it would starve the writer.

Such a process gets the records by its environment, says on its standard output what came of it, and ends with the shop.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shop_server.errors import CannotStart
from shop_server.storage.connection import Connection, open_database

_ROOT = Path(__file__).resolve().parents[2]


def ask_child(module: str, connection: Connection, *arguments: str) -> Any:
    """What `python -m module arguments` has found out, run on these records and ended together with this process.

    Raises CannotStart with the sentence that it says when it cannot do it, CalledProcessError when it breaks.
    """
    # Not on its command line, which everybody on the machine can read: there may be a password in it.
    environment = {**os.environ, "MONGODB_URI": connection.uri, "DATABASE_NAME": connection.name}
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(
        command, cwd=_ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        _running[process] = connection
        try:
            said = process.stdout.read()
        finally:
            del _running[process]
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    answer = json.loads(said)
    if "refused" in answer:
        raise CannotStart(answer["refused"])
    return answer["done"]


def end_children(connection: Connection) -> None:
    """Ends those that work on these records for this process: who closes the shop need not wait for them."""
    for process, whose in list(_running.items()):
        if whose is connection:
            process.terminate()


_running: dict[subprocess.Popen[bytes], Connection] = {}


def answer_parent(do: Callable[[Connection], Any]) -> None:
    """What the module of such a process does: answers with what `do` gives, as JSON."""
    threading.Thread(target=_end_without_parent, name="parent-watch", daemon=True).start()
    give_way()
    answer: dict[str, Any]
    try:
        with open_database(os.environ["MONGODB_URI"], os.environ["DATABASE_NAME"]) as connection:
            answer = {"done": do(connection)}
    except CannotStart as refusal:
        answer = {"refused": str(refusal)}
    sys.stdout.write(json.dumps(answer))


def give_way() -> None:
    """This process works when nobody else has anything to do: customers come first."""
    if sys.platform != "win32":
        os.nice(10)


def _end_without_parent() -> None:
    """Standard input ends when the shop is gone, however it went."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)
