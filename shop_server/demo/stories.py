"""What may become of an order, as a story: each step happens, and then says how many minutes pass until the next."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from random import Random

from shop_server.actions.cancel_order import cancel_order, expire_holds
from shop_server.actions.move_order import move_order, request_return
from shop_server.actions.place_order import PlaceOrder, place_order
from shop_server.actions.settle_payment import (
    Confirmation,
    claim_payment,
    confirm_payment,
    refund_payment,
    reject_payment,
)
from shop_server.context import Context
from shop_server.rules.address import Address
from shop_server.rules.payment import UPI
from shop_server.rules.person import Person

HOUR = 60.0
Story = Generator[float, None, str]
"""Gives the minutes until the next step, and in the end the order's id."""


@dataclass(frozen=True)
class Shopping:
    """Somebody, her basket, and how she pays."""

    customer: Person
    address: Address | None
    items: Sequence[tuple[str, int]]
    method: str
    note: str = ""


@dataclass
class Stories:
    """Tells stories of one shop; `pace` makes people slower or faster."""

    context: Context
    asha: Person
    chance: Random
    _utr: int = field(default=100_000_000)

    def delivered(self, shopping: Shopping, pace: float = 1.0) -> Story:
        """The usual."""
        order_id = self._place(shopping)
        if shopping.method == UPI:
            yield 2 * pace
            claim_payment(self.context, order_id, shopping.customer, self._next_utr())
            yield 4 * pace
            self._confirm(order_id)
        yield 10 * pace
        move_order(self.context, order_id, self.asha, "packed")
        yield 16 * pace
        move_order(self.context, order_id, self.asha, "dispatched")
        yield 22 * pace
        move_order(self.context, order_id, self.asha, "delivered")
        if shopping.method != UPI:
            self._confirm(order_id)
        return order_id

    def thought_better(self, shopping: Shopping) -> Story:
        """The customer cancels before it is packed."""
        order_id = self._place(shopping)
        yield 4
        cancel_order(self.context, order_id, shopping.customer, "Ordered by mistake")
        return order_id

    def never_paid(self, shopping: Shopping) -> Story:
        """The time to pay ends."""
        order_id = self._place(shopping)
        yield 10.2
        expire_holds(self.context, self.context.clock.now(), 50)
        return order_id

    def paid_late(self, shopping: Shopping) -> Story:
        """The UTR comes after the time to pay was over; the order is revived."""
        order_id = self._place(shopping)
        yield 10.2
        expire_holds(self.context, self.context.clock.now(), 50)
        yield 15
        claim_payment(self.context, order_id, shopping.customer, self._next_utr())
        yield 5
        self._confirm(order_id)
        yield 15
        for status in ("packed", "dispatched", "delivered"):
            move_order(self.context, order_id, self.asha, status)
            yield 15
        return order_id

    def wrong_utr(self, shopping: Shopping) -> Story:
        """The first UTR is not in Asha's bank; the second is."""
        order_id = self._place(shopping)
        yield 3
        claim_payment(self.context, order_id, shopping.customer, self._next_utr())
        yield 5
        reject_payment(self.context, order_id, self.asha, "This UTR is not in our bank app. Please check the number.")
        yield 4
        claim_payment(self.context, order_id, shopping.customer, self._next_utr())
        yield 3
        self._confirm(order_id)
        yield 20
        for status in ("packed", "dispatched", "delivered"):
            move_order(self.context, order_id, self.asha, status)
            yield 15
        return order_id

    def cannot_deliver(self, shopping: Shopping, is_refunded: bool = True) -> Story:
        """The shop cancels a paid order and, sooner or later, pays the money back."""
        order_id = self._place(shopping)
        yield 2
        claim_payment(self.context, order_id, shopping.customer, self._next_utr())
        yield 3
        self._confirm(order_id)
        yield 20
        cancel_order(self.context, order_id, self.asha, "We cannot deliver to your lane today, sorry")
        yield 3 * HOUR
        if is_refunded:
            refund_payment(self.context, order_id, self.asha, f"UPI {self._next_utr()}")
        return order_id

    def given_back(self, shopping: Shopping, until: str = "returned") -> Story:
        """The customer returns it; `until` is where it stops: return_requested, returned or refunded; or declined."""
        order_id = yield from self.delivered(shopping)
        yield 3 * HOUR
        request_return(self.context, order_id, shopping.customer, "The packet was open")
        if until == "return_requested":
            return order_id
        yield 20 * HOUR
        if until == "declined":
            move_order(self.context, order_id, self.asha, "delivered")
            return order_id
        move_order(self.context, order_id, self.asha, "returned", restock=until == "refunded")
        if until == "refunded":
            yield 2 * HOUR
            refund_payment(self.context, order_id, self.asha, f"UPI {self._next_utr()}")
        return order_id

    def _place(self, shopping: Shopping) -> str:
        wish = PlaceOrder(
            customer=shopping.customer,
            items=shopping.items,
            payment_method=shopping.method,
            delivery_address=shopping.address,
            pickup=shopping.address is None,
            note=shopping.note,
            expected_total_paise=None,
        )
        order_id: str = place_order(self.context, wish, None)["order_id"]
        return order_id

    def _confirm(self, order_id: str) -> None:
        confirm_payment(self.context, order_id, self.asha, Confirmation())

    def _next_utr(self) -> str:
        self._utr += self.chance.randrange(1, 9_000)
        return f"{self.context.clock.now().year % 10}{self._utr:011d}"
