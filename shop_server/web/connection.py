"""One visitor's connection: how far it is, and how patient the shop is with it."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shop_server.errors import BadRequest, HeadersTooLarge, ShopError
from shop_server.web.request import MAX_HEAD_BYTES, Request

if TYPE_CHECKING:
    from shop_server.web.events import EventStream

READING, ANSWERING, SENDING, STREAMING, DRAINING, CLOSED = range(6)

# Bodies up to this size are always taken in, and answers sent as one piece with their head; larger ones that come in,
# and what is left of answers, share the limit for everything that is held.
SMALL_BODY_BYTES = 64 * 1024


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

    def is_silent(self) -> bool:
        """Nothing of a request has come, and none is being answered."""
        return self.state == READING and self.asked is None and not self.buffer

    def has_begun(self) -> bool:
        """A part of a request has come."""
        return self.state == READING and (self.asked is not None or bool(self.buffer))

    def send(self, head: bytes, body: bytes) -> None:
        """Sends what goes in one piece and leaves the rest in `unsent`. Raises OSError when the visitor is gone."""
        try:
            if len(body) <= SMALL_BODY_BYTES:
                sent = self.socket.send(head + body)
            else:
                sent = self.socket.sendmsg([head, body])
        except BlockingIOError:
            sent = 0
        if sent < len(head) + len(body):
            parts = (memoryview(head)[sent:], memoryview(body)[max(0, sent - len(head)) :])
            self.unsent = [part for part in parts if part]


def doubt_about_beginning(head: bytes) -> ShopError | None:
    """Why an unfinished head can be refused already, if it can."""
    begun = head.removeprefix(b"\r\n")
    # Of the line ends that follow a head, all but the last byte may be there already.
    if len(begun) > MAX_HEAD_BYTES + 3:
        return HeadersTooLarge("The request's head is over 16 KiB.")
    if begun[:1] and not begun[:1].isalpha() and begun != b"\r":
        return BadRequest("This is not an HTTP request.")
    if b"\n\n" in begun or begun.count(b"\n") != begun.count(b"\r\n"):
        return BadRequest("Lines must end with CR LF.")
    return None
