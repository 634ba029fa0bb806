"""Is the shop well? For those who watch over it: process alive, database there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shop_server.errors import Unavailable
from shop_server.web.request import Request
from shop_server.web.response import Response, json_response
from shop_server.web.router import Route


def health_routes(is_ready: Callable[[], bool]) -> list[Route]:
    """`/healthz`: the process answers. `/readyz`: `is_ready()` too, else 503; it may raise Unavailable itself."""

    def healthz(request: Request, context: Any) -> Response:
        return json_response({"status": "ok"})

    def readyz(request: Request, context: Any) -> Response:
        if not is_ready():
            raise Unavailable
        return json_response({"status": "ready"})

    return [
        Route("GET", "/healthz", healthz, database=False, at_once=healthz, summary="Is the process alive?"),
        # Not among those who may all be waiting for a frozen database: that is what it has to tell.
        Route("GET", "/readyz", readyz, database=False, summary="Can the shop reach its records?"),
    ]
