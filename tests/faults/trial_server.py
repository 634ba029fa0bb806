"""The shop's own program with what only a trial may have: a hook that kills, a clock that hurries, a mongod that fails.

All else is run_server.py as it is. TRIAL in its environment is a folder. In it the trial leaves the file `kill`, an order
to kill, and `clock`: the shop's `time` when the machine's clock showed `since`, and the `pace`, how many seconds of the shop
pass in one of the machine.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import run_server
from shop_server.storage.bundled import Bundled

if TYPE_CHECKING:
    from shop_server.rules.order import Order
    from shop_server.storage.page import Page

LEAST_ROUNDS = 4
"""Of bcrypt: trials are about other things."""
STEPS = ("decided", "written", "committed")
STORIES = ("placing", "confirming", "cancelling", "expiring", "packing")


class HurriedClock:
    """Tells the same time in all processes of a trial, by what the trial has written into `hand`."""

    def __init__(self, hand: Path) -> None:
        self._hand = hand
        self._written_at = 0
        self._told = (datetime.now(UTC), 0.0, 1.0)

    def now(self) -> datetime:
        written_at = self._hand.stat().st_mtime_ns
        if written_at != self._written_at:
            told = json.loads(self._hand.read_text())
            # In one piece: other threads ask at the same moment.
            self._told = (datetime.fromisoformat(told["time"]), told["since"], told["pace"])
            self._written_at = written_at
        time, since, pace = self._told
        now = (time + timedelta(seconds=(datetime.now(UTC).timestamp() - since) * pace)).astimezone(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)


class StopHook:
    """Kills once a group of the books that tells the wanted story has come to the wanted step.

    An order to kill is a JSON object: `story`, `step`, `after_seconds`, and `processes`, the process ids to kill, the own
    one last; `own` says that the process that carries it out dies too, whichever that is.
    """

    def __init__(self, kill_order: Path) -> None:
        self._kill_order = kill_order
        self._stories: set[str] = set()
        self._is_told = False

    def note(self, order: Order, before: Order | None) -> None:
        """One action of the group has decided this."""
        if self._is_told:
            self._stories, self._is_told = set(), False
        self._stories.add(_story(order, before))

    def __call__(self, step: str) -> None:
        self._is_told = True
        try:
            wanted = json.loads(self._kill_order.read_text())
            if wanted["step"] != step or wanted["story"] not in self._stories:
                return
            # Whoever takes the order away carries it out: one process alone.
            self._kill_order.rename(self._kill_order.with_suffix(f".{os.getpid()}"))
        except FileNotFoundError:
            return
        if wanted["after_seconds"]:
            threading.Timer(wanted["after_seconds"], _kill, [wanted]).start()
        else:
            _kill(wanted)


def _story(order: Order, before: Order | None) -> str:
    if before is None:
        return "placing"
    stories = {"cancelled": "cancelling", "expired": "expiring", "packed": "packing"}
    if before.status != order.status and order.status in stories:
        return stories[order.status]
    if order.payment.settled_paise and not before.payment.settled_paise:
        return "confirming"
    return "something else"


def _kill(wanted: dict[str, Any]) -> None:
    own = os.getpid()
    dying = [*wanted["processes"], *([own] if wanted["own"] else [])]
    for process in sorted(set(dying), key=lambda process: process == own):
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _listening(keep_order: Callable[..., None], hook: StopHook) -> Callable[..., None]:
    def keep(page: Page, order: Order, before: Order | None) -> None:
        hook.note(order, before)
        keep_order(page, order, before)

    return keep


def main() -> int:
    serve = run_server.serve

    def serve_on_trial(*given: Any) -> None:
        _put_on_trial(Path(os.environ["TRIAL"]))
        serve(*given)

    vars(run_server)["serve"] = serve_on_trial
    vars(run_server)["Bundled"] = partial(Bundled, extra_arguments=("--setParameter", "enableTestCommands=1"))
    # So that the processes behind a supervisor are on trial too.
    vars(run_server)["__file__"] = __file__
    return run_server.main(sys.argv[1:])


def _put_on_trial(trial: Path) -> None:
    # Not before: the program has its own moment for reading the shop in.
    from shop_server import app
    from shop_server.storage.books import Books
    from shop_server.storage.page import Page

    hook = StopHook(trial / "kill")
    vars(app)["Books"] = partial(Books, gate=hook)
    vars(app)["Shop"] = partial(app.Shop, clock=HurriedClock(trial / "clock"), password_rounds=LEAST_ROUNDS)
    Page.keep_order = _listening(Page.keep_order, hook)  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(main())
