"""Who is really asking when a proxy stands in front of the shop: its word is taken only if we trust it."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address

from shop_server.web.request import Request


def see_through(request: Request, trusted: tuple[IPv4Network | IPv6Network, ...]) -> None:
    """Sets `client` and `scheme` from X-Forwarded-For and -Proto when the sender is a trusted proxy.

    Addresses are read from the right, each proxy's own addition; the first that we do not trust is the visitor.
    """
    if not _is_trusted(request.client, trusted):
        return
    forwarded = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    for address in reversed(forwarded):
        if not _is_address(address):
            break
        request.client = address
        if not _is_trusted(address, trusted):
            break
    scheme = request.headers.get("x-forwarded-proto", "").split(",")[-1].strip().lower()
    if scheme in ("http", "https"):
        request.scheme = scheme


@lru_cache(maxsize=1024)
def _is_trusted(address: str, trusted: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    if not _is_address(address):
        return False
    parsed = ip_address(address)
    return any(parsed in network for network in trusted)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
