"""What changes is heard at once: by those it concerns, by nobody else, and from whichever process it came."""

from __future__ import annotations

import http.client
import json
import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from pymongo.database import Database

from indexes import COLLECTIONS, INDEXES
from shop_server.app import Shop as OpenShop
from shop_server.settings import Settings
from shop_server.storage.connection import Connection
from shop_server.storage.indexing import create_all
from tests.api.caller import Caller
from tests.api.cast import Cast
from tests.api.test_orders import order_body, placed
from tests.fake_clock import FakeClock
from tests.waiting import wait_until

SOON_SECONDS = 2.0


class Listener:
    """A browser that listens; `heard` gives what it is told."""

    def __init__(self, caller: Caller, port: int | None = None) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port or caller.port, timeout=20)
        self._connection.request("GET", "/api/events", headers={"Authorization": f"Bearer {caller.token}"})
        self._socket = self._connection.sock
        self._response = self._connection.getresponse()
        assert self._response.status == 200
        assert self._response.headers["Content-Type"] == "text/event-stream"
        self._events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def next(self, kind: str, seconds: float = SOON_SECONDS) -> dict[str, Any]:
        """The next event of this kind. Fails when none comes in time."""
        deadline = time.monotonic() + seconds
        while True:
            event = self._events.get(timeout=max(0.01, deadline - time.monotonic()))
            if event["kind"] == kind:
                return event

    def next_of_any_kind(self, seconds: float = SOON_SECONDS) -> dict[str, Any]:
        """The next event. Fails when none comes in time."""
        return self._events.get(timeout=seconds)

    def has_heard_of(self, id_: str) -> bool:
        """Whether anything that came so far was about this."""
        heard = []
        while not self._events.empty():
            heard.append(self._events.get())
        return any(event["id"] == id_ for event in heard)

    @property
    def has_ended(self) -> bool:
        """Whether the shop has ended the stream."""
        return not self._thread.is_alive()

    def close(self) -> None:
        # Else the thread that reads would hold this up until the next sign of life.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._response.close()

    def _listen(self) -> None:
        try:
            for raw in self._response:
                if raw.startswith(b"data: "):
                    self._events.put(json.loads(raw[6:]))
        except (OSError, ValueError, AttributeError):
            return


@contextmanager
def listening(*callers: Caller, port: int | None = None) -> Iterator[list[Listener]]:
    listeners = [Listener(caller, port) for caller in callers]
    try:
        yield listeners
    finally:
        for listener in listeners:
            listener.close()


@pytest.fixture
def second_shop(shop: OpenShop, connection: Connection, settings: Settings, clock: FakeClock) -> Iterator[OpenShop]:
    """Another process of the same shop, as far as it can be told from outside: its own books, caches and port."""
    opened = OpenShop(settings, connection, clock=clock, password_rounds=4, with_jobs=False)
    opened.start()
    try:
        yield opened
    finally:
        opened.stop()


def test_an_order_rings_at_its_shop_and_its_customer_and_nowhere_else(cast: Cast) -> None:
    with listening(cast.asha, cast.devi, cast.eshan, cast.chitra) as (asha, devi, eshan, chitra):
        order_id = placed(cast.devi, order_body(cast))
        assert asha.next("order") == {"id": order_id, "kind": "order", "status": "placed"}
        assert devi.next("order")["id"] == order_id
        last = placed(cast.devi, order_body(cast))
        assert asha.next("order")["id"] == last
        assert not eshan.has_heard_of(order_id)
        assert not chitra.has_heard_of(order_id)


def test_a_payment_step_is_heard_by_both_sides(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast, "UPI"))
    with listening(cast.asha, cast.devi) as (asha, devi):
        cast.devi.post(f"/api/orders/{order_id}/payment/claim", {"utr": "612345678901"})
        assert asha.next("payment") == {"id": order_id, "kind": "payment", "status": "claimed"}
        cast.asha.post(f"/api/orders/{order_id}/payment/confirmation", {})
        assert devi.next("payment")["status"] == "claimed"
        assert devi.next("payment")["status"] == "settled"


