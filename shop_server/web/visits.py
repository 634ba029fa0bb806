"""What happens with one connection: its request is read piece by piece, answered by somebody, and what follows from that.

How the owner of the connections and a worker share one: while `state` is ANSWERING it belongs to the worker, otherwise
to the owner. In the common case (a keep-alive request, answered in one send) the worker itself sets `state` back to
READING and the owner is not even woken; in every other case the worker leaves a step in the inbox.
"""

from __future__ import annotations

import selectors
import socket
import time
from typing import TYPE_CHECKING, Protocol

from shop_server import logs
from shop_server.errors import RequestTimeout, ShopError, Unavailable
from shop_server.web.connection import (
    ANSWERING,
    CLOSED,
    DRAINING,
    READING,
    SENDING,
    SMALL_BODY_BYTES,
    STREAMING,
    Connection,
    Limits,
    doubt_about_beginning,
)
from shop_server.web.inbox import Inbox, Step
from shop_server.web.request import Request, parse_head

if TYPE_CHECKING:
    from shop_server.web.events import EventStream

_END_OF_HEAD = b"\r\n\r\n"
_READ_BYTES = 32 * 1024
_BODY_READ_BYTES = 256 * 1024


class FrontDesk(Protocol):
    """What the door needs of the shop behind it."""

    def admit(self, request: Request) -> None:
        """Looks at a head; raises ShopError to refuse it before its body is read."""

    def answer(self, connection: Connection, request: Request) -> None:
        """Answers at once on this connection or hands it to a worker; ends with `Door.answered`. Never raises."""

    def refuse(self, connection: Connection, request: Request | None, error: ShopError) -> None:
        """Answers with a refusal; ends with `Door.answered`. Never raises."""


