"""The shop's hands: a fixed number of threads that answer complete requests, and a short queue before them.

Three quarters of the hands answer what needs the database, the others what does not: so a slow or frozen database
leaves somebody to answer the rest.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

from shop_server import logs

Job = Callable[[], None]


class Crew:
    """Some threads behind one queue."""

    def __init__(self, name: str, threads: int, queue_limit: int) -> None:
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._queue_limit = queue_limit
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def offer(self, job: Job) -> bool:
        """Puts the job in the queue; False when too many wait already. Only one thread may offer."""
        if self._queue.qsize() >= self._queue_limit:
            return False
        self._queue.put(job)
        return True

    def finish(self) -> None:
        """Has every thread end after what was offered before."""
        for _ in self._threads:
            self._queue.put(None)

    def join(self, deadline: float) -> None:
        """Waits for the threads to end, until `deadline` (monotonic) at most."""
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            try:
                job()
            except Exception as error:
                logs.failure("job-failed", error)


class Workers:
    """Both crews. `threads` in all, at least four."""

    def __init__(self, threads: int, queue_limit: int) -> None:
        spared = max(1, threads // 4)
        self._database = Crew("database", max(1, threads - spared), queue_limit)
        self._others = Crew("worker", spared, queue_limit)

    def offer(self, job: Job, *, database: bool) -> bool:
        """Hands the job to the crew for it; False when too many wait there already."""
        return (self._database if database else self._others).offer(job)

    def stop(self, timeout_seconds: float) -> None:
        """Lets them finish what was offered, and waits so long for that."""
        deadline = time.monotonic() + timeout_seconds
        for crew in (self._others, self._database):
            crew.finish()
        for crew in (self._others, self._database):
            crew.join(deadline)
