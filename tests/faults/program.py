"""`run_server.py` as a person starts it: a process of its own, on a data folder of its own."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from shop_server.settings import SETTING_NAMES
from tests.storage.processes import ROOT

OPEN = re.compile(r"The shop is open at (http://127\.0\.0\.1:(\d+))\n")


def _hear_all_signals() -> None:
    """Whoever runs the tests in the background has these ignored, and what is started then ignores them too."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Program:
    """`run_server.py` as a person starts it. With `log`, what it says of its work is added to that file."""

    def __init__(
        self, environment: dict[str, str], *, command: tuple[str, ...] = ("run_server.py",), log: Path | None = None
    ) -> None:
        clean = {name: value for name, value in os.environ.items() if name not in SETTING_NAMES}
        # No pipe: one that nobody reads fills up, and the program stands still at its next line.
        self._log = log.open("a+b") if log else tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the program
        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={**clean, "PORT": "0", **environment},
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
            preexec_fn=_hear_all_signals,
        )
        self.port = 0

    def wait_until_open(self) -> str:
        """The line that it prints, when it has."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        match = OPEN.fullmatch(line)
        assert match, line or self.end()
        self.port = int(match[2])
        return line

    def get(self, path: str) -> tuple[int, dict[str, str]]:
        """Status and headers of the answer."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            return answer.status, dict(answer.getheaders())

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)

    def end(self) -> tuple[int, str, str]:
        """Exit code and what it said, when it ends by itself."""
        out, _ = self.process.communicate(timeout=60)
        self._log.seek(0)
        return self.process.returncode, out, self._log.read().decode()