class Visits:
    """All connections and the steps with each. Only the owner's thread calls them, except for `answered`."""

    def __init__(self, desk: FrontDesk, limits: Limits, inbox: Inbox, selector: selectors.BaseSelector) -> None:
        self.connections: set[Connection] = set()
        self.stopping = False
        self._desk = desk
        self._limits = limits
        self._inbox = inbox
        self._selector = selector
        self._held_bytes = 0

    def begin(self, sock: socket.socket, address: str) -> None:
        """Somebody has come in."""
        connection = Connection(sock, address, time.monotonic() + self._limits.idle_seconds)
        self.connections.add(connection)
        self._selector.register(sock, selectors.EVENT_READ, connection)

    def go_on(self, connection: Connection, event: int) -> None:
        """The network has something from the visitor, or takes more for him."""
        self.guard(self._send_rest if event & selectors.EVENT_WRITE else self._readable, connection)

    def answered(self, connection: Connection) -> None:
        """The answer was sent, or as much of it as fitted: the connection goes back to its owner."""
        if (
            connection.keep
            and not (connection.unsent or connection.held or connection.buffer)
            and connection.stream is None
            and not self.stopping
        ):
            connection.deadline = time.monotonic() + self._limits.idle_seconds
            connection.state = READING
            # Looked at after the state: the owner sets `parked` first and looks at the state then.
            if connection.parked:
                self._inbox.post(self._resume, connection)
        else:
            self._inbox.post(self._settle, connection)

    def guard(self, step: Step, connection: Connection) -> None:
        """A fault with one visitor must not shut the door for all others."""
        if connection.state == CLOSED:
            return
        try:
            step(connection)
        except OSError:
            self.close(connection)
        except Exception as error:
            logs.failure("connection-failed", error)
            self.close(connection)

    def time_is_up(self, connection: Connection) -> None:
        """The deadline has passed: he hears of it when he has begun to ask, or goes silently."""
        if connection.state == STREAMING and connection.stream is not None:
            connection.stream.beat()
        elif connection.has_begun():
            self._refuse(connection, connection.asked, RequestTimeout("The request did not arrive in time."))
        else:
            self.close(connection)

    def close(self, connection: Connection) -> None:
        """Parts without a word."""
        if connection.state == CLOSED:
            return
        if not connection.parked:
            self._selector.unregister(connection.socket)
        connection.state = CLOSED
        self._let_go(connection)
        self.connections.discard(connection)
        connection.socket.close()
        if connection.stream is not None:
            connection.stream.ended()

    # --- how a request comes in ---

    def _readable(self, connection: Connection) -> None:
        if connection.state == READING:
            self._read(connection)
        elif connection.state in (STREAMING, DRAINING):
            # Nothing that comes now is a request; the end of it is what matters.
            if not connection.socket.recv(_READ_BYTES):
                self.close(connection)
        else:
            self._selector.unregister(connection.socket)
            connection.parked = True
            if connection.state == READING:
                self._resume(connection)

    def _resume(self, connection: Connection) -> None:
        if connection.parked and connection.state == READING:
            connection.parked = False
            self._selector.register(connection.socket, selectors.EVENT_READ, connection)

    def _read(self, connection: Connection) -> None:
        asked = connection.asked
        if asked is not None:
            self._read_body(connection, asked)
            return
        try:
            data = connection.socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            self.close(connection)
            return
        if not connection.buffer:
            connection.deadline = time.monotonic() + self._limits.head_seconds
        connection.buffer += data
        self._advance(connection)

    def _advance(self, connection: Connection) -> None:
        """Answers every request that has arrived completely, in order (a visitor may send several at once)."""
        while connection.buffer and connection.state == READING and connection.asked is None:
            head, end, rest = connection.buffer.partition(_END_OF_HEAD)
            if not end:
                problem = doubt_about_beginning(head)
                if problem is not None:
                    self._refuse(connection, None, problem)
                return
            connection.buffer = rest
            try:
                request = parse_head(head.removeprefix(b"\r\n"))
            except ShopError as error:
                self._refuse(connection, None, error)
                return
            request.client = connection.address
            try:
                self._desk.admit(request)
            except ShopError as error:
                # Without a body the next request begins right behind, so there is no need to part.
                connection.keep = request.keep_alive and not request.content_length and not self.stopping
                self._refuse(connection, request, error)
                continue
            if request.content_length:
                self._begin_body(connection, request)
            else:
                self._hand_over(connection, request)

    def _begin_body(self, connection: Connection, request: Request) -> None:
        length = request.content_length
        connection.asked = request
        connection.body = bytearray(connection.buffer[:length])
        connection.buffer = connection.buffer[length:]
        patience = self._limits.body_seconds + length / self._limits.slowest_bytes_per_second
        connection.deadline = time.monotonic() + patience
        if len(connection.body) < length:
            expects = request.headers.get("expect", "").lower() == "100-continue"
            if expects and not connection.body and not request.http_1_0:
                connection.socket.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        else:
            self._end_body(connection, request)

    def _read_body(self, connection: Connection, request: Request) -> None:
        missing = request.content_length - len(connection.body)
        try:
            data = connection.socket.recv(min(missing, _BODY_READ_BYTES))
        except BlockingIOError:
            return
        if not data:
            self.close(connection)
            return
        connection.body += data
        if request.content_length > SMALL_BODY_BYTES:
            self._hold(connection, len(data))
            if self._held_bytes > self._limits.max_held_bytes:
                self._refuse(connection, request, Unavailable("Too much is arriving at once. Please try again soon."))
                return
        if len(data) == missing:
            self._end_body(connection, request)

    def _end_body(self, connection: Connection, request: Request) -> None:
        request.body = bytes(connection.body)
        connection.body = bytearray()
        connection.asked = None
        self._hand_over(connection, request)

    def _hand_over(self, connection: Connection, request: Request) -> None:
        connection.keep = request.keep_alive and not self.stopping
        connection.state = ANSWERING
        self._desk.answer(connection, request)

    def _refuse(self, connection: Connection, request: Request | None, error: ShopError) -> None:
        if request is None or request.content_length:
            connection.keep = False
        connection.asked = None
        connection.body = bytearray()
        # At once: those who are read next must not be refused for what is no longer held.
        self._let_go(connection)
        connection.state = ANSWERING
        self._desk.refuse(connection, request, error)

    def _hold(self, connection: Connection, size: int) -> None:
        connection.held += size
        self._held_bytes += size

    def _let_go(self, connection: Connection) -> None:
        self._held_bytes -= connection.held
        connection.held = 0

    # --- what follows an answer ---

    def _settle(self, connection: Connection) -> None:
        self._let_go(connection)
        if connection.unsent:
            size = sum(map(len, connection.unsent))
            self._hold(connection, size)
            if self._held_bytes > self._limits.max_held_bytes:
                self.close(connection)
                return
            connection.state = SENDING
            patience = self._limits.send_seconds + size / self._limits.slowest_bytes_per_second
            connection.deadline = time.monotonic() + patience
            self._watch(connection, selectors.EVENT_WRITE)
        elif connection.stream is not None:
            self._begin_stream(connection, connection.stream)
        elif connection.keep and not self.stopping:
            patience = self._limits.head_seconds if connection.buffer else self._limits.idle_seconds
            connection.deadline = time.monotonic() + patience
            connection.state = READING
            self._watch(connection, selectors.EVENT_READ)
            self._advance(connection)
        else:
            self._begin_drain(connection)

    def _send_rest(self, connection: Connection) -> None:
        try:
            sent = connection.socket.sendmsg(connection.unsent)
        except BlockingIOError:
            return
        while connection.unsent and sent >= len(connection.unsent[0]):
            sent -= len(connection.unsent.pop(0))
        if connection.unsent:
            connection.unsent[0] = connection.unsent[0][sent:]
        else:
            self._settle(connection)

    def _begin_drain(self, connection: Connection) -> None:
        """Parts in order: closing with unread bytes would take the answer away from a visitor who still sends."""
        connection.state = DRAINING
        connection.deadline = time.monotonic() + self._limits.drain_seconds
        connection.buffer = b""
        connection.socket.shutdown(socket.SHUT_WR)
        self._watch(connection, selectors.EVENT_READ)

    def _begin_stream(self, connection: Connection, stream: EventStream) -> None:
        connection.state = STREAMING
        connection.buffer = b""
        stream.attach(lambda: self._inbox.post(self._send_frames, connection))
        self._watch(connection, selectors.EVENT_READ)
        self._send_frames(connection)

    def _send_frames(self, connection: Connection) -> None:
        stream = connection.stream
        if stream is None or stream.closed or self.stopping:
            self.close(connection)
            return
        frames = stream.take() if connection.state == STREAMING else b""
        if not frames:
            return
        connection.deadline = time.monotonic() + self._limits.heartbeat_seconds
        connection.send(frames, b"")
        if connection.unsent:
            connection.state = SENDING
            connection.deadline = time.monotonic() + self._limits.send_seconds
            self._watch(connection, selectors.EVENT_WRITE)

    def _watch(self, connection: Connection, event: int) -> None:
        if connection.parked:
            connection.parked = False
            self._selector.register(connection.socket, event, connection)
        elif self._selector.get_key(connection.socket).events != event:
            self._selector.modify(connection.socket, event, connection)
