"""A replica set of three mongods of a test's own, which may step down and be killed."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from shop_server.storage import mongod_program
from tests.waiting import wait_until

MEMBERS = 3
ELECTION_MS = 2_000
"""So long the others miss a primary before they elect another; MongoDB's own choice is ten seconds."""
START_SECONDS = 60.0


class ReplicaSet:
    """Three members on loopback ports. What one acknowledges by majority, two have written down."""

    def __init__(self, folder: Path) -> None:
        self._program = mongod_program.find_program(None)
        self._folders = [folder / f"member-{number}" for number in range(MEMBERS)]
        self._ports = _free_ports(MEMBERS)
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def uri(self) -> str:
        """Where clients find it, whoever is primary."""
        return f"mongodb://{','.join(map(self._host, range(MEMBERS)))}/?replicaSet=shop"

    def start(self) -> None:
        """Returns when it takes writes."""
        for number, folder in enumerate(self._folders):
            folder.mkdir(parents=True)
            self._launch(number)
        config = {
            "_id": "shop",
            "members": [{"_id": number, "host": self._host(number)} for number in range(MEMBERS)],
            "settings": {"electionTimeoutMillis": ELECTION_MS},
        }
        wait_until(lambda: all(map(self._hello, range(MEMBERS))), seconds=START_SECONDS, what="all members")
        with self._member(0) as client:
            client.admin.command("replSetInitiate", config)
        self.wait_for_primary()

    def stop(self) -> None:
        """Ends all of them at once: nobody needs their records any more."""
        for process in self._running.values():
            process.kill()
            process.wait()

    def primary(self) -> int | None:
        """The number of the member that takes writes just now, as it sees itself."""
        return next((number for number in self._running if self._hello(number).get("isWritablePrimary")), None)

    def wait_for_primary(self) -> None:
        """Until one of those that run takes writes."""
        wait_until(lambda: self.primary() is not None, seconds=START_SECONDS, what="a primary")

    def step_down(self) -> None:
        """The primary hands over to another in good order, as for an update of its machine."""
        before = self.primary()
        assert before is not None
        with self._member(before) as client, suppress(PyMongoError):
            # It hangs up on everybody, on us too.
            client.admin.command("replSetStepDown", 20, secondaryCatchUpPeriodSecs=5)
        wait_until(lambda: self.primary() not in (None, before), seconds=START_SECONDS, what="another primary")

    def kill_primary(self) -> int:
        """Kills the primary as a power cut would; gives its number."""
        number = self.primary()
        assert number is not None
        process = self._running.pop(number)
        process.kill()
        process.wait()
        return number

    def bring_back(self, number: int) -> None:
        """Starts a member that was killed; returns when it has caught up with the others."""
        self._launch(number)
        wait_until(lambda: self._hello(number).get("secondary"), seconds=START_SECONDS, what="its return")

    def _launch(self, number: int) -> None:
        listen = ("--bind_ip", "127.0.0.1", "--port", str(self._ports[number]))
        with (self._folders[number] / "mongod.out").open("wb") as output:
            self._running[number] = subprocess.Popen(
                mongod_program.arguments(self._program, self._folders[number], listen), stdout=output, stderr=output
            )

    def _hello(self, number: int) -> dict[str, Any]:
        try:
            with self._member(number) as client:
                return client.admin.command("hello")
        except PyMongoError:
            return {}

    def _member(self, number: int) -> MongoClient[dict[str, Any]]:
        return MongoClient(self._host(number), directConnection=True, serverSelectionTimeoutMS=2000, timeoutMS=20_000)

    def _host(self, number: int) -> str:
        return f"127.0.0.1:{self._ports[number]}"


@contextmanager
def replica_set(folder: Path) -> Iterator[ReplicaSet]:
    """One that takes writes; nothing of it is left in the end."""
    members = ReplicaSet(folder)
    try:
        members.start()
        yield members
    finally:
        members.stop()


def _free_ports(count: int) -> Sequence[int]:
    # All are held until all are found, so that they differ.
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in held]
    for listener in held:
        listener.close()
    return ports
