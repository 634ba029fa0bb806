"""Heads of requests: what is well-formed is read, everything else is refused with a 4xx, and nothing else happens."""

from __future__ import annotations

import http.client
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop_server.errors import BadRequest, InvalidInput, ShopError
from shop_server.web.request import Request, parse_head
from tests.faults.effort import TIMES

TOKEN_CHARACTERS = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def read(request_line: str, *headers: str) -> Request:
    return parse_head("\r\n".join((request_line, "Host: shop", *headers)).encode("latin-1"))


def status_of(head: bytes) -> int:
    with pytest.raises(ShopError) as refusal:
        parse_head(head)
    return refusal.value.status


def test_reads_a_request() -> None:
    request = read("GET /api/products?q=toor%20dal&sort=-price HTTP/1.1", "Accept:  text/html ", 'COOKIE: a=1; b="2"')
    assert (request.method, request.path, request.host, request.keep_alive) == ("GET", "/api/products", "shop", True)
    assert request.query == {"q": "toor dal", "sort": "-price"}
    assert request.headers["accept"] == "text/html"
    assert request.cookies == {"a": "1", "b": "2"}
    assert request.content_length == 0


def test_decodes_the_path_once() -> None:
    assert read("GET /a%2520b/%E0%A4%A6 HTTP/1.1").path == "/a%20b/द"


def test_takes_the_host_of_an_absolute_address() -> None:
    request = read("GET http://asha.example.in:8000/x?y=1 HTTP/1.1")
    assert (request.host, request.path, request.query) == ("asha.example.in:8000", "/x", {"y": "1"})
    assert read("GET http://asha.example.in?y=1 HTTP/1.1").path == "/"


def test_joins_repeated_headers_and_cookies() -> None:
    request = read("GET / HTTP/1.1", "Accept: a", "accept: b", "Cookie: a=1", "Cookie: b=2; a=3")
    assert request.headers["accept"] == "a, b"
    assert request.cookies == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    "line",
    [
        "",
        "GET",
        "GET /",
        "GET / HTTP/2.0",
        "GET / HTTP/0.9",
        "GET / HTTP/1.2",
        "GET / http/1.1",
        "GET  / HTTP/1.1",
        "GET / HTTP/1.1 ",
        " GET / HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET /\tHTTP/1.1",
        "G(T / HTTP/1.1",
        "!GET / HTTP/1.1",
        "1 / HTTP/1.1",
        "GET /#part HTTP/1.1",
        "GET /ä HTTP/1.1",
        "GET * HTTP/1.1",
        "GET shop/ HTTP/1.1",
        "GET ftp://shop/ HTTP/1.1",
        "GET http://user@shop/ HTTP/1.1",
        "CONNECT shop:443 HTTP/1.1",
        "GET /%zz HTTP/1.1",
        "GET /%2 HTTP/1.1",
        "GET /%00 HTTP/1.1",
        "GET /%0d%0aX:%20y HTTP/1.1",
        "GET /%ff HTTP/1.1",
        "GET /%c0%ae%c0%ae/ HTTP/1.1",
        "PRI * HTTP/2.0",
    ],
)
def test_refuses_a_malformed_request_line(line: str) -> None:
    assert status_of(f"{line}\r\nHost: shop".encode("latin-1")) == 400


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["Host: shop", "Host: shop"],
        ["Host: shop", "host: other"],
        ["Host: sh op"],
        ["Host: shop/x"],
        ["Host: user@shop"],
        ["Host:"],
        ["Host: shop", " folded: x"],
        ["Host: shop", "A: b", "\tc"],
        ["Host: shop", "Name : value"],
        ["Host: shop", ": value"],
        ["Host: shop", "no colon"],
        ["Host: shop", "Nä: value"],
        ["Host: shop", "A: b\x00c"],
        ["Host: shop", "A: b\nC: d"],
        ["Host: shop", "A: b\rC: d"],
        ["Host: shop", "A: \x7f"],
        ["Host: shop", ""],
        ["Host: shop", "Content-Length: 5", "Content-Length: 5"],
        ["Host: shop", "Content-Length: 5", "Content-Length: 6"],
        ["Host: shop", "Content-Length: 5, 5"],
        ["Host: shop", "Content-Length: -1"],
        ["Host: shop", "Content-Length: +1"],
        ["Host: shop", "Content-Length: 0x10"],
        ["Host: shop", "Content-Length: 1_0"],
        ["Host: shop", "Content-Length: \xb2"],
        ["Host: shop", "Content-Length:"],
        ["Host: shop", "Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Host: shop", "Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
        ["Host: shop", "Authorization: Bearer a", "Authorization: Bearer b"],
        ["Host: shop", "Idempotency-Key: a", "Idempotency-Key: b"],
    ],
)
def test_refuses_malformed_headers(headers: list[str]) -> None:
    assert status_of("\r\n".join(["POST / HTTP/1.1", *headers]).encode("latin-1")) == 400


