"""A small shop to visit, and a visitor who speaks HTTP byte by byte: real sockets, nothing in between."""

from __future__ import annotations

import io
import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Self

from shop_server.rules.person import Person
from shop_server.web.connection import Limits
from shop_server.web.dispatch import Dispatcher
from shop_server.web.request import Request
from shop_server.web.request_log import RequestLog
from shop_server.web.router import Route
from shop_server.web.server import ShopServer
from tests.waiting import wait_until

ASHA = Person("a" * 24, "s1", "shopkeeper", "Asha", "9876543210", shop_id="1" * 24)
BHARAT = Person("b" * 24, "s2", "staff", "Bharat", "9876543211", shop_id="1" * 24, permissions=frozenset({"orders"}))
CHITRA = Person("c" * 24, "s3", "shopkeeper", "Chitra", "9876543212", shop_id="2" * 24)
DEVI = Person("d" * 24, "s4", "customer", "Devi", "9876543213")
ESHAN = Person("e" * 24, "s5", "customer", "Eshan", "9876543214")
PEOPLE = {person.name.lower(): person for person in (ASHA, BHARAT, CHITRA, DEVI, ESHAN)}


def sign_in_by_name(request: Request) -> Person | None:
    """`Authorization: Bearer asha`, or the cookie `session=asha`."""
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    return PEOPLE.get(bearer or request.cookies.get("session", ""))


@contextmanager
def serving(
    routes: Iterable[Route],
    *,
    limits: Limits | None = None,
    log: io.StringIO | None = None,
    dispatch: dict[str, Any] | None = None,
    **options: Any,
) -> Iterator[ShopServer]:
    """A server on a port of its own. When it ends, nothing of it is left."""
    before = set(threading.enumerate())
    dispatcher = Dispatcher(routes, context="the context", sign_in=sign_in_by_name, **(dispatch or {}))
    options = {"threads": 8, "grace_seconds": 5.0, **options}
    server = ShopServer(
        ("127.0.0.1", 0), dispatcher, limits=limits, request_log=RequestLog(log or io.StringIO()), **options
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        assert len(server.door) == 0
        wait_until(lambda: set(threading.enumerate()) <= before, what="the end of the server's threads")


class Answer(NamedTuple):
    """What came back. Header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Visitor:
    """One connection to the shop."""

    def __init__(self, port: int, *, receive_bytes: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", port))
        self.received = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | Any | None = None
    ) -> Answer:
        """Sends one request and reads its answer; a body that is not bytes is sent as JSON."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        lines = [
            f"{method} {path} HTTP/1.1",
            "Host: shop",
            *(f"{name}: {value}" for name, value in (headers or {}).items()),
        ]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b""))
        return self.read(without_body=method == "HEAD")

    def read(self, *, without_body: bool = False) -> Answer:
        """Reads one answer."""
        head = self.read_until(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        assert (
            len(headers) == len([line for line in lines if not line.startswith("Set-Cookie")])
            or "set-cookie" in headers
        )
        length = 0 if without_body else int(headers.get("content-length", "0"))
        while len(self.received) < length:
            self._receive()
        body, self.received = self.received[:length], self.received[length:]
        return Answer(int(first.split(" ")[1]), headers, body)

    def read_until(self, mark: bytes) -> bytes:
        while mark not in self.received:
            self._receive()
        before, _, self.received = self.received.partition(mark)
        return before + mark

    def is_closed(self) -> bool:
        """Waits for the server to end the connection; False when more comes instead."""
        if self.received:
            return False
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def _receive(self) -> None:
        data = self.socket.recv(65536)
        assert data, f"the connection ended after {self.received!r}"
        self.received += data


def ask(server: ShopServer, method: str, path: str, headers: dict[str, str] | None = None, body: Any = None) -> Answer:
    """One request on a connection of its own."""
    with Visitor(server.port) as visitor:
        return visitor.ask(method, path, headers, body)


class Gate:
    """A handler that waits until it is let through: for a request that is being answered."""

    def __init__(self) -> None:
        self.waiting = threading.Semaphore(0)
        self.opened = threading.Event()

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, *_: object) -> None:
        self.opened.set()

    def pass_through(self) -> None:
        self.waiting.release()
        assert self.opened.wait(10)

    def wait_for(self, count: int = 1) -> None:
        """Waits until so many requests stand before it."""
        for _ in range(count):
            assert self.waiting.acquire(timeout=10)


def handler(answer: Callable[[Request], Any]) -> Callable[[Request, Any], Any]:
    """A handler from a function of the request alone."""
    return lambda request, context: answer(request)
