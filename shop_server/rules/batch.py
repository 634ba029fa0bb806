"""Batches: the lots in which goods arrive, and which of them goes first.

Days are shop-local ISO dates ("2026-11-21"), so that comparing text compares days. The day printed on the pack is still
a selling day; goods are expired from the day after.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from shop_server.errors import FieldError, InvalidInput

_NEVER = "9999-12-31"


class Batch(NamedTuple):
    """One received lot. `quantity` is what is left of it (pieces, or grams when sold by weight)."""

    id: str
    quantity: int
    received_at: datetime
    expires_on: str | None = None
    manufactured_on: str | None = None
    batch_no: str | None = None
    cost_paise: int | None = None
    mrp_paise: int | None = None


class Pick(NamedTuple):
    """What was taken out of one batch, with all that is needed to put it back."""

    batch_id: str
    quantity: int
    expires_on: str | None
    cost_paise: int | None
    received_at: datetime
    manufactured_on: str | None = None
    batch_no: str | None = None
    mrp_paise: int | None = None


def check_days(manufactured_on: str | None, expires_on: str | None, today: str) -> None:
    """Raises InvalidInput for goods made tomorrow, expired already, or expired before they were made."""
    wrong = []
    if manufactured_on is not None and manufactured_on > today:
        wrong.append(FieldError("/manufacturedOn", "Manufactured on: this day is still to come."))
    if expires_on is not None and expires_on < today:
        wrong.append(FieldError("/expiresOn", f"These goods expired on {expires_on}; they cannot be put on sale."))
    elif expires_on is not None and manufactured_on is not None and expires_on < manufactured_on:
        wrong.append(FieldError("/expiresOn", "Expires on: this is before they were made."))
    if wrong:
        raise InvalidInput(wrong)


def is_expired(batch: Batch, today: str) -> bool:
    return batch.expires_on is not None and batch.expires_on < today


def total(batches: Iterable[Batch]) -> int:
    return sum(batch.quantity for batch in batches)


def good_quantity(batches: Iterable[Batch], today: str) -> int:
    """What may still be sold today."""
    return sum(batch.quantity for batch in batches if not is_expired(batch, today))


def expired_quantity(batches: Iterable[Batch], today: str) -> int:
    return sum(batch.quantity for batch in batches if is_expired(batch, today))


def nearest_expiry(batches: Iterable[Batch]) -> str | None:
    """The first day on which some of what is left expires, or None."""
    return min((batch.expires_on for batch in batches if batch.quantity and batch.expires_on), default=None)


def pick(batches: Iterable[Batch], quantity: int) -> tuple[Pick, ...]:
    """What to take for `quantity`, first expired first out; less when there is not more."""
    picks: list[Pick] = []
    for batch in sorted(batches, key=_first_out):
        taken = min(batch.quantity, quantity)
        if taken > 0:
            quantity -= taken
            picks.append(pick_of(batch, taken))
    return tuple(picks)


def pick_good(batches: Iterable[Batch], quantity: int, today: str) -> tuple[Pick, ...]:
    """As `pick`, but never from an expired batch."""
    return pick((batch for batch in batches if not is_expired(batch, today)), quantity)


def take(batches: tuple[Batch, ...], quantity: int) -> tuple[tuple[Batch, ...], tuple[Pick, ...]]:
    """Takes up to `quantity` out of `batches`, first expired first out; emptied batches are dropped."""
    picks = pick(batches, quantity)
    return _without(batches, picks), picks


def take_good(batches: tuple[Batch, ...], quantity: int, today: str) -> tuple[tuple[Batch, ...], tuple[Pick, ...]]:
    """As `take`, but never from an expired batch."""
    picks = pick_good(batches, quantity, today)
    return _without(batches, picks), picks


def take_expired(batches: tuple[Batch, ...], quantity: int, today: str) -> tuple[tuple[Batch, ...], tuple[Pick, ...]]:
    """As `take`, but only from expired batches."""
    picks = pick((batch for batch in batches if is_expired(batch, today)), quantity)
    return _without(batches, picks), picks


def pick_of(batch: Batch, quantity: int) -> Pick:
    """`quantity` out of this batch."""
    return Pick(
        batch.id,
        quantity,
        batch.expires_on,
        batch.cost_paise,
        batch.received_at,
        batch.manufactured_on,
        batch.batch_no,
        batch.mrp_paise,
    )


def put_back(batches: tuple[Batch, ...], picks: Iterable[Pick]) -> tuple[Batch, ...]:
    """Returns goods to the batches they came from; a batch that was emptied appears again."""
    by_id = {batch.id: batch for batch in batches}
    for pick in picks:
        batch = by_id.get(pick.batch_id)
        if batch is None:
            batch = _emptied(pick)
        by_id[pick.batch_id] = batch._replace(quantity=batch.quantity + pick.quantity)
    return tuple(by_id.values())


def _first_out(batch: Batch) -> tuple[str, datetime]:
    return batch.expires_on or _NEVER, batch.received_at


def _emptied(pick: Pick) -> Batch:
    return Batch(
        pick.batch_id,
        0,
        pick.received_at,
        pick.expires_on,
        pick.manufactured_on,
        pick.batch_no,
        pick.cost_paise,
        pick.mrp_paise,
    )


def _without(batches: tuple[Batch, ...], picks: Iterable[Pick]) -> tuple[Batch, ...]:
    taken = {pick.batch_id: pick.quantity for pick in picks}
    left = (
        batch._replace(quantity=batch.quantity - taken[batch.id]) if batch.id in taken else batch for batch in batches
    )
    return tuple(batch for batch in left if batch.quantity > 0)
