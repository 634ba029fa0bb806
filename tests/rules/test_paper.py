"""What stands on a bill adds up to the paisa, and says what the law wants of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_server.rules.address import Address
from shop_server.rules.order import Line, Order, Step, line_total
from shop_server.rules.paper import (
    BILL,
    BILL_OF_SUPPLY,
    CREDIT_NOTES,
    INVOICES,
    LONGEST_NUMBER,
    TAX_INVOICE,
    Paper,
    credit_note,
    invoice,
    papers_of,
    series_of,
    share_out,
    slip,
)
from shop_server.rules.paper_text import say
from shop_server.rules.payment import Payment
from shop_server.rules.shop import Shop

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
GSTIN = "27AAPFU0939F1ZV"
RATES = st.sampled_from([None, 0, 500, 1200, 1800, 2800, 4000])
PUNE = Address("12 Station Road", "Pune", "Maharashtra", "411001", "India")
MYSURU = Address("4 Palace Road", "Mysuru", "Karnataka", "570001", "India")


def shop(gst_number: str | None = GSTIN, **fields: Any) -> Shop:
    values = {"address": "1 Main Road", "city": "Pune", "state": "Maharashtra", "pincode": "411002", **fields}
    return Shop("5" * 24, "0" * 24, "Asha Kirana", NOW, gst_number=gst_number, **values)


def line(price_paise: int, quantity: int = 1, rate: int | None = 500, *, sold_by: str = "piece") -> Line:
    return Line(
        product_id="d" * 24,
        name="Toor dal",
        category_id="c" * 24,
        category="Dal",
        unit="1 kg",
        sold_by=sold_by,
        quantity=quantity,
        unit_price_paise=price_paise,
        line_total_paise=line_total(price_paise, quantity, sold_by),
        tax_basis_points=rate,
        hsn="0713",
    )


def order(*lines: Line, fee_paise: int = 0, method: str = "UPI", home: Address | None = PUNE, **fields: Any) -> Order:
    goods_paise = sum(line.line_total_paise for line in lines)
    values: dict[str, Any] = {
        "status": "packed",
        "hold": "consumed",
        "history": (Step("placed", NOW, "devi"),),
        **fields,
    }
    return Order(
        id="abcdef0123456789abcdef01",
        shop_id="5" * 24,
        shop_name="Asha Kirana",
        customer_id="devi",
        customer_name="Devi Kulkarni",
        customer_phone="9876543210",
        lines=lines,
        subtotal_paise=goods_paise,
        delivery_fee_paise=fee_paise,
        total_paise=goods_paise + fee_paise,
        payment=Payment(method, "pending", goods_paise + fee_paise),
        pickup=home is None,
        delivery_address=home,
        note="",
        placed_at=NOW,
        business_day="2026-11-21",
        business_hour=11,
        weekday=5,
        deliver_by=None,
        version=2,
        **values,
    )


def sums(paper: Paper) -> int:
    return sum(line.taxable_paise + line.cgst_paise + line.sgst_paise + line.igst_paise for line in paper.lines)


lines = st.builds(line, st.integers(1, 10**7), st.integers(1, 500), RATES)


@given(
    st.lists(lines, min_size=1, max_size=12),
    st.integers(0, 50_000),
    st.sampled_from([PUNE, MYSURU, None]),
    st.booleans(),
)
def test_taxable_value_and_taxes_add_up_to_what_the_order_comes_to(
    bought: list[Line], fee_paise: int, home: Address | None, composition: bool
) -> None:
    paper = invoice(order(*bought, fee_paise=fee_paise, home=home), shop(gst_composition=composition), 0, NOW)
    assert sums(paper) == sum(line.total_paise for line in paper.lines) == paper.total_paise
    assert paper.total_paise == sum(line.line_total_paise for line in bought) + fee_paise
    for one in paper.lines:
        assert one.cgst_paise == one.sgst_paise
        assert not (one.cgst_paise and one.igst_paise)
        assert min(one.taxable_paise, one.cgst_paise, one.igst_paise) >= 0


@given(st.integers(0, 10**7), st.lists(st.integers(0, 10**9), min_size=1, max_size=10))
def test_what_is_shared_out_is_all_of_it_and_nobody_is_off_by_a_paisa(paise: int, weights: list[int]) -> None:
    shares = share_out(paise, weights)
    assert sum(shares) == paise
    assert min(shares) >= 0
    if sum(weights):
        assert all(
            abs(share * sum(weights) - paise * weight) < sum(weights)
            for share, weight in zip(shares, weights, strict=True)
        )


@given(st.integers(1, 10**9))
def test_cash_is_rounded_to_the_rupee_on_a_line_of_its_own(paise: int) -> None:
    paper = invoice(order(line(paise), method="Cash"), shop(), 0, NOW)
    assert paper.total_paise == paise
    assert (paper.total_paise + paper.round_off_paise) % 100 == 0
    assert -49 <= paper.round_off_paise <= 50


@pytest.mark.parametrize("method", ["UPI", "Card"])
def test_what_is_paid_without_coins_is_paid_to_the_paisa(method: str) -> None:
    assert invoice(order(line(28_50), method=method), shop(), 0, NOW).round_off_paise == 0


def test_a_shop_with_a_gst_number_gives_a_tax_invoice_with_all_that_rule_46_asks_for() -> None:
    words = say(invoice(order(line(249_00, rate=2800)), shop(), 41, NOW))
    assert words["title"] == "Tax invoice"
    assert words["number"] == "26-27/000042"
    assert words["issued_on"] == "21 Nov 2026"
    assert words["seller"] == {
        "name": "Asha Kirana",
        "phone": "",
        "address": ["1 Main Road", "Pune 411002"],
        "state": "Maharashtra (27)",
        "gst_number": GSTIN,
    }
    assert words["buyer"]["name"] == "Devi Kulkarni"
    assert words["buyer"]["address"] == ["12 Station Road", "Pune 411001"]
    assert words["place_of_supply"] == "Maharashtra (27)"
    (one,) = words["lines"]
    assert (one["hsn"], one["quantity"], one["unit"], one["rate"]) == ("0713", "1", "1 kg", "28%")
    # The published vector: ₹249 at 28 %.
    assert (one["taxable"], one["cgst"], one["sgst"], one["igst"]) == ("194.54", "27.23", "27.23", "0.00")
    assert words["rates"][0]["half"] == "14%"
    assert words["in_words"] == "Rupees two hundred forty-nine only"


def test_goods_brought_to_another_state_bear_igst() -> None:
    paper = invoice(order(line(249_00, rate=2800), home=MYSURU), shop(), 0, NOW)
    assert (paper.place_of_supply, paper.same_state) == ("Karnataka", False)
    assert (paper.lines[0].taxable_paise, paper.lines[0].igst_paise) == (194_53, 54_47)


def test_goods_that_are_fetched_are_supplied_where_the_shop_is() -> None:
    paper = invoice(order(line(249_00), home=None), shop(), 0, NOW)
    assert (paper.place_of_supply, paper.same_state) == ("Maharashtra", True)


def test_the_state_of_the_gst_number_counts_not_what_somebody_typed() -> None:
    assert invoice(order(line(1_00)), shop(state="Karnataka"), 0, NOW).seller.state == "Maharashtra"


def test_without_a_gst_number_it_is_a_plain_bill_that_speaks_of_no_tax() -> None:
    paper = invoice(order(line(105_00)), shop(None), 0, NOW)
    words = say(paper)
    assert (paper.kind, words["title"], words["shows_tax"], words["rates"]) == (BILL, "Bill", False, [])
    assert sums(paper) == paper.total_paise


def test_a_composition_dealer_gives_a_bill_of_supply_and_says_why() -> None:
    paper = invoice(order(line(105_00)), shop(gst_composition=True), 0, NOW)
    words = say(paper)
    assert (paper.kind, words["title"], words["shows_tax"]) == (BILL_OF_SUPPLY, "Bill of supply", False)
    assert words["remarks"] == ["Composition taxable person, not eligible to collect tax on supplies"]


def test_goods_that_are_all_free_of_tax_come_with_a_bill_of_supply() -> None:
    assert invoice(order(line(64_00, rate=0)), shop(), 0, NOW).kind == BILL_OF_SUPPLY
    assert invoice(order(line(64_00, rate=0), line(1_00)), shop(), 0, NOW).kind == TAX_INVOICE


def test_taxed_and_free_goods_on_one_paper_are_called_so() -> None:
    mixed = say(invoice(order(line(64_00, rate=0), line(105_00)), shop(), 0, NOW))
    assert mixed["remarks"] == ["Invoice-cum-bill of supply"]
    assert [rate["rate"] for rate in mixed["rates"]] == ["0%", "5%"]


def test_a_rate_that_nobody_has_entered_shows_as_a_dash() -> None:
    paper = say(invoice(order(line(64_00, rate=None)), shop(), 0, NOW))
    assert (paper["title"], paper["lines"][0]["rate"]) == ("Tax invoice", "–")


def test_in_a_union_territory_the_states_half_is_called_so() -> None:
    chandigarh = "04AAPFU0939F1Z3"
    assert say(invoice(order(line(1_00)), shop(chandigarh), 0, NOW))["state_tax"] == "UTGST"


def test_delivery_is_taxed_as_the_goods_are_each_rate_with_its_part() -> None:
    paper = invoice(order(line(300_00, rate=500), line(100_00, rate=1800), fee_paise=30_01), shop(), 0, NOW)
    delivery = [one for one in paper.lines if one.name == "Delivery"]
    assert [(one.tax_basis_points, one.total_paise) for one in delivery] == [(500, 22_50), (1800, 7_51)]


def test_goods_by_weight_are_counted_in_kilograms() -> None:
    (one,) = say(invoice(order(line(55_55, 333, sold_by="weight")), shop(), 0, NOW))["lines"]
    assert (one["quantity"], one["price"], one["unit"], one["total"]) == ("0.333 kg", "55.55/kg", "", "18.50")


@pytest.mark.parametrize(
    ("day", "series"),
    [("2027-03-31", "invoices 2026-27"), ("2027-04-01", "invoices 2027-28"), ("2099-12-31", "invoices 2099-00")],
)
def test_the_numbers_begin_anew_with_the_financial_year(day: str, series: str) -> None:
    assert series_of(INVOICES, day) == series


def test_the_financial_year_is_that_of_the_shops_clock() -> None:
    last_evening_of_march = datetime(2027, 3, 31, 18, 29, tzinfo=UTC)
    first_minute_of_april = datetime(2027, 3, 31, 18, 30, tzinfo=UTC)
    assert invoice(order(line(1_00)), shop(), 6, last_evening_of_march).number == "26-27/000007"
    assert invoice(order(line(1_00)), shop(), 0, first_minute_of_april).number == "27-28/000001"


@given(st.integers(0, 9_999_998))
def test_a_number_has_at_most_sixteen_letters_digits_dashes_and_slashes(last: int) -> None:
    paper = invoice(order(line(1_00)), shop(), last, NOW)
    note = credit_note(paper, shop(), last, NOW, "stale")
    for number in (paper.number, note.number):
        assert len(number) <= LONGEST_NUMBER
        assert set(number) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/")


def test_a_credit_note_has_numbers_of_its_own_and_names_the_bill_it_takes_back() -> None:
    given_paper = invoice(order(line(105_00)), shop(), 6, NOW)
    later = datetime(2027, 4, 2, tzinfo=UTC)
    note = credit_note(given_paper, shop(), 0, later, "stale")
    words = say(note)
    assert (note.series, note.number) == (series_of(CREDIT_NOTES, "2027-04-02"), "CN/27-28/000001")
    assert (words["title"], words["against"], words["against_on"]) == ("Credit note", "26-27/000007", "21 Nov 2026")
    assert (note.lines, note.total_paise, words["reason"]) == (given_paper.lines, given_paper.total_paise, "stale")


def test_what_is_only_ordered_has_a_slip_without_a_number() -> None:
    words = say(slip(order(line(105_00), status="placed", hold="held"), shop(), NOW))
    assert (words["title"], words["number"], words["shows_tax"]) == ("Order", "", False)
    assert words["remarks"] == ["This is not a bill. The bill is made when the shop packs the order."]


def test_an_order_owes_its_papers_from_packing_on() -> None:
    placed, packed = Step("placed", NOW, "devi"), Step("packed", NOW, "asha")
    cancelled, returned = Step("cancelled", NOW, "asha"), Step("returned", NOW, "asha")
    held: dict[str, Any] = {"hold": "held", "status": "placed", "history": (placed,)}
    assert papers_of(order(line(1_00), **held)) == ()
    assert papers_of(order(line(1_00), hold="consumed", history=(placed, packed))) == ("invoice",)
    undone: dict[str, Any] = {"hold": "released", "status": "cancelled"}
    assert papers_of(order(line(1_00), **undone, history=(placed, cancelled))) == ()
    assert papers_of(order(line(1_00), **undone, history=(placed, packed, cancelled))) == ("invoice", "credit-note")
    gone: dict[str, Any] = {"hold": "released", "status": "returned", "history": (placed, packed, returned)}
    assert papers_of(order(line(1_00), **gone)) == ("invoice", "credit-note")
