"""Where phones in the same network find the shop."""

from __future__ import annotations

import io
import ipaddress
import socket

SOMEWHERE_ELSE = ("192.0.2.1", 9)
"""An address kept for documentation (RFC 5737): asking for the way there sends nothing."""


def address_for_phones(host: str, port: int) -> str | None:
    """The shop's address in the local network when it listens on `host`; None when only this machine reaches it."""
    seen = _own_address() if host in ("", "0.0.0.0", "::") else host
    if seen is None or _is_loopback(seen):
        return None
    return f"http://{with_brackets(seen)}:{port}"


def with_brackets(host: str) -> str:
    """A host as it stands in an address: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def qr_for_terminal(address: str) -> str:
    """A QR of the address, drawn with letters, for a phone's camera to open."""
    # Only now: no shop that phones do not reach opens later because of it.
    import segno

    drawn = io.StringIO()
    segno.make(address, micro=False).terminal(out=drawn, compact=True)
    return drawn.getvalue()


def _own_address() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(SOMEWHERE_ELSE)
        except OSError:
            return None
        return str(probe.getsockname()[0])


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
