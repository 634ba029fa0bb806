"""Notes for the one who owns the connections: what workers and publishers leave, and the bell that wakes it for them."""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Callable

from shop_server.web.connection import Connection

Step = Callable[[Connection], None]


class Inbox:
    """Anyone may `post` a step and `wake`; the rest is for the owner. `bell` becomes readable to wake it."""

    def __init__(self) -> None:
        self._steps: deque[tuple[Step, Connection]] = deque()
        self.bell, self._rope = socket.socketpair()
        self.bell.setblocking(False)
        self._rope.setblocking(False)
        self._asleep = False
        self._owner: int | None = None

    def post(self, step: Step, connection: Connection) -> None:
        """Has the owner do a step with a connection, soon."""
        self._steps.append((step, connection))
        if self._asleep and threading.get_ident() != self._owner:
            self.wake()

    def wake(self) -> None:
        """Rings the bell."""
        try:
            self._rope.send(b"\0")
        except OSError:
            # Full: it will wake anyway. Closed: there is nobody to wake.
            return

    def may_sleep(self) -> bool:
        """The owner is going to sleep, unless something has been left meanwhile."""
        self._owner = threading.get_ident()
        # In this order: who posts looks at it after he has left his note.
        self._asleep = True
        return not self._steps

    def awake(self) -> None:
        """The owner is awake: nobody need ring."""
        self._asleep = False

    def take(self) -> list[tuple[Step, Connection]]:
        """What has been left until now."""
        return [self._steps.popleft() for _ in range(len(self._steps))]

    def silence(self) -> None:
        """Takes in all ringing."""
        try:
            while len(self.bell.recv(4096)) == 4096:
                continue
        except BlockingIOError:
            return

    def close(self) -> None:
        """Nobody owns the connections any more."""
        self.bell.close()
        self._rope.close()
