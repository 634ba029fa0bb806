"""All checks of the shop's promises together, as `run_server.py --verify` and the nightly job run them."""

from __future__ import annotations

from typing import cast

from pymongo.database import Database

from shop_server.storage.checks import Check, run_checks
from shop_server.storage.child import answer_parent, ask_child
from shop_server.storage.connection import Connection
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
from shop_server.storage.verify_papers import check_missing_papers, check_numbers, check_papers
from shop_server.storage.verify_reports import check_customers, check_days, check_missing_days, check_totals

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
    check_numbers,
    check_papers,
    check_missing_papers,
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
        self._connection = connection

    def verify(self) -> list[str]:
        """What is broken, one line each. Raises CannotStart or CalledProcessError when that could not be found out."""
        return cast(list[str], ask_child("shop_server.storage.verify", self._connection))


if __name__ == "__main__":
    answer_parent(lambda connection: verify(connection.tools))
