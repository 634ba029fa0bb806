"""A backup made while everybody buys: the shop goes on, and what it restores is the shop as it was at one moment."""

from __future__ import annotations

import http.client
import os
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from shop_server.storage.bundled import Bundled
from shop_server.storage.connection import open_database
from tests.faults import reckoning
from tests.faults.crowd import crowd_at
from tests.faults.program import Program
from tests.faults.trial_shop import TrialShop, trial_shop
from tests.waiting import wait_until

SEED, PEOPLE = 20261121, 24
NAME = "shop_test_of_a_storm"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrialShop]:
    with trial_shop(tmp_path_factory.mktemp("storm") / "shop", workers=2) as opened:
        yield opened


def run(*command: str, **environment: str) -> tuple[int, str, str]:
    return Program(environment, command=("run_server.py", *command)).end()


def test_a_backup_under_a_crowd_restores_to_whole_records(shop: TrialShop, mongod: Bundled, tmp_path: Path) -> None:
    path = tmp_path / "storm.backup"
    with crowd_at(shop, PEOPLE, SEED) as crowd:
        wait_until(lambda: crowd.orders_placed() > 50, seconds=60, what="some orders")
        before = crowd.orders_placed()
        code, out, err = run("--backup", str(path), DATA_DIR=str(shop.data_dir))
        assert (code, err) == (0, ""), err
        assert re.match(r"Saved [\d,]+ rows to ", out)
        after = crowd.orders_placed()
        wait_until(lambda: crowd.orders_placed() > after, seconds=60, what="another order")
    assert crowd.complaints == []
    assert after > before, "the shop went on selling meanwhile"

    elsewhere = {"MONGODB_URI": mongod.uri, "DATABASE_NAME": NAME}
    with open_database(mongod.uri, NAME) as restored:
        try:
            assert run("--restore", str(path), **elsewhere)[0] == 0
            assert before <= restored.tools["orders"].count_documents({}) <= shop_orders(shop)
            assert reckoning.faults(restored.tools) == []
            assert run("--verify", **elsewhere) == (0, "The records keep every promise.\n", "")
            code, _, err = run("--restore", str(path), **elsewhere)
            assert (code, "is not empty" in err) == (1, True)
        finally:
            restored.tools_client.drop_database(NAME)


def shop_orders(shop: TrialShop) -> int:
    with shop.records() as database:
        return database["orders"].count_documents({})


def test_a_restore_beside_the_open_shop_is_refused_and_a_spoilt_file_too(shop: TrialShop, tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt.backup"
    spoilt.write_bytes(b"shop-server backup\n" + os.urandom(1000))

    code, _, err = run("--restore", str(spoilt), DATA_DIR=str(tmp_path / "new"))
    assert (code, err.count("\n")) == (1, 1)
    assert "is not whole" in err
    run("--backup", str(tmp_path / "good.backup"), DATA_DIR=str(shop.data_dir))
    code, _, err = run("--restore", str(tmp_path / "good.backup"), DATA_DIR=str(shop.data_dir))
    assert (code, "A shop is open on this database: close it first." in err) == (1, True)


def test_one_look_at_the_figures_shows_both_processes(shop: TrialShop) -> None:
    def processes() -> set[str]:
        with closing(http.client.HTTPConnection("127.0.0.1", shop.port, timeout=15)) as connection:
            connection.request("GET", "/metrics")
            return set(re.findall(r'shop_threads\{process="([^"]+)"', connection.getresponse().read().decode()))

    wait_until(lambda: len(processes()) == 2, seconds=30, what="the figures of both")
