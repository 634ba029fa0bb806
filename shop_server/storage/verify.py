"""All checks of the shop's promises together, as `run_server.py --verify` and the nightly job run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import cast

from pymongo.database import Database

from shop_server.errors import CannotStart
from shop_server.storage.checks import Check, run_checks
from shop_server.storage.connection import Connection, open_database
from shop_server.storage.documents import Document
from shop_server.storage.verify_goods import check_lines, check_products
from shop_server.storage.verify_orders import (
    check_categories,
    check_keys,
    check_logged_steps,
    check_orders,
    check_payment_log,
    check_references,
    check_utrs,
)
from shop_server.storage.verify_reports import check_customers, check_days, check_missing_days, check_totals

_ROOT = Path(__file__).resolve().parents[2]
CHECKS: tuple[Check, ...] = (
    check_products,
    check_lines,
    check_orders,
    check_utrs,
    check_keys,
    check_payment_log,
    check_logged_steps,
    check_references,
    check_categories,
    check_days,
    check_missing_days,
    check_totals,
    check_customers,
)


def verify(database: Database[Document]) -> list[str]:
    """What is broken in a database of the shop, one line each; nothing when promises 1 to 7 hold.

    May run beside an open shop.
    """
    return run_checks(database, CHECKS)


class Verification:
    """The same, for the jobs of an open shop: in a process of its own, as a thread that computes starves the writer."""

    def __init__(self, connection: Connection) -> None:
        self._uri = connection.uri
        self._name = connection.name

    def verify(self) -> list[str]:
        """What is broken, one line each. Raises CalledProcessError when that could not be found out."""
        # Not on its command line, which everybody on the machine can read: there may be a password in it.
        environment = {**os.environ, "MONGODB_URI": self._uri, "DATABASE_NAME": self._name}
        command = [sys.executable, "-m", "shop_server.storage.verify"]
        with subprocess.Popen(
            command, cwd=_ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            said = process.stdout.read()
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, command)
        return cast(list[str], json.loads(said))


def _end_without_parent() -> None:
    """Standard input ends when the shop is gone, however it went."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def _main() -> None:
    threading.Thread(target=_end_without_parent, name="parent-watch", daemon=True).start()
    if sys.platform != "win32":
        # Customers come first.
        os.nice(10)
    try:
        with open_database(os.environ["MONGODB_URI"], os.environ["DATABASE_NAME"]) as connection:
            sys.stdout.write(json.dumps(verify(connection.tools)))
    except CannotStart as refusal:
        sys.exit(str(refusal))


if __name__ == "__main__":
    _main()
