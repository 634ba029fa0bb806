"""One visitor who keeps her connection and looks at her watch: as little around a request as Python allows."""

from __future__ import annotations

import json
import re
import socket
import time
from typing import Any, Self

QUIET_SECONDS = 2.0
"""The shop hangs up on who says nothing for longer than some seconds."""
_LENGTH = re.compile(rb"\r\nContent-Length: (\d+)\r\n", re.IGNORECASE)


def request(method: str, path: str, token: str, body: Any = None, **headers: str) -> bytes:
    """A request as it is sent; the names of `headers` with _ for -."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: shop", f"Authorization: Bearer {token}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if content:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


class Visit:
    """A connection to a shop on this machine; made anew, outside of what is measured, when it was quiet for a while."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = self._connect()
        self._last_used = time.perf_counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._socket.close()

    def milliseconds(self, asked: bytes) -> float:
        """How long the answer took. Raises RuntimeError when it is no success."""
        if time.perf_counter() - self._last_used > QUIET_SECONDS:
            self._socket.close()
            self._socket = self._connect()
        began = time.perf_counter()
        self._socket.sendall(asked)
        answer = self._socket.recv(65_536)
        while (head_ends := answer.find(b"\r\n\r\n")) < 0:
            answer += self._more()
        length = _LENGTH.search(answer, 0, head_ends + 2)
        whole = head_ends + 4 + (int(length[1]) if length else 0)
        while len(answer) < whole:
            answer += self._more()
        self._last_used = time.perf_counter()
        if not answer.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(f"{asked[:200]!r} was answered {answer[:500]!r}")
        return (self._last_used - began) * 1000

    def _connect(self) -> socket.socket:
        connected = socket.create_connection(("127.0.0.1", self._port), timeout=60)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected

    def _more(self) -> bytes:
        more = self._socket.recv(65_536)
        if not more:
            raise RuntimeError("the shop hung up")
        return more
