"""The shop's HTTP server: Python's own `http.server`, with a door that no slow visitor can block.

`door` owns the connections and hands over complete requests; here a handler answers each of them, at once
when the answer lies in memory, else in one of a fixed number of worker threads.
"""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, cast

from shop_server import logs
from shop_server.errors import ShopError
from shop_server.web.connection import Connection, Limits
from shop_server.web.dispatch import Dispatcher
from shop_server.web.door import Door
from shop_server.web.request import Request
from shop_server.web.request_log import RequestLog
from shop_server.web.response import Response, failure_response
from shop_server.web.workers import Workers


class ShopHandler(BaseHTTPRequestHandler):
    """Answers one request whose bytes the door has read, and sends head and body in one piece."""

    protocol_version = "HTTP/1.1"
    server: ShopServer

    def __init__(
        self, connection: Connection, request: Request | None, response: Response | None, server: ShopServer
    ) -> None:
        self.asked = request
        self.response = response
        super().__init__(cast(Any, connection), (connection.address, 0), server)

    def setup(self) -> None:
        """The door has set up the connection."""

    def handle(self) -> None:
        """Sends the answer given, or asks the dispatcher for one. Never raises."""
        connection = cast(Connection, self.request)
        response = self.response
        if response is None:
            assert self.asked is not None
            response = self.server.dispatcher.answer(self.asked)
        if response.stream is not None:
            connection.stream, connection.keep = response.stream, False
        try:
            head, body = self.server.dispatcher.head(self.asked, response, keep_alive=connection.keep)
        except ValueError as error:
            logs.failure("answer-unsendable", error, id=self.asked.id if self.asked else "")
            response = failure_response(self.asked)
            head, body = self.server.dispatcher.head(self.asked, response, keep_alive=connection.keep)
        try:
            connection.send(head, body)
        except OSError:
            # The visitor is gone; the door notices when it parts with him.
            connection.keep = False
        self.server.request_log.note(self.asked, response.status)

    def finish(self) -> None:
        """Gives the connection back to the door."""
        self.server.door.answered(cast(Connection, self.request))


class ShopServer(HTTPServer):
    """Serves a Dispatcher on `address` (port 0 picks one), or on a socket that listens already (`listener`).

    `serve_forever` runs until `shutdown`, which lets begun requests finish within `grace_seconds`.
    `threads` is the number of workers. At most `queue_limit` requests wait for each crew of them, and at most
    `queue_seconds`; others get a 503, because whoever sent them has given up when their turn comes.
    """

    allow_reuse_address = True

    def __init__(
        self,
        address: tuple[str, int],
        dispatcher: Dispatcher,
        *,
        listener: socket.socket | None = None,
        limits: Limits | None = None,
        threads: int = 64,
        queue_limit: int = 512,
        queue_seconds: float = 10.0,
        backlog: int = 1024,
        grace_seconds: float = 10.0,
        request_log: RequestLog | None = None,
    ) -> None:
        self.dispatcher = dispatcher
        self.request_queue_size = backlog
        self.grace_seconds = grace_seconds
        self.queue_seconds = queue_seconds
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, cast(Any, ShopHandler), bind_and_activate=listener is None)
        if listener is not None:
            self.socket.close()
            self.socket = listener
            self.server_address = listener.getsockname()
        self.limits = limits or Limits()
        _allow_open_files(self.limits.max_connections + 200)
        self.request_log = request_log or RequestLog()
        self.door = Door(self.socket, self, self.limits)
        self._workers = Workers(threads, queue_limit)
        self._serving = False
        self._finished = threading.Event()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.server_address[1])

    def server_bind(self) -> None:
        """Binds without asking the name service who we are, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Serves until `shutdown` was called and what had begun is answered."""
        self._serving = True
        try:
            self.door.run()
            self._workers.stop(self.grace_seconds)
            self.request_log.close()
        finally:
            self._finished.set()

    def shutdown(self) -> None:
        """Stops accepting, lets begun requests finish, closes the rest, and waits for that if it was serving."""
        self.stop()
        if self._serving:
            self._finished.wait()

    def stop(self) -> None:
        """Begins to shut down and returns at once: for signal handlers."""
        self.door.stop(self.grace_seconds)

    # --- what the door asks of us ---

    def admit(self, request: Request) -> None:
        """Raises ShopError for a request that is refused by its head."""
        self.dispatcher.admit(request)

    def answer(self, connection: Connection, request: Request) -> None:
        """Answers from memory, or has a worker answer."""
        response = self.dispatcher.answer_at_once(request)
        if response is None:
            database = request.route is not None and request.route.database
            give_up_at = time.monotonic() + self.queue_seconds
            if self._workers.offer(lambda: self._work(connection, request, give_up_at), database=database):
                return
            response = self.dispatcher.busy(request)
        ShopHandler(connection, request, response, self)

    def refuse(self, connection: Connection, request: Request | None, error: ShopError) -> None:
        """Answers with the refusal."""
        ShopHandler(connection, request, self.dispatcher.refuse(request, error), self)

    def _work(self, connection: Connection, request: Request, give_up_at: float) -> None:
        response = self.dispatcher.busy(request) if time.monotonic() > give_up_at else None
        ShopHandler(connection, request, response, self)


def _allow_open_files(wanted: int) -> None:
    """Raises this process's limit of open files, as far as it may, so that many visitors find a place."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
