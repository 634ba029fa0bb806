"""The shop's door: one thread owns every connection that is not being answered just now.

It accepts, reads heads and bodies as they trickle in, and gives only complete requests to the workers. Stalled,
slow, idle and listening visitors cost a little memory here and never a thread; each step has its deadline.

How the owner and a worker share a connection: while `state` is ANSWERING it belongs to the worker, otherwise to the
owner. In the common case (a keep-alive request, answered in one send) the worker itself sets `state` back to READING
and the owner is not even woken; in every other case the worker reports with `post`.
"""

from __future__ import annotations

import errno
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from shop_server import logs
from shop_server.errors import BadRequest, HeadersTooLarge, RequestTimeout, ShopError, Unavailable
from shop_server.web.request import MAX_HEAD_BYTES, Request, parse_head

if TYPE_CHECKING:
    from shop_server.web.events import EventStream

READING, ANSWERING, SENDING, STREAMING, DRAINING, CLOSED = range(6)

_END_OF_HEAD = b"\r\n\r\n"
_READ_BYTES = 32 * 1024
_BODY_READ_BYTES = 256 * 1024
# Bodies up to this size are always taken in, and answers sent as one piece with their head; larger ones that come in,
# and what is left of answers, share the limit for everything that is held.
_SMALL_BODY_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient the door is (seconds), and how much fits in.

    A body to come in, or an answer to go out, has its seconds and as long as its size takes at the slowest speed.
    """

    head_seconds: float = 10.0
    body_seconds: float = 30.0
    idle_seconds: float = 60.0
    send_seconds: float = 30.0
    drain_seconds: float = 2.0
    heartbeat_seconds: float = 15.0
    slowest_bytes_per_second: int = 32 * 1024
    max_connections: int = 1500
    max_held_bytes: int = 64 * 1024 * 1024


class Connection:
    """One visitor's connection and how far it is."""

    __slots__ = (
        "address",
        "asked",
        "body",
        "buffer",
        "deadline",
        "held",
        "keep",
        "parked",
        "socket",
        "state",
        "stream",
        "unsent",
        "writing",
    )

    def __init__(self, sock: socket.socket, address: str, deadline: float) -> None:
        self.socket = sock
        self.address = address
        self.state = READING
        self.deadline = deadline
        self.buffer = b""
        self.asked: Request | None = None
        self.body = bytearray()
        self.held = 0
        self.keep = False
        self.unsent: list[memoryview] = []
        self.stream: EventStream | None = None
        # Not watched for reading, because more arrived while the last request was being answered.
        self.parked = False
        self.writing = False

    def send(self, head: bytes, body: bytes) -> None:
        """Sends what goes in one piece and leaves the rest in `unsent`. Raises OSError when the visitor is gone."""
        try:
            if len(body) <= _SMALL_BODY_BYTES:
                sent = self.socket.send(head + body)
            else:
                sent = self.socket.sendmsg([head, body])
        except BlockingIOError:
            sent = 0
        if sent < len(head) + len(body):
            parts = (memoryview(head)[sent:], memoryview(body)[max(0, sent - len(head)) :])
            self.unsent = [part for part in parts if part]


class FrontDesk(Protocol):
    """What the door needs of the shop behind it."""

    def admit(self, request: Request) -> None:
        """Looks at a head; raises ShopError to refuse it before its body is read."""

    def answer(self, connection: Connection, request: Request) -> None:
        """Answers at once on this connection or hands it to a worker; ends with `Door.answered`. Never raises."""

    def refuse(self, connection: Connection, request: Request | None, error: ShopError) -> None:
        """Answers with a refusal; ends with `Door.answered`. Never raises."""


