"""Books of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from shop_server.storage.books import Books
from shop_server.storage.connection import Connection
from tests.storage.writing import Gate, open_books


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def books(connection: Connection, database: Any, gate: Gate) -> Iterator[Books]:
    with open_books(connection, gate=gate) as opened:
        yield opened
