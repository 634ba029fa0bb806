"""Books of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from shop_server.storage.books import Books
from shop_server.storage.connection import Connection
from tests.storage.writing import open_books


@pytest.fixture
def books(connection: Connection, database: Any) -> Iterator[Books]:
    with open_books(connection) as opened:
        yield opened
