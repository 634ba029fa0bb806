"""The description of the calls: complete, and true to the table and the models it is made from."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from shop_server.app import Shop as OpenShop
from shop_server.web import access, static_files
from shop_server.web.fields import (
    Answer,
    Body,
    Id,
    OptionalBody,
    OptionalNote,
    Quantity,
    Query,
    QueryRupees,
    Rupees,
    SearchText,
)
from shop_server.web.openapi import describe, openapi_route
from shop_server.web.request import Request
from shop_server.web.response import Response
from shop_server.web.router import Route
from tests.api.visitor import ask, serving
from tests.faults.test_role_matrix import CALLS


class Line(Body):
    id: Id
    quantity: Quantity


class PlaceOrder(Body):
    items: list[Line]
    payment_method: Literal["Cash", "Card", "UPI"]
    expected_total: Rupees | None = None
    note: OptionalNote = None


class Settle(OptionalBody):
    reference: OptionalNote = None


class OrderRow(Answer):
    id: str
    total: float
    placed_at: str


class FindOrders(Query):
    q: SearchText = None
    min_total: QueryRupees = None


def place(request: Request, context: Any) -> Response:
    """Places an order."""
    return Response(204)


def show(request: Request, context: Any) -> Response:
    return Response(204)


ROUTES = [
    Route("POST", "/api/orders", place, access=access.CUSTOMER, body=PlaceOrder, answer=OrderRow, status=201),
    Route("GET", "/api/orders", show, access=access.shopkeeper("orders"), query=FindOrders, answer=list[OrderRow]),
    Route("GET", "/api/orders/{id}/lines/{line}", show, summary="One line"),
    Route("GET", "/api/orders/{id}/qr.svg", show, answer_type="image/svg+xml"),
    Route("POST", "/api/orders/{id}/settlement", show, body=Settle),
    Route("GET", "/index.html", show),
]


@pytest.fixture
def described() -> dict[str, Any]:
    return describe(ROUTES, session_cookie="shop_session")


def resolve(described: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def test_lists_every_call_of_the_table_and_no_page(described: dict[str, Any]) -> None:
    assert described["openapi"] == "3.1.0"
    calls = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert calls == {(route.method, route.pattern) for route in ROUTES if route.pattern.startswith("/api/")}
    ids = [operation["operationId"] for methods in described["paths"].values() for operation in methods.values()]
    assert len(set(ids)) == len(ids)


def test_describes_what_goes_in(described: dict[str, Any]) -> None:
    place = described["paths"]["/api/orders"]["post"]
    body = resolve(described, place["requestBody"]["content"]["application/json"]["schema"])
    assert body["required"] == ["items", "paymentMethod"]
    assert body["additionalProperties"] is False
    line = resolve(described, body["properties"]["items"]["items"])
    assert line["properties"]["quantity"] == {
        "maximum": 1_000_000,
        "minimum": 1,
        "title": "Quantity",
        "type": "integer",
    }
    assert {"name": "Idempotency-Key", "in": "header"}.items() <= place["parameters"][0].items()
    find = described["paths"]["/api/orders"]["get"]
    assert [(entry["name"], entry["in"], entry["required"]) for entry in find["parameters"]] == [
        ("q", "query", False),
        ("minTotal", "query", False),
    ]
    line_path = described["paths"]["/api/orders/{id}/lines/{line}"]["get"]
    assert [(entry["name"], entry["in"]) for entry in line_path["parameters"]] == [("id", "path"), ("line", "path")]


def test_says_what_may_be_left_empty_or_out(described: dict[str, Any]) -> None:
    place = described["paths"]["/api/orders"]["post"]
    body = resolve(described, place["requestBody"]["content"]["application/json"]["schema"])
    assert {"const": "", "type": "string"} in body["properties"]["note"]["anyOf"]
    assert place["requestBody"]["required"]
    settle = described["paths"]["/api/orders/{id}/settlement"]["post"]
    assert not settle["requestBody"]["required"]


def test_describes_what_comes_back(described: dict[str, Any]) -> None:
    place = described["paths"]["/api/orders"]["post"]
    row = resolve(described, place["responses"]["201"]["content"]["application/json"]["schema"])
    assert set(row["properties"]) == {"id", "total", "placedAt"}
    find = described["paths"]["/api/orders"]["get"]
    listed = find["responses"]["200"]["content"]["application/json"]["schema"]
    assert listed["type"] == "array"
    assert resolve(described, listed["items"]) == row
    for status in ("400", "401", "403", "409", "422", "default"):
        problem = place["responses"][status]["content"]["application/problem+json"]["schema"]
        assert "detail" in resolve(described, problem)["required"]
    assert "image/svg+xml" in described["paths"]["/api/orders/{id}/qr.svg"]["get"]["responses"]["200"]["content"]


def test_says_who_may_call(described: dict[str, Any]) -> None:
    place = described["paths"]["/api/orders"]["post"]
    assert place["security"] == [{"bearer": []}, {"cookie": []}]
    assert "customers" in place["description"]
    assert "security" not in described["paths"]["/api/orders/{id}/lines/{line}"]["get"]
    assert described["components"]["securitySchemes"]["cookie"]["name"] == "shop_session"


def test_summaries_come_from_the_table_or_the_handler(described: dict[str, Any]) -> None:
    assert described["paths"]["/api/orders"]["post"]["summary"] == "Places an order"
    assert described["paths"]["/api/orders/{id}/lines/{line}"]["get"]["summary"] == "One line"


def test_is_served() -> None:
    with serving([*ROUTES, openapi_route(ROUTES, session_cookie="session")]) as server:
        answer = ask(server, "GET", "/api/openapi.json")
        assert answer.headers["content-type"] == "application/json"
        assert set(answer.json["paths"]) == {route.pattern for route in ROUTES[:-1]}


def test_no_call_that_the_open_shop_answers_is_forgotten_in_the_role_matrix(shop: OpenShop) -> None:
    served = [
        f"{route.method} {route.pattern}"
        for route in shop._server.dispatcher.router.routes
        if route.handler.__module__ != static_files.__name__
    ]
    assert sorted(served) == sorted(CALLS)
