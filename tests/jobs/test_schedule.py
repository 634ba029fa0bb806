"""The table of jobs: each done by one process only, whatever fails, and by itself while the shop is open."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import Any

import pytest
from pymongo.database import Database

from shop_server.context import Context
from shop_server.jobs.schedule import JOBS, Job, Schedule
from shop_server.rules.order import EXPIRED
from tests.builders import a_customer, a_product, a_shop, an_order
from tests.fake_clock import FakeClock
from tests.waiting import wait_until

Records = Database[dict[str, Any]]


def a_job(run: Any, **fields: Any) -> Job:
    return Job("count", run, **{"every_seconds": 60, "lease_seconds": 60, **fields})


def nothing(context: Context) -> None:
    pass


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_each_job_of_the_table_runs(context: Context, job: Job) -> None:
    a_product(context, a_shop(context), stock=1)

    assert Schedule(context).run(job)


def test_each_job_has_its_own_name_and_a_time() -> None:
    assert len({job.name for job in JOBS}) == len(JOBS)
    assert all(bool(job.every_seconds) != bool(job.at_hour) for job in JOBS)
    assert all(job.everywhere or job.lease_seconds > job.every_seconds for job in JOBS)


def test_of_two_processes_one_does_a_job_until_it_closes(context: Context) -> None:
    job = a_job(nothing)
    first, second = Schedule(context, ()), Schedule(replace(context, process_id="another process"), ())

    assert [first.run(job), second.run(job), first.run(job)] == [True, False, True]
    first.stop()
    assert second.run(job)


def test_a_job_for_everywhere_is_done_by_each_process(context: Context) -> None:
    job = a_job(nothing, everywhere=True, lease_seconds=0)

    assert Schedule(context, ()).run(job)
    assert Schedule(replace(context, process_id="another process"), ()).run(job)


def test_a_job_of_a_dead_process_is_taken_over_when_its_lease_is_over(context: Context) -> None:
    assert context.leases.claim("count", "dead", 0.3)
    assert not context.leases.claim("count", "alive", 60)

    wait_until(lambda: context.leases.claim("count", "alive", 60), what="the takeover")
    assert not context.leases.claim("count", "dead", 60)


def test_one_of_many_gets_a_new_lease(context: Context) -> None:
    won: list[str] = []
    start = threading.Barrier(8)

    def claim(owner: str) -> None:
        start.wait()
        if context.leases.claim("count", owner, 60):
            won.append(owner)

    threads = [threading.Thread(target=claim, args=(f"process {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 1


def test_the_lease_of_a_long_run_is_prolonged(context: Context, database: Records) -> None:
    schedule, ends = Schedule(context, ()), []

    def run(context: Context) -> None:
        for _ in range(2):
            lease = database["leases"].find_one({"_id": "count"})
            assert lease is not None
            ends.append(lease["expires_at"])
            wait_until(lambda: _prolonged(schedule, database, ends[-1]), what="the prolonging")

    assert schedule.run(a_job(run))
    assert ends[0] < ends[1]


def _prolonged(schedule: Schedule, database: Records, before: Any) -> bool:
    schedule._prolong()
    return database["leases"].count_documents({"_id": "count", "expires_at": {"$gt": before}}) == 1


def test_a_failure_is_logged_with_its_cause_once_until_it_succeeds(
    context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    fails = [True, True, False, True]

    def run(context: Context) -> None:
        if fails.pop(0):
            raise ValueError("broken")

    schedule, job = Schedule(context, ()), a_job(run)
    with caplog.at_level(logging.WARNING, "shop"):
        assert [schedule.run(job) for _ in range(4)] == [False, False, True, False]

    said = [(record.message, record.exc_info is not None) for record in caplog.records]
    assert said == [("job.failed", True), ("job.failed_again", False), ("job.failed", True)]


def test_orders_expire_by_themselves_while_the_shop_is_open(context: Context, clock: FakeClock) -> None:
    shop = a_shop(context)
    product = a_product(context, shop, stock=5)
    order = an_order(context, a_customer(context), {product.id: 2}, "UPI")
    clock.advance(minutes=11)
    schedule = Schedule(context)
    schedule.start()
    try:
        wait_until(lambda: context.orders.get(order.id).status == EXPIRED, what="the expiry")
    finally:
        schedule.stop()

    assert context.products.get(product.id).stock == 5


def test_a_job_that_is_woken_does_not_wait_for_its_time(context: Context) -> None:
    runs: list[str] = []
    late = a_job(lambda context: runs.append("run"), first_seconds=60)
    schedule = Schedule(context, [late])
    schedule.wake(late.name)
    schedule.start()
    try:
        schedule.wake("no such job")
        assert not runs
        for _ in range(3):
            schedule.wake(late.name)
        wait_until(lambda: runs, what="the run")
    finally:
        schedule.stop()
    schedule.wake(late.name)
    assert runs == ["run"]


def test_closing_waits_for_what_is_under_way_and_begins_nothing_more(context: Context) -> None:
    begun, finish, runs = threading.Event(), threading.Event(), []

    def run(context: Context) -> None:
        begun.set()
        assert finish.wait(10)
        runs.append("finished")

    job = a_job(run, every_seconds=1)
    schedule = Schedule(context, [job])
    schedule.start()
    assert begun.wait(10)
    stopping = threading.Thread(target=schedule.stop)
    stopping.start()
    assert not schedule_ended(stopping)
    finish.set()
    stopping.join(10)

    assert (stopping.is_alive(), runs) == (False, ["finished"])
    assert not schedule.run(job)


def schedule_ended(stopping: threading.Thread) -> bool:
    stopping.join(0.2)
    return not stopping.is_alive()
