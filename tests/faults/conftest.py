"""A data folder, and the program started on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shop_server.storage.bundled import Bundled
from shop_server.storage.data_lock import is_locked
from tests.faults.program import Program
from tests.faults.town import town

__all__ = ["data_dir", "start", "town"]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def start(data_dir: Path) -> Iterator[Callable[..., Program]]:
    """Starts the program on the test's data folder; nothing of it is left when the test ends."""
    started: list[Program] = []

    def start(**more: Any) -> Program:
        environment = {"DATA_DIR": str(data_dir), **more.pop("environment", {})}
        started.append(Program(environment, **more))
        return started[-1]

    yield start
    for program in started:
        if program.process.poll() is None:
            program.stop()
        program.end()
    if is_locked(data_dir / "mongodb" / "mongod.lock"):
        bundled = Bundled(data_dir)
        bundled.start()
        bundled.stop()
