"""Payments over HTTP: what is owed and how to pay it, the claim, and the shopkeeper's desk."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shop_server.actions.read_orders import list_desk, read_order
from shop_server.actions.read_payment_log import list_payment_log, verify_payment_log
from shop_server.actions.settle_payment import (
    Confirmation,
    claim_payment,
    confirm_payment,
    refund_payment,
    reject_payment,
)
from shop_server.context import Context
from shop_server.errors import NotFound
from shop_server.rules.order import Order
from shop_server.rules.payment import link
from shop_server.rules.upi import is_utr
from shop_server.web.access import asker, shop_of
from shop_server.web.fields import Name, Note, OptionalNote, PositiveRupees, blank_is_absent, instant, rupees
from shop_server.web.pages import next_link, next_page, page_after
from shop_server.web.reading import Answer, Body, OptionalBody, Query, read_body, read_page, read_query
from shop_server.web.request import Request
from shop_server.web.response import Response, json_response


def _read_utr(value: str) -> str:
    digits = value.replace(" ", "")
    if not is_utr(digits):
        raise PydanticCustomError("utr", "{words}", {"words": "enter the 12 digits of the UTR that your UPI app shows"})
    return digits


Utr = Annotated[str, AfterValidator(_read_utr), Field(json_schema_extra={"pattern": "^[0-9]{12}$"})]


class ClaimBody(Body):
    utr: Utr


class ConfirmBody(OptionalBody):
    utr: Annotated[Utr | None, blank_is_absent] = None
    amount: PositiveRupees | None = None
    reference: OptionalNote = None
    accept: bool = False


class RejectBody(Body):
    reason: Note


class RefundBody(Body):
    reference: Name


class DeskQuery(Query):
    status: Annotated[
        Literal["pending", "claimed", "settled", "voided", "refund_due", "refunded"] | None, blank_is_absent
    ] = None
    limit: str | None = None
    cursor: str | None = None


class LogQuery(Query):
    limit: str | None = None
    cursor: str | None = None


class PaymentAsked(Answer):
    method: str
    status: str
    amount: float
    reference: str
    upi_uri: str | None = None
    qr_url: str | None = None
    expires_at: datetime | None = None


class PaymentStepAnswer(Answer):
    event: str
    at: datetime
    by: str
    amount: float
    utr: str | None
    note: str | None


class PaymentAnswer(PaymentAsked):
    utr: str | None = None
    upi_id: str | None = None
    claimed_at: datetime | None = None
    settled_at: datetime | None = None
    settled: float
    refund_due: float
    refunded: float
    history: list[PaymentStepAnswer]


class MovedAnswer(PaymentAnswer):
    order_id: str
    order_status: str


class DeskRow(Answer):
    order_id: str
    customer_name: str
    customer_phone: str
    order_status: str
    date: datetime
    total: float
    item_count: int
    payment: PaymentAnswer


class LogRow(Answer):
    seq: int
    order_id: str
    event: str
    amount: float
    method: str
    status: str
    utr: str | None
    note: str | None
    at: datetime
    hash: str


class LogVerdict(Answer):
    ok: bool
    rows: int
    first_bad_row: int | None = None


def show(request: Request, context: Context) -> Response:
    return json_response(payment_answer(_read(request, context)))


def show_qr(request: Request, context: Context) -> Response:
    """The QR of exactly what `upiUri` says."""
    order = _read(request, context)
    uri = link(order.payment, order.id)
    if uri is None:
        raise NotFound("There is nothing to pay by UPI on this order.")
    return Response(
        200, context.upi_qr.svg(uri), {"Content-Type": "image/svg+xml", "Cache-Control": "private, max-age=600"}
    )


def claim(request: Request, context: Context) -> Response:
    order = _read(request, context)
    body = read_body(request, ClaimBody)
    return json_response(payment_answer(claim_payment(context, order.id, asker(request), body.utr)))


def confirm(request: Request, context: Context) -> Response:
    order = _read(request, context)
    body = read_body(request, ConfirmBody)
    seen = Confirmation(body.utr, body.amount, body.accept, body.reference)
    return _answer_moved(confirm_payment(context, order.id, asker(request), seen))


def reject(request: Request, context: Context) -> Response:
    order = _read(request, context)
    body = read_body(request, RejectBody)
    return _answer_moved(reject_payment(context, order.id, asker(request), body.reason))


def refund(request: Request, context: Context) -> Response:
    order = _read(request, context)
    body = read_body(request, RefundBody)
    return _answer_moved(refund_payment(context, order.id, asker(request), body.reference))


def list_at_desk(request: Request, context: Context) -> Response:
    query = read_query(request, DeskQuery)
    limit, after = page_after(request)
    orders = list_desk(context, shop_of(request), query.status, limit + 1, after)
    rows, headers = next_page(request, orders, limit, lambda order: order.placed_at)
    return json_response([_desk_row(order) for order in rows], headers=headers)


def list_log(request: Request, context: Context) -> Response:
    page = read_page(request, int)
    after = page.cursor[0] if page.cursor else None
    rows = list_payment_log(context, shop_of(request), page.limit + 1, after)
    headers = next_link(request, [rows[page.limit - 1]["seq"]]) if len(rows) > page.limit else {}
    return json_response([_log_row(row) for row in rows[: page.limit]], headers=headers)


def verify_log(request: Request, context: Context) -> Response:
    count, first_bad = verify_payment_log(context, shop_of(request))
    verdict: dict[str, Any] = {"ok": first_bad is None, "rows": count}
    if first_bad is not None:
        verdict["firstBadRow"] = first_bad
    return json_response(verdict)


def payment_answer(order: Order) -> dict[str, Any]:
    """A payment as customer and shop see it."""
    payment = order.payment
    asked = {
        "method": payment.method,
        "status": payment.status,
        "amount_paise": payment.amount_paise,
        "reference": payment.reference,
        "upi_uri": link(payment, order.id),
        "expires_at": payment.expires_at,
    }
    answer = asked_answer(order.id, asked)
    if payment.utr:
        answer["utr"] = payment.utr
    if payment.upi_id:
        answer["upiId"] = payment.upi_id
    if payment.claimed_at:
        answer["claimedAt"] = instant(payment.claimed_at)
    if payment.settled_at:
        answer["settledAt"] = instant(payment.settled_at)
    answer |= {
        "settled": rupees(payment.settled_paise),
        "refundDue": rupees(payment.refund_due_paise),
        "refunded": rupees(payment.refunded_paise),
        "history": [
            {
                "event": step.event,
                "at": instant(step.at),
                "by": "customer" if step.by == order.customer_id else "clock" if step.by == "clock" else "shop",
                "amount": rupees(step.amount_paise),
                "utr": step.utr,
                "note": step.note,
            }
            for step in payment.history
        ],
    }
    return answer


def asked_answer(order_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    """What is to be paid, and how."""
    answer = {
        "method": asked["method"],
        "status": asked["status"],
        "amount": rupees(asked["amount_paise"]),
        "reference": asked["reference"],
    }
    if asked["upi_uri"]:
        answer["upiUri"] = asked["upi_uri"]
        # The reference makes the address of a new QR a new one, so that no browser shows the old picture.
        answer["qrUrl"] = f"/api/orders/{order_id}/payment/qr.svg?reference={asked['reference']}"
    if asked["expires_at"]:
        answer["expiresAt"] = instant(asked["expires_at"])
    return answer


def _desk_row(order: Order) -> dict[str, Any]:
    return {
        "orderId": order.id,
        "customerName": order.customer_name,
        "customerPhone": order.customer_phone,
        "orderStatus": order.status,
        "date": instant(order.placed_at),
        "total": rupees(order.total_paise),
        "itemCount": len(order.lines),
        "payment": payment_answer(order),
    }


def _log_row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "seq": row["seq"],
        "orderId": row["order_id"],
        "event": row["event"],
        "amount": rupees(row["amount_paise"]),
        "method": row["method"],
        "status": row["status"],
        "utr": row["utr"],
        "note": row["note"],
        "at": instant(row["at"]),
        "hash": row["hash"],
    }


def _answer_moved(order: Order) -> Response:
    return json_response({**payment_answer(order), "orderId": order.id, "orderStatus": order.status})


def _read(request: Request, context: Context) -> Order:
    return read_order(context, request.params["id"], asker(request))