def test_everybody_hears_that_goods_are_sold_out(cast: Cast) -> None:
    with listening(cast.eshan, cast.chitra) as (eshan, chitra):
        body = {"items": [{"id": cast.dal.id, "quantity": 10}], "paymentMethod": "Cash"}
        placed(cast.devi, body)
        assert eshan.next("stock") == {"id": cast.dal.id, "kind": "stock", "stock": 0}
        assert chitra.next("stock")["id"] == cast.dal.id


def test_listening_needs_a_sign_in_and_ends_with_it(cast: Cast) -> None:
    assert cast.stranger.get("/api/events").status == 401
    with listening(cast.devi, cast.eshan) as (devi, eshan):
        assert cast.devi.post("/api/auth/logout").status == 204
        wait_until(lambda: devi.has_ended, what="the end of the stream")
        assert not eshan.has_ended


def test_who_is_somebody_else_from_now_on_listens_anew_at_whichever_process(
    cast: Cast, second_shop: OpenShop, database: Database[dict[str, Any]]
) -> None:
    assert cast.bharat.person is not None
    user_id = cast.bharat.person.user_id
    with listening(cast.bharat, cast.asha, port=second_shop.port) as (bharat, asha):
        database["users"].update_one({"_id": user_id}, {"$set": {"role": "customer", "shop_id": None}})
        cast.context.announcements.tell("user", [user_id])
        wait_until(lambda: bharat.has_ended, what="the end of the stream")
        assert not asha.has_ended
    with listening(cast.bharat, port=second_shop.port) as (bharat,):
        order_id = placed(cast.devi, order_body(cast))
        last = placed(cast.bharat, order_body(cast))
        assert bharat.next("order")["id"] == last
        assert not bharat.has_heard_of(order_id)


def test_everybody_listens_anew_when_news_may_have_been_missed(cast: Cast, connection: Connection) -> None:
    with listening(cast.asha, cast.devi) as (asha, devi):
        connection.tools.drop_collection("news")
        create_all(connection.tools, INDEXES, COLLECTIONS)
        wait_until(lambda: asha.has_ended and devi.has_ended, what="the end of the streams")


def test_news_reach_a_browser_at_another_process(cast: Cast, second_shop: OpenShop) -> None:
    with listening(cast.asha, port=second_shop.port) as (asha,):
        order_id = placed(cast.devi, order_body(cast))
        assert asha.next("order")["id"] == order_id


def test_signing_out_at_one_process_is_known_to_the_other(cast: Cast, second_shop: OpenShop) -> None:
    there = Caller(second_shop.port, cast.devi.token)
    assert there.get("/api/auth/me").status == 200
    cast.devi.post("/api/auth/logout")
    wait_until(lambda: there.get("/api/auth/me").status == 401, seconds=1, what="the sign-out")


def test_shop_settings_changed_at_one_process_count_at_the_other(cast: Cast, second_shop: OpenShop) -> None:
    devi = Caller(second_shop.port, cast.devi.token)
    assert devi.post("/api/orders", order_body(cast)).json["deliveryFee"] == 0
    address = {"line": "1 Main Road", "city": "Pune", "state": "Maharashtra", "pincode": "411001"}
    cast.asha.put("/api/shopkeeper/shop", {"deliveryFee": 25})

    def fee() -> Any:
        return devi.post("/api/orders", order_body(cast, deliveryAddress=address, expectedTotal=350.5)).status

    wait_until(lambda: fee() == 201, seconds=1, what="the new fee")


def test_one_key_at_two_processes_gives_one_order(cast: Cast, second_shop: OpenShop) -> None:
    ports = (cast.devi.port, second_shop.port)
    answers = []

    def place(number: int) -> None:
        caller = Caller(ports[number % 2], cast.devi.token)
        reply = caller.post("/api/orders", order_body(cast), Idempotency_Key="same")
        answers.append((reply.status, reply.body))

    threads = [threading.Thread(target=place, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 20
    assert len(set(answers)) == 1
    assert len(cast.devi.get("/api/customer/orders").json) == 1
