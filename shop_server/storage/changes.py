"""Follows the news of all processes of the shop: caches hear what is stale, browsers what concerns them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pymongo.change_stream import ChangeStream
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError

from shop_server import logs
from shop_server.storage.connection import is_unavailable
from shop_server.storage.documents import Document
from shop_server.storage.news import News, from_document

WAIT_MILLISECONDS = 100
"""How long the database may hold the question for news; so long a stop may take."""
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0
STOP_SECONDS = 15.0


@dataclass(frozen=True)
class Listener:
    """`on_news` hears each commit's news. `on_gap` hears that some may have been missed: what is kept is then stale."""

    on_news: Callable[[News], None]
    on_gap: Callable[[], None]


class Changes:
    """One thread that follows the `news` collection through a client of its own and goes on by itself after outages."""

    def __init__(self, database: Database[Document]) -> None:
        self._news = database["news"]
        self._listeners: list[Listener] = []
        self._place: Mapping[str, Any] | None = None
        self._stopping = threading.Event()
        self._following = threading.Event()
        self._thread = threading.Thread(target=self._live, name="changes", daemon=True)

    def listen(self, on_news: Callable[[News], None], on_gap: Callable[[], None] = lambda: None) -> None:
        """Adds a listener, before the start. It is called in this object's thread and must be quick."""
        self._listeners.append(Listener(on_news, on_gap))

    def start(self) -> None:
        """Begins to follow; `wait_until_following` tells when nothing is missed any more."""
        self._thread.start()

    def wait_until_following(self, seconds: float) -> bool:
        """Whether it follows within `seconds`. False while the database is away."""
        return self._following.wait(seconds)

    @property
    def is_following(self) -> bool:
        """Whether it hears the news just now."""
        return self._following.is_set()

    def stop(self) -> None:
        """Ends it. A frozen database holds this up until its client's time-out."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _live(self) -> None:
        pause = SHORTEST_PAUSE_SECONDS
        while not self._stopping.is_set():
            try:
                self._follow()
                pause = SHORTEST_PAUSE_SECONDS
            except PyMongoError as error:
                was_following = self._following.is_set()
                self._lose(error)
                pause = SHORTEST_PAUSE_SECONDS if was_following else min(pause * 2, LONGEST_PAUSE_SECONDS)
                self._stopping.wait(pause)
        self._following.clear()

    def _follow(self) -> None:
        with self._news.watch(
            [{"$match": {"operationType": "insert"}}],
            resume_after=self._place,
            max_await_time_ms=WAIT_MILLISECONDS,
        ) as stream:
            if self._place is None:
                # Only now that the stream is open: what is read anew from here on is not stale.
                self._tell_gap()
                self._place = stream.resume_token
            self._following.set()
            while stream.alive and not self._stopping.is_set():
                self._hear(stream)
        if not self._stopping.is_set():
            # The collection was dropped: its stream cannot be taken up again.
            self._place = None

    def _hear(self, stream: ChangeStream[Document]) -> None:
        change = stream.try_next()
        if change is not None:
            self._tell(from_document(change["fullDocument"]))
        self._place = stream.resume_token

    def _lose(self, error: PyMongoError) -> None:
        if self._following.is_set():
            logs.event("news_lost", logging.WARNING, reason=type(error).__name__)
            self._following.clear()
        if isinstance(error, OperationFailure) and not is_unavailable(error):
            # The database is there but no longer knows this place in its history.
            logs.event("news_gap", logging.WARNING, reason=str(error))
            self._place = None

    def _tell(self, news: News) -> None:
        for listener in self._listeners:
            try:
                listener.on_news(news)
            except Exception as error:
                logs.failure("listener_failed", error)

    def _tell_gap(self) -> None:
        for listener in self._listeners:
            try:
                listener.on_gap()
            except Exception as error:
                logs.failure("listener_failed", error)
