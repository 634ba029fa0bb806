"""Somebody with a browser: calls the shop over a real socket, with her sign-in."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from shop_server.context import Context
from shop_server.rules.account import Session
from shop_server.rules.person import Person
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
            return Reply(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()


def signed_in(context: Context, port: int, person: Person) -> Caller:
    """A caller signed in as this person of tests/builders.py, as if she had just given her password."""
    now = context.clock.now()
    person = replace(person, session_id=new_id())
    session = Session(person.session_id, person.user_id, "test", now, now, now + timedelta(days=7))
    context.sessions.insert(session)
    tokens = context.tokens.pair(person.user_id, session.id, person.role, session.turn, now)
    return Caller(port, tokens.access_token, person)
