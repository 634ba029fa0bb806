"""The shop's hands: a fixed number of threads that answer complete requests, and a short queue before them.

Three quarters of the hands answer what needs the database, the others what does not: so a slow or frozen database
leaves somebody to answer the rest.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

Job = Callable[[], None]


class Crew:
    """Some threads behind one queue. A job must not raise."""

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

    def stop(self, timeout_seconds: float) -> None:
        """Lets every thread finish what was offered before and waits for them, each at most so long."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(timeout_seconds)

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            job()


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
        """Lets them finish and waits for them."""
        self._others.stop(timeout_seconds)
        self._database.stop(timeout_seconds)
