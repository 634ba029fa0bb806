"""The server on real sockets: keep-alive, pipelines, sizes, times, and an orderly end."""

from __future__ import annotations

import io
import json
import logging
import random
import select
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shop_server.web.connection import Limits
from shop_server.web.dispatch import Dispatcher
from shop_server.web.request import Request
from shop_server.web.request_log import RequestLog
from shop_server.web.response import Response, json_response
from shop_server.web.router import Route
from shop_server.web.server import ShopServer
from shop_server.web.workers import Workers
from tests.api.visitor import Gate, Visitor, ask, handler, serving
from tests.waiting import wait_until

LARGE = b"x" * 3_000_000


def echo(request: Request, context: Any) -> Response:
    """Says what came in."""
    return json_response({"path": request.path, "size": len(request.body), "first": request.body[:20].decode()})


def from_memory(request: Request, context: Any) -> Response:
    return Response(200, b"from memory", {"Content-Type": "text/plain"})


ROUTES = [
    Route("GET", "/echo/{word}", echo),
    Route("POST", "/echo", echo),
    Route("POST", "/small", echo, body_limit=1000),
    Route("POST", "/big", echo, body_limit=10 * 1024 * 1024),
    Route("GET", "/memory", from_memory, database=False, at_once=from_memory),
    Route("GET", "/large", handler(lambda request: Response(200, LARGE)), database=False),
]


def test_answers_many_requests_on_one_connection() -> None:
    with serving(ROUTES) as server, Visitor(server.port) as visitor:
        for number in range(50):
            assert visitor.ask("GET", f"/echo/{number}").json["path"] == f"/echo/{number}"
            assert visitor.ask("POST", "/echo", body=b"y" * number).json["size"] == number
            assert visitor.ask("GET", "/memory").body == b"from memory"


def test_answers_pipelined_requests_in_their_order() -> None:
    with serving(ROUTES) as server, Visitor(server.port) as visitor:
        asked = b""
        for number in range(100):
            asked += b"GET /echo/%d HTTP/1.1\r\nHost: shop\r\n\r\n" % number
            asked += b"GET /memory HTTP/1.1\r\nHost: shop\r\n\r\n"
            asked += b"POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Length: 3\r\n\r\n%03d" % number
            asked += b"GET /nowhere HTTP/1.1\r\nHost: shop\r\n\r\n"
        visitor.send(asked)
        for number in range(100):
            assert visitor.read().json["path"] == f"/echo/{number}"
            assert visitor.read().body == b"from memory"
            assert visitor.read().json["first"] == f"{number:03d}"
            assert visitor.read().status == 404


def test_serves_a_second_visitor_while_many_requests_of_the_first_wait() -> None:
    with Gate() as gate:

        def slow(request: Request, context: Any) -> Response:
            gate.pass_through()
            return json_response({})

        with serving([*ROUTES, Route("GET", "/slow", slow)]) as server, Visitor(server.port) as first:
            first.send(
                b"GET /slow HTTP/1.1\r\nHost: shop\r\n\r\n" + b"GET /memory HTTP/1.1\r\nHost: shop\r\n\r\n" * 100
            )
            gate.wait_for()
            assert ask(server, "GET", "/echo/me").status == 200
            gate.opened.set()
            assert first.read().json == {}
            assert [first.read().body for _ in range(100)] == [b"from memory"] * 100


def test_reads_on_where_it_stopped_when_more_came_while_it_answered() -> None:
    with Gate() as gate:

        def slow(request: Request, context: Any) -> Response:
            gate.pass_through()
            return json_response({})

        with serving([*ROUTES, Route("GET", "/slow", slow)]) as server, Visitor(server.port) as visitor:
            visitor.send(b"GET /slow HTTP/1.1\r\nHost: shop\r\n\r\n")
            gate.wait_for()
            visitor.send(b"POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\n\r\nab")
            # Another visitor's answer shows that the server has looked at its connections meanwhile.
            assert ask(server, "GET", "/memory").status == 200
            gate.opened.set()
            assert visitor.read().json == {}
            visitor.send(b"cd")
            assert visitor.read().json["first"] == "abcd"


