"""One shop per data folder: whoever opens it holds its lock for life, and a second one is told who was first."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from shop_server.errors import CannotStart

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class DataInUse(CannotStart):
    """Another shop, or a tool of it, holds this data folder."""


class DataLock:
    """The lock on a data folder. The system gives it back when its holder dies, however it died."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._path = data_dir / "shop.lock"
        self._file: int | None = None

    def take(self) -> None:
        """Takes the lock. Raises DataInUse, naming its holder, or CannotStart where the folder cannot be locked."""
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise CannotStart(f"The data folder {self._data_dir} cannot be written: {error.strerror}.") from error
        try:
            taken = _try_lock(file)
        except OSError as error:
            os.close(file)
            raise CannotStart(
                f"The disk under {self._data_dir} cannot lock files ({error.strerror}): set DATA_DIR to a local disk."
            ) from error
        if not taken:
            holder = os.pread(file, 1000, 0) if sys.platform != "win32" else self._path.read_bytes()[:1000]
            os.close(file)
            raise DataInUse(f"The data folder {self._data_dir} is in use: {_describe(holder)}.")
        self._file = file
        self.note()

    def note(self, address: str | None = None) -> None:
        """Writes down who holds the lock and, once it is known, the address where the shop answers."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, json.dumps({"pid": os.getpid(), "address": address}).encode())

    def release(self) -> None:
        """Gives the lock back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock on this file."""
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    except PermissionError:
        # Windows does not even open what mongod holds; elsewhere the file is another user's.
        return True
    try:
        return not _try_lock(file)
    finally:
        os.close(file)


def _try_lock(file: int) -> bool:
    try:
        if sys.platform == "win32":
            # Far behind the text, which others must be able to read.
            os.lseek(file, 1 << 20, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _describe(holder: bytes) -> str:
    try:
        note = json.loads(holder)
        pid, address = int(note["pid"]), note["address"]
    except (ValueError, KeyError, TypeError):
        return "another shop is just opening it"
    return f"the shop already runs as process {pid}" + (f" at {address}" if address else "")
