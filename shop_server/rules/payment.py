"""The payment of an order: what is owed, what the customer says, and what the shopkeeper confirms.

A customer's claim never settles a payment: money is real only when the shopkeeper has seen it in her own bank or UPI
app.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from shop_server.errors import Conflict, WrongState
from shop_server.rules.money import rupees_text
from shop_server.rules.upi import upi_uri

CASH, CARD, UPI = "Cash", "Card", "UPI"
METHODS = (CASH, CARD, UPI)

PENDING, CLAIMED, SETTLED = "pending", "claimed", "settled"
VOIDED, REFUND_DUE, REFUNDED = "voided", "refund_due", "refunded"

RECEIVED = frozenset({SETTLED, REFUND_DUE, REFUNDED})
"""The states in which the shop has had the money."""


class PaymentStep(NamedTuple):
    """One entry of a payment's history; `event` is claimed, settled, rejected, renewed, voided, refund_due, refunded."""

    event: str
    at: datetime
    by: str
    amount_paise: int
    utr: str | None = None
    note: str | None = None


class Payment(NamedTuple):
    """`amount_paise` is asked for, `settled_paise` came, `refund_due_paise` goes back, `refunded_paise` went back.

    `attempt` counts the QR codes given: a started dynamic QR cannot be scanned again, so a new one has a new reference.
    """

    method: str
    status: str
    amount_paise: int
    attempt: int = 1
    reference: str = ""
    upi_id: str | None = None
    payee_name: str | None = None
    expires_at: datetime | None = None
    utr: str | None = None
    claimed_at: datetime | None = None
    settled_at: datetime | None = None
    settled_paise: int = 0
    refund_due_paise: int = 0
    refunded_paise: int = 0
    history: tuple[PaymentStep, ...] = ()


def claim(payment: Payment, utr: str, at: datetime, by: str) -> Payment:
    """The customer says she has paid. The same claim again changes nothing. Raises WrongState."""
    if payment.method != UPI:
        raise WrongState("This order is paid in cash or by card at the shop.")
    if payment.utr == utr and payment.status in (CLAIMED, *RECEIVED):
        return payment
    if payment.status in RECEIVED:
        raise WrongState("The shop has already confirmed the payment of this order.")
    claimed = payment._replace(status=CLAIMED, utr=utr, claimed_at=at)
    return _with_step(claimed, "claimed", at, by, utr=utr)


def settle(
    payment: Payment, at: datetime, by: str, *, paise: int | None, accept: bool, utr: str | None, note: str | None
) -> Payment:
    """The shopkeeper has the money. Once received, again changes nothing.

    Raises Conflict when another amount than asked for came (unless she accepts it), or when it was confirmed with
    another UTR before.
    """
    if payment.status in RECEIVED:
        if utr is not None and utr != payment.utr:
            raise Conflict("This payment was confirmed before, with another UTR.")
        return payment
    received = payment.amount_paise if paise is None else paise
    if received != payment.amount_paise and not accept:
        raise Conflict(
            f"₹{rupees_text(payment.amount_paise)} is owed, not ₹{rupees_text(received)}. "
            "Accept the other amount, or tell the customer that it was not received."
        )
    settled = payment._replace(status=SETTLED, settled_at=at, settled_paise=received, utr=utr or payment.utr)
    return _with_step(settled, "settled", at, by, paise=received, utr=settled.utr, note=note)


def reject(payment: Payment, at: datetime, by: str, reason: str) -> Payment:
    """The claimed money did not come: the claim is over and its UTR free again. Raises WrongState."""
    if payment.status != CLAIMED:
        raise WrongState("There is no claim to reject on this payment.")
    rejected = payment._replace(status=PENDING, utr=None, claimed_at=None)
    return _with_step(rejected, "rejected", at, by, utr=payment.utr, note=reason)


def renew(
    payment: Payment, order_id: str, at: datetime, by: str, *, amount_paise: int, expires_at: datetime | None
) -> Payment:
    """Asks anew for `amount_paise`: a new reference and so a new QR."""
    attempt = payment.attempt + 1
    renewed = payment._replace(
        status=PENDING,
        amount_paise=amount_paise,
        attempt=attempt,
        reference=reference(order_id, attempt),
        expires_at=expires_at,
        utr=None,
    )
    return _with_step(renewed, "renewed", at, by)


def lower(payment: Payment, less_paise: int) -> Payment:
    """Asks for less, as the order came to less."""
    return payment._replace(amount_paise=payment.amount_paise - less_paise)


def void(payment: Payment, at: datetime, by: str, note: str | None = None) -> Payment:
    """Nothing is owed any more and nothing came. A claimed payment is never voided: the money may be on its way."""
    if payment.status != PENDING:
        return payment
    return _with_step(payment._replace(status=VOIDED), "voided", at, by, note=note)


def owe_back(payment: Payment, paise: int, at: datetime, by: str, note: str) -> Payment:
    """Makes `paise` of what came due back to the customer, at most what the shop still has of it."""
    paise = min(paise, kept_paise(payment))
    if payment.status not in RECEIVED or paise <= 0:
        return payment
    due = payment._replace(status=REFUND_DUE, refund_due_paise=payment.refund_due_paise + paise)
    return _with_step(due, "refund_due", at, by, paise=paise, note=note)


def refund(payment: Payment, at: datetime, by: str, refund_reference: str) -> Payment:
    """The shopkeeper has paid back what was due. Again with the same reference changes nothing. Raises WrongState."""
    if payment.status == REFUNDED and payment.history[-1].note == refund_reference:
        return payment
    if payment.status != REFUND_DUE:
        raise WrongState("Nothing is due back on this payment.")
    due = payment.refund_due_paise
    refunded = payment._replace(status=REFUNDED, refund_due_paise=0, refunded_paise=payment.refunded_paise + due)
    return _with_step(refunded, "refunded", at, by, paise=due, note=refund_reference)


def kept_paise(payment: Payment) -> int:
    """What the shop has received and owes nobody."""
    return payment.settled_paise - payment.refund_due_paise - payment.refunded_paise


def reference(order_id: str, attempt: int) -> str:
    """The `tr` of a QR: letters, digits and a dash, at most 35 (UPI linking specification)."""
    return f"{order_id}-{attempt}"


def link(payment: Payment, order_id: str) -> str | None:
    """What the QR says: exactly this amount under this reference. None when nothing is to be paid by UPI now."""
    if payment.method != UPI or payment.status != PENDING or payment.upi_id is None:
        return None
    return upi_uri(
        upi_id=payment.upi_id,
        payee_name=payment.payee_name or payment.upi_id,
        reference=payment.reference,
        amount_paise=payment.amount_paise,
        note=f"Order {order_id[:8]}",
    )


def _with_step(payment: Payment, event: str, at: datetime, by: str, paise: int | None = None, **more: Any) -> Payment:
    step = PaymentStep(event, at, by, payment.amount_paise if paise is None else paise, **more)
    return payment._replace(history=(*payment.history, step))
