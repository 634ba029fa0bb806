"""The shop's calls, described for machines: OpenAPI 3.1, made from the URL table and the models it names."""

from __future__ import annotations

import inspect
import re
import threading
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from shop_server.web.reading import OptionalBody
from shop_server.web.request import Request
from shop_server.web.response import JSON_TYPE, PROBLEM_TYPE, Response, encode_json, kept_response
from shop_server.web.router import Route

Schema = dict[str, Any]

PROBLEM: Schema = {
    "type": "object",
    "description": "A refusal (RFC 9457). `error` repeats `detail`; `errors` lists every wrong field.",
    "required": ["type", "title", "status", "detail", "instance", "error"],
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "detail", "instance", "error")},
        "status": {"type": "integer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Sent again with the same body, the call is done once and answered again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 100},
}


def openapi_route(routes: Sequence[Route], *, session_cookie: str) -> Route:
    """GET /api/openapi.json, from the routes below /api. `session_cookie` is the name of the cookie.

    It is made when it is first asked for, and then kept: no shop opens later because of it.
    """

    one_at_a_time = threading.Lock()

    @cache
    def described() -> Response:
        description = encode_json(describe(routes, session_cookie=session_cookie))
        return kept_response(description, {"Content-Type": JSON_TYPE, "Cache-Control": "no-cache"})

    def openapi(request: Request, context: Any) -> Response:
        with one_at_a_time:
            return described()

    return Route("GET", "/api/openapi.json", openapi, database=False, summary="This description")


def describe(routes: Sequence[Route], *, session_cookie: str = "session") -> Schema:
    """The description as a JSON object."""
    calls = [route for route in routes if route.pattern.startswith("/api/")]
    schemas, definitions = _schemas_of(calls)
    paths: dict[str, Schema] = {}
    for route in calls:
        paths.setdefault(route.pattern, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shop Server", "version": "1", "description": inspect.cleandoc(__doc__ or "")},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {**definitions, "Problem": PROBLEM},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": session_cookie},
            },
        },
    }


def _schemas_of(calls: Iterable[Route]) -> tuple[dict[Any, Schema], dict[str, Schema]]:
    """The schema of every model that a route names, by (route, part), and those that they refer to."""
    inputs: list[Any] = []
    for route in calls:
        for part in ("body", "query"):
            if getattr(route, part) is not None:
                inputs.append(((id(route), part), "validation", TypeAdapter(getattr(route, part))))
        if route.answer is not None:
            inputs.append(((id(route), "answer"), "serialization", TypeAdapter(route.answer)))
    by_part, shared = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}")
    return {key: dict(schema) for (key, _), schema in by_part.items()}, shared.get("$defs", {})


def _operation(route: Route, schemas: dict[Any, Schema]) -> Schema:
    operation: Schema = {
        "operationId": f"{route.method.lower()}{_camel(route.pattern)}",
        "summary": route.summary or _first_line(route) or f"{route.method} {route.pattern}",
        "description": f"For {route.access.who}.",
        "tags": [route.pattern.split("/")[2]],
        "responses": _responses(route, schemas.get((id(route), "answer"))),
    }
    parameters = _parameters(route, schemas)
    if parameters:
        operation["parameters"] = parameters
    if route.access.needs_sign_in:
        operation["security"] = [{"bearer": []}, {"cookie": []}]
    if route.body is not None:
        content = {JSON_TYPE: {"schema": schemas[id(route), "body"]}}
        operation["requestBody"] = {"required": not issubclass(route.body, OptionalBody), "content": content}
    return operation


def _parameters(route: Route, schemas: dict[Any, Schema]) -> list[Schema]:
    parameters: list[Schema] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", route.pattern)
    ]
    if route.query is not None:
        # The names stand in the model's own schema, which the route's refers to.
        own = route.query.model_json_schema(ref_template="#/components/schemas/{model}")
        required = own.get("required", [])
        for name, schema in own["properties"].items():
            parameters.append({"name": name, "in": "query", "required": name in required, "schema": schema})
    if route.method == "POST" and route.status == 201:
        parameters.append(_IDEMPOTENCY_KEY)
    return parameters


def _responses(route: Route, answer: Schema | None) -> Schema:
    good: Schema = {"description": "Done"}
    if route.answer_type != JSON_TYPE:
        good["content"] = {route.answer_type: {}}
    elif answer is not None:
        good["content"] = {JSON_TYPE: {"schema": answer}}
    problem = {
        "description": "Refused",
        "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    refusals = [400, 429, 503]
    if route.access.needs_sign_in:
        refusals += [401, 403]
    if "{" in route.pattern:
        refusals.append(404)
    if route.body is not None or route.query is not None:
        refusals.append(422)
    if route.method != "GET":
        refusals += [403, 409, 413]
    return {str(route.status): good, **{str(status): problem for status in sorted(set(refusals))}, "default": problem}


def _first_line(route: Route) -> str:
    return (inspect.getdoc(route.handler) or "").partition("\n")[0].rstrip(".")


def _camel(pattern: str) -> str:
    return "".join(word.capitalize() for word in re.findall(r"\w+", pattern.removeprefix("/api")))
