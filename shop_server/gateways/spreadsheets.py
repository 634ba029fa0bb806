"""Reads spreadsheets that people upload, CSV and XLSX, in a process of its own with little memory and time.

Whatever is in a file, even one made to break whoever opens it, at worst that process ends, and she is told.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from shop_server.errors import FieldError, InvalidInput
from shop_server.rules import product_sheet
from shop_server.rules.product_sheet import MOST_COLUMNS, MOST_ROWS

MOST_MEMORY_BYTES = 768 * 1024 * 1024
MOST_SECONDS = 120
"""Of computing."""
MOST_UNPACKED_BYTES = 128 * 1024 * 1024
"""An XLSX file is a packed one; ten megabytes may hold very much more than a list of goods."""
_ROOT = Path(__file__).resolve().parents[2]
_ONLY_WRITTEN = re.compile(r'"[^"]*"|\\.')
_UNREADABLE = "This is no list that can be read. Save it as CSV or as an Excel file (.xlsx) and try again."
_TOO_MANY = f"This list has more than {MOST_ROWS:,} rows. Please split it."


class Heads(NamedTuple):
    """How many rows a file has under its heads, and which columns mean nothing to the shop."""

    rows: int
    ignored: tuple[str, ...]


class Read(NamedTuple):
    """A row by its number in the file: what it wants, or the wrong cells. `name` is what its name cell says."""

    row: int
    name: str
    wish: product_sheet.Wish | None
    errors: tuple[FieldError, ...]


class Spreadsheets:
    """Has uploaded lists of goods read."""

    def read(self, file: bytes) -> Iterator[Heads | Read]:
        """First the heads, then each row as it is read. Raises InvalidInput for what is no list of goods."""
        command = [sys.executable, "-m", __name__]
        with tempfile.TemporaryFile() as upload:
            upload.write(file)
            upload.seek(0)
            with subprocess.Popen(
                command, cwd=_ROOT, stdin=upload, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            ) as process:
                assert process.stdout is not None
                told = False
                try:
                    for line in process.stdout:
                        told = True
                        yield _told(json.loads(line))
                except BaseException:
                    # It was refused, or nobody listens any more.
                    process.kill()
                    raise
                if process.wait() != 0 or not told:
                    raise _refusal(_UNREADABLE)


def _told(line: dict[str, Any]) -> Heads | Read:
    if "refused" in line:
        raise _refusal(line["refused"])
    if "rows" in line:
        return Heads(line["rows"], tuple(line["ignored"]))
    wish = product_sheet.Wish(**line["wish"]) if "wish" in line else None
    return Read(line["row"], line["name"], wish, tuple(FieldError(*error) for error in line.get("errors", ())))


def _refusal(words: str) -> InvalidInput:
    return InvalidInput([FieldError("", words)])


# --- what that process does ---


def _main() -> None:
    _limit()
    try:
        for line in _lines(sys.stdin.buffer.read()):
            sys.stdout.write(json.dumps(line) + "\n")
    except InvalidInput as refusal:
        sys.stdout.write(json.dumps({"refused": refusal.detail}) + "\n")
    except (ValueError, KeyError, TypeError, csv.Error, zipfile.BadZipFile, SyntaxError, MemoryError, OSError):
        sys.stdout.write(json.dumps({"refused": _UNREADABLE}) + "\n")


def _limit() -> None:
    if sys.platform != "win32":
        import resource

        os.nice(10)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))


def _lines(file: bytes) -> Iterator[dict[str, Any]]:
    rows = [(number, cells) for number, cells in _rows(file) if any(cells)]
    if not rows:
        raise _refusal("This list is empty.")
    columns = product_sheet.read_heads(rows[0][1])
    yield {"rows": len(rows) - 1, "ignored": columns.ignored}
    name_at = columns.fields.index("name")
    for number, cells in rows[1:]:
        line: dict[str, Any] = {"row": number, "name": cells[name_at][:200] if name_at < len(cells) else ""}
        try:
            line["wish"] = product_sheet.read_row(columns, cells)._asdict()
        except InvalidInput as refusal:
            line["errors"] = refusal.errors
        yield line


def _rows(file: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows with their numbers, as the program that made the file shows them."""
    cells_of = _xlsx(file) if file.startswith(b"PK") else _csv(file)
    for number, cells in enumerate(cells_of, start=1):
        if number > MOST_ROWS + 1:
            raise _refusal(_TOO_MANY)
        yield number, [cell.strip() for cell in cells[:MOST_COLUMNS]]


def _csv(file: bytes) -> Iterator[list[str]]:
    try:
        text = file.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refusal("This list is not UTF-8. Save it as “CSV UTF-8” or as an Excel file (.xlsx).") from None
    if "\0" in text:
        raise _refusal(_UNREADABLE)
    first_line = text.partition("\n")[0]
    separator = max(",;\t", key=first_line.count)
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)


def _xlsx(file: bytes) -> Iterator[list[str]]:
    with zipfile.ZipFile(io.BytesIO(file)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED_BYTES:
            raise _refusal("This Excel file is too large. Save it as CSV and try again.")
    # Only here: whoever only opens the shop need not wait for it.
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(file), read_only=True, data_only=True, keep_links=False)
    sheet = book.worksheets[0]
    # What the file says of its own size may be wrong, or made to be.
    sheet.reset_dimensions()
    for row in sheet.iter_rows(max_col=MOST_COLUMNS):
        yield [_text(cell) for cell in _trimmed(row)]


def _trimmed(row: Iterable[Any]) -> list[Any]:
    cells = list(row)
    while cells and cells[-1].value is None:
        cells.pop()
    return cells


def _text(cell: Any) -> str:
    """A cell as she would have typed it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{_number(value * 100)}%" if _is_percent(cell) else _number(value)


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    rounded = round(value, 9)
    return str(int(rounded)) if rounded.is_integer() else repr(rounded)


def _is_percent(cell: Any) -> bool:
    """Whether its number is shown a hundredfold: where 0.18 is stored, she typed and sees 18%."""
    try:
        return _shows_percent(cell.number_format)
    except IndexError:
        # It names a style that the file does not have.
        return False


@cache
def _shows_percent(number_format: str) -> bool:
    """A percent sign that is quoted or escaped in it is only written beside the number."""
    return "%" in _ONLY_WRITTEN.sub("", number_format)


if __name__ == "__main__":
    _main()
