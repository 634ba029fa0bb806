"""Lists in pages, each page going on after the last row of the one before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from pydantic import Field

from shop_server.web.reading import MAX_PAGE, Query, encode_cursor, read_page
from shop_server.web.request import Request


class Named(Protocol):
    """A row that is known by its id, among those of one moment too."""

    @property
    def id(self) -> str: ...


Row = TypeVar("Row", bound=Named)


class PageQuery(Query):
    """Which part of a list is wanted."""

    limit: int | None = Field(default=None, ge=1, le=MAX_PAGE)
    cursor: str | None = None


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


def part_of(request: Request, rows: Sequence[Mapping[str, Any]]) -> tuple[Sequence[Mapping[str, Any]], dict[str, str]]:
    """Of a list that is short by its nature: all of it, or the part that is asked for, and its headers.

    Raises InvalidInput for a limit or cursor that is none.
    """
    headers = {"X-Total-Count": str(len(rows))}
    page = read_page(request, int, str)
    if not {"limit", "cursor"} & request.query.keys():
        return rows, headers
    begin = 0
    if page.cursor is not None:
        count, id_ = page.cursor
        # Should the last row of the page before be gone by now, the next one has its place.
        begin = next((number + 1 for number, row in enumerate(rows) if row["id"] == id_), max(count - 1, 0))
    end = begin + page.limit
    if end < len(rows):
        headers |= next_link(request, [end, str(rows[end - 1]["id"])])
    return rows[begin:end], headers


def next_link(request: Request, cursor: Sequence[int | str]) -> dict[str, str]:
    """The Link header to the page after `cursor`."""
    query = urlencode({**request.query, "cursor": encode_cursor(cursor)})
    return {"Link": f'<{request.path}?{query}>; rel="next"'}


def milliseconds_of(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def moment(milliseconds: int) -> datetime:
    """The instant of a cursor; a number beyond the calendar is held at its ends."""
    return datetime.fromtimestamp(min(max(milliseconds, 0), 253_402_300_799_000) / 1000, UTC)
