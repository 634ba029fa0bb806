"""The shop's bell: tells open browsers at once what changed, as server-sent events.

Events are hints: a browser that was away for a moment loads anew what it shows. So nothing is kept for those who are
not listening, and who reads too slowly is cut off and comes back by himself.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping
from typing import Any

from shop_server.errors import NotSignedIn, TooManyRequests, Unavailable
from shop_server.rules.notice import hears
from shop_server.rules.person import Person
from shop_server.web.request import Request
from shop_server.web.response import Response, encode_json

MAX_WAITING_BYTES = 64 * 1024
LONGEST_SECONDS = 15 * 60.0
OPENING = b"retry: 2000\n\n"
HEARTBEAT = b": still here\n\n"
HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream:
    """One listening browser. The server's selector owns its connection; whoever has news only leaves them here."""

    def __init__(self, person: Person, hub: EventHub, ends_at: float) -> None:
        self.person = person
        self.closed = False
        self._hub = hub
        self._ends_at = ends_at
        self._frames: deque[bytes] = deque([OPENING])
        self._waiting_bytes = 0
        self._notify: Callable[[], None] | None = None

    def attach(self, notify: Callable[[], None]) -> None:
        """The connection is there: from now on `notify` is called when frames wait or the stream is to be closed."""
        self._notify = notify

    def leave(self, frame: bytes) -> None:
        """Leaves a frame for the browser; closes the stream of one that does not keep up, or is over. Never waits."""
        self._waiting_bytes += len(frame)
        if self._waiting_bytes > MAX_WAITING_BYTES or time.monotonic() >= self._ends_at:
            self.closed = True
        else:
            self._frames.append(frame)
        if self._notify is not None:
            self._notify()

    def take(self) -> bytes:
        """Everything that waits, in order. Called by the selector only."""
        frames = []
        while self._frames:
            frames.append(self._frames.popleft())
        self._waiting_bytes = 0
        return b"".join(frames)

    def beat(self) -> None:
        """Shows browsers and proxies that the stream is alive."""
        self.leave(HEARTBEAT)

    def close(self) -> None:
        """Ends the stream from our side."""
        self.closed = True
        if self._notify is not None:
            self._notify()

    def ended(self) -> None:
        """The connection is gone."""
        self.closed = True
        self._hub.forget(self)


class EventHub:
    """All who listen. `listen` is the handler of GET /api/events; `publish` may be called from any thread.

    Nobody listens longer than `longest_seconds` without showing anew who she is.
    """

    def __init__(
        self, *, max_per_person: int = 10, max_streams: int = 1000, longest_seconds: float = LONGEST_SECONDS
    ) -> None:
        self._max_per_person = max_per_person
        self._max_streams = max_streams
        self._longest_seconds = longest_seconds
        self._lock = threading.Lock()
        self._streams: set[EventStream] = set()
        self._per_person: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._streams)

    def listen(self, request: Request, context: Any) -> Response:
        """Opens a stream for the person who asks. Raises TooManyRequests and Unavailable when there are too many."""
        person = request.person
        if person is None:
            raise NotSignedIn("Please sign in first.")
        if request.method == "HEAD":
            return Response(200, b"", HEADERS)
        stream = EventStream(person, self, time.monotonic() + self._longest_seconds)
        with self._lock:
            if self._per_person[person.user_id] >= self._max_per_person:
                raise TooManyRequests("Too many windows are listening already.", retry_after_seconds=30)
            if len(self._streams) >= self._max_streams:
                raise Unavailable("Too many browsers are listening already.", retry_after_seconds=30)
            self._streams.add(stream)
            self._per_person[person.user_id] += 1
        return Response(200, b"", HEADERS, stream=stream)

    def publish(
        self,
        kind: str,
        data: Mapping[str, Any],
        *,
        shop_id: str | None = None,
        user_ids: Collection[str] = (),
        everyone: bool = False,
    ) -> int:
        """Tells the people of the shop whom it concerns, the persons named, or everyone; gives how many streams were told.

        `data` is JSON with the `id` of what changed; `kind` ("order", "stock", ...) is added and is the event's name.
        """
        if not self._streams:
            return 0
        frame = b"event: %s\ndata: %s\n\n" % (kind.encode(), encode_json({**data, "kind": kind}))

        def concerns(person: Person) -> bool:
            is_of_her_shop = shop_id is not None and person.shop_id == shop_id
            return everyone or person.user_id in user_ids or (is_of_her_shop and hears(person, kind, data))

        told = self._streams_of(concerns)
        for stream in told:
            stream.leave(frame)
        return len(told)

    def disconnect(self, whom: Callable[[Person], bool]) -> None:
        """Ends the streams of those who signed out, or are somebody else in the shop from now on."""
        for stream in self._streams_of(whom):
            stream.close()

    def forget(self, stream: EventStream) -> None:
        """Takes a stream that has ended off the list."""
        with self._lock:
            if stream in self._streams:
                self._streams.discard(stream)
                self._per_person[stream.person.user_id] -= 1
                if not self._per_person[stream.person.user_id]:
                    del self._per_person[stream.person.user_id]

    def _streams_of(self, whom: Callable[[Person], bool]) -> list[EventStream]:
        with self._lock:
            return [stream for stream in self._streams if whom(stream.person)]
