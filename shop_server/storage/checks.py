"""Checks the shop's promises on its records, and says in one line each what is broken.

Each check reads one moment of the database, so that it may run beside an open shop; what it suspects it looks at again, a
moment later, before it says so. Whatever can be compared by MongoDB is compared there; the rest streams by.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from pymongo.client_session import ClientSession
from pymongo.database import Database

from shop_server.storage.documents import Document
from shop_server.storage.snapshots import at_one_moment

Finding = tuple[str, str]
"""What is broken: a name by which it is known again, and the line that says it."""
Row = TypeVar("Row")

MOST_OF_ONE_CHECK = 1_000
_ROWS_AT_ONCE = 1_000
"""MongoDB would send 16 MB at a time, which are a hundred in Python, for each of several streams."""
_BREATH_ROWS, _BREATH_SECONDS = 200, 0.001


class Reading:
    """One moment of the records."""

    def __init__(self, database: Database[Document], session: ClientSession) -> None:
        self._database = database
        self._session = session

    def ask(self, collection: str, *pipeline: Document) -> Iterator[Document]:
        """The rows that a pipeline gives, however many, as they come."""
        found = self._database[collection].aggregate(
            list(pipeline), session=self._session, allowDiskUse=True, batchSize=_ROWS_AT_ONCE
        )
        return breathing(found)


Check = Callable[[Reading], Iterable[Finding]]


def run_checks(database: Database[Document], checks: Sequence[Check]) -> list[str]:
    """The lines of all that is broken, and is still so when looked at again."""
    lines: list[str] = []
    for check in checks:
        suspected = _run(database, check)
        if suspected:
            still = _run(database, check)
            lines += [still[name] for name in suspected if name in still]
        if len(suspected) == MOST_OF_ONE_CHECK:
            lines.append("… and more of that kind")
    return lines


def side_by_side(*streams: Iterable[Document]) -> Iterator[tuple[str, tuple[Document | None, ...]]]:
    """Rows of one `_id` from streams that are sorted by it; None where a stream has no such row."""
    iterators = [iter(stream) for stream in streams]
    heads = [next(iterator, None) for iterator in iterators]
    while any(head is not None for head in heads):
        first = min(head["_id"] for head in heads if head is not None)
        together = tuple(head if head is not None and head["_id"] == first else None for head in heads)
        heads = [
            next(iterators[number], None) if row is not None else heads[number] for number, row in enumerate(together)
        ]
        yield first, together


def breathing(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, with a pause now and then: beside an open shop the writer is not to wait for this."""
    for number, row in enumerate(rows, start=1):
        yield row
        if number % _BREATH_ROWS == 0:
            time.sleep(_BREATH_SECONDS)


def _run(database: Database[Document], check: Check) -> dict[str, str]:
    def look(session: ClientSession) -> dict[str, str]:
        return dict(islice(check(Reading(database, session)), MOST_OF_ONE_CHECK))

    return at_one_moment(database, look)
