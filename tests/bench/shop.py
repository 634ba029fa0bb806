"""A shop to measure: opened as its owner opens it, filled over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "five green mangoes"


@dataclass(frozen=True)
class MeasuredShop:
    """An open shop with `product_ids` on the shelf, and a customer signed in."""

    port: int
    shop_id: str
    product_ids: list[str]
    customer_token: str
    process_id: int
    start_seconds: float

    def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> bytes:
        return call(self.port, method, path, body, token)


@contextmanager
def open_shop(folder: Path, products: int, workers: int = 1) -> Iterator[MeasuredShop]:
    """Opens a shop over an empty folder and puts so many products, plenty of each, on its shelf."""
    environment = {
        **os.environ,
        "DATA_DIR": str(folder),
        "PORT": "0",
        "RATE_LIMITS": "off",
        "WORKERS": str(workers),
        "ACCESS_TOKEN_MINUTES": "1440",
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
        yield _fill(port, products, process.pid, time.monotonic() - started)
    finally:
        process.terminate()
        process.wait(30)


def call(port: int, method: str, path: str, body: Any = None, token: str | None = None) -> bytes:
    """One call; raises RuntimeError with the answer when it is no success."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        answer = response.read()
    finally:
        connection.close()
    if response.status >= 400:
        raise RuntimeError(f"{method} {path} answered {response.status}: {answer[:300]!r}")
    return answer


def _fill(port: int, products: int, process_id: int, start_seconds: float) -> MeasuredShop:
    def register(role: str, phone: str, **more: str) -> dict[str, Any]:
        body = {"email": f"{role}@example.in", "password": PASSWORD, "firstName": "A", "lastName": "B", "phone": phone}
        answer: dict[str, Any] = json.loads(call(port, "POST", "/api/auth/register", {**body, "role": role, **more}))
        return answer

    owner = register(
        "shopkeeper", "9822000001", shopName="Bench Kirana", shopAddress="1 Main Road", upiId="asha@okbank"
    )
    customer = register("customer", "9822000002")
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
        ids.append(json.loads(call(port, "POST", "/api/products", body, owner["token"]))["id"])
    shop_id = json.loads(call(port, "GET", "/api/shops"))[0]["id"]
    return MeasuredShop(port, shop_id, ids, customer["token"], process_id, start_seconds)
