"""What a visitor asks: the head of an HTTP request, read strictly, and what follows from it.

Whatever is not plainly one well-formed HTTP/1.0 or HTTP/1.1 request is refused with a 4xx. Nothing is repaired or
guessed: a proxy in front and this shop must never disagree about where a request ends (request smuggling).
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import parse_qsl, unquote_to_bytes

from shop_server.errors import BadRequest, HeadersTooLarge, NotFound, TooLarge, wrong_field
from shop_server.rules.person import Person

if TYPE_CHECKING:
    from shop_server.web.router import Route

MAX_HEAD_BYTES = 16 * 1024
MAX_HEADERS = 100

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
# All methods there are begin with a letter; what does not is refused by its first byte, before the rest has come.
_REQUEST_LINE = re.compile(rf"((?=[A-Za-z]){_TOKEN}) ([!\"$-~]+) HTTP/1\.([01])")
_NAME = re.compile(_TOKEN)
_VALUE = re.compile(r"[\t -~\x80-\xff]*")
_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_ABSOLUTE = re.compile(r"https?://([^/?]*)([/?].*)?", re.IGNORECASE)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")

_ONLY_ONCE = {
    *("host", "content-length", "content-type", "transfer-encoding", "authorization", "origin", "expect"),
    *("idempotency-key", "if-match", "sec-fetch-site"),
}


class LengthRequired(BadRequest):
    """The body comes in pieces of unsaid length; the shop wants to know its size beforehand."""

    slug, status, title = "length-required", 411, "The length of the body is missing"


@dataclass(slots=True, eq=False)
class Request:
    """One request. `headers` have lower-case names; `path` is decoded; `client` is the visitor's address."""

    method: str
    target: str
    path: str
    query_text: str
    headers: dict[str, str]
    keep_alive: bool
    content_length: int
    http_1_0: bool = False
    body: bytes = b""
    client: str = ""
    scheme: str = "http"
    id: str = ""
    started: float = field(default_factory=time.monotonic)
    route: Route | None = None
    params: dict[str, str] = field(default_factory=dict)
    person: Person | None = None
    _query: dict[str, str] | None = None
    _cookies: dict[str, str] | None = None

    @property
    def query(self) -> dict[str, str]:
        """The fields after the question mark. Raises BadRequest, and InvalidInput for a field given twice."""
        if self._query is None:
            self._query = _parse_query(self.query_text)
        return self._query

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name; of two with one name the first, which is the one with the more exact path."""
        if self._cookies is None:
            self._cookies = _parse_cookies(self.headers.get("cookie", ""))
        return self._cookies

    @property
    def host(self) -> str:
        """Host and port that the visitor used, as in "shop.example.in:8000"; empty for HTTP/1.0 without one."""
        return self.headers.get("host", "")


def parse_head(head: bytes) -> Request:
    """Reads a head: everything before the empty line. Raises ShopError (4xx) for what is doubtful, and nothing else."""
    if len(head) > MAX_HEAD_BYTES:
        raise HeadersTooLarge("The request's head is over 16 KiB.")
    request_line, _, header_lines = head.decode("latin-1").partition("\r\n")
    match = _REQUEST_LINE.fullmatch(request_line)
    if match is None:
        raise BadRequest("The first line is not an HTTP/1.1 request.")
    method, target, minor = match.groups()
    headers = _parse_headers(header_lines)
    http_1_0 = minor == "0"
    length = _body_length(headers, http_1_0)
    if target[0] != "/":
        target = _without_authority(method, target, headers)
    host = headers.get("host")
    if host is None:
        if not http_1_0:
            raise BadRequest("The Host header is missing.")
    elif not _is_host(host):
        raise BadRequest("The Host header is not a host.")
    raw_path, _, query_text = target.partition("?")
    connection = headers.get("connection", "").lower()
    return Request(
        method=method,
        target=target,
        path=raw_path if "%" not in raw_path and "/." not in raw_path else _decode_path(raw_path),
        query_text=query_text,
        headers=headers,
        keep_alive=("keep-alive" in connection) if http_1_0 else ("close" not in connection),
        content_length=length,
        http_1_0=http_1_0,
    )


def _parse_headers(text: str) -> dict[str, str]:
    headers: dict[str, str] = {}
    if not text:
        return headers
    lines = text.split("\r\n")
    if len(lines) > MAX_HEADERS:
        raise HeadersTooLarge(f"The request has more than {MAX_HEADERS} headers.")
    for line in lines:
        # A name is a token, followed at once by the colon (a folded line begins with a space, so it has none).
        name, colon, value = line.partition(":")
        if not colon or not (value.isprintable() or _VALUE.fullmatch(value)):
            raise BadRequest("A header is malformed.")
        name = _header_name(name)
        value = value.strip(" \t")
        if name in headers:
            if name in _ONLY_ONCE:
                raise BadRequest(f"The header {name} is there twice.")
            value = headers[name] + ("; " if name == "cookie" else ", ") + value
        headers[name] = value
    return headers


@lru_cache(maxsize=256)
def _header_name(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise BadRequest("A header's name is malformed.")
    return name.lower()


@lru_cache(maxsize=256)
def _is_host(text: str) -> bool:
    return _HOST.fullmatch(text) is not None


def _body_length(headers: dict[str, str], http_1_0: bool) -> int:
    length = headers.get("content-length")
    if "transfer-encoding" in headers:
        if length is not None or http_1_0:
            raise BadRequest("Transfer-Encoding makes the length of the body ambiguous.")
        raise LengthRequired("Send the body with a Content-Length instead of Transfer-Encoding.")
    if length is None:
        return 0
    if not (length.isascii() and length.isdigit()):
        raise BadRequest("Content-Length is not a number.")
    if len(length) > 15:
        raise TooLarge("The body is far too large.")
    return int(length)


def _without_authority(method: str, target: str, headers: dict[str, str]) -> str:
    if target == "*" and method == "OPTIONS":
        return target
    match = _ABSOLUTE.fullmatch(target)
    if match is None:
        raise BadRequest("The address must begin with a slash.")
    if "host" in headers:
        headers["host"] = match[1]
    rest = match[2] or "/"
    return rest if rest[0] == "/" else "/" + rest


def _decode_path(raw: str) -> str:
    if _BAD_ESCAPE.search(raw):
        raise BadRequest("The address has a broken % sign.")
    try:
        path = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("The address is not UTF-8.") from None
    if _CONTROL.search(path):
        raise BadRequest("The address has control characters.")
    # Nothing here is looked up in a folder; all the same, what tries to climb out of one ends here.
    if path.count("/") != raw.count("/") or not {".", ".."}.isdisjoint(path.replace("\\", "/").split("/")):
        raise NotFound("There is nothing at this address.")
    return path


def _parse_query(text: str) -> dict[str, str]:
    if not text:
        return {}
    if _BAD_ESCAPE.search(text):
        raise BadRequest("The address has a broken % sign.")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except UnicodeDecodeError:
        raise BadRequest("The address is not UTF-8.") from None
    except ValueError:
        raise BadRequest("The address has more than 100 fields.") from None
    query: dict[str, str] = {}
    for name, value in pairs:
        if name in query:
            _refuse_field(name, "is given twice; give it once")
        if _CONTROL.search(value):
            _refuse_field(name, "has control characters; leave them out")
        query[name] = value
    return query


def _refuse_field(name: str, problem: str) -> NoReturn:
    raise wrong_field("/" + name.replace("~", "~0").replace("/", "~1"), f"{name} {problem}.")


def _parse_cookies(header: str) -> dict[str, str]:
    cookies: dict[str, str] = {}
    for part in header.split(";"):
        name, equals, value = part.strip(" \t").partition("=")
        if equals and name not in cookies:
            cookies[name] = value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
    return cookies
