"""Visitors who mean harm, or have a very bad line: each gets the right refusal, and nobody else feels anything."""

from __future__ import annotations

import os
import random
import re
import resource
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from shop_server.web import access
from shop_server.web.connection import Limits
from shop_server.web.events import EventHub
from shop_server.web.request import Request
from shop_server.web.response import Response, json_response
from shop_server.web.router import Route
from shop_server.web.server import ShopServer
from shop_server.web.static_files import read_static_files, static_routes
from tests.api.visitor import Visitor, ask, serving
from tests.waiting import wait_until

LARGE = os.urandom(4_000_000)


def order(request: Request, context: Any) -> Response:
    return json_response({"size": len(request.body)}, 201)


def large(request: Request, context: Any) -> Response:
    return Response(200, LARGE, {"Content-Type": "application/octet-stream"})


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ShopServer]:
    public = tmp_path / "public"
    public.mkdir()
    (public / "index.html").write_text("<!doctype html><p>shop")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("[core]")
    routes = [
        *static_routes(read_static_files(public)),
        Route("POST", "/api/orders", order),
        Route("GET", "/api/large", large, database=False),
    ]
    limits = Limits(
        head_seconds=1.0, body_seconds=1.0, idle_seconds=2.0, send_seconds=1.0, slowest_bytes_per_second=2**30
    )
    with serving(routes, limits=limits) as server:
        yield server


def assert_others_are_served(server: ShopServer) -> None:
    assert ask(server, "GET", "/").status == 200
    assert ask(server, "POST", "/api/orders", body={"items": []}).status == 201


