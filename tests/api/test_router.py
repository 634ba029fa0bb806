"""The signposts: every path leads to its route, and to no other."""

from __future__ import annotations

from typing import Any

import pytest

from shop_server.errors import NotFound, WrongMethod
from shop_server.web.request import Request
from shop_server.web.response import Response
from shop_server.web.router import Route, Router


def nothing(request: Request, context: Any) -> Response:
    return Response(204)


def routes(*lines: str) -> list[Route]:
    return [Route(method, pattern, nothing) for method, _, pattern in (line.partition(" ") for line in lines)]


ROUTER = Router(
    routes(
        "GET /",
        "GET /api/products",
        "POST /api/products",
        "GET /api/products/{id}",
        "POST /api/products/import",
        "PATCH /api/products/{id}/batches/{batch}",
        "GET /styles/main.css",
    )
)


@pytest.mark.parametrize(
    ("asked", "pattern", "params"),
    [
        ("GET /", "/", {}),
        ("GET /api/products", "/api/products", {}),
        ("HEAD /api/products", "/api/products", {}),
        ("GET /api/products/42", "/api/products/{id}", {"id": "42"}),
        ("GET /api/products/a b", "/api/products/{id}", {"id": "a b"}),
        ("POST /api/products/import", "/api/products/import", {}),
        ("PATCH /api/products/42/batches/7", "/api/products/{id}/batches/{batch}", {"id": "42", "batch": "7"}),
        ("GET /styles/main.css", "/styles/main.css", {}),
    ],
)
def test_finds_the_route_and_its_parameters(asked: str, pattern: str, params: dict[str, str]) -> None:
    method, _, path = asked.partition(" ")
    route, found = ROUTER.match(method, path)
    assert (route.pattern, found) == (pattern, params)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/x",
        "/api",
        "/api/products/",
        "/api/products//batches/7",
        "//",
        "/api/products/42/batches",
        "/STYLES/main.css",
    ],
)
def test_knows_no_other_paths(path: str) -> None:
    with pytest.raises(NotFound):
        ROUTER.match("GET", path)


@pytest.mark.parametrize(
    ("asked", "allow"),
    [
        ("DELETE /api/products", "GET, HEAD, OPTIONS, POST"),
        ("OPTIONS /api/products", "GET, HEAD, OPTIONS, POST"),
        ("GET /api/products/import", "OPTIONS, POST"),
        ("HEAD /api/products/42/batches/7", "OPTIONS, PATCH"),
        ("BREW /", "GET, HEAD, OPTIONS"),
    ],
)
def test_says_which_methods_a_path_has(asked: str, allow: str) -> None:
    method, _, path = asked.partition(" ")
    with pytest.raises(WrongMethod) as refusal:
        ROUTER.match(method, path)
    assert refusal.value.headers["Allow"] == allow


def test_refuses_a_table_that_contradicts_itself() -> None:
    with pytest.raises(AssertionError, match="twice"):
        Router(routes("GET /a/{id}", "GET /a/{id}"))
    with pytest.raises(AssertionError, match="call the parameter id"):
        Router(routes("GET /a/{id}", "GET /a/{other}/b"))
