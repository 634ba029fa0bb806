"""The program itself: how it opens and closes, what it says, and what it survives."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shop_server.storage.bundled import Bundled, records
from shop_server.storage.data_lock import is_locked
from tests.faults.program import Program
from tests.faults.soak_load import Street
from tests.storage.processes import kill_mongod, pid_of
from tests.waiting import wait_until


def test_says_where_it_is_open_and_answers_there(start: Callable[..., Program]) -> None:
    program = start()

    program.wait_until_open()

    assert program.get("/healthz")[0] == 200
    assert program.get("/readyz")[0] == 200
    assert program.get("/api/shops")[0] == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_closes_on_a_signal_and_takes_its_mongod_along(
    start: Callable[..., Program], data_dir: Path, number: int
) -> None:
    program = start()
    program.wait_until_open()

    assert program.stop(number) == 0

    assert not is_locked(data_dir / "mongodb" / "mongod.lock")
    assert not is_locked(data_dir / "shop.lock")


def test_a_second_start_names_the_first_and_harms_nothing(start: Callable[..., Program]) -> None:
    first = start()
    address = first.wait_until_open().split()[-1]

    code, out, err = start().end()

    assert (code, out) == (1, "")
    assert f"is in use: the shop already runs as process {first.process.pid} at {address}." in err
    assert "Traceback" not in err
    assert first.get("/readyz")[0] == 200


def test_opens_again_after_it_was_killed_and_keeps_the_mongod_left_running(
    start: Callable[..., Program], data_dir: Path
) -> None:
    killed = start()
    killed.wait_until_open()
    mongod = pid_of(Bundled(data_dir))
    killed.process.kill()
    killed.process.wait()

    again = start()
    again.wait_until_open()

    assert again.get("/readyz")[0] == 200
    assert pid_of(Bundled(data_dir)) == mongod


def test_a_list_of_goods_goes_on_where_it_was_when_the_shop_is_killed(
    start: Callable[..., Program], data_dir: Path
) -> None:
    rows = 1500
    killed = start()
    killed.wait_until_open()
    street = Street(killed.port)
    street.open(goods=0, customers=0)
    file = "name,quantity,category,price\n" + "".join(f"Thing {n},{n % 9},Things,10\n" for n in range(rows))
    sent = street.asha.ask("POST", "/api/products/import", file.encode(), Content_Type="text/csv")

    def told() -> dict[str, Any]:
        answer: dict[str, Any] = street.asha.ask("GET", f"/api/imports/{sent['id']}")
        return answer

    wait_until(lambda: told()["progress"] >= 30, seconds=60, what="a third of the list")
    assert told()["status"] == "working"
    killed.process.kill()
    killed.process.wait()
    street.asha.part()
    again = start()
    again.wait_until_open()
    street.port = again.port
    wait_until(lambda: told()["status"] not in ("waiting", "working"), seconds=60, what="the end of the list")

    done = told()
    assert (done["status"], done["rows"], done["new"] + done["unchanged"]) == ("done", rows, rows), done
    assert street.complaints == []
    assert start(command=VERIFY).end()[:2] == (0, "The records keep every promise.\n")
    with records(None, data_dir, None, "shop") as connection:
        assert connection.database["products"].count_documents({}) == rows
        assert connection.database["movements"].count_documents({}) == sum(1 for n in range(rows) if n % 9)


def test_answers_503_while_mongod_is_frozen_and_goes_on_by_itself(
    start: Callable[..., Program], data_dir: Path
) -> None:
    program = start()
    program.wait_until_open()
    mongod = pid_of(Bundled(data_dir))
    os.kill(mongod, signal.SIGSTOP)
    try:
        status, headers = program.get("/readyz")
        assert status == 503
        assert int(headers["Retry-After"]) > 0
        assert program.get("/healthz")[0] == 200
    finally:
        os.kill(mongod, signal.SIGCONT)

    wait_until(lambda: program.get("/readyz")[0] == 200, what="the recovery")


def test_goes_on_by_itself_after_mongod_was_killed(start: Callable[..., Program], data_dir: Path) -> None:
    program = start()
    program.wait_until_open()
    killed = kill_mongod(Bundled(data_dir))

    wait_until(lambda: program.get("/readyz")[0] == 200 and program.get("/api/shops")[0] == 200, what="the recovery")

    assert pid_of(Bundled(data_dir)) != killed


def test_opens_anew_by_itself_when_its_writer_has_died(start: Callable[..., Program]) -> None:
    script = """
import os, runpy, shop_server.app
if "DIED" not in os.environ:
    os.environ["DIED"] = "once"
    shop_server.app.Shop.wait = lambda shop: None
