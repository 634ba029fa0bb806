"""Somebody with a browser: calls the shop over a real socket, with her sign-in."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from shop_server.context import Context
from shop_server.errors import ShopError
from shop_server.rules.account import Session
from shop_server.rules.person import Person
from shop_server.web.catalogue_cache import CatalogueCache
from shop_server.web.response import PROBLEM_TYPE
from shop_server.web.router import Router
from shop_server.web.routes import all_routes
from tests.builders import new_id


@dataclass(frozen=True)
class Reply:
    """What the shop answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def pointers(self) -> list[str]:
        """The wrong fields that a 422 names."""
        return [error["pointer"] for error in self.json["errors"]]


@dataclass
class Caller:
    """Calls with a Bearer token, or as a stranger without one."""

    port: int
    token: str | None = None
    person: Person | None = None

    def get(self, path: str, **headers: str) -> Reply:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Reply:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Reply:
        return self.call("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Reply:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, body: Any = None, **headers: str) -> Reply:
        return self.call("DELETE", path, body, **headers)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """`headers` are written with underscores: Idempotency_Key="k1". Bytes go as they are, all else as JSON."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        raw = body
        if body is not None and not isinstance(body, bytes):
            raw = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body=raw, headers=sent)
            response = connection.getresponse()
            reply = Reply(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()
        check_described(method, path, reply)
        return reply


def id_of(caller: Caller) -> str:
    """Whose sign-in the caller has."""
    assert caller.person is not None
    return caller.person.user_id


def check_described(method: str, path: str, reply: Reply) -> None:
    """Fails unless the answer is what the API's description says: its status, and every field of it by name and type."""
    try:
        route, _ = _router().match(method, urlsplit(path).path)
    except ShopError:
        return
    if reply.status >= 400:
        assert reply.headers["Content-Type"] == PROBLEM_TYPE
        return
    assert reply.status in (route.status, 304), f"{method} {path} answered {reply.status}, described is {route.status}"
    has_body = method != "HEAD" and reply.status != 304
    if route.answer is not None and has_body and "Content-Encoding" not in reply.headers:
        described = TypeAdapter(route.answer)
        read = described.validate_json(reply.body)
        _same_fields(described.dump_python(read, by_alias=True, exclude_unset=True), reply.json, f"{method} {path}")


@cache
def _router() -> Router:
    return Router(all_routes(CatalogueCache()))


def _same_fields(described: Any, answered: Any, where: str) -> None:
    if isinstance(answered, dict) and isinstance(described, dict):
        assert answered.keys() == described.keys(), f"{where} is not described as it is answered"
        for name, value in answered.items():
            _same_fields(described[name], value, f"{where} {name}")
    elif isinstance(answered, list) and isinstance(described, list):
        for left, right in zip(described, answered, strict=True):
            _same_fields(left, right, where)


def signed_in(context: Context, port: int, person: Person, *, has_permit: bool = False) -> Caller:
    """A caller signed in as this person of tests/builders.py, as if she had just given her password.

    With `has_permit` as if the shopkeeper had also told her a code, so that she may write the goods for an hour.
    """
    now = context.clock.now()
    person = replace(person, session_id=new_id())
    permit_until = now + timedelta(hours=1) if has_permit else None
    ends = now + timedelta(days=7)
    session = Session(person.session_id, person.user_id, "test", now, now, ends, permit_until=permit_until)
    context.sessions.insert(session)
    tokens = context.tokens.pair(person.user_id, session.id, person.role, session.turn, now)
    return Caller(port, tokens.access_token, person)
