"""Keeps several processes of the shop at work behind one door, and starts one again when it has died."""

from __future__ import annotations

import logging
import os
import queue
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from shop_server import logs
from shop_server.errors import CannotStart

OPEN_LINE = b"open\n"
"""What a worker says on its standard output when it answers visitors."""
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 5.0
STOP_SECONDS = 30.0


class Supervisor:
    """`count` processes that run `command` and are given the door, a socket at which visitors will knock.

    The socket's number is the command's last word. A worker makes ready, and reads from its standard input where the
    records are: then it may open. It says OPEN_LINE when it answers, stops on SIGTERM, and when its standard input ends,
    as its supervisor is gone then.
    """

    def __init__(self, count: int, command: Sequence[str], door: socket.socket, environment: Mapping[str, str]) -> None:
        self._command = [*command, str(door.fileno())]
        self._door = door
        self._environment = {**os.environ, **environment}
        self._records = ""
        self._may_open = threading.Event()
        self._stopping = threading.Event()
        self._launching = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._first: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._keep_one, name=f"worker-{n}") for n in range(count)]

    def start(self) -> None:
        """Lets all of them make ready; `stop` is due from now on."""
        for thread in self._threads:
            thread.start()

    def open(self, records: str) -> None:
        """Tells them where the records are (a MongoDB URI), and returns when all are open.

        Raises CannotStart when one cannot, which has said why.
        """
        self._records = records
        self._may_open.set()
        if not all(self._first.get() for _ in self._threads):
            raise CannotStart("The shop cannot open: one of its processes ended at once.")

    @property
    def running(self) -> list[subprocess.Popen[bytes]]:
        """The processes at work."""
        with self._launching:
            return list(self._running)

    def wait(self) -> None:
        """Until `stop`."""
        self._stopping.wait()

    def stop(self) -> None:
        """Ends all of them, which answer first what they have begun. Once more changes nothing."""
        self._stopping.set()
        self._may_open.set()
        running = self.running
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
        for thread in self._threads:
            thread.join()

    def _keep_one(self) -> None:
        """One worker's place, always taken."""
        pause = SHORTEST_PAUSE_SECONDS
        is_first = True
        while (process := self._launch()) is not None:
            self._let_open(process)
            has_opened = self._watch_over(process, is_first)
            if is_first and not has_opened:
                return
            is_first = False
            pause = SHORTEST_PAUSE_SECONDS if has_opened else min(2 * pause, LONGEST_PAUSE_SECONDS)
            self._stopping.wait(pause)

    def _launch(self) -> subprocess.Popen[bytes] | None:
        """Starts a worker; None once the shop is closing."""
        with self._launching:
            if self._stopping.is_set():
                return None
            process = subprocess.Popen(
                self._command,
                env=self._environment,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=(self._door.fileno(),),
                # Ctrl-C is for the supervisor, who then ends them in good order.
                start_new_session=True,
            )
            self._running.add(process)
            return process

    def _let_open(self, process: subprocess.Popen[bytes]) -> None:
        self._may_open.wait()
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it has died; that is seen next
            process.stdin.write(f"{self._records}\n".encode())

    def _watch_over(self, process: subprocess.Popen[bytes], is_first: bool) -> bool:
        """Stays until the worker has ended; whether it had opened."""
        assert process.stdout is not None
        with process:
            has_opened = process.stdout.readline() == OPEN_LINE
            if is_first:
                self._first.put(has_opened)
            process.wait()
        with self._launching:
            self._running.discard(process)
        if not self._stopping.is_set():
            logs.event("worker_ended", logging.ERROR, pid=process.pid, code=process.returncode)
        return has_opened