def test_nothing_is_lost_or_mixed_up_however_requests_are_cut_into_pieces() -> None:
    def visit(number: int) -> None:
        dice = random.Random(number)
        asked = b""
        expected: list[bytes] = []
        for count in range(200):
            word = f"{number}-{count}"
            if dice.random() < 0.5:
                asked += f"GET /memory HTTP/1.1\r\nHost: shop\r\nX-Word: {word}\r\n\r\n".encode()
                expected.append(b"from memory")
            else:
                asked += f"POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Length: {len(word)}\r\n\r\n{word}".encode()
                expected.append(f'{{"path":"/echo","size":{len(word)},"first":"{word}"}}'.encode())
        with Visitor(server.port) as visitor:
            visitor.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while asked:
                size = dice.choice((1, 5, 30, 100, 1000))
                visitor.send(asked[:size])
                asked = asked[size:]
            for body in expected:
                assert visitor.read().body == body

    with serving(ROUTES) as server, ThreadPoolExecutor(8) as visitors:
        assert list(visitors.map(visit, range(16))) == [None] * 16


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (b"GET /memory HTTP/1.1\r\nHost: shop\r\n\r\n", True),
        (b"GET /memory HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n", False),
        (b"GET /memory HTTP/1.0\r\n\r\n", False),
        (b"GET /memory HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", True),
    ],
)
def test_keeps_or_closes_the_connection_as_asked(asked: bytes, kept: bool) -> None:
    with serving(ROUTES) as server, Visitor(server.port) as visitor:
        visitor.send(asked)
        answer = visitor.read()
        assert answer.body == b"from memory"
        if kept:
            assert answer.headers.get("connection", "keep-alive") == "keep-alive"
            assert visitor.ask("GET", "/memory").status == 200
        else:
            assert answer.headers["connection"] == "close"
            assert visitor.is_closed()


def test_head_has_the_headers_of_get_and_no_body() -> None:
    with serving(ROUTES) as server, Visitor(server.port) as visitor:
        for path in ("/memory", "/echo/x", "/large"):
            got, head = visitor.ask("GET", path), visitor.ask("HEAD", path)
            different = {name for name in got.headers if got.headers[name] != head.headers[name]}
            assert head.status == 200
            assert got.headers.keys() == head.headers.keys()
            assert different <= {"x-request-id", "date"}


def test_answers_unknown_paths_and_methods() -> None:
    with serving(ROUTES) as server, Visitor(server.port) as visitor:
        assert visitor.ask("GET", "/nowhere").status == 404
        assert visitor.ask("HEAD", "/nowhere").status == 404
        for method in ("POST", "DELETE", "BREW", "TRACE"):
            refused = visitor.ask(method, "/memory")
            assert refused.status == 405
            assert refused.headers["allow"] == "GET, HEAD, OPTIONS"
            assert refused.headers["content-type"] == "application/problem+json"
        assert visitor.ask("GET", "/echo").headers["allow"] == "OPTIONS, POST"


def test_answers_options() -> None:
    with serving(ROUTES) as server, Visitor(server.port) as visitor:
        assert visitor.ask("OPTIONS", "/echo/x").headers["allow"] == "GET, HEAD, OPTIONS"
        assert "PATCH" in visitor.ask("OPTIONS", "*").headers["allow"]
        answer = visitor.ask("OPTIONS", "/nowhere")
        assert (answer.status, answer.json["status"]) == (404, 404)


