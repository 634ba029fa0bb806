"""Long lists in pages: newest first, each page going on after the last row of the one before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar
from urllib.parse import urlencode

from shop_server.web.reading import encode_cursor, read_page
from shop_server.web.request import Request


class Named(Protocol):
    """A row that is known by its id, among those of one moment too."""

    @property
    def id(self) -> str: ...


Row = TypeVar("Row", bound=Named)


def page_after(request: Request) -> tuple[int, tuple[datetime, str] | None]:
    """How many rows are wanted, and after which (its time and its id). Raises InvalidInput."""
    page = read_page(request, int, str)
    if page.cursor is None:
        return page.limit, None
    milliseconds, id_ = page.cursor
    return page.limit, (moment(milliseconds), id_)


def next_page(
    request: Request, rows: Sequence[Row], limit: int, at: Callable[[Row], datetime]
) -> tuple[Sequence[Row], dict[str, str]]:
    """The rows of this page, and the Link header to the next; `rows` may hold one more than `limit`.

    `at` gives the moment by which a row has its place in the list.
    """
    if len(rows) <= limit:
        return rows, {}
    last = rows[limit - 1]
    return rows[:limit], next_link(request, [milliseconds_of(at(last)), last.id])


def next_link(request: Request, cursor: Sequence[int | str]) -> dict[str, str]:
    """The Link header to the page after `cursor`."""
    query = urlencode({**request.query, "cursor": encode_cursor(cursor)})
    return {"Link": f'<{request.path}?{query}>; rel="next"'}


def milliseconds_of(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def moment(milliseconds: int) -> datetime:
    """The instant of a cursor; a number beyond the calendar is held at its ends."""
    return datetime.fromtimestamp(min(max(milliseconds, 0), 253_402_300_799_000) / 1000, UTC)
