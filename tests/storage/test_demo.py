"""The sample shop: believable, whole, and never mixed with a real one."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from shop_server.demo.fill import MARK, fill
from shop_server.demo.goods import GOODS, RUNNING_LOW, SOLD_OUT
from shop_server.demo.people import CUSTOMERS, PASSWORD
from shop_server.errors import CannotStart
from shop_server.rules.order import TRANSITIONS
from shop_server.settings import Settings
from shop_server.storage.bundled import Bundled
from shop_server.storage.connection import Connection, open_database
from shop_server.storage.verify import verify

ROOT = Path(__file__).parents[2]
NAME = "shop_test_of_sample"
Records = Database[dict[str, Any]]


@pytest.fixture(scope="module")
def sample(mongod: Bundled, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[str], Connection]]:
    """What `run_server.py --demo` prints, and the records it leaves; it begins where another was broken off."""
    with open_database(mongod.uri, f"{NAME}_demo") as connection:
        connection.tools["secrets"].insert_one({"_id": MARK, "value": "begun"})
        connection.tools["users"].insert_one({"_id": "half made", "email": "asha@example.in"})
        environment = {
            "MONGODB_URI": mongod.uri,
            "DATABASE_NAME": NAME,
            "DATA_DIR": str(tmp_path_factory.mktemp("sample")),
            "PORT": "0",
        }
        program = subprocess.Popen(
            [sys.executable, str(ROOT / "run_server.py"), "--demo"],
            cwd=tmp_path_factory.mktemp("anywhere"),
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert program.stdout is not None
        printed = []
        for line in program.stdout:
            printed.append(line.rstrip())
            if PASSWORD in line:
                program.send_signal(signal.SIGTERM)
        assert program.wait(30) == 0
        yield printed, connection
        connection.tools_client.drop_database(f"{NAME}_demo")


def test_prints_address_and_sign_ins(sample: tuple[list[str], Connection]) -> None:
    printed = sample[0]
    assert any(line.startswith("The shop is open at http://127.0.0.1:") for line in printed)
    assert printed[-5:] == [
        "This is a sample shop. Sign in as",
        "  Asha, who keeps the shop: asha@example.in",
        "  Devi, a customer: devi@example.in",
        "  Eshan, a customer: eshan@example.in",
        f"each with the password {PASSWORD}",
    ]


def test_keeps_every_promise(sample: tuple[list[str], Connection]) -> None:
    assert verify(sample[1].tools) == []


def test_has_something_of_everything_to_show(sample: tuple[list[str], Connection]) -> None:
    records = sample[1].tools
    states = {row["_id"]: row["n"] for row in records["orders"].aggregate([{"$sortByCount": "$status"}, _as_n()])}
    payments = {row["_id"] for row in records["orders"].aggregate([{"$sortByCount": "$payment.status"}])}

    assert set(states) == set(TRANSITIONS)
    assert states["delivered"] > 100
    assert payments == {"pending", "claimed", "settled", "voided", "refund_due", "refunded"}
    assert records["users"].count_documents({}) == len(CUSTOMERS) + 1
    assert records["products"].count_documents({}) == len(GOODS)
    assert records["products"].count_documents({"name": {"$in": SOLD_OUT}, "stock": 0}) == len(SOLD_OUT)
    assert records["products"].count_documents({"name": {"$in": list(RUNNING_LOW)}, "stock": {"$gt": 0}}) > 3
    assert len(records["orders"].distinct("business_day")) > 20
    assert records["analytics"].count_documents({"stale": False}) >= 20
    assert records["notices"].count_documents({"read_by": []}) > 0
    assert {paper["kind"] for paper in records["papers"].find({}, {"kind": 1})} >= {"tax_invoice", "credit_note"}


def test_is_made_once(sample: tuple[list[str], Connection], settings: Settings) -> None:
    printed, connection = sample
    orders = connection.tools["orders"].count_documents({})

    assert fill(settings, connection) == printed[-5:]
    assert connection.tools["orders"].count_documents({}) == orders


def test_goods_have_names_of_their_own_and_prices_that_may_be_asked() -> None:
    assert len({goods.name for goods in GOODS}) == len(GOODS) > 90
    assert all(goods.cost < goods.price <= goods.mrp for goods in GOODS)
    assert {*SOLD_OUT, *RUNNING_LOW} <= {goods.name for goods in GOODS}


def test_never_touches_a_real_shop(connection: Connection, database: Records, settings: Settings) -> None:
    database["users"].insert_one({"_id": "real", "email": "asha@real.in"})

    with pytest.raises(CannotStart, match="holds a real shop"):
        fill(settings, connection)
    assert database["users"].count_documents({}) == 1
    assert database["secrets"].count_documents({}) == 0


def _as_n() -> dict[str, Any]:
    return {"$project": {"n": "$count"}}
