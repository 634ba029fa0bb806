"""Tells every process of the shop what was changed outside the books: a session that ended, a shop's settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pymongo.database import Database

from shop_server.clock import Clock
from shop_server.storage import news
from shop_server.storage.documents import Document
from shop_server.storage.news import Entry


class Announcements:
    """Writes news after a guarded write. `on_announce` hears it first, so that this process answers by it at once."""

    def __init__(
        self,
        database: Database[Document],
        clock: Clock,
        *,
        process_id: str,
        on_announce: Callable[[Sequence[Entry]], None] = lambda entries: None,
    ) -> None:
        self._collection = database["news"]
        self._clock = clock
        self._process_id = process_id
        self._on_announce = on_announce

    def tell(self, kind: str, ids: Sequence[str], shop_id: str | None = None) -> None:
        """Announces that these of this kind have changed; nothing when there are none."""
        entries = [Entry(kind, id_, shop_id) for id_ in ids]
        if entries:
            self._on_announce(entries)
            self._collection.insert_one(news.to_document(self._process_id, self._clock.now(), entries))
