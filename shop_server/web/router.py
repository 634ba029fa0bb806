"""The signposts of the shop: from a method and a path to the route that answers it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from shop_server.errors import NotFound, WrongMethod
from shop_server.web.access import ANYONE, Access
from shop_server.web.request import Request
from shop_server.web.response import Response

KIB = 1024
DEFAULT_BODY_LIMIT = 1024 * KIB
PICTURE_BODY_LIMIT = 7 * 1024 * KIB
IMPORT_BODY_LIMIT = 10 * 1024 * KIB

Handler = Callable[[Request, Any], Response]
AtOnce = Callable[[Request, Any], Response | None]


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """One line of the URL table.

    `pattern` is a path whose parts in braces are parameters: "/api/orders/{id}". `handler(request, context)` answers.
    `body`, `query` and `answer` are the pydantic models of what comes in and goes out (for the API description; the
    handler reads the body itself, after it has found what the request is about); `answer` may be `list[Row]`.
    `database` is False for what never waits for the database. `at_once`, if given, is asked first and
    answers from memory or returns None: it runs between two reads of the network, so it must never wait for anything.
    """

    method: str
    pattern: str
    handler: Handler
    access: Access = ANYONE
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: Any = None
    status: int = 200
    body_limit: int = DEFAULT_BODY_LIMIT
    database: bool = True
    at_once: AtOnce | None = None
    summary: str = ""
    answer_type: str = "application/json"


@dataclass(slots=True)
class _Signpost:
    """One step of the way: where each next part of a path leads, and what is here."""

    words: dict[str, _Signpost] = field(default_factory=dict)
    parameter: tuple[str, _Signpost] | None = None
    routes: dict[str, Route] = field(default_factory=dict)


class Router:
    """Finds routes. A literal part wins over a parameter ("/products/import" over "/products/{id}")."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self._start = _Signpost()
        for route in self.routes:
            self._add(route)

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route for this method and path and its parameters. HEAD finds the GET route.

        Raises NotFound, or WrongMethod with the methods that this path has.
        """
        params: dict[str, str] = {}
        here = self._start
        for part in path.split("/"):
            there = here.words.get(part)
            if there is None:
                if here.parameter is None or not part:
                    raise NotFound("There is nothing at this address.")
                name, there = here.parameter
                params[name] = part
            here = there
        route = here.routes.get("GET" if method == "HEAD" else method)
        if route is None:
            if not here.routes:
                raise NotFound("There is nothing at this address.")
            raise WrongMethod(allowed_methods(here.routes))
        return route, params

    def _add(self, route: Route) -> None:
        here = self._start
        for part in route.pattern.split("/"):
            name = re.fullmatch(r"\{(\w+)\}", part)
            if name is None:
                here = here.words.setdefault(part, _Signpost())
            else:
                if here.parameter is None:
                    here.parameter = (name[1], _Signpost())
                assert here.parameter[0] == name[1], f"{route.pattern}: call the parameter {here.parameter[0]}"
                here = here.parameter[1]
        assert route.method not in here.routes, f"{route.method} {route.pattern} is there twice"
        here.routes[route.method] = route


def allowed_methods(methods: Iterable[str]) -> list[str]:
    """What the Allow header says for a path that has routes for these methods."""
    return sorted({*methods, "OPTIONS"} | ({"HEAD"} if "GET" in methods else set()))
