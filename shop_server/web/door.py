"""The shop's door: one thread owns every connection that is not being answered just now.

It accepts, reads heads and bodies as they trickle in, and gives only complete requests to the workers. Stalled,
slow, idle and listening visitors cost a little memory here and never a thread; each step has its deadline.
"""

from __future__ import annotations

import errno
import selectors
import socket
import time

from shop_server.web.connection import ANSWERING, CLOSED, DRAINING, READING, SENDING, STREAMING, Connection, Limits
from shop_server.web.inbox import Inbox
from shop_server.web.visits import FrontDesk, Visits

# A few only: other processes may wait at the same socket for their share.
_ACCEPTED_AT_ONCE = 8


class Door:
    """The selector and the connections that it owns. `run` is the owner's thread; `answered` and `stop` are for others."""

    def __init__(self, listener: socket.socket, desk: FrontDesk, limits: Limits) -> None:
        self._limits = limits
        self._listener = listener
        self._inbox = Inbox()
        self._selector = selectors.DefaultSelector()
        self._visits = Visits(desk, limits, self._inbox, self._selector)
        self._grace_until = 0.0
        times = (limits.head_seconds, limits.body_seconds, limits.idle_seconds, limits.drain_seconds)
        self._tick_seconds = min(1.0, min(*times, limits.heartbeat_seconds) / 4)
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ, None)
        self._selector.register(self._inbox.bell, selectors.EVENT_READ, None)

    def __len__(self) -> int:
        return len(self._visits.connections)

    def run(self) -> None:
        """Serves until `stop` was called and what had begun is finished."""
        next_look = time.monotonic() + self._tick_seconds
        while not self._is_done():
            patience = max(0.0, next_look - time.monotonic()) if self._inbox.may_sleep() else 0.0
            events = self._selector.select(patience)
            self._inbox.awake()
            for key, event in events:
                if key.data is not None:
                    self._visits.go_on(key.data, event)
                elif key.fileobj is self._listener:
                    self._accept()
                else:
                    self._inbox.silence()
            # What these post in turn comes after the next look at the network.
            for step, connection in self._inbox.take():
                self._visits.guard(step, connection)
            now = time.monotonic()
            if now >= next_look:
                next_look = now + self._tick_seconds
                self._look_at_deadlines(now)
        self._close_everything()

    def stop(self, grace_seconds: float) -> None:
        """Stops accepting; what has begun may finish within the grace. Called from any thread, returns at once."""
        self._grace_until = time.monotonic() + grace_seconds
        self._visits.stopping = True
        self._inbox.wake()

    def answered(self, connection: Connection) -> None:
        """The answer was sent, or as much of it as fitted. Called from any thread."""
        self._visits.answered(connection)

    def _accept(self) -> None:
        for _ in range(_ACCEPTED_AT_ONCE):
            try:
                sock, address = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    self._make_room()
                return
            if len(self) >= self._limits.max_connections and not self._make_room():
                sock.close()
                continue
            sock.setblocking(False)
            if sock.family in (socket.AF_INET, socket.AF_INET6):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._visits.begin(sock, address[0] if address else "")

    def _make_room(self) -> bool:
        """At the limit, whoever is nearest to the end of his time without a complete request makes room."""
        waiting = [visit for visit in self._visits.connections if visit.state in (READING, SENDING, DRAINING)]
        if waiting:
            self._visits.close(min(waiting, key=lambda visit: visit.deadline))
        return bool(waiting)

    def _look_at_deadlines(self, now: float) -> None:
        for connection in list(self._visits.connections):
            if connection.state in (ANSWERING, CLOSED):
                continue
            if connection.deadline <= now:
                self._visits.guard(self._visits.time_is_up, connection)
            elif self._visits.stopping and connection.is_silent():
                # Its answer went out just when the last visitors were looked at.
                self._visits.close(connection)

    def _is_done(self) -> bool:
        if not self._visits.stopping:
            return False
        if self._listener.fileno() != -1:
            self._last_visitors()
        return not self._visits.connections or time.monotonic() >= self._grace_until

    def _last_visitors(self) -> None:
        """No one comes in any more. Who has already asked is answered; who has not, and who listens, goes."""
        self._accept()
        self._selector.unregister(self._listener)
        self._listener.close()
        for connection in list(self._visits.connections):
            if connection.state == READING:
                self._visits.go_on(connection, selectors.EVENT_READ)
            if connection.state == STREAMING or connection.is_silent():
                self._visits.close(connection)

    def _close_everything(self) -> None:
        for connection in list(self._visits.connections):
            self._visits.close(connection)
        self._selector.close()
        self._inbox.close()
        self._listener.close()
