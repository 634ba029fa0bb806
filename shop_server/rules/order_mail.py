"""Which mails an order writes to its customer as it goes its way, and what stands in them."""

from __future__ import annotations

from typing import Any, NamedTuple

from shop_server.rules.money_text import grouped
from shop_server.rules.order import AWAITING_PAYMENT, DELIVERED, EXPIRED, PLACED, RETURN_REQUESTED, Line, Order, say
from shop_server.rules.payment import PENDING, UPI
from shop_server.rules.product import PIECE, amount


class OrderMail(NamedTuple):
    """A mail to be written: `data` is what the order itself will not tell any more when the mail is sent."""

    template: str
    once: str
    data: dict[str, Any]


def mails_of(order: Order, before: Order | None) -> list[OrderMail]:
    """What the customer is to be told by mail, now that an order has become other than it was `before`.

    The money that sets a waiting order going is one mail, and so is a cancellation with the money that is due back.
    """
    if before is None:
        return [_mail("order_placed", order)]
    events = [step.event for step in order.payment.history[len(before.payment.history) :]]
    mails = []
    if "rejected" in events:
        again = order.payment.status == PENDING
        mails.append(_mail("payment_rejected", order, reason=_note(order, "rejected"), again=again))
    if "settled" in events and "refund_due" not in events:
        mails.append(_mail("payment_confirmed", order, paid=grouped(order.payment.settled_paise)))
    if "refunded" in events:
        refunded = order.payment.history[-1]
        mails.append(_mail("refund", order, amount=grouped(refunded.amount_paise), reference=refunded.note or ""))
    paid_for = order.status == PLACED and before.status in (AWAITING_PAYMENT, EXPIRED)
    if (order.status != before.status and not paid_for) or ("refund_due" in events):
        step = order.history[-1]
        due = grouped(order.payment.refund_due_paise) if order.payment.refund_due_paise else ""
        moved = order.status != before.status
        # Her own words need not be told her again.
        reason = step.note if moved and step.by != order.customer_id else None
        declined = before.status == RETURN_REQUESTED and order.status == DELIVERED
        status = "not taken back" if declined else say(order.status)
        mails.append(_mail("order_moved", order, status=status, reason=reason or "", due=due, moved=moved))
    return mails


def facts(order: Order) -> dict[str, Any]:
    """An order as it stands in a mail; money as "1,249.00"."""
    address = order.delivery_address
    return {
        "number": order.id[:8],
        "shop_name": order.shop_name,
        "path": f"/order.html?id={order.id}",
        "lines": [
            {"name": line.name, "quantity": _quantity(line), "total": grouped(line.line_total_paise)}
            for line in order.lines
        ],
        "subtotal": grouped(order.subtotal_paise),
        "delivery_fee": grouped(order.delivery_fee_paise) if order.delivery_fee_paise else "",
        "total": grouped(order.total_paise),
        "method": order.payment.method,
        "to_pay_now": order.status == AWAITING_PAYMENT and order.payment.method == UPI,
        "pickup": order.pickup,
        "address": f"{address.line}, {address.city} {address.pincode}" if address else "",
        "pickup_on": order.pickup_on or "",
    }


def _mail(template: str, order: Order, **data: Any) -> OrderMail:
    return OrderMail(template, f"{template}:{order.id}:{order.version}", {"order_id": order.id, **data})


def _note(order: Order, event: str) -> str:
    return next((step.note or "" for step in reversed(order.payment.history) if step.event == event), "")


def _quantity(line: Line) -> str:
    many = amount(line.quantity, line.sold_by)
    return f"{many} × {line.unit}" if line.sold_by == PIECE and line.unit else many
