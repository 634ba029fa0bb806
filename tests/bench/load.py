"""Load from another process: wrk, and what it says of it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Figures:
    """Requests a second, the median and the 99th percentile in milliseconds, and how many answers were no success."""

    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int


def measure(
    port: int, path: str, connections: int, seconds: int, script: str = "", args: Sequence[str] = ()
) -> Figures:
    """Sends requests over so many connections, as fast as they are answered, for so long."""
    command = _command(port, path, connections, seconds, script, args)
    return _read(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@contextmanager
def loaded(
    port: int, path: str, connections: int, seconds: int, script: str = "", args: Sequence[str] = ()
) -> Iterator[None]:
    """While something else is measured, this goes on for so long; it is waited for."""
    command = _command(port, path, connections, seconds, script, args)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        yield
        if process.wait():
            raise RuntimeError("wrk could not keep up the load beside what was measured")


def _command(port: int, path: str, connections: int, seconds: int, script: str, args: Sequence[str]) -> list[str]:
    command = ["wrk", "-t", str(min(2, connections)), "-c", str(connections), "-d", f"{seconds}s", "--latency"]
    if script:
        command += ["-s", str(HERE / script)]
    return [*command, f"http://127.0.0.1:{port}{path}", *(["--", *args] if args else [])]


def _read(said: str) -> Figures:
    sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    errors = sum(int(number) for number in sockets.groups()) if sockets else 0
    return Figures(
        per_second=float(_found(r"Requests/sec:\s+([\d.]+)", said)),
        p50_ms=_milliseconds(_found(r"(?m)^\s+50%\s+(\S+)", said)),
        p99_ms=_milliseconds(_found(r"(?m)^\s+99%\s+(\S+)", said)),
        errors=errors + (int(refused[1]) if refused else 0),
    )


def _found(pattern: str, said: str) -> str:
    match = re.search(pattern, said)
    if match is None:
        raise ValueError(f"wrk said something else than expected:\n{said}")
    return match[1]


def _milliseconds(text: str) -> float:
    """ "1.25ms", "820.00us", "2.10s" """
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}[unit]
