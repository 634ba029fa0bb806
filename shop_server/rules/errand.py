"""Errands: long work that somebody of a shop asks for and comes back for, as a file of her goods or the import of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shop_server.errors import NotAllowed
from shop_server.rules.account import User, person_of
from shop_server.rules.person import Person

EXPORT, IMPORT = "export", "import"
WAITING, WORKING, DONE, FAILED = "waiting", "working", "done", "failed"

KEPT_FOR = timedelta(days=1)
"""So long what came of it can be fetched."""
MOST_TRIES = 3
MOST_OPEN = 20
"""So many errands of a shop may wait at once."""

INVENTORY, ORDERS, CUSTOMERS = "inventory", "orders", "customers"
BY_PRODUCT, BY_CATEGORY = "sales-by-product", "sales-by-category"
EXPORTS = (INVENTORY, ORDERS, CUSTOMERS, BY_PRODUCT, BY_CATEGORY)
"""What can be exported."""

ALSO_NEEDS = {ORDERS: "orders", CUSTOMERS: "customers"}
"""Files that name persons: besides reports they take the permission to see those persons."""

NEW, CHANGED, UNCHANGED, REFUSED = "new", "changed", "unchanged", "refused"
OUTCOMES = (NEW, CHANGED, UNCHANGED, REFUSED)
"""What becomes of a row of an import."""

_SEND_ANEW = "What is not in yet was left out; please look at the list, and send it in again yourself."


@dataclass(frozen=True, slots=True)
class Errand:
    """`by` is the id of who asked for it. `kind` is what is exported, or the type of the file that is imported.

    `first` and `last` bound an export to some of the shop's days. `preview`: an import that only says what it would do.
    `progress` is in percent, `trouble` says why it failed. `outcomes` counts the rows of an import by what became of them,
    `done_row` is the last of them, `ignored` are the columns of its file that mean nothing here.
    """

    id: str
    what: str
    shop_id: str
    kind: str
    by: str
    at: datetime
    expires_at: datetime
    fingerprint: str = ""
    first: str | None = None
    last: str | None = None
    preview: bool = False
    status: str = WAITING
    open: bool = True
    progress: int = 0
    claim: str | None = None
    attempts: int = 0
    rows: int = 0
    bytes: int = 0
    trouble: str | None = None
    outcomes: Mapping[str, int] = field(default_factory=dict)
    done_row: int = 0
    ignored: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        return f"{self.kind}-{self.at.date().isoformat()}.csv"


def importer(errand: Errand, user: User | None) -> Person:
    """Who brings an import in, with the rights that she has now; `user` is her account, if there still is one.

    It goes on without her: that she has signed out since she sent it in, or that her permit is over, does not stop it.
    Raises NotAllowed when she works here no longer, is suspended, or may not change goods any more.
    """
    if user is None or user.shop_id != errand.shop_id:
        raise NotAllowed(f"Whoever sent this list in does not work here any more. {_SEND_ANEW}")
    if user.suspended:
        raise NotAllowed(f"Whoever sent this list in is suspended now. {_SEND_ANEW}")
    # Without a permit her errand would not have been taken.
    person = replace(person_of(user, ""), permit_until=errand.at)
    if not person.may("inventory"):
        raise NotAllowed(f"Whoever sent this list in may not change goods any more. {_SEND_ANEW}")
    return person


def percent(done: int, total: int) -> int:
    """How far it is, never 100 before the end."""
    return min(99, done * 100 // total) if total else 0


def as_ordered(errand: Errand) -> Errand:
    """The errand as it was when it was asked for, however far it is by now."""
    begun = replace(errand, status=WAITING, open=True, progress=0, rows=0, bytes=0)
    return replace(begun, trouble=None, outcomes={}, ignored=())
