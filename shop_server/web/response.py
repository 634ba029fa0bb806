"""What the shop answers: JSON, files, and refusals as problem documents (RFC 9457)."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from shop_server.errors import InvalidInput, ShopError
from shop_server.web.fields import rupees
from shop_server.web.request import Request

if TYPE_CHECKING:
    from shop_server.web.events import EventStream

JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"
MIN_GZIP_BYTES = 1024
_COMPRESSIBLE = ("text/", "application/json", "application/problem+json", "application/manifest+json", "image/svg+xml")


class Response:
    """An answer. `headers` are its own headers ("Content-Type": ...), `cookies` the values of Set-Cookie headers.

    `gzipped` is the body compressed beforehand. `stream` turns the connection into an event stream after the head.
    An answer may be kept and given again, also by several threads: it is not changed once it was handed out.
    """

    __slots__ = ("_encoded", "body", "cookies", "gzipped", "headers", "status", "stream")

    def __init__(
        self,
        status: int = 200,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        cookies: tuple[str, ...] = (),
        gzipped: bytes | None = None,
        stream: EventStream | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.headers = dict(headers or {})
        self.cookies = cookies
        self.gzipped = gzipped
        self.stream = stream
        self._encoded: bytes | None = None

    def encoded_headers(self) -> bytes:
        """Status line and own headers as they are sent. Raises ValueError for a header that is no single line."""
        if self._encoded is None:
            lines = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, '')}"]
            lines += [f"{name}: {value}" for name, value in self.headers.items()]
            lines += [f"Set-Cookie: {cookie}" for cookie in self.cookies]
            text = "\r\n".join(lines) + "\r\n"
            if text.count("\n") != len(lines) or text.count("\r") != len(lines) or "\0" in text:
                raise ValueError("a header of the answer has a line break")
            self._encoded = text.encode("latin-1")
        return self._encoded


_REASONS = {status.value: status.phrase for status in HTTPStatus}


def json_response(
    data: Any, status: int = 200, headers: Mapping[str, str] | None = None, *, cookies: tuple[str, ...] = ()
) -> Response:
    """`data` as JSON; money in it is made by `fields.rupees`, instants by `fields.instant`."""
    return Response(status, encode_json(data), {"Content-Type": JSON_TYPE, **(headers or {})}, cookies=cookies)


def empty_response(*, cookies: tuple[str, ...] = ()) -> Response:
    """204: done, and there is nothing to say."""
    return Response(204, cookies=cookies)


def encode_json(data: Any) -> bytes:
    """Compact UTF-8 JSON. Raises ValueError for NaN and infinities, which are no JSON."""
    return _JSON.encode(data).encode()


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def kept_response(body: bytes, headers: Mapping[str, str]) -> Response:
    """An answer made to be kept and given many times: with its ETag, and compressed beforehand when that helps."""
    own = {**headers, "ETag": etag_of(body)}
    return Response(200, body, own, gzipped=gzip_body(body, own.get("Content-Type", "")))


def etag_of(body: bytes) -> str:
    """A weak ETag: the same for the plain and the compressed form of one content."""
    return f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def gzip_body(body: bytes, content_type: str, level: int = 6) -> bytes | None:
    """The body compressed, or None where that does not pay."""
    if len(body) < MIN_GZIP_BYTES or not content_type.startswith(_COMPRESSIBLE):
        return None
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)
    packed = packer.compress(body) + packer.flush()
    return packed if len(packed) < len(body) else None


def problem_response(error: ShopError, request: Request | None) -> Response:
    """A refusal as a problem document. `error` repeats `detail` for pages that look there."""
    problem: dict[str, Any] = {
        "type": f"/problems/{error.slug}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": request.path if request else "",
        "error": error.detail,
    }
    if isinstance(error, InvalidInput):
        problem["errors"] = [{"pointer": wrong.pointer, "detail": wrong.detail} for wrong in error.errors]
    for name, value in error.extra.items():
        if name.endswith("_paise"):
            name, value = name.removesuffix("_paise"), rupees(value)
        problem.setdefault(name, value)
    body = json.dumps(problem, separators=(",", ":"), default=str).encode()
    headers = {"Content-Type": PROBLEM_TYPE, "Cache-Control": "no-store", **error.headers}
    return Response(error.status, body, headers)


def failure_response(request: Request | None) -> Response:
    """What a visitor hears when something broke inside: nothing of the inside, and a number to tell."""
    number = request.id if request else ""
    error = ShopError(f"Something went wrong on our side. Please try again; if it happens again, tell us {number}.")
    return problem_response(error, request)
