"""Each night the shop checks its own promises, in a process of its own, and says loudly when one is broken."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from shop_server.actions.verify_records import verify_records
from shop_server.context import Context
from shop_server.errors import CannotStart
from shop_server.storage import verify
from shop_server.storage.child import end_children
from shop_server.storage.connection import Connection
from shop_server.storage.verify import Verification
from tests.builders import a_product, a_shop

ROOT = Path(__file__).parents[2]


@pytest.fixture
def busy_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever checks in this process, where the writer would starve, fails."""

    def starve(database: object) -> list[str]:
        raise AssertionError("the records are checked in the shop's own process")

    monkeypatch.setattr(verify, "verify", starve)


@pytest.mark.usefixtures("busy_thread")
def test_says_loudly_which_records_are_broken(
    context: Context, database: Database[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    product = a_product(context, a_shop(context), stock=5)
    assert verify_records(context) == []
    database["products"].update_one({"_id": product.id}, {"$inc": {"stock": 1}})

    with caplog.at_level(logging.CRITICAL, "shop"):
        broken = verify_records(context)

    assert broken
    assert product.id in broken[0]
    assert [record.message for record in caplog.records] == ["RECORDS ARE BROKEN"]


def test_fails_when_the_records_cannot_be_read(connection: Connection) -> None:
    nowhere = replace(connection, uri="mongodb://:0")

    with pytest.raises(CannotStart, match="MONGODB_URI cannot be used"):
        Verification(nowhere).verify()


def test_ends_with_the_shop_that_asked_for_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"mongodb://127.0.0.1:{silent.getsockname()[1]}"
        environment = {**os.environ, "MONGODB_URI": uri, "DATABASE_NAME": "shop"}
        command = [sys.executable, "-m", "shop_server.storage.verify"]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE) as child:
            silent.accept()
            assert child.poll() is None, "it waits for the records"
            assert child.stdin is not None
            child.stdin.close()
            assert child.wait(5) == 1


def test_ends_when_the_shop_closes(connection: Connection) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = replace(connection, uri=f"mongodb://127.0.0.1:{silent.getsockname()[1]}")
        with ThreadPoolExecutor(1) as hands:
            asked = hands.submit(Verification(slow).verify)
            silent.accept()
            end_children(connection)
            assert not asked.done(), "others' children are none of its business"
            end_children(slow)
            with pytest.raises(subprocess.CalledProcessError):
                asked.result(20)
