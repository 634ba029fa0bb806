"""The shopkeeper brings a list of her goods: it is read, looked at first if she likes, and then goes into the shop.

Rows go into the books in slices, so that customers' orders pass between; each row stands by itself.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Protocol

from shop_server import logs
from shop_server.context import Context, Once, SheetHeads, SheetRow
from shop_server.errors import FieldError, InvalidInput, NotAllowed, wrong_field
from shop_server.rules import errand as errands
from shop_server.rules.errand import IMPORT, MOST_TRIES, REFUSED, Errand
from shop_server.rules.person import Person
from shop_server.rules.product_sheet import Outcome, Wish
from shop_server.rules.text import name_key

ROWS_AT_ONCE = 25


class SetProducts(Protocol):
    """Sets a slice of products in the books (actions.change_products.set_products)."""

    def __call__(
        self, context: Context, person: Person, wishes: Sequence[Wish], *, preview: bool, once: Once | None
    ) -> Sequence[Outcome]: ...


def order_import(context: Context, person: Person, file: bytes, *, preview: bool, once: Once | None) -> Errand:
    """Takes a list of goods in, to be read soon. The same again under one key gives the same errand.

    Raises InvalidInput for an empty file, Conflict while very many wait.
    """
    assert person.shop_id is not None
    if not file.strip():
        raise wrong_field("", "This list is empty.")
    now = context.clock.now()
    wish = Errand(
        id=once.short_id if once else context.new_id(),
        what=IMPORT,
        shop_id=person.shop_id,
        kind="goods",
        by=person.user_id,
        at=now,
        expires_at=now + errands.KEPT_FOR,
        fingerprint=once.fingerprint if once else "",
        preview=preview,
    )
    added = context.errands.add(wish, file)
    if (added.fingerprint, added.preview) != (wish.fingerprint, preview):
        raise wrong_field("/Idempotency-Key", "This key was used before for something else.")
    return added


def find_import(context: Context, person: Person, errand_id: str) -> Errand:
    """How far it is. Raises NotFound, also for another shop's and after its day."""
    return context.errands.get(errand_id, person.shop_id or "", IMPORT, context.clock.now())


def list_import_rows(
    context: Context, person: Person, errand_id: str, outcome: str | None, limit: int, after: int
) -> list[dict[str, Any]]:
    """What became of its rows, in their order, those of one `outcome` if given. Raises NotFound."""
    return context.errands.list_rows(find_import(context, person, errand_id), outcome, limit, after)


def run_imports(context: Context, set_products: SetProducts) -> int:
    """Runs the imports that wait, one after the other; gives how many. Only one process may do so at a time."""
    done = 0
    while (errand := context.errands.claim(IMPORT, context.new_id())) is not None:
        if errand.attempts > MOST_TRIES:
            context.errands.give_up(errand, "It could not be read to its end. Please try again, or tell us.")
            continue
        try:
            done += _run(context, errand, set_products)
        except (InvalidInput, NotAllowed) as refusal:
            context.errands.give_up(errand, refusal.detail)
    return done


def _run(context: Context, errand: Errand, set_products: SetProducts) -> bool:
    """Whether it was brought to its end; another process may have taken it over.

    One that was broken off goes on after the last slice that is known to be done; a slice that the books have already
    answers as it did then. Before each slice her rights are looked at anew: raises NotAllowed when she has lost them.
    """
    lines = context.spreadsheets.read(context.errands.read_upload(errand))
    heads = next(lines)
    assert isinstance(heads, SheetHeads)
    context.errands.note(errand, rows=heads.rows, ignored=list(heads.ignored))
    counts, names, number = Counter(errand.outcomes), dict[str, int](), 0
    for rows in _slices(line for line in lines if isinstance(line, SheetRow)):
        number += len(rows)
        checked = [_without_repeat(row, names) for row in rows]
        if rows[-1].row <= errand.done_row:
            continue
        kept = _slice(context, errand, checked, set_products)
        counts.update(row["outcome"] for row in kept)
        context.errands.put_rows(errand, kept)
        progress = errands.percent(number, heads.rows)
        # It goes on, so what broke it off before is over.
        goes_on = {"attempts": 0, "progress": progress, "outcomes": dict(counts), "done_row": rows[-1].row}
        if not context.errands.note(errand, **goes_on):
            logs.event("import.taken_over", logging.WARNING, errand=errand.id)
            return False
    if not context.errands.finish(errand):
        return False
    if not errand.preview:
        now = context.clock.now()
        context.audit.note(now, errand.by, "goods-imported", errand.id, errand.shop_id, **counts)
    return True


def _slice(
    context: Context, errand: Errand, rows: Sequence[SheetRow], set_products: SetProducts
) -> list[dict[str, Any]]:
    """What became of these rows. Raises NotAllowed when whoever sent them in may not change goods any more."""
    person = errands.importer(errand, context.users.find(errand.by))
    wishes, once = [row.wish for row in rows if row.wish is not None], _once(errand, rows)
    outcomes = iter(set_products(context, person, wishes, preview=errand.preview, once=once) if wishes else ())
    return [
        {"row": row.row, "name": row.name, **(_unreadable(row) if row.wish is None else next(outcomes))} for row in rows
    ]


def _once(errand: Errand, rows: Sequence[SheetRow]) -> Once | None:
    """The key under which these rows go into the books. It stays there longer than the errand, which has begun before.

    A slice that broke off before it was noted comes again; by then some is sold, and to set it anew would invent goods.
    """
    return None if errand.preview else Once(f"import:{errand.id}", f"{rows[0].row}-{rows[-1].row}", errand.id)


def _unreadable(row: SheetRow) -> Outcome:
    return {"outcome": REFUSED, "differences": [], "errors": [error._asdict() for error in row.errors]}


def _without_repeat(row: SheetRow, names: dict[str, int]) -> SheetRow:
    """The row; refused when one before it has its name, as the two might say different things."""
    if row.wish is None:
        return row
    first = names.setdefault(name_key(row.wish.name), row.row)
    if first == row.row:
        return row
    return row._replace(wish=None, errors=(FieldError("/name", f"Name: row {first} has this name already"),))


def _slices(rows: Iterable[SheetRow]) -> Iterator[list[SheetRow]]:
    remaining = iter(rows)
    while some := list(islice(remaining, ROWS_AT_ONCE)):
        yield some