def test_refuses_transfer_encoding() -> None:
    for value in ("chunked", "gzip, chunked", "identity", "x", ""):
        assert status_of(b"POST / HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: " + value.encode()) == 411
    assert status_of(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked") == 400


def test_refuses_too_many_and_too_long_headers() -> None:
    many = [b"X-%d: y" % number for number in range(100)]
    assert parse_head(b"\r\n".join([b"GET / HTTP/1.1", b"Host: shop", *many[:99]])).headers["x-98"] == "y"
    assert status_of(b"\r\n".join([b"GET / HTTP/1.1", b"Host: shop", *many])) == 431
    assert status_of(b"GET / HTTP/1.1\r\nHost: shop\r\nX: " + b"y" * 17_000) == 431


def test_refuses_an_absurd_length_as_too_large() -> None:
    assert status_of(b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: " + b"9" * 5000) == 413


@pytest.mark.parametrize(
    "path",
    [
        "/../.git/config",
        "/..",
        "/.",
        "/a/../b",
        "/%2e%2e/.git/config",
        "/%2E%2e%2f.git/config",
        "/a%2Fb",
        "/..%5c..%5cx",
    ],
)
def test_a_path_that_climbs_leads_nowhere(path: str) -> None:
    assert status_of(f"GET {path} HTTP/1.1\r\nHost: shop".encode()) == 404


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("a=%zz", BadRequest),
        ("a=%ff", BadRequest),
        ("&".join(f"a{number}=1" for number in range(101)), BadRequest),
        ("limit=1&limit=2", InvalidInput),
        ("q=%00", InvalidInput),
        ("q=a%0ab", InvalidInput),
    ],
)
def test_refuses_a_malformed_query(query: str, problem: type[ShopError]) -> None:
    request = read(f"GET /?{query} HTTP/1.1")
    with pytest.raises(problem) as refusal:
        _ = request.query
    if isinstance(refusal.value, InvalidInput):
        assert refusal.value.errors[0].pointer in ("/limit", "/q")


pieces = st.sampled_from(
    [
        *(
            b"GET ",
            b"POST ",
            b"/",
            b"/a?b=c",
            b" HTTP/1.1",
            b" HTTP/1.0",
            b"\r\n",
            b"\n",
            b"\r",
            b" ",
            b"\t",
            b":",
            b"*",
        ),
        *(
            b"Host: shop",
            b"Content-Length: 5",
            b"Transfer-Encoding: chunked",
            b"%00",
            b"%2e",
            b"\x00",
            b"\xff",
            b"http://",
        ),
    ]
)
doubtful_heads = st.one_of(
    st.binary(max_size=300),
    st.lists(st.one_of(pieces, st.binary(max_size=5)), max_size=30).map(b"".join),
    st.lists(pieces, max_size=10).map(lambda found: b"GET / HTTP/1.1\r\nHost: shop\r\n" + b"".join(found)),
)


@settings(max_examples=1500 * TIMES, deadline=None)
@given(doubtful_heads)
def test_whatever_comes_is_read_or_refused_with_a_4xx(head: bytes) -> None:
    try:
        request = parse_head(head)
        _ = request.cookies
        _ = request.query
    except ShopError as error:
        assert 400 <= error.status < 500
        return
    assert request.path == "*" or request.path.startswith("/")
    assert not any(character in request.path for character in "\0\r\n")
    assert ".." not in request.path.split("/")
    assert "transfer-encoding" not in request.headers
    assert request.content_length == int(request.headers.get("content-length", "0"))
    assert all("\r" not in value and "\n" not in value for value in request.headers.values())


header_lines = st.lists(
    st.tuples(
        st.text(TOKEN_CHARACTERS, min_size=1, max_size=12).filter(
            lambda name: name.lower() not in ("host", "transfer-encoding", "content-length", "connection", "cookie")
        ),
        # 0x85 is left out: the standard library takes it for the end of a line.
        st.text(
            st.characters(min_codepoint=0x20, max_codepoint=0xFF).filter(lambda c: not "\x7f" <= c <= "\x9f"),
            max_size=20,
        ),
    ),
    max_size=8,
    unique_by=lambda pair: pair[0].lower(),
)


@settings(max_examples=300 * TIMES, deadline=None)
@given(header_lines)
def test_reads_headers_as_the_standard_library_does(pairs: list[tuple[str, str]]) -> None:
    lines = [b"Host: shop", *(f"{name}: {value}".encode("latin-1") for name, value in pairs)]
    ours = parse_head(b"\r\n".join([b"GET / HTTP/1.1", *lines])).headers
    theirs = http.client.parse_headers(io.BytesIO(b"\r\n".join([*lines, b"", b""])))
    assert ours == {name.lower(): value.strip(" \t") for name, value in theirs.items()}
