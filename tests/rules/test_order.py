"""Orders: the states they go through, and what they come to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shop_server.errors import WrongState
from shop_server.rules import order as orders
from shop_server.rules.order import (
    SALES,
    TRANSITIONS,
    Order,
    amended,
    deliver_by,
    delivery_fee,
    line_of,
    line_total,
    moved,
    shop_times,
    subtotal,
)
from shop_server.rules.payment import UPI, Payment
from shop_server.rules.product import PIECE, WEIGHT
from tests.rules.shelf import MORNING, a_batch, a_line, a_product

STATES = (
    "awaiting_payment",
    "placed",
    "packed",
    "dispatched",
    "delivered",
    "return_requested",
    "returned",
    "cancelled",
    "expired",
)
MOVES = {
    ("awaiting_payment", "placed"),
    ("awaiting_payment", "cancelled"),
    ("awaiting_payment", "expired"),
    ("placed", "packed"),
    ("placed", "cancelled"),
    ("packed", "dispatched"),
    ("packed", "cancelled"),
    ("dispatched", "delivered"),
    ("delivered", "return_requested"),
    ("return_requested", "returned"),
    ("return_requested", "delivered"),
    ("expired", "placed"),
}


def an_order(status: str = "placed", **fields: Any) -> Order:
    return Order(
        id="5f0a",
        shop_id="asha",
        shop_name="Asha Kirana",
        customer_id="devi",
        customer_name="Devi Kulkarni",
        customer_phone="9876543210",
        status=status,
        hold="held",
        lines=(),
        subtotal_paise=0,
        delivery_fee_paise=0,
        total_paise=0,
        payment=Payment(UPI, "pending", 0),
        pickup=True,
        delivery_address=None,
        note="",
        placed_at=MORNING,
        business_day="2026-11-21",
        business_hour=10,
        weekday=5,
        deliver_by=None,
        history=(),
        version=1,
    )._replace(**fields)


def test_the_table_of_moves_is_the_one_that_was_agreed() -> None:
    assert {(before, after) for before, afters in TRANSITIONS.items() for after in afters} == MOVES
    assert set(TRANSITIONS) == set(STATES)


def test_every_state_can_be_reached_from_a_new_order() -> None:
    reached = {"awaiting_payment", "placed"}
    while more := {after for before, after in MOVES if before in reached} - reached:
        reached |= more

    assert reached == set(STATES)


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_every_move_is_made_or_refused_as_the_table_says(before: str, after: str) -> None:
    order = an_order(before)
    if (before, after) in MOVES:
        assert moved(order, after, MORNING, "asha").status == after
    else:
        with pytest.raises(WrongState):
            moved(order, after, MORNING, "asha")


def test_a_refusal_is_said_in_words() -> None:
    with pytest.raises(WrongState, match="An order that is return requested cannot become packed"):
        moved(an_order("return_requested"), "packed", MORNING, "asha")


def test_a_move_leaves_a_step_with_who_and_why_and_a_new_version() -> None:
    after = moved(an_order("placed"), "cancelled", MORNING, "asha", "sold twice", hold="released")

    assert after.history == (orders.Step("cancelled", MORNING, "asha", "sold twice"),)
    assert (after.version, after.hold) == (2, "released")


def test_other_values_in_the_same_state_are_a_new_version_without_a_step() -> None:
    after = amended(an_order(), note="ring twice")

    assert (after.version, after.note, after.history) == (2, "ring twice", ())


def test_cancelled_expired_returned_and_unpaid_orders_are_no_sales() -> None:
    assert set(STATES) - set(SALES) == {"awaiting_payment", "cancelled", "expired", "returned"}


def test_a_line_keeps_name_price_and_tax_as_they_are_today() -> None:
    product = a_product(a_batch("a", 9), unit="1 kg", mrp_paise=130_00, tax_basis_points=500, hsn="0713")

    line = line_of(product, "Dal", 3, 270_00)

    assert (line.name, line.category, line.unit, line.quantity) == ("Toor dal", "Dal", "1 kg", 3)
    assert (line.unit_price_paise, line.line_total_paise, line.cost_paise) == (120_00, 360_00, 270_00)
    assert (line.mrp_paise, line.tax_basis_points, line.hsn) == (130_00, 500, "0713")


@pytest.mark.parametrize(
    ("price_paise", "quantity", "sold_by", "paise"),
    [
        (1_99, 3, PIECE, 5_97),
        (1_99, 250, WEIGHT, 50),  # 49.75 paise
        (2_00, 1_250, WEIGHT, 2_50),
        (1_00, 5, WEIGHT, 1),  # exactly half a paisa
        (1_00, 4, WEIGHT, 0),
    ],
)
def test_line_totals_by_weight_are_rounded_half_up(price_paise: int, quantity: int, sold_by: str, paise: int) -> None:
    assert line_total(price_paise, quantity, sold_by) == paise


def test_the_subtotal_is_the_sum_of_the_lines() -> None:
    dal = a_product(price_paise=33_33)

    assert subtotal([a_line(dal, 1), a_line(dal, 2)]) == 99_99
    assert subtotal([]) == 0


@pytest.mark.parametrize(
    ("subtotal_paise", "minimum_paise", "pickup", "fee_paise"),
    [
        (499_99, 500_00, False, 30_00),
        (500_00, 500_00, False, 0),
        (499_99, None, False, 30_00),
        (1_00, 500_00, True, 0),
        (0, 0, False, 0),
    ],
)
def test_bringing_is_free_from_the_minimum_on_and_fetching_always(
    subtotal_paise: int, minimum_paise: int | None, pickup: bool, fee_paise: int
) -> None:
    assert delivery_fee(subtotal_paise, 30_00, minimum_paise, pickup) == fee_paise


def test_a_shop_that_promises_no_time_has_none() -> None:
    assert deliver_by(MORNING, None) is None
    assert deliver_by(MORNING, 45) == MORNING + timedelta(minutes=45)


def test_an_order_at_ten_past_midnight_belongs_to_the_new_day() -> None:
    late_in_utc = datetime(2026, 11, 20, 18, 40, tzinfo=UTC)

    assert shop_times(late_in_utc, "Asia/Kolkata") == {
        "business_day": "2026-11-21",
        "business_hour": 0,
        "weekday": 5,
    }
