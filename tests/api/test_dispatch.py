"""The counter: sign-in, rights, origin, refusals, and the headers that every answer carries."""

from __future__ import annotations

import gzip
from ipaddress import ip_network
from typing import Any

import pytest

from shop_server.errors import FieldError, InvalidInput, OutOfStock, TooManyRequests, Unavailable
from shop_server.web import access
from shop_server.web.health import health_routes
from shop_server.web.request import Request
from shop_server.web.response import Response, json_response, kept_response
from shop_server.web.router import Route
from tests.api.visitor import Visitor, ask, handler, serving

NAMES = [{"name": f"Toor dal {number}", "price": 164.5} for number in range(100)]
KEPT = kept_response(b"body { color: black }" * 100, {"Content-Type": "text/css", "Cache-Control": "no-cache"})


def whoami(request: Request, context: Any) -> Response:
    assert context == "the context"
    return json_response(
        {"name": request.person.name if request.person else None, "client": request.client, "scheme": request.scheme}
    )


def refuse(error: Exception) -> Any:
    def refusing(request: Request) -> Response:
        raise error

    return handler(refusing)


def routes() -> list[Route]:
    return [
        Route("GET", "/api/me", whoami),
        Route("POST", "/api/me", whoami, access=access.SIGNED_IN),
        Route("POST", "/api/door", whoami),
        Route("GET", "/api/signed-in", whoami, access=access.SIGNED_IN),
        Route("GET", "/api/customer", whoami, access=access.CUSTOMER),
        Route("GET", "/api/orders-desk", whoami, access=access.shopkeeper("orders")),
        Route("GET", "/api/stock-desk", whoami, access=access.shopkeeper("inventory")),
        Route("GET", "/api/owner", whoami, access=access.OWNER),
        Route("GET", "/api/names", handler(lambda request: json_response(NAMES))),
        Route("GET", "/api/kept", handler(lambda request: KEPT), at_once=handler(lambda request: KEPT)),
        Route("GET", "/api/kept-slowly", handler(lambda request: KEPT)),
        Route("POST", "/api/kept", handler(lambda request: KEPT)),
        Route("GET", "/api/cookies", handler(lambda request: Response(204, cookies=("a=1; HttpOnly", "b=2")))),
        Route("GET", "/short", refuse(OutOfStock("Only 2 left.", extra={"lines": [{"id": "7"}], "status": "no"}))),
        Route("GET", "/wrong", refuse(InvalidInput([FieldError("/a", "A: no"), FieldError("/b", "B: no")]))),
        Route("GET", "/calm", refuse(TooManyRequests("Wait.", retry_after_seconds=7))),
        Route("GET", "/away", refuse(Unavailable())),
        *health_routes(lambda: True),
    ]


