"""Killing, freezing and starting the shop's processes in tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from shop_server.storage.bundled import Bundled

HOLD_OPEN = """
import sys, threading
from pathlib import Path
from shop_server.storage.bundled import Bundled
bundled = Bundled(Path(sys.argv[1]))
bundled.start()
bundled.note_address("http://127.0.0.1:8000")
print("open", flush=True)
sys.stdin.read()
bundled.stop()
"""
ROOT = Path(__file__).parents[2]


def pid_of(bundled: Bundled) -> int:
    """The process of its mongod, as that says itself."""
    with MongoClient[dict[str, Any]](bundled.uri, timeoutMS=10_000) as client:
        return int(client.admin.command("serverStatus")["pid"])


def kill_mongod(bundled: Bundled) -> int:
    """Kills its mongod as a power cut would; the pid it had."""
    pid = pid_of(bundled)
    os.kill(pid, signal.SIGKILL)
    return pid


def open_in_another_process(data_dir: Path) -> subprocess.Popen[str]:
    """A process that holds the shop's records open until its stdin ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD_OPEN, str(data_dir)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process
