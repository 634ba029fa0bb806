"""A backup's file: all rows of a shop's records, compressed, with a seal that shows if a single bit was lost or changed.

What is in it, in this order: one line that says what it is; the records, compressed by gzip; and as the last line the
SHA-256 of everything before it. Unpacked, the records are BSON documents: a head; then for each handful of rows a
document that names their collection, their number and their length, and behind it the rows themselves; and an end with
the number of rows of each collection.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

import bson
from bson.codec_options import CodecOptions

from shop_server.errors import CannotStart
from shop_server.storage.documents import Document

FORMAT = 1
_FIRST_LINE = b"shop-server backup\n"
_SEAL_BYTES = 65
_BLOCK_BYTES = 1 << 20
_OPTIONS: CodecOptions[Document] = CodecOptions(tz_aware=True)
_QUICK = 1
"""Of gzip's levels the one that keeps up with the database."""


class BackupWriter:
    """Writes a backup to `path`, which must not be there yet. It appears, whole and on the disk, only with `finish`.

    Without that nothing is left. It can be read by its owner alone: it holds everything about everybody.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = path.with_name(f"{path.name}.{os.getpid()}.part")
        self._rows: Counter[str] = Counter()

    def __enter__(self) -> Self:
        if self._path.exists():
            raise CannotStart(f"{self._path} is there already: give the backup another name, or move that file away.")
        try:
            file = os.fdopen(os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        except OSError as error:
            raise CannotStart(f"The backup cannot be written to {self._path.parent}: {error.strerror}.") from error
        self._file = _Sealing(file)
        self._file.write(_FIRST_LINE)
        self._packed = gzip.GzipFile(fileobj=cast(BinaryIO, self._file), mode="wb", compresslevel=_QUICK, mtime=0)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._file.close()
        self._draft.unlink(missing_ok=True)

    def begin(self, head: Document) -> None:
        """Writes the head."""
        self._packed.write(bson.encode({"format": FORMAT, **head}))

    def add(self, collection: str, batch: bytes) -> None:
        """Writes a handful of rows, each a BSON document."""
        number = count(batch)
        self._rows[collection] += number
        self._packed.write(bson.encode({"collection": collection, "rows": number, "bytes": len(batch)}))
        self._packed.write(batch)

    def finish(self) -> dict[str, int]:
        """Seals the file; gives how many rows each collection has."""
        self._packed.write(bson.encode({"rows": dict(self._rows)}))
        self._packed.close()
        self._file.seal()
        os.replace(self._draft, self._path)
        _keep_name(self._path.parent)
        return dict(self._rows)


def check(path: Path) -> Document:
    """The head of the backup at `path`. Raises CannotStart unless every bit of the file is as it was written."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            if file.read(len(_FIRST_LINE)) != _FIRST_LINE:
                raise CannotStart(f"{path} is not a backup of a shop.")
            file.seek(0)
            seal, left = hashlib.sha256(), max(0, size - _SEAL_BYTES)
            while left and (block := file.read(min(left, _BLOCK_BYTES))):
                seal.update(block)
                left -= len(block)
            if file.read() != _last_line(seal.hexdigest()):
                raise CannotStart(
                    f"{path} is not whole: it was cut off or changed since it was written. Nothing was restored."
                )
    except OSError as error:
        raise CannotStart(f"{path} cannot be read: {error.strerror}.") from error
    with _unpacked(path) as records:
        head = _read_document(records)
    if head["format"] != FORMAT:
        raise CannotStart(f"{path} was written by a newer shop: restore it with that one.")
    return head


def read_rows(path: Path) -> Iterator[tuple[str, bytes]]:
    """All handfuls of rows of a backup that has been checked, with the collection that they belong to."""
    with _unpacked(path) as records:
        _read_document(records)
        while "collection" in (section := _read_document(records)):
            yield section["collection"], _read(records, section["bytes"])


class _Sealing:
    """A file that reckons its seal while it is written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._seal = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._seal.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def seal(self) -> None:
        """Writes the last line, and has everything brought to the disk."""
        self._file.write(_last_line(self._seal.hexdigest()))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def close(self) -> None:
        self._file.close()


class _Middle:
    """What stands in the file between its first and its last line."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = os.fstat(file.fileno()).st_size - len(_FIRST_LINE) - _SEAL_BYTES
        file.seek(len(_FIRST_LINE))

    def read(self, size: int) -> bytes:
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data


@contextmanager
def _unpacked(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as file, gzip.GzipFile(fileobj=cast(BinaryIO, _Middle(file)), mode="rb") as records:
        yield cast(BinaryIO, records)


def _keep_name(folder: Path) -> None:
    """Has the folder's new entry brought to the disk too."""
    if sys.platform != "win32":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _last_line(digest: str) -> bytes:
    return f"{digest}\n".encode()


def _read_document(records: BinaryIO) -> Document:
    length = _read(records, 4)
    return bson.decode(length + _read(records, int.from_bytes(length, "little") - 4), _OPTIONS)


def _read(records: BinaryIO, size: int) -> bytes:
    data = records.read(size)
    if len(data) != size:
        raise EOFError("a backup that was found whole ends too soon")
    return data


def count(batch: bytes) -> int:
    """How many rows there are in a handful."""
    number = at = 0
    while at < len(batch):
        at += int.from_bytes(batch[at : at + 4], "little")
        number += 1
    return number
