"""A shop on trial: the real program on a data folder of its own, with goods and people, that may be killed and opened again.

Its clock hurries, so that payments run out within seconds and a midnight comes while the trial lasts.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shop_server.storage.bundled import Bundled
from tests.faults.diary import Deed, Good
from tests.faults.program import Program
from tests.storage.processes import ROOT

PACE = 60
"""A minute of the shop in each second."""
EVENING_HOURS = 6
"""A trial begins so long before midnight, and must end before everybody's sign-in of a day runs out."""
WINDOW_MINUTES = 3
KOLKATA = ZoneInfo("Asia/Kolkata")
PASSWORD = "five green mangoes"


class TrialShop:
    """Asha's shop, with `goods` on the shelf, her token and those of her customers, and the diary of all of them.

    With `mongodb_uri` its records are kept there, by whoever runs that.
    """

    def __init__(self, folder: Path, *, workers: int, mongodb_uri: str | None = None) -> None:
        self.workers = workers
        self.diary: list[Deed] = []
        self.folder = folder
        self.data_dir = folder / "data"
        self.log = folder / "log"
        self.kill_order = folder / "kill"
        self.asha = ""
        self.customers: list[str] = []
        self.goods: list[Good] = []
        self._midnight = datetime.now(KOLKATA).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        self._set_clock(self._midnight - timedelta(hours=EVENING_HOURS))
        self._bundled = Bundled(self.data_dir, extra_arguments=("--setParameter", "enableTestCommands=1"))
        self._uri = mongodb_uri or self._bundled.uri
        self._where = {"MONGODB_URI": mongodb_uri} if mongodb_uri else {"DATA_DIR": str(self.data_dir)}
        self.program: Program | None = None

    # --- opening and closing ---

    def open(self) -> None:
        """Opens the shop, for the first time or after it was killed; returns when it answers."""
        if self.program is not None:
            self.program.end()
        environment = {
            **self._where,
            "WORKERS": str(self.workers),
            "TRIAL": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "RATE_LIMITS": "off",
            "ACCESS_TOKEN_MINUTES": "1440",
            "LOG_LEVEL": "WARNING",
        }
        self.program = Program(environment, command=("-m", "tests.faults.trial_server"), log=self.log)
        self.program.wait_until_open()

    def fill(self, products: int, stock: int, customers: int) -> None:
        """Asha registers and puts goods on the shelf; so many customers register."""
        self.asha = self._register("shopkeeper", 0, shopName="Asha Kirana", shopAddress="1 Main Road, Pune")
        settings = {"upiId": "asha@okbank", "paymentWindowMinutes": WINDOW_MINUTES}
        self.call("PUT", "/api/shopkeeper/shop", settings, self.asha)
        for number in range(products):
            self.add_good(f"Product {number}", stock, price=20 + 7 * number)
        self.customers += [self._register("customer", number + 1) for number in range(customers)]

    def add_good(self, name: str, stock: int, price: int = 20) -> Good:
        """Asha puts one more product on the shelf; its price is in rupees."""
        body = {"name": name, "category": "Hot", "price": price, "cost": 15, "stock": stock}
        good = Good(self.call("POST", "/api/products", body, self.asha)["id"], price * 100, stock)
        self.goods.append(good)
        return good

    def verify(self) -> list[str]:
        """What `run_server.py --verify` finds broken, beside the open shop."""
        code, out, err = Program(self._where, command=("run_server.py", "--verify")).end()
        return [] if code == 0 else [*out.splitlines(), *err.splitlines()]

    def close(self) -> None:
        """Nothing of it is left, whatever state it was in."""
        if self.program is not None and not self.has_ended():
            self.program.stop()
            self.program.end()
            return
        self.kill(self._left_over())
        if "MONGODB_URI" in self._where:
            return
        # Takes over the mongod that was left running, if one was.
        self._bundled.start()
        self._bundled.stop()

    # --- looking and killing ---

    @property
    def port(self) -> int:
        return self.program.port if self.program else 0

    @property
    def front(self) -> int:
        """The process that was started: the server itself, or the supervisor of several."""
        assert self.program is not None
        return self.program.process.pid

    def servers(self) -> list[int]:
        """The processes that answer visitors and have a writer."""
        with self.records() as database:
            return [row["process"] for row in database["writers"].find() if _is_alive(row["process"])]

    def mongod(self) -> int:
        with self.records() as database:
            return int(database.client.admin.command("serverStatus")["pid"])

    @contextmanager
    def records(self, patience_seconds: float = 20.0) -> Iterator[Database[dict[str, Any]]]:
        """The records themselves, past the shop; so long it waits for a mongod that is just being started again."""
        patience_ms = round(patience_seconds * 1000)
        with MongoClient[dict[str, Any]](self._uri, tz_aware=True, serverSelectionTimeoutMS=patience_ms) as client:
            yield client["shop"]

    def kill(self, processes: list[int]) -> None:
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def has_ended(self) -> bool:
        """Whether the process that was started is gone, so that somebody must open the shop again."""
        return self.program is None or self.program.process.poll() is not None

    def _left_over(self) -> list[int]:
        """The servers that outlived their supervisor, if mongod can still say which."""
        try:
            return self.servers()
        except PyMongoError:
            return []

    # --- visiting ---

    def customer(self, number: int) -> str:
        """The token of a customer; there are as many as need be, but some are the same person."""
        return self.customers[number % len(self.customers)]

    def now(self) -> datetime:
        """The time in the shop."""
        return self._time + timedelta(seconds=(time.time() - self._since) * PACE)

    def today(self) -> str:
        """The date in the shop."""
        return self.now().date().isoformat()

    def is_past_midnight(self) -> bool:
        """Whether the one midnight of the trial has come."""
        return self.now() > self._midnight

    def bring_midnight(self, seconds: float) -> None:
        """Moves the shop's clock on, so that midnight is so many seconds away at most."""
        soon = self._midnight - timedelta(seconds=seconds * PACE)
        if self.now() < soon:
            self._set_clock(soon)

    def _set_clock(self, now: datetime) -> None:
        self._time, self._since = now, time.time()
        draft = self.folder / "clock.draft"
        draft.write_text(json.dumps({"time": now.isoformat(), "since": self._since, "pace": PACE}))
        draft.rename(self.folder / "clock")

    def call(self, method: str, path: str, body: Any, token: str = "", key: str = "") -> Any:
        """One call that must succeed."""
        status, answer = self.ask(method, path, body, token, key)
        assert status < 400, f"{method} {path} answered {answer}"
        return answer

    def ask(self, method: str, path: str, body: Any, token: str = "", key: str = "") -> tuple[int, Any]:
        """One call on a connection of its own; what it was answered."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = key
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())

    def _register(self, role: str, number: int, **more: str) -> str:
        person = {
            "email": f"person-{number}@example.in",
            "password": PASSWORD,
            "firstName": "Asha" if role == "shopkeeper" else "Devi",
            "lastName": "Kulkarni",
            "phone": str(9_822_000_000 + number),
            "role": role,
        }
        return str(self.call("POST", "/api/auth/register", {**person, **more})["token"])


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def trial_shop(
    folder: Path,
    *,
    workers: int = 2,
    products: int = 20,
    stock: int = 60,
    customers: int = 8,
    mongodb_uri: str | None = None,
) -> Iterator[TrialShop]:
    """An open, filled shop on trial; with `mongodb_uri` its records are kept there."""
    folder.mkdir(parents=True, exist_ok=True)
    shop = TrialShop(folder, workers=workers, mongodb_uri=mongodb_uri)
    try:
        shop.open()
        shop.fill(products, stock, customers)
        yield shop
    finally:
        shop.close()
