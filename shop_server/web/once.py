"""Idempotency keys of requests: the same wish sent twice is done once."""

from __future__ import annotations

import hashlib

from shop_server.context import Once
from shop_server.web.reading import idempotency_key
from shop_server.web.request import Request


def once_of(request: Request) -> Once | None:
    """The request's key, for its person and its call; None when it sent none. Raises InvalidInput."""
    key = idempotency_key(request)
    if key is None or request.person is None:
        return None
    fingerprint = hashlib.sha256(request.path.encode() + b"\n" + request.body).hexdigest()
    return Once(f"{request.person.user_id}:{request.method} {request.path}", key, fingerprint)
