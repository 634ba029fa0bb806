"""The shop's bell: who hears what, who is cut off, and that listening costs no thread."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from shop_server.web import access
from shop_server.web.connection import Limits
from shop_server.web.events import EventHub
from shop_server.web.router import Route
from shop_server.web.server import ShopServer
from tests.api.visitor import Answer, Visitor, ask, serving
from tests.waiting import wait_until


class Listener(Visitor):
    """A browser that listens."""

    def __init__(self, server: ShopServer, name: str) -> None:
        super().__init__(server.port)
        lines = f"GET /api/events HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {name}\r\n\r\n"
        self.send(lines.encode())
        self.answer: Answer = self.read()

    def hear(self) -> tuple[str, Any]:
        """The next event: its name and its data."""
        while True:
            lines = self.read_until(b"\n\n").decode().splitlines()
            fields = dict(line.split(": ", 1) for line in lines if line and not line.startswith(":"))
            if "event" in fields:
                return fields["event"], json.loads(fields["data"])


@pytest.fixture
def hub() -> EventHub:
    return EventHub()


@pytest.fixture
def server(hub: EventHub) -> Iterator[ShopServer]:
    with serving([_route(hub)]) as server:
        yield server


def _route(hub: EventHub) -> Route:
    return Route("GET", "/api/events", hub.listen, access=access.SIGNED_IN, database=False)


def test_opens_a_stream_with_a_hint_to_come_back_soon(server: ShopServer, hub: EventHub) -> None:
    with Listener(server, "devi") as devi:
        assert devi.answer.status == 200
        assert devi.answer.headers["content-type"] == "text/event-stream"
        assert devi.answer.headers["cache-control"] == "no-store"
        assert "content-length" not in devi.answer.headers
        assert devi.read_until(b"\n\n") == b"retry: 2000\n\n"
        assert len(hub) == 1
    wait_until(lambda: len(hub) == 0, what="the end of the stream")


def test_asks_strangers_to_sign_in(server: ShopServer) -> None:
    assert ask(server, "GET", "/api/events").status == 401


def test_a_head_request_opens_no_stream(server: ShopServer, hub: EventHub) -> None:
    with Visitor(server.port) as visitor:
        answer = visitor.ask("HEAD", "/api/events", {"Authorization": "Bearer devi"})
        assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream")
        assert visitor.ask("HEAD", "/api/events", {"Authorization": "Bearer devi"}).status == 200
        assert len(hub) == 0


def test_tells_each_listener_only_what_concerns_him(server: ShopServer, hub: EventHub) -> None:
    names = ("asha", "bharat", "chitra", "devi", "eshan")
    with ExitStack() as stack:
        listeners = {name: stack.enter_context(Listener(server, name)) for name in names}
        assert hub.publish("order", {"id": "o1", "status": "placed"}, shop_id="1" * 24, user_ids=["d" * 24]) == 3
        assert hub.publish("order", {"id": "o2"}, shop_id="2" * 24, user_ids=["e" * 24]) == 2
        assert hub.publish("notice", {"id": "n1", "text": "two\nlines"}, user_ids=["d" * 24]) == 1
        assert hub.publish("product", {"id": "p1"}, everyone=True) == 5
        assert hub.publish("order", {"id": "o3"}) == 0
        heard = {
            name: [listener.hear() for _ in range({"devi": 3}.get(name, 2))] for name, listener in listeners.items()
        }
    product = ("product", {"id": "p1", "kind": "product"})
    first = ("order", {"id": "o1", "status": "placed", "kind": "order"})
    second = ("order", {"id": "o2", "kind": "order"})
    notice = ("notice", {"id": "n1", "text": "two\nlines", "kind": "notice"})
    assert heard == {
        "asha": [first, product],
        "bharat": [first, product],
        "chitra": [second, product],
        "devi": [first, notice, product],
        "eshan": [second, product],
    }


def test_many_publishers_ring_at_once_and_each_listener_hears_all(server: ShopServer, hub: EventHub) -> None:
    with Listener(server, "asha") as asha:
        ringers = [
            threading.Thread(
                target=lambda first=first: [
                    hub.publish("stock", {"id": str(n)}, everyone=True) for n in range(first, first + 20)
                ]
            )
            for first in range(0, 200, 20)
        ]
        for ringer in ringers:
            ringer.start()
        heard = [int(asha.hear()[1]["id"]) for _ in range(200)]
        for ringer in ringers:
            ringer.join()
    assert sorted(heard) == list(range(200))
    for first in range(0, 200, 20):
        own = [number for number in heard if first <= number < first + 20]
        assert own == sorted(own)


def test_shows_that_a_quiet_stream_is_alive(hub: EventHub) -> None:
    with serving([_route(hub)], limits=Limits(heartbeat_seconds=0.1)) as server, Listener(server, "devi") as devi:
        assert devi.read_until(b"\n\n") == b"retry: 2000\n\n"
        for _ in range(3):
            assert devi.read_until(b"\n\n") == b": still here\n\n"


@pytest.mark.parametrize("busy", [False, True], ids=["quiet", "busy"])
def test_ends_a_stream_when_its_time_is_over(busy: bool) -> None:
    hub = EventHub(longest_seconds=0.3)
    limits = Limits(heartbeat_seconds=60.0 if busy else 0.1)
    with serving([_route(hub)], limits=limits) as server, Listener(server, "devi"):
        assert len(hub) == 1

        def is_over() -> bool:
            if busy:
                hub.publish("product", {"id": "p1"}, everyone=True)
            return len(hub) == 0

        wait_until(is_over, what="the end of the stream")


def test_one_person_listens_in_a_few_windows_only(server: ShopServer, hub: EventHub) -> None:
    with ExitStack() as stack:
        windows = [stack.enter_context(Listener(server, "devi")) for _ in range(10)]
        refused = ask(server, "GET", "/api/events", {"Authorization": "Bearer devi"})
        assert refused.status == 429
        assert int(refused.headers["retry-after"]) > 0
        stack.enter_context(Listener(server, "eshan"))
        windows[0].socket.close()
        wait_until(lambda: len(hub) == 10)
        assert stack.enter_context(Listener(server, "devi")).answer.status == 200


def test_the_shop_has_room_for_so_many_listeners() -> None:
    hub = EventHub(max_streams=2)
    with serving([_route(hub)]) as server, Listener(server, "devi"), Listener(server, "asha"):
        assert ask(server, "GET", "/api/events", {"Authorization": "Bearer eshan"}).status == 503


def test_ends_the_streams_of_who_signs_out(server: ShopServer, hub: EventHub) -> None:
    with Listener(server, "devi") as devi, Listener(server, "eshan") as eshan:
        assert devi.read_until(b"\n\n") == b"retry: 2000\n\n"
        hub.disconnect(lambda person: person.session_id == "s4")
        assert devi.is_closed()
        hub.publish("product", {"id": "p1"}, everyone=True)
        assert eshan.hear()[1]["id"] == "p1"


def test_cuts_off_who_does_not_read_and_the_others_hear_on(server: ShopServer, hub: EventHub) -> None:
    with Listener(server, "devi"), Listener(server, "eshan") as eshan:
        text = "x" * 10_000

        def fall_behind() -> bool:
            hub.publish("notice", {"id": "n", "text": text}, user_ids=["d" * 24])
            return len(hub) == 1

        wait_until(fall_behind, seconds=20, what="cutting off the slow reader")
        hub.publish("product", {"id": "p1"}, everyone=True)
        assert eshan.hear()[1]["id"] == "p1"


def test_ends_all_streams_when_the_shop_closes(hub: EventHub) -> None:
    with serving([_route(hub)]) as server, Listener(server, "devi") as devi:
        assert devi.read_until(b"\n\n") == b"retry: 2000\n\n"
        server.shutdown()
        assert devi.is_closed()
    assert len(hub) == 0
