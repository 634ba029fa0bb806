"""The payment log: whoever changes a row, removes one or slips one in is found out at that row."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_server.rules import payment
from shop_server.rules.order import Order, amended
from shop_server.rules.payment import Payment
from shop_server.rules.payment_log import FIRST_HASH, Row, first_bad_row, new_rows, seal
from tests.rules.shelf import MORNING
from tests.rules.test_order import an_order
from tests.rules.test_payment import UTR, unpaid

ONE_MS = timedelta(milliseconds=1)


def a_log(orders: int = 3) -> list[Row]:
    """Each order is claimed, settled, and owed back."""
    rows: list[Row] = []
    for number in range(orders):
        order = an_order(id=f"order{number}", payment=unpaid())
        for paid in story(order.payment, MORNING + timedelta(minutes=number)):
            after = amended(order, payment=paid)
            rows += new_rows(after, order, rows[-1] if rows else None)
            order = after
    return rows


def story(unclaimed: Payment, at: datetime) -> tuple[Payment, Payment, Payment]:
    """The payment after each of three steps, a millisecond apart."""
    claimed = payment.claim(unclaimed, UTR, at, "devi")
    settled = payment.settle(claimed, at + ONE_MS, "asha", paise=None, accept=False, utr=None, note="नोट ₹")
    return claimed, settled, payment.owe_back(settled, 1_00, at + 2 * ONE_MS, "asha", "short")


def test_a_whole_log_has_no_bad_row() -> None:
    assert first_bad_row(a_log()) is None
    assert first_bad_row([]) is None


def test_rows_are_numbered_without_gaps_and_each_holds_the_hash_of_the_one_before() -> None:
    rows = a_log()

    assert [row["seq"] for row in rows] == list(range(1, 10))
    assert [row["previous"] for row in rows] == [FIRST_HASH, *(row["hash"] for row in rows[:-1])]


def test_several_steps_in_one_change_are_several_rows() -> None:
    before = an_order(payment=unpaid())
    rejected = payment.void(
        payment.reject(payment.claim(before.payment, UTR, MORNING, "devi"), MORNING, "asha", "no"), MORNING, "asha"
    )

    rows = new_rows(amended(before, payment=rejected), before, None)

    assert [row["event"] for row in rows] == ["claimed", "rejected", "voided"]
    assert first_bad_row(rows) is None


def test_a_new_qr_is_no_event_of_money() -> None:
    before = an_order(payment=unpaid())
    renewed = payment.renew(before.payment, before.id, MORNING, "devi", amount_paise=1, expires_at=None)

    assert new_rows(amended(before, payment=renewed), before, None) == []


OTHER_VALUES: dict[str, Any] = {
    "shop_id": "chitra",
    "order_id": "order9",
    "event": "settled ",
    "amount_paise": 1,
    "method": "Cash",
    "status": "refunded",
    "utr": "1",
    "note": "",
    "at": MORNING + timedelta(days=1),
    "by": "bharat",
    "seq": 77,
    "previous": FIRST_HASH[:-1] + "1",
    "hash": "f" * 64,
}


@pytest.mark.parametrize("field", sorted(OTHER_VALUES))
@given(number=st.integers(0, 8))
def test_finds_the_first_row_in_which_anything_was_changed(field: str, number: int) -> None:
    rows = a_log()
    rows[number][field] = OTHER_VALUES[field]

    assert first_bad_row(rows) == number + 1


@given(number=st.integers(0, 7))
def test_finds_where_a_row_is_missing(number: int) -> None:
    rows = a_log()
    del rows[number]

    assert first_bad_row(rows) == number + 1


@given(number=st.integers(0, 7))
def test_finds_where_two_rows_changed_places(number: int) -> None:
    rows = a_log()
    rows[number], rows[number + 1] = rows[number + 1], rows[number]

    assert first_bad_row(rows) == number + 1


@given(number=st.integers(0, 7))
def test_a_row_sealed_anew_betrays_itself_at_the_next_one(number: int) -> None:
    rows = a_log()
    rows[number]["amount_paise"] = 1
    rows[number]["hash"] = seal(rows[number])

    assert first_bad_row(rows) == number + 2


@pytest.mark.parametrize("field", ["amount_paise", "at", "hash", "seq"])
def test_a_row_that_lost_a_field_is_bad_and_no_accident(field: str) -> None:
    rows = a_log()
    del rows[4][field]

    assert first_bad_row(rows) == 5


def test_a_row_whose_time_is_no_time_is_bad_and_no_accident() -> None:
    rows = a_log()
    rows[4]["at"] = "yesterday"

    assert first_bad_row(rows) == 5


def test_the_log_of_one_shop_does_not_pass_as_anothers() -> None:
    rows = copy.deepcopy(a_log())
    for row in rows:
        row["shop_id"] = "chitra"

    assert first_bad_row(rows) == 1


def test_an_order_without_events_leaves_no_row() -> None:
    before: Order = an_order(payment=unpaid())
    assert new_rows(amended(before, note="ring"), before, None) == []
