"""Whose page is asking: writes with our cookie come from our own pages only, other websites need to be named.

The rules follow Fetch Metadata (Sec-Fetch-Site) where the browser sends it, and Origin where it does not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from shop_server.errors import NotAllowed
from shop_server.web.request import Request

READING_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
ALLOWED_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match"
EXPOSED_HEADERS = "Link, X-Total-Count, ETag, Retry-After"


def check_origin_of_write(
    request: Request, *, by_cookie: bool, public_url: str | None, allowed_origins: Collection[str]
) -> None:
    """Raises NotAllowed for a write that another website makes in a visitor's name.

    `by_cookie`: a cookie, which her browser sends by itself, says who she is; then it must be our own page. Who sends an
    Authorization header says so herself: no website can do that in her name.
    """
    if request.method in READING_METHODS or "authorization" in request.headers:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        ours = site == "same-origin"
        foreign = site in ("cross-site", "same-site")
    else:
        ours = origin is not None and _is_ours(origin, request.host, public_url)
        foreign = origin is not None and not ours
    if by_cookie and not ours:
        raise NotAllowed("Writes with the session cookie must come from the shop's own pages.")
    if foreign and origin not in allowed_origins:
        raise NotAllowed("This website may not write to the shop.")


def _is_ours(origin: str, host: str, public_url: str | None) -> bool:
    scheme, separator, authority = origin.partition("://")
    # The scheme is not compared with ours: behind a proxy that speaks HTTPS we do not see it.
    return origin == public_url or (bool(separator) and scheme in ("http", "https") and authority == host)


def cors_headers(origin: str | None, allowed_origins: Collection[str]) -> list[str]:
    """The lines that let a named website read this answer."""
    if origin is None or origin not in allowed_origins:
        return []
    return [f"Access-Control-Allow-Origin: {origin}", f"Access-Control-Expose-Headers: {EXPOSED_HEADERS}"]


def preflight_headers(methods: Iterable[str]) -> dict[str, str]:
    """What another website that we named may ask for here."""
    return {
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": ALLOWED_HEADERS,
        "Access-Control-Max-Age": "600",
    }