class Door:
    """The selector and the connections that it owns. `run` is the thread; `post` may be called from any other."""

    def __init__(self, listener: socket.socket, desk: FrontDesk, limits: Limits) -> None:
        self.limits = limits
        self.stopping = False
        self._listener = listener
        self._desk = desk
        self._connections: set[Connection] = set()
        self._held_bytes = 0
        self._posted: deque[tuple[Callable[[Connection], None], Connection]] = deque()
        self._selector = selectors.DefaultSelector()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._awake = True
        self._owner: int | None = None
        self._grace_until = 0.0
        times = (limits.head_seconds, limits.body_seconds, limits.idle_seconds, limits.drain_seconds)
        self._tick_seconds = min(1.0, min(*times, limits.heartbeat_seconds) / 4)
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ, None)
        self._selector.register(self._wake_reader, selectors.EVENT_READ, None)

    def __len__(self) -> int:
        return len(self._connections)

    def run(self) -> None:
        """Serves until `stop` was called and what had begun is finished."""
        self._owner = threading.get_ident()
        next_look = time.monotonic() + self._tick_seconds
        while not self._is_done():
            self._awake = False
            timeout = 0.0 if self._posted else max(0.0, next_look - time.monotonic())
            events = self._selector.select(timeout)
            self._awake = True
            for key, mask in events:
                connection = key.data
                if connection is None:
                    self._accept() if key.fileobj is self._listener else self._drain_wakes()
                elif mask & selectors.EVENT_WRITE:
                    self._guard(self._send_rest, connection)
                else:
                    self._guard(self._readable, connection)
            # What these post in turn comes after the next look at the network.
            for _ in range(len(self._posted)):
                step, connection = self._posted.popleft()
                self._guard(step, connection)
            now = time.monotonic()
            if now >= next_look:
                next_look = now + self._tick_seconds
                self._look_at_deadlines(now)
        self._close_everything()

    def stop(self, grace_seconds: float) -> None:
        """Stops accepting; what has begun may finish within the grace. Called from any thread, returns at once."""
        self._grace_until = time.monotonic() + grace_seconds
        self.stopping = True
        self._wake()

    def post(self, step: Callable[[Connection], None], connection: Connection) -> None:
        """Has the owner do a step with a connection, soon."""
        self._posted.append((step, connection))
        if not self._awake and threading.get_ident() != self._owner:
            self._wake()

    def answered(self, connection: Connection) -> None:
        """The answer was sent, or as much of it as fitted: the connection goes back to its owner."""
        if (
            connection.keep
            and not (connection.unsent or connection.held or connection.buffer)
            and connection.stream is None
            and not self.stopping
        ):
            connection.deadline = time.monotonic() + self.limits.idle_seconds
            connection.state = READING
            # Looked at after the state: the owner sets `parked` first and looks at the state then.
            if connection.parked:
                self.post(self._resume, connection)
        else:
            self.post(self._settle, connection)

    # --- what the owner does with one connection ---

    def _guard(self, step: Callable[[Connection], None], connection: Connection) -> None:
        """A fault with one visitor must not shut the door for all others."""
        if connection.state == CLOSED:
            return
        try:
            step(connection)
        except OSError:
            self._close(connection)
        except Exception as error:
            logs.failure("connection-failed", error)
            self._close(connection)

    def _accept(self) -> None:
        # A few only: other processes may wait at the same socket for their share.
        for _ in range(8):
            try:
                sock, address = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    self._make_room()
                return
            if len(self._connections) >= self.limits.max_connections and not self._make_room():
                sock.close()
                continue
            sock.setblocking(False)
            if sock.family != getattr(socket, "AF_UNIX", None):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(sock, address[0] if address else "", time.monotonic() + self.limits.idle_seconds)
            self._connections.add(connection)
            self._selector.register(sock, selectors.EVENT_READ, connection)

    def _make_room(self) -> bool:
        """At the limit, whoever is nearest to the end of his time without a complete request makes room."""
        waiting = [connection for connection in self._connections if connection.state in (READING, SENDING, DRAINING)]
        if waiting:
            self._close(min(waiting, key=lambda connection: connection.deadline))
        return bool(waiting)

    def _readable(self, connection: Connection) -> None:
        if connection.state == READING:
            self._read(connection)
        elif connection.state in (STREAMING, DRAINING):
            # Nothing that comes now is a request; the end of it is what matters.
            if not connection.socket.recv(_READ_BYTES):
                self._close(connection)
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
            self._close(connection)
            return
        if not connection.buffer:
            connection.deadline = time.monotonic() + self.limits.head_seconds
        connection.buffer += data
        self._advance(connection)

    def _advance(self, connection: Connection) -> None:
        """Answers every request that has arrived completely, in order (a visitor may send several at once)."""
        while connection.buffer and connection.state == READING and connection.asked is None:
            head, end, rest = connection.buffer.partition(_END_OF_HEAD)
            if not end:
                problem = _doubt_about_beginning(head)
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
        patience = self.limits.body_seconds + length / self.limits.slowest_bytes_per_second
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
            self._close(connection)
            return
        connection.body += data
        if request.content_length > _SMALL_BODY_BYTES:
            self._hold(connection, len(data))
            if self._held_bytes > self.limits.max_held_bytes:
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
            if self._held_bytes > self.limits.max_held_bytes:
                self._close(connection)
                return
            connection.state = SENDING
            patience = self.limits.send_seconds + size / self.limits.slowest_bytes_per_second
            connection.deadline = time.monotonic() + patience
            self._watch(connection, selectors.EVENT_WRITE)
        elif connection.stream is not None:
            self._begin_stream(connection, connection.stream)
        elif connection.keep and not self.stopping:
            patience = self.limits.head_seconds if connection.buffer else self.limits.idle_seconds
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
        connection.deadline = time.monotonic() + self.limits.drain_seconds
        connection.buffer = b""
        connection.socket.shutdown(socket.SHUT_WR)
        self._watch(connection, selectors.EVENT_READ)

    def _begin_stream(self, connection: Connection, stream: EventStream) -> None:
        connection.state = STREAMING
        connection.buffer = b""
        stream.attach(lambda: self.post(self._send_frames, connection))
        self._watch(connection, selectors.EVENT_READ)
        self._send_frames(connection)

    def _send_frames(self, connection: Connection) -> None:
        stream = connection.stream
        if stream is None or stream.closed or self.stopping:
            self._close(connection)
            return
        frames = stream.take() if connection.state == STREAMING else b""
        if not frames:
            return
        connection.deadline = time.monotonic() + self.limits.heartbeat_seconds
        connection.send(frames, b"")
        if connection.unsent:
            connection.state = SENDING
            connection.deadline = time.monotonic() + self.limits.send_seconds
            self._watch(connection, selectors.EVENT_WRITE)

    def _watch(self, connection: Connection, event: int) -> None:
        if connection.parked:
            connection.parked = False
            self._selector.register(connection.socket, event, connection)
        elif self._selector.get_key(connection.socket).events != event:
            self._selector.modify(connection.socket, event, connection)

    def _close(self, connection: Connection) -> None:
        if connection.state == CLOSED:
            return
        if not connection.parked:
            self._selector.unregister(connection.socket)
        connection.state = CLOSED
        self._let_go(connection)
        self._connections.discard(connection)
        connection.socket.close()
        if connection.stream is not None:
            connection.stream.ended()

    # --- time, and the end ---

    def _look_at_deadlines(self, now: float) -> None:
        for connection in list(self._connections):
            if connection.deadline > now or connection.state in (ANSWERING, CLOSED):
                continue
            if connection.state == STREAMING and connection.stream is not None:
                connection.stream.beat()
            elif connection.state == READING and (connection.asked is not None or connection.buffer):
                self._guard(self._refuse_late, connection)
            else:
                self._close(connection)

    def _refuse_late(self, connection: Connection) -> None:
        self._refuse(connection, connection.asked, RequestTimeout("The request did not arrive in time."))

    def _is_done(self) -> bool:
        if not self.stopping:
            return False
        if self._listener.fileno() != -1:
            self._last_visitors()
        return not self._connections or time.monotonic() >= self._grace_until

    def _last_visitors(self) -> None:
        """No one comes in any more. Who has already asked is answered; who has not, and who listens, goes."""
        self._accept()
        self._selector.unregister(self._listener)
        self._listener.close()
        for connection in list(self._connections):
            if connection.state == READING:
                self._guard(self._readable, connection)
            if connection.state == STREAMING or (
                connection.state == READING and connection.asked is None and not connection.buffer
            ):
                self._close(connection)

    def _close_everything(self) -> None:
        for connection in list(self._connections):
            self._close(connection)
        self._selector.close()
        self._wake_reader.close()
        self._wake_writer.close()
        if self._listener.fileno() != -1:
            self._listener.close()

    def _wake(self) -> None:
        try:
            self._wake_writer.send(b"\0")
        except OSError:
            # Full: it will wake anyway. Closed: there is nobody to wake.
            return

    def _drain_wakes(self) -> None:
        try:
            while len(self._wake_reader.recv(4096)) == 4096:
                continue
        except BlockingIOError:
            return


def _doubt_about_beginning(head: bytes) -> ShopError | None:
    """Why an unfinished head can be refused already, if it can."""
    begun = head.removeprefix(b"\r\n")
    if len(begun) > MAX_HEAD_BYTES:
        return HeadersTooLarge("The request's head is over 16 KiB.")
    if begun[:1] and not begun[:1].isalpha() and begun != b"\r":
        return BadRequest("This is not an HTTP request.")
    if b"\n\n" in begun or begun.count(b"\n") != begun.count(b"\r\n"):
        return BadRequest("Lines must end with CR LF.")
    return None
