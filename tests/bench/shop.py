"""A shop to measure: opened as its owner opens it, filled over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "five green mangoes"
OWNER, CUSTOMER = "shopkeeper@example.in", "customer@example.in"


@dataclass(frozen=True)
class OpenShop:
    """A shop that answers. `start_seconds` passed from its command to its first answer out of its records."""

    port: int
    process_id: int
    start_seconds: float

    def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> bytes:
        """The answer to one call; raises RuntimeError with it when it is no success."""
        return self.ask(method, path, body, token)[1]

    def ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> tuple[Message, bytes]:
        """As `call`, with the headers of the answer before it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status >= 400:
            raise RuntimeError(f"{method} {path} answered {response.status}: {answer[:300]!r}")
        return response.headers, answer

    def pages(self, path: str) -> Iterator[tuple[str, bytes]]:
        """A long list, page after page: the address of each and its answer."""
        following: str | None = path
        while following is not None:
            headers, body = self.ask("GET", following)
            yield following, body
            link = re.match(r"<(.+)>; rel=\"next\"", headers.get("Link", ""))
            following = link[1] if link else None

    def sign_in(self, email: str) -> str:
        """The access token of somebody with the usual password."""
        answer = json.loads(self.call("POST", "/api/auth/login", {"email": email, "password": PASSWORD}))
        return str(answer["token"])


@dataclass(frozen=True)
class MeasuredShop(OpenShop):
    """An open shop with `product_ids` on the shelf, and a customer signed in."""

    shop_id: str
    product_ids: list[str]
    customer_token: str


def close_when_told() -> None:
    """Has a bench that is told to end (SIGTERM, SIGHUP) close its shops first: left open, they would disturb the next."""
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda number, frame: sys.exit(128 + number))


@contextmanager
def opened(folder: Path, workers: int = 1, mongodb_uri: str | None = None) -> Iterator[OpenShop]:
    """Opens the shop of this data folder, which may be empty, or of a MongoDB that runs already."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "DATA_DIR": str(folder),
        "PORT": "0",
        "RATE_LIMITS": "off",
        "WORKERS": str(workers),
        "ACCESS_TOKEN_MINUTES": "1440",
        **({"MONGODB_URI": mongodb_uri} if mongodb_uri else {}),
    }
    started = time.monotonic()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "run_server.py"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if "open at" not in line:
            raise RuntimeError(f"The shop did not open; its log is {folder / 'log'}")
        port = int(line.rsplit(":", 1)[1])
        OpenShop(port, process.pid, 0.0).call("GET", "/api/shops")
        yield OpenShop(port, process.pid, time.monotonic() - started)
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def open_shop(folder: Path, products: int, workers: int = 1) -> Iterator[MeasuredShop]:
    """Opens a shop over an empty folder and puts so many products, plenty of each, on its shelf."""
    with opened(folder, workers) as shop:
        yield _fill(shop, products)


def _fill(shop: OpenShop, products: int) -> MeasuredShop:
    def register(role: str, email: str, phone: str, **more: str) -> dict[str, Any]:
        body = {"email": email, "password": PASSWORD, "firstName": "A", "lastName": "B", "phone": phone, "role": role}
        answer: dict[str, Any] = json.loads(shop.call("POST", "/api/auth/register", {**body, **more}))
        return answer

    owner = register(
        "shopkeeper", OWNER, "9822000001", shopName="Bench Kirana", shopAddress="1 Main Road", upiId="asha@okbank"
    )
    customer = register("customer", CUSTOMER, "9822000002")
    ids = []
    for number in range(products):
        body = {
            "name": f"Product {number:05d}",
            "category": f"Shelf {number % 12}",
            "price": 20 + number % 300,
            "mrp": 400,
            "cost": 15,
            "stock": 900_000,
            "unit": "1 kg",
            "description": "As it is weighed out every morning.",
        }
        ids.append(json.loads(shop.call("POST", "/api/products", body, owner["token"]))["id"])
    shop_id = json.loads(shop.call("GET", "/api/shops"))[0]["id"]
    return MeasuredShop(shop.port, shop.process_id, shop.start_seconds, shop_id, ids, customer["token"])
