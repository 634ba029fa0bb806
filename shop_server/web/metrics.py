"""What those who watch over the shop's machines want to know, as Prometheus reads it: GET /metrics.

It is for this machine, or for whoever has METRICS_TOKEN. With several processes behind one door each leaves its figures in
the records every few seconds, and whichever is asked tells those of all of its machine, each under its own `process`.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from shop_server.context import SECONDS, SIZES, Context
from shop_server.errors import NotAllowed
from shop_server.web.request import Request
from shop_server.web.response import Response
from shop_server.web.router import Route

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FORWARDED = ("x-forwarded-for", "forwarded", "via", "x-real-ip")
Figures = dict[str, Any]
Sample = tuple[str, Mapping[str, str | int | float], float]


def metrics_route(own_figures: Callable[[], Figures], is_up: Callable[[], bool]) -> Route:
    """`own_figures()` is what this process tells of itself, `is_up()` whether the records can be reached."""

    def show(request: Request, context: Context) -> Response:
        _check_asker(request, context.settings.metrics_token)
        processes, records = {context.process_id: own_figures()}, None
        if is_up():
            processes = {**context.heartbeats.shared_figures(), **processes}
            records = _records(context)
        text = "".join(_text(processes, records))
        return Response(200, text.encode(), {"Content-Type": CONTENT_TYPE})

    # Not among those who may all be waiting for a frozen database: that is what it has to tell.
    return Route(
        "GET", "/metrics", show, database=False, answer_type=CONTENT_TYPE, summary="Figures for those who watch"
    )


def memory_bytes() -> int:
    """What this process has in memory; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _check_asker(request: Request, token: str | None) -> None:
    """Raises NotAllowed. Behind a proxy that is not trusted everybody seems to ask from this machine: that is no proof."""
    given = request.headers.get("authorization", "")
    if token is not None and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return
    is_near = _is_loopback(request.client) and not any(name in request.headers for name in _FORWARDED)
    if not is_near:
        raise NotAllowed("The figures are for this machine, or for whoever has METRICS_TOKEN.")


def _is_loopback(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback


def _records(context: Context) -> Figures:
    night = context.backups.last()
    return {
        "mails": context.outbox.count_waiting(),
        "backup_made_at": context.backups.last_made_at(),
        "backup_bytes": night.bytes if night else 0,
        "backup_is_failing": bool(night and night.trouble),
    }


def _text(processes: Mapping[str, Figures], records: Figures | None) -> Iterator[str]:
    own = [({"process": name}, figures) for name, figures in sorted(processes.items())]
    yield from _family(
        "shop_database_up", "gauge", "Whether the records can be reached", [("", {}, records is not None)]
    )
    if records is not None:
        yield from _family("shop_outbox_mails", "gauge", "Mails that wait to be sent", [("", {}, records["mails"])])
        made_at = records["backup_made_at"]
        if made_at is not None:
            samples: list[Sample] = [("", {}, made_at.timestamp())]
            yield from _family(
                "shop_backup_last_success_timestamp_seconds", "gauge", "The last nightly backup", samples
            )
            yield from _family("shop_backup_bytes", "gauge", "Its size", [("", {}, records["backup_bytes"])])
        failing: list[Sample] = [("", {}, records["backup_is_failing"])]
        yield from _family("shop_backup_failing", "gauge", "Whether the backup of the last night failed", failing)
    for name, kind, words, read in _FAMILIES:
        yield from _family(name, kind, words, [sample for labels, figures in own for sample in read(labels, figures)])


def _family(name: str, kind: str, words: str, samples: Sequence[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {words}\n# TYPE {name} {kind}\n"
    for suffix, labels, value in samples:
        inner = ",".join(f'{label}="{_escaped(str(text))}"' for label, text in labels.items())
        yield f"{name}{suffix}{{{inner}}} {_number(value)}\n" if inner else f"{name}{suffix} {_number(value)}\n"


def _answers(labels: Mapping[str, str], figures: Figures) -> Iterator[Sample]:
    for method, route, status, count in figures["answers"]:
        yield "", {**labels, "method": method, "route": route, "status": status}, count


def _seconds(labels: Mapping[str, str], figures: Figures) -> Iterator[Sample]:
    for method, route, *row in figures["seconds"]:
        yield from _buckets({**labels, "method": method, "route": route}, SECONDS, row)


def _jobs(name: str) -> Callable[[Mapping[str, str], Figures], Iterator[Sample]]:
    def read(labels: Mapping[str, str], figures: Figures) -> Iterator[Sample]:
        for job, value in figures[name]:
            yield "", {**labels, "job": job}, value

    return read


def _books(name: str, bounds: Sequence[float]) -> Callable[[Mapping[str, str], Figures], Iterator[Sample]]:
    return lambda labels, figures: _buckets(labels, bounds, figures["books"][name])


def _one(*path: str) -> Callable[[Mapping[str, str], Figures], Iterator[Sample]]:
    def read(labels: Mapping[str, str], figures: Figures) -> Iterator[Sample]:
        value: Any = figures
        for name in path:
            value = value[name]
        yield "", labels, value

    return read


def _buckets(
    labels: Mapping[str, str | int | float], bounds: Sequence[float], row: Sequence[float]
) -> Iterator[Sample]:
    *counts, total = row
    so_far = 0.0
    named: Sequence[str | float] = (*bounds, "+Inf")
    for bound, count in zip(named, counts, strict=True):
        so_far += count
        yield "_bucket", {**labels, "le": bound}, so_far
    yield "_sum", labels, total
    yield "_count", labels, so_far


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


_FAMILIES = (
    ("shop_requests_total", "counter", "Answers given, by route and status", _answers),
    ("shop_request_seconds", "histogram", "From a request's arrival to its answer", _seconds),
    ("shop_books_group_size", "histogram", "Actions that the writer committed together", _books("sizes", SIZES)),
    ("shop_books_group_seconds", "histogram", "What a group took, from its reading to its commit", _books("seconds", SECONDS)),
    ("shop_books_conflicts_total", "counter", "Groups decided again, as another process was first", _one("books", "conflicts")),
    ("shop_books_waiting", "gauge", "Actions that wait for the writer", _one("books", "waiting")),
    ("shop_event_streams", "gauge", "Browsers that listen for what changes", _one("streams")),
    ("shop_memory_bytes", "gauge", "What the process has in memory", _one("memory")),
    ("shop_threads", "gauge", "Its threads", _one("threads")),
    ("shop_job_last_success_timestamp_seconds", "gauge", "When a job last went well here", _jobs("jobs_done")),
    ("shop_job_failing", "gauge", "Whether a job failed here when it was last done", _jobs("jobs_failing")),
)  # fmt: skip
