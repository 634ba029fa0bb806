"""The shop's counter: every request passes here, in the same order, and leaves with an answer.

Route, size, sign-in, right, origin, handler; then what every answer gets: ETag, gzip, security headers, its number.
Whatever goes wrong on the way becomes a problem document; what nobody expected is written down and stays inside.
"""

from __future__ import annotations

import itertools
import re
import secrets
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from shop_server import logs
from shop_server.errors import ShopError, TooLarge, Unavailable, WrongMethod
from shop_server.rules.person import Person
from shop_server.web.auth import REFRESH_COOKIE
from shop_server.web.proxies import see_through
from shop_server.web.request import Request
from shop_server.web.response import Response, failure_response, gzip_body, problem_response
from shop_server.web.router import Route, Router
from shop_server.web.same_origin import check_origin_of_write, cors_headers, preflight_headers

SignIn = Callable[[Request], Person | None]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
ALL_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_WITHOUT_BODY = frozenset((204, 304))


class Dispatcher:
    """Answers requests by the URL table.

    `routes` is the table (with `static_files.static_routes`); `context` is handed to every handler; `sign_in(request)`
    gives the Person who asks, or None. `trusted_proxies` may say whose request they carry. `is_unavailable(error)` knows
    the failures that mean that the records are out of reach for a moment.
    """

    def __init__(
        self,
        routes: Iterable[Route],
        *,
        context: Any,
        sign_in: SignIn,
        allowed_origins: Iterable[str] = (),
        public_url: str | None = None,
        trusted_proxies: Iterable[IPv4Network | IPv6Network] = (),
        is_unavailable: Callable[[BaseException], bool] = lambda error: False,
    ) -> None:
        self.router = Router(routes)
        self._context = context
        self._sign_in = sign_in
        self._allowed_origins = frozenset(allowed_origins)
        self._public_url = public_url
        self._trusted_proxies = tuple(trusted_proxies)
        self._is_unavailable = is_unavailable
        self._common = self._common_headers()
        self._date = (0, "")
        # One number for each request, unlike those of other processes and of earlier runs.
        self._number_prefix = secrets.token_hex(5)
        self._numbers = itertools.count(1)

    def admit(self, request: Request) -> None:
        """Looks at the head alone: gives the request its number, finds its route, and refuses a body that is too large.

        Raises NotFound, WrongMethod and TooLarge.
        """
        request.id = f"{self._number_prefix}-{next(self._numbers):x}"
        if self._trusted_proxies:
            see_through(request, self._trusted_proxies)
        if request.method == "OPTIONS":
            limit = 0
        else:
            request.route, request.params = self.router.match(request.method, request.path)
            limit = request.route.body_limit
        if request.content_length > limit:
            raise TooLarge(f"This may be at most {limit // 1024} KiB.")

    def answer_at_once(self, request: Request) -> Response | None:
        """The answer to an admitted request if it is known without waiting for anything, else None."""
        route = request.route
        if route is None:
            return self._guarded(self._answer_options, request)
        if route.at_once is None:
            return None
        try:
            response = route.at_once(request, self._context)
        except Exception as error:
            return self._explain(request, error)
        return None if response is None else self._finish(request, response)

    def answer(self, request: Request) -> Response:
        """The answer to an admitted request; never raises."""
        return self._guarded(self._ask_handler, request)

    def refuse(self, request: Request | None, error: ShopError) -> Response:
        """The answer to a request that does not get as far as a handler."""
        return problem_response(error, request)

    def busy(self, request: Request) -> Response:
        """The answer when too many wait already."""
        return problem_response(Unavailable("The shop is very busy. Please try again in a moment."), request)

    def head(self, request: Request | None, response: Response, *, keep_alive: bool) -> tuple[bytes, bytes]:
        """Head and body as they are sent. Raises ValueError for a header of the answer that is no single line."""
        lines = [f"Date: {self._now()}"]
        body = response.body
        if request is not None:
            lines.append(f"X-Request-Id: {request.id}")
            if response.gzipped is not None and _takes_gzip(request):
                body = response.gzipped
                lines.append("Content-Encoding: gzip")
            lines += cors_headers(request.headers.get("origin"), self._allowed_origins)
            if keep_alive and request.http_1_0:
                lines.append("Connection: keep-alive")
        if not keep_alive:
            lines.append("Connection: close")
        if "Cache-Control" not in response.headers:
            lines.append("Cache-Control: no-store")
        if response.status in _WITHOUT_BODY:
            body = b""
        elif response.stream is None:
            # Event streams end with their connection.
            lines.append(f"Content-Length: {len(body)}")
        if request is not None and request.method == "HEAD":
            body = b""
        head = "\r\n".join(lines).encode("latin-1")
        return b"%s%s%s\r\n\r\n" % (response.encoded_headers(), self._common, head), body

    def _guarded(self, answer: Callable[[Request], Response], request: Request) -> Response:
        try:
            return self._finish(request, answer(request))
        except Exception as error:
            return self._explain(request, error)

    def _explain(self, request: Request, error: Exception) -> Response:
        if isinstance(error, ShopError):
            return problem_response(error, request)
        if self._is_unavailable(error):
            return problem_response(Unavailable(), request)
        route = request.route.pattern if request.route else "-"
        logs.failure("request-failed", error, id=request.id, method=request.method, route=route)
        return failure_response(request)

    def _ask_handler(self, request: Request) -> Response:
        route = request.route
        assert route is not None
        request.person = self._sign_in(request)
        route.access.check(request.person)
        check_origin_of_write(
            request,
            by_cookie=REFRESH_COOKIE in request.cookies or (route.access.needs_sign_in and bool(request.cookies)),
            public_url=self._public_url,
            allowed_origins=self._allowed_origins,
        )
        return route.handler(request, self._context)

    def _answer_options(self, request: Request) -> Response:
        methods: Iterable[str] = ALL_METHODS
        if request.target != "*":
            try:
                self.router.match("OPTIONS", request.path)
            except WrongMethod as error:
                methods = error.headers["Allow"].split(", ")
        headers = {"Allow": ", ".join(methods)}
        if request.headers.get("origin") in self._allowed_origins:
            headers |= preflight_headers(methods)
        return Response(204, b"", headers)

    def _finish(self, request: Request, response: Response) -> Response:
        etag = response.headers.get("ETag")
        known = request.headers.get("if-none-match")
        reads = request.method in ("GET", "HEAD") and response.status == 200
        if etag is not None and known is not None and reads and _is_known(etag, known):
            return Response(
                304, b"", {"ETag": etag, "Cache-Control": response.headers.get("Cache-Control", "no-cache")}
            )
        if response.gzipped is None and _takes_gzip(request):
            response.gzipped = gzip_body(response.body, response.headers.get("Content-Type", ""), level=4)
        return response

    def _common_headers(self) -> bytes:
        headers = dict(SECURITY_HEADERS)
        headers["Cross-Origin-Resource-Policy"] = "cross-origin" if self._allowed_origins else "same-origin"
        headers["Vary"] = "Accept-Encoding, Origin" if self._allowed_origins else "Accept-Encoding"
        if self._public_url and self._public_url.startswith("https://"):
            headers["Strict-Transport-Security"] = "max-age=31536000"
        return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()

    def _now(self) -> str:
        second = int(time.time())
        if self._date[0] != second:
            self._date = (second, formatdate(second, usegmt=True))
        return self._date[1]


def _takes_gzip(request: Request) -> bool:
    accepted = request.headers.get("accept-encoding", "")
    return "gzip" in accepted and not re.search(r"gzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)", accepted)


def _is_known(etag: str, if_none_match: str) -> bool:
    bare = etag.removeprefix("W/")
    return if_none_match == "*" or any(tag.strip().removeprefix("W/") == bare for tag in if_none_match.split(","))
