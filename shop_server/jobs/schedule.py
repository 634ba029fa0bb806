"""The jobs that the shop does by itself, and when."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from shop_server import logs
from shop_server.actions.await_product import tell_what_is_back
from shop_server.actions.back_up import back_up_nightly
from shop_server.actions.cancel_order import cancel_at_closed_shops, expire_holds
from shop_server.actions.change_products import set_products
from shop_server.actions.clear_away import clear_away
from shop_server.actions.erase_account import erase_what_is_left
from shop_server.actions.expire_batches import expire_batches
from shop_server.actions.export_records import write_exports
from shop_server.actions.import_products import run_imports
from shop_server.actions.mail_monthly_reports import mail_monthly_reports
from shop_server.actions.notice_low_stock import notice_low_stock
from shop_server.actions.remind_customers import remind_customers
from shop_server.actions.report_expiries import report_expiries
from shop_server.actions.roll_up import mark_doubtful_days, roll_up
from shop_server.actions.send_mails import forget_mails, send_mails
from shop_server.actions.verify_records import verify_records
from shop_server.actions.watch_disk import watch_disk
from shop_server.actions.watch_writers import watch_writers
from shop_server.context import Context

AT_ONCE = 4
FIRST_RUN_SECONDS = 1
STOP_SECONDS = 10
RENEW_SECONDS = 5
MOST_AT_ONCE = 500
SOON = timedelta(seconds=0.3)
TELL_WHAT_IS_BACK = "tell what is back"


@dataclass(frozen=True)
class Job:
    """Runs `every_seconds`, for the first time after `first_seconds`; or each night at `at_hour` UTC.

    Unless it is done `everywhere`, one process does it: the one that holds its lease, which lasts `lease_seconds` beyond
    the start of each run and is prolonged while the run lasts.
    """

    name: str
    run: Callable[[Context], object]
    every_seconds: int = 0
    first_seconds: int = FIRST_RUN_SECONDS
    at_hour: int = 0
    lease_seconds: int = 0
    everywhere: bool = False


JOBS = (
    Job("watch writers", watch_writers, every_seconds=5, everywhere=True),
    Job("watch disk", watch_disk, every_seconds=5, everywhere=True),
    Job(
        "expire holds",
        lambda context: expire_holds(context, context.clock.now(), MOST_AT_ONCE),
        every_seconds=3,
        lease_seconds=10,
    ),
    # Often, so that who waits for a code need not wait.
    Job("send mails", send_mails, every_seconds=2, lease_seconds=10),
    # Often, so that who waits for a file need not wait.
    Job("write exports", write_exports, every_seconds=2, lease_seconds=15),
    Job("import goods", lambda context: run_imports(context, set_products), every_seconds=2, lease_seconds=15),
    # Each minute, so that each shop's midnight is met, whatever its timezone, and a night slept through is made good.
    Job(
        "expire batches",
        lambda context: expire_batches(context, context.clock.now(), MOST_AT_ONCE),
        every_seconds=60,
        lease_seconds=90,
    ),
    Job("notice low stock", notice_low_stock, every_seconds=60, lease_seconds=90),
    # Woken when something comes back; and now and then, for what was missed.
    Job(TELL_WHAT_IS_BACK, tell_what_is_back, every_seconds=15, lease_seconds=30),
    # Every few minutes, so that an evening or a morning slept through is made good.
    Job(
        "remind customers",
        lambda context: remind_customers(context, context.clock.now()),
        every_seconds=300,
        lease_seconds=400,
    ),
    Job(
        "report expiries",
        lambda context: report_expiries(context, context.clock.now()),
        every_seconds=600,
        lease_seconds=700,
    ),
    # Often, so that a 1st slept through is made good.
    Job(
        "mail monthly reports",
        lambda context: mail_monthly_reports(context, context.clock.now()),
        every_seconds=600,
        first_seconds=60,
        lease_seconds=700,
    ),
    Job(
        "clear away",
        lambda context: clear_away(context, context.clock.now()),
        every_seconds=3600,
        first_seconds=600,
        lease_seconds=3700,
    ),
    Job(
        "cancel at closed shops",
        lambda context: cancel_at_closed_shops(context, MOST_AT_ONCE),
        every_seconds=60,
        lease_seconds=90,
    ),
    Job("erase who has left", erase_what_is_left, every_seconds=60, lease_seconds=90),
    Job("roll up days", lambda context: roll_up(context, context.clock.now()), every_seconds=300, lease_seconds=400),
    # Often, as a shop that was closed at night makes good for it; and not while it has only just opened.
    Job("back up", back_up_nightly, every_seconds=600, first_seconds=300, lease_seconds=900),
    # Three in the morning in India.
    Job("mark doubtful days", mark_doubtful_days, at_hour=21, lease_seconds=3600),
    Job("forget mails", forget_mails, at_hour=20, lease_seconds=3600),
    Job("verify records", verify_records, at_hour=22, lease_seconds=3600),
)


class Schedule:
    """Runs the jobs in this process while the shop is open."""

    def __init__(self, context: Context, jobs: Sequence[Job] = JOBS) -> None:
        self._context = context
        self._jobs = jobs
        self._running: set[Job] = set()
        self._failing: set[Job] = set()
        self._done: dict[Job, float] = {}
        self._idle = threading.Condition()
        self._stopping = False
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(AT_ONCE)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Begins; what is done every so often is soon done for the first time."""
        now = datetime.now(UTC)
        for job in self._jobs:
            soon = now + timedelta(seconds=job.first_seconds)
            more: dict[str, Any] = {"next_run_time": soon} if job.every_seconds else {}
            self._scheduler.add_job(self.run, _trigger(job), args=(job,), id=job.name, name=job.name, **more)
        self._scheduler.add_job(self._prolong, IntervalTrigger(seconds=RENEW_SECONDS), id="prolong leases")
        self._scheduler.start()

    def stop(self) -> None:
        """Begins nothing more and waits for what is under way, but not for ever: a job can be broken off at any point."""
        with self._idle:
            self._stopping = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        deadline = time.monotonic() + STOP_SECONDS
        with self._idle:
            while self._running and (left := deadline - time.monotonic()) > 0:
                self._idle.wait(left)
        try:
            self._context.leases.release_all(self._context.process_id)
        except Exception as error:
            # They run out by themselves.
            logs.event("leases.kept", logging.WARNING, reason=type(error).__name__)

    def wake(self, name: str) -> None:
        """Has a job run soon, however often this is called until then. It is for the process that does the job.

        One that is just running may have passed by what it is woken for: then it runs at its usual time.
        """
        soon = datetime.now(UTC) + SOON
        with self._idle:
            is_open = self._scheduler.running and not self._stopping
            job = self._scheduler.get_job(name) if is_open else None
            if job is not None and job.next_run_time > soon:
                job.modify(next_run_time=soon)

    def done(self) -> list[list[str | float]]:
        """When, in Unix seconds, this process last did each job that it ever did."""
        return [[job.name, at] for job, at in list(self._done.items())]

    def failing(self) -> list[list[str | float]]:
        """Of each job that this process has tried, whether it failed the last time."""
        failing = set(self._failing)
        return [[job.name, job in failing] for job in self._jobs if job in self._done or job in failing]

    def run(self, job: Job) -> bool:
        """Does the job now if it is this process's to do; whether it did. A failure is logged, once until it succeeds."""
        with self._idle:
            if self._stopping:
                return False
            self._running.add(job)
        try:
            if not job.everywhere and not self._claim(job):
                return False
            job.run(self._context)
            self._failing.discard(job)
            self._done[job] = time.time()
            return True
        except Exception as error:
            if job in self._failing:
                logs.event("job.failed_again", logging.WARNING, job=job.name, reason=type(error).__name__)
            else:
                self._failing.add(job)
                logs.failure("job.failed", error, job=job.name)
            return False
        finally:
            with self._idle:
                self._running.discard(job)
                self._idle.notify_all()

    def _claim(self, job: Job) -> bool:
        return self._context.leases.claim(job.name, self._context.process_id, job.lease_seconds)

    def _prolong(self) -> None:
        with self._idle:
            running = [job for job in self._running if not job.everywhere]
        for job in running:
            try:
                self._claim(job)
            except Exception as error:
                logs.event("lease.not_prolonged", logging.WARNING, job=job.name, reason=type(error).__name__)


def _trigger(job: Job) -> IntervalTrigger | CronTrigger:
    if job.every_seconds:
        return IntervalTrigger(seconds=job.every_seconds)
    return CronTrigger(hour=job.at_hour, minute=30, timezone=UTC)
