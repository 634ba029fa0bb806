"""Lets the mongod of a shop on trial fail as it may in life: hang up, lose a race, be slow, not know whether it has saved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from pymongo.errors import PyMongoError

from tests.faults.trial_shop import TrialShop

WRITER = {"appName": "shop-writer"}
_WRITES = ["insert", "update"]

FAILURES: Mapping[str, Mapping[str, Any]] = {
    "hangs up at a commit": {"failCommands": ["commitTransaction"], "closeConnection": True},
    "hangs up while writing": {"failCommands": _WRITES, "closeConnection": True},
    "hangs up while reading": {"failCommands": ["find"], "closeConnection": True},
    "is slow to commit": {"failCommands": ["commitTransaction"], "blockConnection": True, "blockTimeMS": 1500},
    "loses a race at the commit": {
        "failCommands": ["commitTransaction"],
        "errorCode": 112,
        "errorLabels": ["TransientTransactionError"],
    },
    "loses a race while writing": {
        "failCommands": _WRITES,
        "errorCode": 112,
        "errorLabels": ["TransientTransactionError"],
    },
    "commits, and is not sure of it": {
        "failCommands": ["commitTransaction"],
        "writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"},
    },
    "is no primary any more at a commit": {"failCommands": ["commitTransaction"], "errorCode": 10107},
    "shuts down at a commit": {"failCommands": ["commitTransaction"], "errorCode": 11600},
    "runs out of time at a commit": {"failCommands": ["commitTransaction"], "errorCode": 50},
}
"""What befalls the writer's commands, by what one would say of it."""


@contextmanager
def failing(shop: TrialShop, how: Mapping[str, Any], mode: Any) -> Iterator[None]:
    """Lets mongod fail so until the end, or as often as `mode` says."""
    configure = {"configureFailPoint": "failCommand", "data": {**WRITER, **how}}
    with shop.records() as database:
        database.client.admin.command({**configure, "mode": mode})
    try:
        yield
    finally:
        # One that was killed meanwhile has forgotten it, and the next one knows nothing of it.
        with suppress(PyMongoError), shop.records(patience_seconds=0.5) as database:
            database.client.admin.command({**configure, "mode": "off"})


def fail(shop: TrialShop, how: Mapping[str, Any], times: int) -> None:
    """Lets mongod fail so often; returns when it has."""
    with shop.records() as database:
        admin = database.client.admin
        before = admin.command(
            {"configureFailPoint": "failCommand", "data": {**WRITER, **how}, "mode": {"times": times}}
        )["count"]
        admin.command({"waitForFailPoint": "failCommand", "timesEntered": before + times, "maxTimeMS": 30_000})


@contextmanager
def conflicts(shop: TrialShop, likely: float) -> Iterator[None]:
    """Every write inside mongod loses a race with this likelihood."""
    with shop.records() as database:
        admin = database.client.admin
        switch = {"configureFailPoint": "WTWriteConflictException"}
        admin.command({**switch, "mode": {"activationProbability": likely}})
        try:
            yield
        finally:
            admin.command({**switch, "mode": "off"})
