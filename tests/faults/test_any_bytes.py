"""Any bytes, in any pieces: the reader of requests sees the same requests however they are cut, and where it sees one,
so does Python's own reader of headers. Nothing makes it fail, and nothing makes it wait for ever.

A request that this shop and a proxy before it would cut differently could carry another one inside (smuggling).
"""

from __future__ import annotations

import http.client
import io
import random
import selectors
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shop_server import logs
from shop_server.errors import ShopError, TooLarge
from shop_server.web.connection import CLOSED, READING, Connection, Limits
from shop_server.web.inbox import Inbox
from shop_server.web.request import MAX_HEAD_BYTES, Request
from shop_server.web.visits import Visits
from tests.faults.effort import tries

MOST_BODY = 200
FINAL = (b"GET /last HTTP/1.1", b"Host: shop")


class Seen(NamedTuple):
    """A request as it was understood."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Desk:
    """Takes down what is asked and answers in two bytes; refusals by their status."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.refusals: list[int] = []
        self.visits: Visits

    def admit(self, request: Request) -> None:
        if request.content_length > MOST_BODY:
            raise TooLarge("That is too much.")

    def answer(self, connection: Connection, request: Request) -> None:
        self.requests.append(Seen(request.method, request.target, request.headers, request.body))
        self._send(connection)

    def refuse(self, connection: Connection, request: Request | None, error: ShopError) -> None:
        self.refusals.append(error.status)
        self._send(connection)

    def _send(self, connection: Connection) -> None:
        connection.send(b"ok", b"")
        self.visits.answered(connection)


@contextmanager
def arrived() -> Iterator[tuple[Desk, Visits, Connection, socket.socket, Inbox]]:
    """Somebody has come in and has not said anything yet."""
    with selectors.DefaultSelector() as selector:
        ours, theirs = socket.socketpair()
        inbox, desk = Inbox(), Desk()
        desk.visits = Visits(desk, Limits(), inbox, selector)
        ours.setblocking(False)
        desk.visits.begin(ours, "here")
        (connection,) = desk.visits.connections
        try:
            yield desk, desk.visits, connection, theirs, inbox
        finally:
            desk.visits.close(connection)
            inbox.close()
            theirs.close()


def read(*pieces: bytes) -> Desk:
    """What is understood of the pieces, one after the other, after which the visitor says no more."""
    with arrived() as (desk, visits, connection, theirs, inbox):
        for piece in filter(None, pieces):
            if connection.state == CLOSED:
                break
            theirs.sendall(piece)
            look(visits, connection, inbox)
        theirs.shutdown(socket.SHUT_WR)
        look(visits, connection, inbox)
        assert connection.state == CLOSED, "it waits for somebody who has gone"
        return desk


def look(visits: Visits, connection: Connection, inbox: Inbox) -> None:
    """As the owner of the connections does, until there is nothing new."""
    for _ in range(10_000):
        steps = inbox.take()
        for step, about in steps:
            visits.guard(step, about)
        if connection.state == CLOSED:
            return
        with selectors.DefaultSelector() as waiting:
            waiting.register(connection.socket, selectors.EVENT_READ)
            ready = waiting.select(0)
        if ready:
            visits.go_on(connection, selectors.EVENT_READ)
        elif not steps:
            return
    raise AssertionError("it never comes to rest")


def read_by_python(sent: bytes) -> Iterator[Seen]:
    """The same bytes as Python's own reader of headers sees them, which is more lenient."""
    stream = io.BytesIO(sent)
    while line := stream.readline():
        if line == b"\r\n":
            continue
        method, target, _ = line.decode("latin-1").split(" ")
        theirs = http.client.parse_headers(stream)
        headers: dict[str, str] = {}
        for name, value in ((name.lower(), value.strip(" \t")) for name, value in theirs.items()):
            between = "; " if name == "cookie" else ", "
            headers[name] = headers[name] + between + value if name in headers else value
        yield Seen(method, target, headers, stream.read(int(headers.get("content-length", "0"))))