def refused(server: ShopServer, asked: bytes) -> int:
    """The status for these bytes; the server must then end the connection."""
    with Visitor(server.port) as visitor:
        # It may not even want to hear all of it; what it answered is there to be read.
        with suppress(BrokenPipeError, ConnectionResetError):
            visitor.send(asked)
        status = visitor.read().status
        assert visitor.is_closed()
    return status


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: shop\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(10_000)) + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: shop\r\n" + b"".join(b"A%d:\r\n" % n for n in range(150)) + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: shop\r\nX: " + b"y" * 1_000_000, 431),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n", 431),
        (b"POST /api/orders HTTP/1.1\r\nHost: shop\r\nContent-Length: 1073741824\r\n\r\n" + b"x" * 100_000, 413),
        (b"POST /api/orders HTTP/1.1\r\nHost: shop\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413),
        (b"POST /api/orders HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 411),
        (
            b"POST /api/orders HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello",
            400,
        ),
        (b"POST /api/orders HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400),
        (b"POST /api/orders HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nhello", 400),
        (b"GET /../.git/config HTTP/1.1\r\nHost: shop\r\n\r\n", 404),
        (b"GET /%2e%2e/.git/config HTTP/1.1\r\nHost: shop\r\n\r\n", 404),
        (b"GET /..%2f.git%2fconfig HTTP/1.1\r\nHost: shop\r\n\r\n", 404),
        (b"GET /%252e%252e/.git/config HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n", 404),
        (b"GET /.git/config HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n", 404),
        (b"GET /..\\.git\\config HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n", 404),
        (b"GET //etc/passwd HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n", 404),
        (b"GET /%00 HTTP/1.1\r\nHost: shop\r\n\r\n", 400),
        (b"GET / HTTP/1.1\nHost: shop\n\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"\r\n\r\n\r\n\r\n", 400),
        (b"\0" * 1000, 400),
    ],
)
def test_refuses_what_is_no_honest_request_and_parts(server: ShopServer, asked: bytes, status: int) -> None:
    assert refused(server, asked) == status
    assert_others_are_served(server)


def test_a_refused_body_is_never_taken_for_the_next_request(server: ShopServer) -> None:
    smuggled = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n"
    for framing in (
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 0\r\nContent-Length: 33\r\n",
        b"Content-Length: 99999999\r\n",
        b"Content-Length : 33\r\n",
        b"X: y\r\n Content-Length: 33\r\n",
    ):
        with Visitor(server.port) as visitor:
            visitor.send(b"POST /api/orders HTTP/1.1\r\nHost: shop\r\n" + framing + b"\r\n" + smuggled)
            assert 400 <= visitor.read().status < 500
            assert visitor.is_closed()
    with Visitor(server.port) as visitor:
        # A wrong method whose body looks like a request: it is answered once.
        head = b"PUT /api/orders HTTP/1.1\r\nHost: shop\r\nContent-Length: %d\r\n\r\n" % len(smuggled)
        visitor.send(head + smuggled)
        assert visitor.read().status == 405
        assert visitor.is_closed()


def test_understands_a_request_that_comes_byte_by_byte(server: ShopServer) -> None:
    body = b'{"items": []}'
    asked = b"POST /api/orders HTTP/1.1\r\nHost: shop\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with Visitor(server.port) as visitor:
        visitor.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in asked:
            visitor.send(bytes([byte]))
        assert visitor.read().json == {"size": len(body)}
        assert visitor.ask("GET", "/").status == 200


def test_500_stalled_visitors_cost_no_thread_and_nobody_waits_for_them(server: ShopServer) -> None:
    beginnings = [
        b"",
        b"G",
        b"GET / HTTP/1.1\r\nHost: sh",
        b"GET / HTTP/1.1\r\nHost: shop\r\nX: " + b"y" * 10_000,
        b"POST /api/orders HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000,
    ]
    _allow_open_files(1200)
    # Those of an earlier test may still end meanwhile.
    threads = set(threading.enumerate())
    with ExitStack() as stack:
        for number in range(500):
            visitor = stack.enter_context(Visitor(server.port))
            visitor.send(beginnings[number % len(beginnings)])
        wait_until(lambda: len(server.door) == 500)
        for _ in range(50):
            assert_others_are_served(server)
        assert set(threading.enumerate()) <= threads
        # All of them have their time, and then they are gone.
        wait_until(lambda: len(server.door) == 0, what="the end of those who stalled")


def test_slow_readers_are_cut_off_and_nobody_waits_for_them(server: ShopServer) -> None:
    with ExitStack() as stack:
        for _ in range(30):
            visitor = stack.enter_context(Visitor(server.port, receive_bytes=2048))
            visitor.send(b"GET /api/large HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
        wait_until(lambda: len(server.door) == 30)
        assert_others_are_served(server)
        with Visitor(server.port) as honest:
            assert honest.ask("GET", "/api/large").body == LARGE
        wait_until(lambda: len(server.door) == 0, what="cutting off the slow readers")


def test_visitors_who_vanish_leave_nothing_behind(server: ShopServer) -> None:
    for number in range(100):
        visitor = Visitor(server.port)
        # Reset instead of a polite end, while the answer is on its way.
        visitor.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        visitor.send(b"GET /api/large HTTP/1.1\r\nHost: shop\r\n\r\n" * (number % 3 + 1))
        visitor.socket.close()
    assert_others_are_served(server)
    wait_until(lambda: len(server.door) == 0)


def test_random_bytes_never_shut_the_door(server: ShopServer) -> None:
    dice = random.Random(20261121)
    honest = b'POST /api/orders HTTP/1.1\r\nHost: shop\r\nContent-Length: 13\r\n\r\n{"items": []}'
    for _ in range(300):
        damaged = bytearray(honest * dice.randint(1, 3))
        for _ in range(dice.randint(1, 5)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        with Visitor(server.port) as visitor:
            visitor.send(bytes(damaged))
            visitor.socket.shutdown(socket.SHUT_WR)
            while data := visitor.socket.recv(65536):
                visitor.received += data
            statuses = re.findall(rb"HTTP/1\.1 (\d)\d\d ", visitor.received)
            assert set(statuses) <= {b"2", b"4"}, (bytes(damaged), visitor.received)
    assert_others_are_served(server)


def test_300_open_event_streams_cost_no_thread_and_little_memory() -> None:
    hub = EventHub(max_per_person=1000)
    route = Route("GET", "/api/events", hub.listen, access=access.SIGNED_IN, database=False)
    _allow_open_files(1200)
    with serving([route, Route("POST", "/api/orders", order)]) as server, ExitStack() as stack:
        threads = set(threading.enumerate())
        before_kib = _resident_kib()
        listeners = []
        for _ in range(300):
            listener = stack.enter_context(Visitor(server.port))
            listener.send(b"GET /api/events HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer devi\r\n\r\n")
            assert listener.read().status == 200
            listeners.append(listener)
        assert len(hub) == 300
        assert set(threading.enumerate()) <= threads
        for number in range(20):
            hub.publish("order", {"id": str(number)}, everyone=True)
        for listener in listeners:
            assert b'"id":"19"' in listener.read_until(b'{"id":"19","kind":"order"}\n\n')
        assert ask(server, "POST", "/api/orders", body={}).status == 201
        assert _resident_kib() - before_kib < 20_000


def _resident_kib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * (resource.getpagesize() // 1024)


def _allow_open_files(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
        )