runpy.run_path("run_server.py", run_name="__main__")
"""
    program = start(command=("-c", script))

    program.wait_until_open()
    program.wait_until_open()

    assert program.get("/readyz")[0] == 200


def test_runs_on_a_replica_set_that_it_did_not_start(
    start: Callable[..., Program], data_dir: Path, mongod: Bundled
) -> None:
    program = start(environment={"MONGODB_URI": mongod.uri, "DATABASE_NAME": "shop_test_run_server"})
    program.wait_until_open()

    assert program.get("/readyz")[0] == 200
    assert program.stop() == 0
    assert pid_of(mongod), "it goes on, as it is not the shop's"
    assert not data_dir.exists()


def test_says_in_one_sentence_that_the_port_is_taken(start: Callable[..., Program], mongod: Bundled) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = start(environment={"PORT": str(port), "MONGODB_URI": mongod.uri}).end()

    assert (code, out) == (1, "")
    assert err == (
        f"The shop cannot listen at 127.0.0.1:{port} (Address already in use): set PORT or HOST to another one.\n"
    )


def test_says_in_one_sentence_that_the_host_is_not_ours(start: Callable[..., Program], mongod: Bundled) -> None:
    code, out, err = start(environment={"HOST": "no-such-host.invalid", "MONGODB_URI": mongod.uri}).end()

    assert (code, out) == (1, "")
    assert re.fullmatch(r"The shop cannot listen at no-such-host\.invalid:0 \(.+\): set PORT or HOST .+\n", err)


def test_names_every_wrong_setting(start: Callable[..., Program], data_dir: Path) -> None:
    code, out, err = start(environment={"PORT": "eighty", "WORKERS": "0"}).end()

    assert (code, out) == (2, "")
    assert "PORT: a whole number" in err
    assert "WORKERS: a whole number" in err
    assert not data_dir.exists()


@pytest.mark.parametrize("package", ["jwt", "apscheduler"])
def test_says_what_to_type_when_one_package_is_missing(start: Callable[..., Program], package: str) -> None:
    script = f"import runpy, sys; sys.modules['{package}'] = None; runpy.run_path('run_server.py', run_name='__main__')"

    code, out, err = start(command=("-c", script)).end()

    assert (code, out) == (1, "")
    assert re.fullmatch(rf"What the shop needs is not installed \({package}[\w.]* is missing\)\. Type: make run\n", err)


def test_says_what_to_type_when_its_packages_are_not_installed(start: Callable[..., Program]) -> None:
    without_packages = ("-S", "run_server.py")

    code, _, err = start(command=without_packages).end()

    assert code == 1
    assert re.fullmatch(r"What the shop needs is not installed \(\w+ is missing\)\. Type: make run\n", err)


def test_says_which_python_it_needs(start: Callable[..., Program]) -> None:
    script = "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path('run_server.py', run_name='__main__')"

    assert start(command=("-c", script)).end() == (1, "", "The shop needs Python 3.11 or newer, and this is 3.9.\n")


def test_tells_phones_where_to_find_it_when_they_can_reach_it(start: Callable[..., Program], mongod: Bundled) -> None:
    script = """
import runpy
from shop_server.gateways import local_network
local_network._own_address = lambda: "192.168.1.7"
runpy.run_path("run_server.py", run_name="__main__")
"""
    program = start(
        environment={"HOST": "0.0.0.0", "MONGODB_URI": mongod.uri, "DATABASE_NAME": "shop_test_run_server"},
        command=("-c", script),
    )
    program.wait_until_open()

    assert program.process.stdout is not None
    line, *qr = [program.process.stdout.readline() for _ in range(12)]
    assert line == f"Phones in the same network open http://192.168.1.7:{program.port}\n"
    assert all(re.search("[█▀▄]", row) for row in qr), "and draws it as a QR"


VERIFY = ("run_server.py", "--verify")


def test_verify_finds_nothing_broken_in_a_new_shop_beside_it_and_after_it_closed(
    start: Callable[..., Program], data_dir: Path
) -> None:
    program = start()
    program.wait_until_open()

    assert start(command=VERIFY).end()[:2] == (0, "The records keep every promise.\n")
    assert program.get("/readyz")[0] == 200
    program.stop()

    assert start(command=VERIFY).end()[:2] == (0, "The records keep every promise.\n")
    assert not is_locked(data_dir / "mongodb" / "mongod.lock")


def test_verify_names_what_is_broken(start: Callable[..., Program], data_dir: Path) -> None:
    product_id = "a" * 24
    product = {"_id": product_id, "shop_id": "b" * 24, "name": "Milk", "stock": 5, "held": 0, "batches": []}
    with records(None, data_dir, None, "shop") as connection:
        connection.database["products"].insert_one({**product, "version": 1})

    code, out, _ = start(command=VERIFY).end()

    assert code == 1
    assert product_id in out
    assert out.endswith("things are broken.\n")