def test_tells_a_polite_visitor_to_continue_with_the_body() -> None:
    with serving(ROUTES) as server, Visitor(server.port) as visitor:
        visitor.send(b"POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert visitor.read_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        visitor.send(b"hello")
        assert visitor.read().json["first"] == "hello"


@pytest.mark.parametrize("size", [0, 1, 999, 1000, 65_536, 65_537, 1_048_576, 10 * 1024 * 1024])
def test_takes_in_bodies_of_any_allowed_size(size: int) -> None:
    with serving(ROUTES) as server, Visitor(server.port) as visitor:
        assert visitor.ask("POST", "/big", body=b"z" * size).json["size"] == size
        assert visitor.ask("GET", "/memory").status == 200


@pytest.mark.parametrize(("path", "limit"), [("/small", 1000), ("/echo", 1_048_576), ("/big", 10 * 1024 * 1024)])
def test_refuses_a_body_over_the_limit_of_its_route_before_it_arrives(path: str, limit: int) -> None:
    with serving(ROUTES) as server, Visitor(server.port) as visitor:
        visitor.send(b"POST %s HTTP/1.1\r\nHost: shop\r\nContent-Length: %d\r\n\r\n" % (path.encode(), limit + 1))
        answer = visitor.read()
        assert answer.status == 413
        assert answer.headers["connection"] == "close"
        assert visitor.is_closed()


def test_a_visitor_who_sends_too_much_still_gets_to_read_why() -> None:
    with serving(ROUTES) as server, Visitor(server.port) as visitor:
        body = b"x" * 2_000_000
        visitor.send(b"POST /small HTTP/1.1\r\nHost: shop\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert visitor.read().json["status"] == 413
        # An end, and no reset, which might have taken the answer away on a longer line.
        assert visitor.socket.recv(1) == b""


def test_large_bodies_share_a_limited_room() -> None:
    limits = Limits(max_held_bytes=1_000_000)
    with serving(ROUTES, limits=limits) as server, Visitor(server.port) as first, Visitor(server.port) as second:
        head = b"POST /big HTTP/1.1\r\nHost: shop\r\nContent-Length: 900000\r\n\r\n"
        first.send(head + b"x" * 800_000)
        second.send(head + b"x" * 800_000)
        answering, _, _ = select.select([first.socket, second.socket], [], [], 10)
        refused, other = (first, second) if first.socket in answering else (second, first)
        answer = refused.read()
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert ask(server, "POST", "/echo", body=b"small ones still go in").status == 200
        other.send(b"x" * 100_000)
        assert other.read().json["size"] == 900_000
        wait_until(lambda: ask(server, "POST", "/big", body=b"x" * 900_000).status == 200, what="free room again")


def test_delivers_a_large_answer_to_a_slow_reader_whole() -> None:
    with serving(ROUTES) as server, Visitor(server.port, receive_bytes=4096) as slow:
        slow.send(b"GET /large HTTP/1.1\r\nHost: shop\r\n\r\n")
        assert ask(server, "GET", "/memory").status == 200
        assert slow.read().body == LARGE
        assert slow.ask("GET", "/memory").body == b"from memory"


@pytest.mark.parametrize(
    ("limits", "asked"),
    [
        (Limits(head_seconds=0.2), b"GET /memory HTTP/1.1\r\nHo"),
        (Limits(head_seconds=0.2), b"GET /memory HTTP/1.1\r\nHost: shop\r\n\r\nGET /mem"),
        (Limits(body_seconds=0.2), b"POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Length: 10\r\n\r\n12345"),
    ],
)
def test_says_408_to_a_head_or_body_that_stalls(limits: Limits, asked: bytes) -> None:
    with serving(ROUTES, limits=limits) as server, Visitor(server.port) as visitor:
        visitor.send(asked)
        for _ in range(asked.count(b"\r\n\r\nGET ")):
            assert visitor.read().body == b"from memory"
        answer = visitor.read()
        assert (answer.status, answer.headers["connection"]) == (408, "close")
        assert visitor.is_closed()


def test_closes_idle_connections_silently() -> None:
    limits = Limits(idle_seconds=0.2)
    with serving(ROUTES, limits=limits) as server, Visitor(server.port) as newcomer, Visitor(server.port) as guest:
        assert guest.ask("GET", "/memory").status == 200
        assert newcomer.is_closed()
        assert guest.is_closed()


def test_the_deadline_holds_for_the_whole_request_however_it_trickles() -> None:
    with serving(ROUTES, limits=Limits(body_seconds=0.3)) as server, Visitor(server.port) as visitor:
        visitor.send(b"POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000\r\n\r\n")
        pause = threading.Event()
        visitor.socket.settimeout(0.05)
        for _ in range(100):
            visitor.send(b"x")
            try:
                visitor.received += visitor.socket.recv(65536)
                break
            except TimeoutError:
                pause.wait(0.01)
        assert visitor.received.startswith(b"HTTP/1.1 408 ")


def test_says_503_when_too_many_requests_wait() -> None:
    with Gate() as gate:

        def slow(request: Request, context: Any) -> Response:
            gate.pass_through()
            return json_response({})

        routes = [*ROUTES, Route("GET", "/slow", slow)]
        with serving(routes, threads=4, queue_limit=2) as server:
            visitors = {visitor.socket: visitor for visitor in (Visitor(server.port) for _ in range(7))}
            for number, visitor in enumerate(visitors.values()):
                visitor.send(b"GET /slow HTTP/1.1\r\nHost: shop\r\n\r\n")
                if number < 3:
                    gate.wait_for()
            # Three are being answered and two wait, so two are turned away, whichever came last.
            for _ in range(2):
                answering, _, _ = select.select(list(visitors), [], [], 10)
                with visitors.pop(answering[0]) as turned_away:
                    answer = turned_away.read()
                    assert answer.status == 503
                    assert int(answer.headers["retry-after"]) >= 1
            # What does not need the database has hands of its own, and what lies in memory needs none.
            assert ask(server, "GET", "/large").status == 200
            assert ask(server, "GET", "/memory").status == 200
            gate.opened.set()
            for visitor in visitors.values():
                with visitor:
                    assert visitor.read().status == 200


def test_says_503_to_whoever_has_waited_too_long_for_a_worker() -> None:
    with Gate() as gate:

        def slow(request: Request, context: Any) -> Response:
            gate.pass_through()
            return json_response({})

        with serving([*ROUTES, Route("GET", "/slow", slow)], threads=4, queue_seconds=0.1) as server:
            visitors = [Visitor(server.port) for _ in range(3)]
            for visitor in visitors:
                visitor.send(b"GET /slow HTTP/1.1\r\nHost: shop\r\n\r\n")
            gate.wait_for(3)
            with Visitor(server.port) as late:
                late.send(b"GET /echo/me HTTP/1.1\r\nHost: shop\r\n\r\n")
                late.socket.settimeout(0.3)
                with pytest.raises(TimeoutError):
                    late.read()
                late.socket.settimeout(10)
                gate.opened.set()
                assert late.read().status == 503
            for visitor in visitors:
                with visitor:
                    assert visitor.read().status == 200


def test_hides_what_broke_inside_and_writes_it_down(caplog: pytest.LogCaptureFixture) -> None:
    def broken(request: Request) -> Response:
        raise RuntimeError("the drawer with the secrets is stuck")

    def torn(request: Request) -> Response:
        return Response(200, b"", {"Location": "/x\r\nSet-Cookie: session=evil"})

    routes = [
        Route("GET", "/broken", handler(broken)),
        Route("GET", "/torn", handler(torn)),
        Route("GET", "/broken-memory", handler(broken), database=False, at_once=handler(broken)),
    ]
    with serving(routes) as server, Visitor(server.port) as visitor:
        for path in ("/broken", "/torn", "/broken-memory"):
            answer = visitor.ask("GET", path)
            assert answer.status == 500
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["x-request-id"] in answer.json["detail"]
            assert b"secrets" not in answer.body
            assert "set-cookie" not in answer.headers
    assert any("the drawer" in str(record.exc_info) for record in caplog.records)
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 3


def test_writes_one_line_per_request(caplog: pytest.LogCaptureFixture) -> None:
    log = io.StringIO()
    caplog.set_level(logging.INFO, logger="shop")
    with serving(ROUTES, log=log) as server, Visitor(server.port) as visitor:
        visitor.ask("GET", "/echo/secret-word", {"Authorization": "Bearer asha"})
        visitor.ask("GET", "/memory?token=secret-word")
        visitor.ask("GET", "/nowhere/secret-word")
        visitor.send(b"secret-word\r\n\r\n")
        visitor.read()
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("GET", "/echo/{word}", 200),
        ("GET", "/memory", 200),
        ("GET", "-", 404),
        ("-", "-", 400),
    ]
    assert (lines[0]["shop"], lines[0]["user"]) == ("1" * 24, "a" * 24)
    assert len({line["id"] for line in lines}) == 4
    assert all(line["duration_ms"] >= 0 for line in lines)
    assert "secret-word" not in log.getvalue()


def test_finishes_begun_requests_when_it_stops() -> None:
    with Gate() as gate:

        def slow(request: Request, context: Any) -> Response:
            gate.pass_through()
            return json_response({"done": len(request.body)})

        with (
            serving([*ROUTES, Route("POST", "/slow", slow)], limits=Limits(drain_seconds=0.2)) as server,
            Visitor(server.port) as begun,
            Visitor(server.port) as half_sent,
            Visitor(server.port) as idle,
        ):
            assert idle.ask("GET", "/memory").status == 200
            begun.send(b"POST /slow HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\n\r\nabcd")
            gate.wait_for()
            half_sent.send(b"POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\n\r\nab")
            wait_until(lambda: len(server.door) == 3)
            stopper = threading.Thread(target=server.shutdown)
            stopper.start()
            assert idle.is_closed()
            with pytest.raises(ConnectionRefusedError):
                Visitor(server.port)
            half_sent.send(b"cd")
            assert half_sent.read().json["first"] == "abcd"
            assert stopper.is_alive()
            gate.opened.set()
            answer = begun.read()
            assert answer.json == {"done": 4}
            assert begun.is_closed()
            stopper.join(10)
            assert not stopper.is_alive()


def test_does_not_wait_for_ever_when_it_stops() -> None:
    with serving(ROUTES, grace_seconds=0.2) as server, Visitor(server.port) as stalled:
        stalled.send(b"GET /mem")
        wait_until(lambda: len(server.door) == 1)
        server.shutdown()
        assert stalled.is_closed()


def test_serves_on_a_socket_that_listens_already() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=16)
    port = listener.getsockname()[1]
    with serving(ROUTES, listener=listener) as server:
        assert server.port == port
        assert ask(server, "GET", "/memory").status == 200