@pytest.fixture(autouse=True)
def nothing_fails_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody expected is only written down in life; here it ends the test."""

    def fail(event: str, error: BaseException, **_: object) -> None:
        raise AssertionError(event) from error

    monkeypatch.setattr(logs, "failure", fail)


# --- what is sent ---

tokens = st.text("ABCDEFGHIJabcdefghij-_!", min_size=1, max_size=8)
values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=20).filter(
    # Python's reader takes 0x85 for the end of a line, which no other does; and drops blanks that are not for HTTP.
    lambda value: not any("\x80" <= character <= "\xa0" for character in value)
)
ours_to_say = ("host", "content-length", "transfer-encoding", "connection", "expect")


@st.composite
def honest_requests(draw: st.DrawFn) -> bytes:
    """One good request; its body may well look like another one."""
    body = draw(st.binary(max_size=40) | st.sampled_from([b"GET /inside HTTP/1.1\r\nHost: shop\r\n\r\n", b"\r\n\r\n"]))
    extra = draw(st.dictionaries(tokens.filter(lambda name: name.lower() not in ours_to_say), values, max_size=4))
    lines = [f"{draw(st.sampled_from(['GET', 'POST', 'PUT', 'M-SEARCH']))} /{draw(tokens)} HTTP/1.1", "Host: shop"]
    lines += [f"{name}:{draw(st.sampled_from(['', ' ', chr(9)]))}{value}" for name, value in extra.items()]
    if body or draw(st.booleans()):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


pipelines = st.lists(honest_requests(), min_size=1, max_size=4).map(b"".join)
fragments = st.sampled_from(
    [
        *(b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\n\n", b" ", b"\t", b":", b"\0", b"\x0b", b"\x1c", b"\xff", b"0", b"%"),
        *(b"Content-Length: 5\r\n", b"content-length:0\r\n", b"Content-Length : 3\r\n", b" Content-Length: 3\r\n"),
        *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding:\tx\r\n", b"Connection: close\r\n", b"Host: x\r\n"),
        *(
            b"5\r\nhello\r\n0\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n",
            b"HTTP/1.0",
            b"Expect: 100-continue\r\n",
        ),
    ]
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A pipeline into which something was put, or of which something is missing."""
    sent = draw(pipelines)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(sent)))
        cut = draw(st.sampled_from([0, 0, 1, 2, 8]))
        sent = sent[:at] + draw(fragments | st.binary(max_size=3)) + sent[at + cut :]
    return sent


anything = damaged() | st.binary(max_size=200) | st.lists(fragments, max_size=20).map(b"".join)


# --- what must hold ---


@tries(80)
@given(st.lists(honest_requests(), min_size=1, max_size=4), st.integers(0, 2**32))
def test_honest_requests_are_understood_however_they_are_cut(requests: list[bytes], chance: int) -> None:
    sent = b"".join(requests)
    expected = [seen for request in requests for seen in read_by_python(request)]
    dice = random.Random(chance)
    cuts = sorted(dice.randrange(len(sent)) for _ in range(dice.randint(0, 8)))
    for pieces in (
        [sent],
        [sent[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)],
        [sent[number : number + 1] for number in range(len(sent))],
    ):
        desk = read(*pieces)
        assert (desk.requests, desk.refusals) == (expected, [])


@tries(250)
@given(anything, st.integers(0, 2**32))
@example(b"!GET / HTTP/1.1\r\nHost: shop\r\n\r\n", 0)
@example(b"GET / HTTP/1.1\r\nHost: shop\r\nX: " + b"y" * (MAX_HEAD_BYTES - 31) + b"\r\n\r\n", 0)
def test_whatever_comes_is_understood_the_same_however_it_is_cut(sent: bytes, chance: int) -> None:
    whole = read(sent)
    assert all(400 <= status < 500 for status in whole.refusals)
    at = random.Random(chance).randrange(len(sent) + 1)
    small = [sent[number : number + 1] for number in range(len(sent))] if len(sent) < 1000 else [sent[:-1], sent[-1:]]
    for pieces in ([sent[:at], sent[at:]], small):
        cut = read(*pieces)
        assert cut.requests == whole.requests
        # Cut, the beginning may be refused for another of its faults than the whole is.
        assert len(cut.refusals) >= len(whole.refusals)


@tries(250)
@given(anything)
def test_what_is_understood_here_python_understands_in_the_same_way(sent: bytes) -> None:
    theirs = read_by_python(sent)
    for seen in read(sent).requests:
        if any("\x80" <= character <= "\xa0" for value in seen.headers.values() for character in value):
            return
        assert seen == next(theirs)


def test_after_a_refusal_nothing_more_is_taken_for_a_request() -> None:
    last = b"\r\n".join([*FINAL, b"", b""])
    for framing in (b"Transfer-Encoding: chunked", b"Content-Length: 5, 5", b"Content-Length: +5", b"X : y"):
        desk = read(b"POST /a HTTP/1.1\r\nHost: shop\r\n" + framing + b"\r\n\r\n" + last)
        assert (desk.requests, len(desk.refusals)) == ([], 1)


def test_who_asks_to_part_is_not_heard_any_further() -> None:
    last = b"\r\n".join([*FINAL, b"", b""])
    desk = read(b"GET /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n" + last)
    assert [seen.target for seen in desk.requests] == ["/a"]


def test_who_stops_in_the_middle_is_told_so_when_his_time_is_up() -> None:
    for beginning in (b"GET / HT", b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 9\r\n\r\nhalf"):
        with arrived() as (desk, visits, connection, theirs, inbox):
            theirs.sendall(beginning)
            look(visits, connection, inbox)
            assert connection.state == READING
            visits.time_is_up(connection)
            assert (desk.requests, desk.refusals) == ([], [408])
