"""Payments: what is owed, claimed, received, and paid back; whatever happens, the sums stay right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shop_server.errors import Conflict, WrongState
from shop_server.rules import payment
from shop_server.rules.payment import RECEIVED, Payment, kept_paise, link
from tests.rules.shelf import MORNING

UTR, OTHER_UTR = "600000000001", "600000000002"
ORDER = "0123456789abcdef01234567"


def unpaid(method: str = "UPI", amount_paise: int = 250_00) -> Payment:
    return Payment(
        method,
        "pending",
        amount_paise,
        reference=payment.reference(ORDER, 1),
        upi_id="asha@okbank",
        payee_name="Asha Kirana",
        expires_at=MORNING + timedelta(minutes=10),
    )


def claimed(utr: str = UTR) -> Payment:
    return payment.claim(unpaid(), utr, MORNING, "devi")


def settle(before: Payment, paise: int | None = None, *, accept: bool = False, utr: str | None = None) -> Payment:
    return payment.settle(before, MORNING, "asha", paise=paise, accept=accept, utr=utr, note=None)


def events(of: Payment) -> list[str]:
    return [step.event for step in of.history]


# The customer's word


def test_a_claim_never_settles() -> None:
    assert (claimed().status, claimed().utr, claimed().settled_paise) == ("claimed", UTR, 0)


def test_the_same_claim_again_changes_nothing() -> None:
    before = claimed()
    assert payment.claim(before, UTR, MORNING, "devi") is before


def test_a_corrected_utr_takes_the_place_of_the_wrong_one() -> None:
    after = payment.claim(claimed(), OTHER_UTR, MORNING, "devi")

    assert (after.utr, [step.utr for step in after.history]) == (OTHER_UTR, [UTR, OTHER_UTR])


def test_a_late_claim_on_a_voided_payment_is_taken_in() -> None:
    assert payment.claim(payment.void(unpaid(), MORNING, "clock"), UTR, MORNING, "devi").status == "claimed"


def test_refuses_a_claim_once_the_money_is_there_but_not_the_same_claim() -> None:
    settled = settle(claimed())

    assert payment.claim(settled, UTR, MORNING, "devi") is settled
    with pytest.raises(WrongState):
        payment.claim(settled, OTHER_UTR, MORNING, "devi")


@pytest.mark.parametrize("method", ["Cash", "Card"])
def test_refuses_a_claim_on_what_is_paid_at_the_counter(method: str) -> None:
    with pytest.raises(WrongState):
        payment.claim(unpaid(method), UTR, MORNING, "devi")


# The shopkeeper's word


@pytest.mark.parametrize("before", [unpaid(), claimed(), payment.void(unpaid(), MORNING, "clock"), unpaid("Cash")])
def test_confirming_settles_whatever_was_said_before(before: Payment) -> None:
    after = settle(before)

    assert (after.status, after.settled_paise, after.settled_at) == ("settled", 250_00, MORNING)


def test_confirming_again_changes_nothing_and_another_utr_is_refused() -> None:
    settled = settle(claimed())

    assert settle(settled) is settled
    assert settle(settled, utr=UTR) is settled
    with pytest.raises(Conflict, match="another UTR"):
        settle(settled, utr=OTHER_UTR)


def test_the_utr_that_the_shopkeeper_saw_wins_over_the_claimed_one() -> None:
    assert settle(claimed(), utr=OTHER_UTR).utr == OTHER_UTR


def test_another_amount_is_refused_unless_accepted() -> None:
    with pytest.raises(Conflict, match=r"₹250\.00 is owed, not ₹200\.00"):
        settle(claimed(), 200_00)
    assert settle(claimed(), 200_00, accept=True).settled_paise == 200_00


def test_rejecting_frees_the_utr_and_needs_a_claim() -> None:
    after = payment.reject(claimed(), MORNING, "asha", "not in my bank")

    assert (after.status, after.utr, after.claimed_at, after.history[-1].utr) == ("pending", None, None, UTR)
    with pytest.raises(WrongState):
        payment.reject(unpaid(), MORNING, "asha", "no")


def test_a_new_qr_has_a_new_reference_and_the_old_one_is_never_given_again() -> None:
    after = payment.renew(unpaid(), ORDER, MORNING, "devi", amount_paise=99_00, expires_at=None)

    assert (after.attempt, after.reference, after.amount_paise) == (2, f"{ORDER}-2", 99_00)
    assert len(after.reference) <= 35


def test_a_claimed_or_settled_payment_is_never_voided() -> None:
    for before in (claimed(), settle(claimed())):
        assert payment.void(before, MORNING, "clock") is before


# Money back


def test_no_more_is_owed_back_than_came() -> None:
    once = payment.owe_back(settle(claimed()), 200_00, MORNING, "asha", "short")
    twice = payment.owe_back(once, 200_00, MORNING, "asha", "cancelled")

    assert (once.refund_due_paise, twice.refund_due_paise, kept_paise(twice)) == (200_00, 250_00, 0)
    assert payment.owe_back(twice, 1, MORNING, "asha", "again") is twice


def test_nothing_is_owed_back_of_what_never_came() -> None:
    before = claimed()
    assert payment.owe_back(before, 100, MORNING, "asha", "cancelled") is before


def test_paying_back_again_with_the_same_reference_changes_nothing() -> None:
    due = payment.owe_back(settle(claimed()), 250_00, MORNING, "asha", "cancelled")
    refunded = payment.refund(due, MORNING, "asha", "R1")

    assert (refunded.status, refunded.refund_due_paise, refunded.refunded_paise) == ("refunded", 0, 250_00)
    assert payment.refund(refunded, MORNING, "asha", "R1") is refunded
    with pytest.raises(WrongState):
        payment.refund(refunded, MORNING, "asha", "R2")


def test_refuses_to_pay_back_what_is_not_due() -> None:
    with pytest.raises(WrongState):
        payment.refund(settle(claimed()), MORNING, "asha", "R1")


# The QR


def test_the_qr_asks_for_exactly_the_amount_under_the_reference() -> None:
    assert link(unpaid(), ORDER) == (
        f"upi://pay?pa=asha@okbank&pn=Asha%20Kirana&tr={ORDER}-1&am=250.00&cu=INR&tn=Order%2001234567"
    )


@pytest.mark.parametrize(
    "before",
    [
        claimed(),
        settle(claimed()),
        payment.void(unpaid(), MORNING, "x"),
        unpaid("Cash"),
        unpaid()._replace(upi_id=None),
    ],
)
def test_there_is_a_qr_only_while_there_is_something_to_pay_by_upi(before: Payment) -> None:
    assert link(before, ORDER) is None


# Whatever happens, in whatever order


class Account(RuleBasedStateMachine):
    """One payment through all that can happen to it, beside a purse that counts the money."""

    @initialize(method=st.sampled_from(["UPI", "UPI", "Cash"]), amount=st.integers(1, 1000))
    def order(self, method: str, amount: int) -> None:
        self.payment = unpaid(method, amount)
        self.came = self.went_back = 0

    @rule(utr=st.sampled_from([UTR, OTHER_UTR]))
    def customer_claims(self, utr: str) -> None:
        self._try(lambda: payment.claim(self.payment, utr, MORNING, "devi"))

    @rule(paise=st.none() | st.integers(1, 1200), accept=st.booleans(), utr=st.sampled_from([None, UTR, OTHER_UTR]))
    def shop_confirms(self, paise: int | None, accept: bool, utr: str | None) -> None:
        before = self.payment
        self._try(lambda: settle(self.payment, paise, accept=accept, utr=utr))
        if self.payment is not before:
            assert before.status not in RECEIVED
            assert accept or self.payment.settled_paise == self.payment.amount_paise
            self.came = self.payment.settled_paise

    @rule()
    def shop_rejects(self) -> None:
        self._try(lambda: payment.reject(self.payment, MORNING, "asha", "no"))

    @rule()
    def time_runs_out(self) -> None:
        was = self.payment
        self.payment = payment.void(was, MORNING, "clock")
        assert was.status == "pending" or self.payment is was

    @rule(paise=st.integers(-5, 1200))
    def part_is_owed_back(self, paise: int) -> None:
        self.payment = payment.owe_back(self.payment, paise, MORNING, "asha", "short")

    @rule(reference=st.sampled_from(["R1", "R2"]))
    def shop_pays_back(self, reference: str) -> None:
        due = self.payment.refund_due_paise
        before = self.payment
        self._try(lambda: payment.refund(self.payment, MORNING, "asha", reference))
        if self.payment is not before:
            self.went_back += due

    def _try(self, change: Any) -> None:
        before = self.payment
        try:
            after = change()
        except Conflict:
            return
        assert (after is before) == (len(after.history) == len(before.history))
        self.payment = after

    @invariant()
    def the_purse_agrees(self) -> None:
        if hasattr(self, "payment"):
            held = self.payment
            assert held.settled_paise == self.came
            assert held.refunded_paise == self.went_back
            assert kept_paise(held) + held.refund_due_paise + held.refunded_paise == held.settled_paise
            assert min(kept_paise(held), held.refund_due_paise, held.refunded_paise) >= 0
            assert (held.refund_due_paise > 0) == (held.status == "refund_due")

    @invariant()
    def only_the_shop_makes_money_real(self) -> None:
        if hasattr(self, "payment"):
            assert (self.payment.status in RECEIVED) == ("settled" in events(self.payment))
            assert events(self.payment).count("settled") <= 1

    @invariant()
    def the_history_tells_the_sums(self) -> None:
        if hasattr(self, "payment"):
            by_event = {"settled": 0, "refund_due": 0, "refunded": 0}
            for step in self.payment.history:
                if step.event in by_event:
                    by_event[step.event] += step.amount_paise
            assert by_event["settled"] == self.payment.settled_paise
            assert by_event["refunded"] == self.payment.refunded_paise
            assert by_event["refund_due"] == self.payment.refund_due_paise + self.payment.refunded_paise


TestAccount: Any = Account.TestCase
TestAccount.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