def test_a_newcomer_finds_a_place_when_silent_visitors_fill_the_shop() -> None:
    with serving(ROUTES, limits=Limits(max_connections=20)) as server:
        silent = [Visitor(server.port) for _ in range(20)]
        wait_until(lambda: len(server.door) == 20)
        newcomers = [Visitor(server.port) for _ in range(5)]
        for newcomer in newcomers:
            assert newcomer.ask("GET", "/memory").status == 200
            assert newcomer.ask("GET", "/echo/me").status == 200
        assert len(server.door) == 20
        for visitor in (*silent, *newcomers):
            visitor.socket.close()


def test_a_server_that_never_served_shuts_down_at_once() -> None:
    log = RequestLog(io.StringIO())
    server = ShopServer(
        ("127.0.0.1", 0), Dispatcher(ROUTES, context=None, sign_in=lambda request: None), request_log=log
    )
    server.shutdown()
    server.server_close()
    log.close()


def test_a_fault_in_a_job_costs_no_worker() -> None:
    done = threading.Event()
    workers = Workers(threads=4, queue_limit=100)

    def fault() -> None:
        raise RuntimeError("slipped")

    for _ in range(20):
        assert workers.offer(fault, database=True)
    assert workers.offer(done.set, database=True)
    assert done.wait(10)
    workers.stop(10)


def test_goes_on_when_nobody_takes_the_log_any_more() -> None:
    log = io.StringIO()
    log.close()
    with serving(ROUTES, log=log) as server:
        for _ in range(3):
            assert ask(server, "GET", "/memory").status == 200