@pytest.mark.parametrize(
    ("path", "stranger", "devi", "asha", "bharat"),
    [
        ("/api/me", 200, 200, 200, 200),
        ("/api/signed-in", 401, 200, 200, 200),
        ("/api/customer", 401, 200, 403, 403),
        ("/api/orders-desk", 401, 403, 200, 200),
        ("/api/stock-desk", 401, 403, 200, 403),
        ("/api/owner", 401, 403, 200, 403),
    ],
)
def test_lets_in_whom_the_route_allows(path: str, stranger: int, devi: int, asha: int, bharat: int) -> None:
    with serving(routes()) as server, Visitor(server.port) as visitor:
        assert visitor.ask("GET", path).status == stranger
        for name, status in (("devi", devi), ("asha", asha), ("bharat", bharat)):
            assert visitor.ask("GET", path, {"Authorization": f"Bearer {name}"}).status == status
            assert visitor.ask("GET", path, {"Cookie": f"session={name}"}).status == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer asha"}, 200),
        ({"Authorization": "Bearer asha", "Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}, 200),
        ({"Cookie": "session=asha"}, 403),
        ({"Cookie": "session=asha", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Cookie": "session=asha", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Cookie": "session=asha", "Sec-Fetch-Site": "cross-site", "Origin": "http://shop"}, 403),
        ({"Cookie": "session=asha", "Sec-Fetch-Site": "none"}, 403),
        ({"Cookie": "session=asha", "Origin": "http://shop"}, 200),
        ({"Cookie": "session=asha", "Origin": "https://shop.example.in"}, 200),
        ({"Cookie": "session=asha", "Origin": "http://evil.example"}, 403),
        ({"Cookie": "session=asha", "Origin": "null"}, 403),
        ({"Cookie": "session=asha", "Origin": "https://app.example.in"}, 403),
        ({"Authorization": "Bearer asha", "Origin": "https://app.example.in", "Sec-Fetch-Site": "cross-site"}, 200),
    ],
)
def test_writes_with_the_cookie_come_from_our_own_pages(headers: dict[str, str], status: int) -> None:
    dispatch = {"public_url": "https://shop.example.in", "allowed_origins": ("https://app.example.in",)}
    with serving(routes(), dispatch=dispatch) as server:
        assert ask(server, "POST", "/api/me", headers).status == status
        assert ask(server, "GET", "/api/me", headers).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Cookie": "session=asha; theme=dark"}, 200),
        ({"Cookie": "shop_refresh=something"}, 403),
        ({"Cookie": "shop_refresh=something", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "https://app.example.in"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_where_nobody_signs_in_a_cookie_says_nothing_and_other_websites_stay_out(
    headers: dict[str, str], status: int
) -> None:
    with serving(routes(), dispatch={"allowed_origins": ("https://app.example.in",)}) as server:
        assert ask(server, "POST", "/api/door", headers).status == status


def test_named_websites_may_read_answers_and_ask_before_writing() -> None:
    with serving(routes(), dispatch={"allowed_origins": ("https://app.example.in",)}) as server:
        friend, stranger = {"Origin": "https://app.example.in"}, {"Origin": "https://evil.example"}
        wish = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        answer = ask(server, "OPTIONS", "/api/me", friend | wish)
        assert answer.status == 204
        assert answer.headers["access-control-allow-origin"] == "https://app.example.in"
        assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS, POST"
        assert (
            answer.headers["access-control-allow-headers"] == "Authorization, Content-Type, Idempotency-Key, If-Match"
        )
        for path in ("/api/me", "/api/kept", "/nowhere"):
            answer = ask(server, "GET", path, friend)
            assert answer.headers["access-control-allow-origin"] == "https://app.example.in"
            assert answer.headers["access-control-expose-headers"] == "Link, X-Total-Count, ETag, Retry-After"
            assert "Origin" in answer.headers["vary"]
        for method in ("OPTIONS", "GET"):
            answer = ask(server, method, "/api/me", stranger | wish)
            assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_every_answer_carries_the_security_headers() -> None:
    with serving(routes()) as server, Visitor(server.port) as visitor:
        for path in ("/api/me", "/api/kept", "/nowhere", "/api/owner", "/healthz"):
            headers = visitor.ask("GET", path).headers
            assert headers["content-security-policy"] == (
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
                "connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
                "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
            )
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"
            assert headers["cross-origin-opener-policy"] == "same-origin"
            assert headers["cross-origin-resource-policy"] == "same-origin"
            assert "permissions-policy" in headers
            assert "strict-transport-security" not in headers
            assert "cache-control" in headers
            assert headers["x-request-id"]
    with serving(routes(), dispatch={"public_url": "https://shop.example.in"}) as server:
        assert "max-age=" in ask(server, "GET", "/healthz").headers["strict-transport-security"]
    with serving(routes(), dispatch={"public_url": "http://shop.example.in"}) as server:
        assert "strict-transport-security" not in ask(server, "GET", "/healthz").headers


def test_refusals_are_problem_documents() -> None:
    with serving(routes()) as server, Visitor(server.port) as visitor:
        short = visitor.ask("GET", "/short")
        assert short.status == 409
        assert short.headers["content-type"] == "application/problem+json"
        assert short.json == {
            "type": "/problems/out-of-stock",
            "title": "Not enough in stock",
            "status": 409,
            "detail": "Only 2 left.",
            "instance": "/short",
            "error": "Only 2 left.",
            "lines": [{"id": "7"}],
        }
        wrong = visitor.ask("GET", "/wrong")
        assert (wrong.status, wrong.json["detail"]) == (422, "Please check 2 fields.")
        assert wrong.json["errors"] == [{"pointer": "/a", "detail": "A: no"}, {"pointer": "/b", "detail": "B: no"}]
        calm = visitor.ask("GET", "/calm")
        assert (calm.status, calm.headers["retry-after"]) == (429, "7")
        assert visitor.ask("GET", "/away").headers["retry-after"] == "2"


def test_compresses_what_is_worth_it_for_those_who_ask() -> None:
    with serving(routes()) as server, Visitor(server.port) as visitor:
        for path in ("/api/names", "/api/kept", "/api/kept-slowly"):
            plain = visitor.ask("GET", path)
            packed = visitor.ask("GET", path, {"Accept-Encoding": "br, gzip"})
            assert packed.headers["content-encoding"] == "gzip"
            assert len(packed.body) < len(plain.body) / 2
            assert gzip.decompress(packed.body) == plain.body
            assert "Accept-Encoding" in packed.headers["vary"]
            for encodings in ("", "br", "gzip;q=0", "gzip; q=0.0, br"):
                assert "content-encoding" not in visitor.ask("GET", path, {"Accept-Encoding": encodings}).headers
        assert "content-encoding" not in visitor.ask("GET", "/api/me", {"Accept-Encoding": "gzip"}).headers


def test_says_304_for_what_the_visitor_has() -> None:
    with serving(routes()) as server, Visitor(server.port) as visitor:
        etag = visitor.ask("GET", "/api/kept").headers["etag"]
        for path in ("/api/kept", "/api/kept-slowly"):
            for known in (etag, f'"old", {etag}', etag.removeprefix("W/"), "*"):
                answer = visitor.ask("GET", path, {"If-None-Match": known, "Accept-Encoding": "gzip"})
                assert (answer.status, answer.body) == (304, b"")
                assert answer.headers["etag"] == etag
                assert answer.headers["cache-control"] == "no-cache"
                assert "content-length" not in answer.headers
            assert visitor.ask("HEAD", path, {"If-None-Match": etag}).status == 304
            assert visitor.ask("GET", path, {"If-None-Match": '"old"'}).status == 200
        # A write is done, whatever the visitor has.
        assert visitor.ask("POST", "/api/kept", {"If-None-Match": etag}).status == 200


def test_sets_several_cookies() -> None:
    with serving(routes()) as server, Visitor(server.port) as visitor:
        visitor.send(b"GET /api/cookies HTTP/1.1\r\nHost: shop\r\n\r\n")
        head = visitor.read_until(b"\r\n\r\n")
        assert b"\r\nSet-Cookie: a=1; HttpOnly\r\nSet-Cookie: b=2\r\n" in head
        assert b"Content-Length" not in head


@pytest.mark.parametrize(
    ("headers", "client", "scheme"),
    [
        ({}, "127.0.0.1", "http"),
        ({"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}, "203.0.113.9", "https"),
        ({"X-Forwarded-For": "10.9.9.9, 203.0.113.9, 10.0.0.7"}, "203.0.113.9", "http"),
        ({"X-Forwarded-For": "made up, 10.0.0.7"}, "10.0.0.7", "http"),
        ({"X-Forwarded-Proto": "gopher"}, "127.0.0.1", "http"),
    ],
)
def test_takes_a_trusted_proxys_word_for_who_asks(headers: dict[str, str], client: str, scheme: str) -> None:
    trusted = (ip_network("127.0.0.0/8"), ip_network("10.0.0.0/24"))
    with serving(routes(), dispatch={"trusted_proxies": trusted}) as server:
        answer = ask(server, "GET", "/api/me", headers)
        assert (answer.json["client"], answer.json["scheme"]) == (client, scheme)


def test_takes_nobody_elses_word_for_who_asks() -> None:
    with serving(routes(), dispatch={"trusted_proxies": (ip_network("10.0.0.0/8"),)}) as server:
        headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        answer = ask(server, "GET", "/api/me", headers)
        assert (answer.json["client"], answer.json["scheme"]) == ("127.0.0.1", "http")


def test_says_whether_process_and_records_are_well() -> None:
    well = [True]
    with serving(health_routes(lambda: well[0])) as server:
        assert ask(server, "GET", "/healthz").json == {"status": "ok"}
        assert ask(server, "GET", "/readyz").json == {"status": "ready"}
        well[0] = False
        answer = ask(server, "GET", "/readyz")
        assert (answer.status, answer.headers["retry-after"]) == (503, "2")
        assert ask(server, "GET", "/healthz").status == 200
