"""Watches the queries that the storage layer really sends while tests run, so that none goes without an index."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pymongo import monitoring
from pymongo.database import Database

from shop_server import storage
from shop_server.storage.indexing import Query, explain

STORAGE = str(Path(storage.__file__).parent)
READS_EVERYTHING = frozenset({"checks.py", "changes.py", "indexing.py", "restore.py"})
"""They look at whole collections on purpose, and not for a visitor."""
DO_NOT_GROW = frozenset({"writers", "leases", "secrets"})


class QueryWatch(monitoring.CommandListener):
    """Keeps one example of each shape of query, with the line of the storage layer that sent it."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], Query] = {}

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        queries = list(_queries(event.command_name, event.command))
        place = _sender() if queries else None
        if place is not None:
            for query in queries:
                self._seen.setdefault((place, query.collection, _shape(query)), query)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass

    def without_index(self, database: Database[dict[str, Any]]) -> list[str]:
        """One line per query that reads every document of a collection that grows."""
        return [
            f"{place}: {query.collection} {query.pipeline or query.filter}"
            for (place, *_), query in self._seen.items()
            if query.collection not in DO_NOT_GROW and not _asks_for_all(query) and not explain(database, query)[0]
        ]


def _asks_for_all(query: Query) -> bool:
    """Which no index can spare it: what a job does for every shop."""
    return query.pipeline is None and not query.filter and not query.sort


def _queries(name: str, command: Any) -> Iterator[Query]:
    if name == "find":
        yield Query(name, command["find"], command["filter"], tuple(command.get("sort", {}).items()))
    elif name == "findAndModify":
        yield Query(name, command[name], command["query"])
    elif name == "update":
        yield from (Query(name, command[name], row["q"]) for row in command["updates"])
    elif name == "delete":
        yield from (Query(name, command[name], row["q"]) for row in command["deletes"])
    elif name == "aggregate" and isinstance(command[name], str):
        yield Query(name, command[name], pipeline=command["pipeline"])


def _sender() -> str | None:
    """The line of the storage layer that is asking; None when it is a test."""
    frame = sys._getframe(2)
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if str(file.parent) == STORAGE:
            return None if file.name in READS_EVERYTHING else f"{file.name}:{frame.f_lineno}"
        if frame.f_back is None or "tests" in file.parts:
            return None
        frame = frame.f_back
    return None


def _shape(query: Query) -> str:
    return repr(_without_values([query.filter, query.sort, query.pipeline]))


def _without_values(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _without_values(value) for name, value in part.items()}
    if isinstance(part, (list, tuple)):
        return [_without_values(value) for value in part[:3]]
    return type(part).__name__
