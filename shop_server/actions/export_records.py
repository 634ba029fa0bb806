"""A shop's people ask for files of its records, and fetch them when they are written."""

from __future__ import annotations

import subprocess
from typing import Any

from shop_server import logs
from shop_server.context import Context, Once
from shop_server.errors import CannotStart, NotAllowed, WrongState, wrong_field
from shop_server.rules import errand as errands
from shop_server.rules.errand import DONE, EXPORT, MOST_TRIES, Errand
from shop_server.rules.person import Person

LONGEST_LIST = 50


def order_export(
    context: Context, person: Person, kind: str, first: str | None, last: str | None, once: Once | None
) -> Errand:
    """Has a file written, of the days from `first` to `last` if given. The same wish again gives the same errand.

    Raises NotAllowed for who may not see the persons in it, InvalidInput for days that run backwards, Conflict while
    very many wait.
    """
    assert person.shop_id is not None
    needed = errands.ALSO_NEEDS.get(kind)
    if needed is not None and not person.may(needed):
        raise NotAllowed("You may not see the persons in this list. Please ask the shopkeeper.")
    if first and last and last < first:
        raise wrong_field("/to", "To: choose a day that is not before the first")
    now = context.clock.now()
    wish = Errand(
        id=once.short_id if once else context.new_id(),
        what=EXPORT,
        shop_id=person.shop_id,
        kind=kind,
        by=person.user_id,
        at=now,
        expires_at=now + errands.KEPT_FOR,
        fingerprint=once.fingerprint if once else "",
        first=first,
        last=last,
    )
    added = context.errands.add(wish)
    if added.fingerprint != wish.fingerprint:
        raise wrong_field("/Idempotency-Key", "This key was used before for something else.")
    if added is wish:
        days: dict[str, Any] = {name: day for name, day in (("first", first), ("last", last)) if day}
        context.audit.note(now, person.user_id, "export-ordered", wish.id, wish.shop_id, kind=kind, **days)
    return added


def find_export(context: Context, person: Person, errand_id: str) -> Errand:
    """How far it is. Raises NotFound, also for another shop's and after its day."""
    errand = context.errands.get(errand_id, person.shop_id or "", EXPORT, context.clock.now())
    needed = errands.ALSO_NEEDS.get(errand.kind)
    if needed is not None and not person.may(needed):
        raise NotAllowed("You may not see the persons in this list. Please ask the shopkeeper.")
    return errand


def list_exports(context: Context, person: Person) -> list[Errand]:
    """The shop's files of the last day that this person may see, the newest first."""
    found = context.errands.list_of_shop(person.shop_id or "", EXPORT, context.clock.now(), LONGEST_LIST)
    return [one for one in found if one.kind not in errands.ALSO_NEEDS or person.may(errands.ALSO_NEEDS[one.kind])]


def read_export(context: Context, person: Person, errand_id: str) -> tuple[Errand, bytes]:
    """The file. Raises NotFound, WrongState while it is not there."""
    errand = find_export(context, person, errand_id)
    if errand.status != DONE:
        raise WrongState(errand.trouble or "This list is still being written.")
    return errand, context.errands.read_file(errand)


def read_inventory(context: Context, shop_id: str) -> bytes:
    """The inventory at once. Raises Unavailable while many ask for it."""
    return context.export_files.inventory(shop_id, context.clock.now()).encode()


def write_exports(context: Context) -> int:
    """Writes the files that wait, one after the other; gives how many. Only one process may do so at a time."""
    written = 0
    while (errand := context.errands.claim(EXPORT, context.new_id())) is not None:
        if errand.attempts > MOST_TRIES:
            context.errands.give_up(errand, "It could not be written. Please try again, or tell us.")
            continue
        try:
            rows, size = context.export_files.make(errand)
        except CannotStart as refusal:
            context.errands.give_up(errand, str(refusal))
        except subprocess.CalledProcessError as error:
            logs.failure("export.failed", error, errand=errand.id)
        else:
            written += context.errands.finish(errand, rows=rows, bytes=size)
    return written
