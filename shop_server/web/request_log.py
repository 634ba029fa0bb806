"""The shop's visitors' book: one JSON line per request, written by a thread of its own so that nobody waits for it.

It names who, what and how long, never what was said: no tokens, bodies, phones or UPI ids, and no path, only the
route's pattern.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from functools import lru_cache
from typing import TextIO

from shop_server import logs
from shop_server.rules.person import Person
from shop_server.web.request import Request
from shop_server.web.tally import Tally

MAX_WAITING_LINES = 100_000
_PAUSE_SECONDS = 0.2
_LINES_AT_ONCE = 50

_Entry = tuple[float, str, str, str, int, float, Person | None]


class RequestLog:
    """Collects what was answered, counts it in `tally` and writes it in batches. `close` writes the rest."""

    def __init__(self, stream: TextIO | None = None, tally: Tally | None = None) -> None:
        self._tally = tally or Tally()
        self._stream = stream
        self._entries: deque[_Entry] = deque(maxlen=MAX_WAITING_LINES)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="request-log", daemon=True)
        self._thread.start()

    def note(self, request: Request | None, status: int) -> None:
        """Notes an answered request; None for one that could not even be read."""
        if request is None:
            self._entries.append((time.time(), "-", "-", "-", status, 0.0, None))
            return
        route = request.route.pattern if request.route else "-"
        seconds = time.monotonic() - request.started
        # The request itself is not kept: its body may be large.
        self._entries.append((time.time(), request.id, request.method, route, status, seconds, request.person))

    def close(self) -> None:
        """Writes what is left and stops."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_PAUSE_SECONDS):
            self._write()
        self._write()

    def _write(self) -> None:
        while self._entries:
            # A few at a time: whoever formats thousands of lines at once keeps everybody waiting.
            entries = [self._entries.popleft() for _ in range(min(_LINES_AT_ONCE, len(self._entries)))]
            for _, _, method, route, status, seconds, _ in entries:
                self._tally.note(method, route, status, seconds)
            if not logs.logger.isEnabledFor(logging.INFO):
                continue
            stream = self._stream or sys.stderr
            try:
                stream.write("".join(map(_line, entries)))
                stream.flush()
            except (OSError, ValueError):
                # The log's reader is gone; the shop goes on without it.
                continue


def _line(entry: _Entry) -> str:
    at, request_id, method, route, status, seconds, person = entry
    stamp = f"{_to_the_second(int(at))}.{int(at * 1000) % 1000:03d}Z"
    who = f',"shop":"{person.shop_id or ""}","user":"{person.user_id}"' if person else ""
    # Methods are tokens and patterns are our own: neither has anything that JSON would escape.
    return (
        f'{{"at":"{stamp}","level":"INFO","event":"request","id":"{request_id}","method":"{method}",'
        f'"route":"{route}","status":{status},"duration_ms":{seconds * 1000:.1f}{who}}}\n'
    )


@lru_cache(maxsize=2)
def _to_the_second(at: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))
