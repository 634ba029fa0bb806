"""Sales by product and by category, and the report of a month, reckoned anew by hand from the orders."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from shop_server.actions.cancel_order import cancel_order
from shop_server.actions.move_order import move_order, request_return
from shop_server.rules.money_text import grouped
from shop_server.rules.order import Order
from shop_server.rules.person import Person
from tests.api.caller import Caller, Reply, signed_in
from tests.api.cast import Cast
from tests.builders import a_cashier, a_product, an_order
from tests.fake_clock import FakeClock

IN_SALES = {"placed", "packed", "dispatched", "delivered", "return_requested"}


def person_of(caller: Caller) -> Person:
    assert caller.person is not None
    return caller.person


@pytest.fixture
def october(cast: Cast, clock: FakeClock) -> list[Order]:
    """Orders of the last minutes of September, all October and the first of November by the shop's clock.

    One was cancelled and one came back; what dal cost changed in between. Gives those of October.
    """
    context, devi, eshan = cast.context, person_of(cast.devi), person_of(cast.eshan)
    tea = a_product(context, cast.kirana, "चाय", stock=99, price_paise=99_99, cost_paise=70_01, category="Tea")
    gone: list[Order] = []
    back: list[Order] = []
    for at, buyer, items in (
        (datetime(2026, 9, 30, 18, 29, tzinfo=UTC), devi, {tea.id: 9}),
        (datetime(2026, 9, 30, 18, 31, tzinfo=UTC), devi, {tea.id: 1}),
        (datetime(2026, 10, 7, 6, 0, tzinfo=UTC), eshan, {tea.id: 2, cast.dal.id: 1}),
        (datetime(2026, 10, 7, 7, 0, tzinfo=UTC), devi, {cast.milk.id: 3}),
        (datetime(2026, 10, 9, 6, 0, tzinfo=UTC), eshan, {tea.id: 5}),
        (datetime(2026, 10, 9, 7, 0, tzinfo=UTC), eshan, {tea.id: 6}),
        (datetime(2026, 10, 31, 18, 29, tzinfo=UTC), devi, {cast.dal.id: 2}),
        (datetime(2026, 10, 31, 18, 31, tzinfo=UTC), devi, {cast.dal.id: 3}),
    ):
        clock.set(at)
        order = an_order(context, buyer, items)
        if at.day == 9:
            (gone if at.hour == 6 else back).append(order)
    cancel_order(context, gone[0].id, eshan, "No")
    asha = person_of(cast.asha)
    for status in ("packed", "dispatched", "delivered"):
        move_order(context, back[0].id, asha, status)
    request_return(context, back[0].id, eshan, "Stale")
    move_order(context, back[0].id, asha, "returned")
    clock.set(datetime(2026, 11, 1, 4, 30, tzinfo=UTC))
    everything = context.orders.list_of_shop(cast.kirana.id, None, None, (None, None), 100, None)
    found = [one for one in everything if one.status in IN_SALES and one.business_day.startswith("2026-10")]
    assert len(found) == 4
    return found


def page_of(reply: Reply) -> str:
    assert reply.status == 200, reply.body
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    return reply.body.decode()


def rows_of(page: str, section: str) -> list[list[str]]:
    """The cells of a section's table."""
    html = page.partition(f'aria-labelledby="{section}"')[2].partition("</section>")[0]
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr>\s*<td.*?</tr>", html, re.DOTALL)]


def totals_of(page: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))


def profit_of(orders: list[Order]) -> int:
    lines = [line for order in orders for line in order.lines]
    return sum(line.line_total_paise - line.cost_paise for line in lines if line.cost_paise is not None)


def test_sales_of_some_days_equal_their_orders(cast: Cast, october: list[Order]) -> None:
    asha = cast.again(cast.asha)
    found = asha.get("/api/shopkeeper/sales?from=2026-10-01&to=2026-10-31").json
    lines = [line for order in october for line in order.lines]
    expected: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for line in lines:
        of_it = expected[line.name]
        cost = line.line_total_paise if line.cost_paise is None else line.cost_paise
        for number, more in enumerate((1, line.quantity, line.line_total_paise, line.line_total_paise - cost)):
            of_it[number] += more
    assert {
        row["name"]: [row["orders"], row["quantity"], round(row["revenue"] * 100), round(row["profit"] * 100)]
        for row in found["products"]
    } == expected
    assert round(found["revenue"] * 100) == sum(line.line_total_paise for line in lines)
    assert round(found["profit"] * 100) == profit_of(october) == 3 * (99_99 - 70_01)
    assert sum(Decimal(str(row["share"])) for row in found["products"]) == 100
    assert sum(Decimal(str(row["share"])) for row in found["categories"]) == 100
    for category in found["categories"]:
        goods = [row for row in found["products"] if row["category"] == category["name"]]
        assert sum(Decimal(str(row["categoryShare"])) for row in goods) == 100
        assert category["products"] == len(goods)


def test_the_shopkeepers_month_equals_its_orders_in_figures_and_in_the_chart(cast: Cast, october: list[Order]) -> None:
    page = page_of(cast.again(cast.asha).get("/api/reports/monthly?month=2026-10"))
    total = sum(order.total_paise for order in october)
    assert totals_of(page) == {
        "Sales": f"₹{grouped(total)}",
        "Orders": "4",
        "An order on average": f"₹{grouped(round(total / 4))}",
        "Profit on goods": f"₹{grouped(profit_of(october))}",
    }
    by_day: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for order in october:
        of_it = by_day[int(order.business_day[8:])]
        of_it[0] += 1
        of_it[1] += order.total_paise
    assert rows_of(page, "days") == [
        [f"{day} October", str(many), f"₹{grouped(paise)}"] for day, (many, paise) in sorted(by_day.items())
    ]
    heights = [float(found) for found in re.findall(r'<rect [^>]*height="([\d.]+)"', page.partition('"categories"')[0])]
    peak = max(paise for _, paise in by_day.values())
    assert len(heights) == 31
    assert [round(height / max(heights), 2) for height in heights] == [
        round(by_day[day][1] / peak, 2) if day in by_day else 0 for day in range(1, 32)
    ]
    assert [row[0] for row in rows_of(page, "products")] == ["Toor dal", "चाय", "Toned milk"]
    assert [row[:3] for row in rows_of(page, "categories")] == [
        ["1", "Dal", "1"],
        ["2", "Tea", "1"],
        ["3", "Dairy", "1"],
    ]


def test_the_customers_month_is_what_she_bought_and_nobody_elses(cast: Cast, october: list[Order]) -> None:
    hers = [order for order in october if order.customer_id == person_of(cast.devi).user_id]
    page = page_of(cast.again(cast.devi).get("/api/reports/monthly?month=2026-10"))
    assert totals_of(page)["Spent"] == f"₹{grouped(sum(order.total_paise for order in hers))}"
    assert totals_of(page)["Orders"] == "3"
    assert [row[:2] for row in rows_of(page, "goods")] == [["Toor dal", "2"], ["चाय", "1"], ["Toned milk", "3"]]
    assert [row[2] for row in rows_of(page, "orders")] == [
        f"#{order.id[:8]}" for order in sorted(hers, key=lambda order: order.placed_at)
    ]


def test_without_a_month_it_is_the_last_one_and_none_is_still_to_come(cast: Cast, october: list[Order]) -> None:
    asha = cast.again(cast.asha)
    assert page_of(asha.get("/api/reports/monthly")) == page_of(asha.get("/api/reports/monthly?month=2026-10"))
    assert totals_of(page_of(asha.get("/api/reports/monthly?month=2026-11")))["Orders"] == "1"
    assert "Nothing in this month." in page_of(asha.get("/api/reports/monthly?month=2020-02"))
    for month in ("2026-12", "2026-13", "october", "2026-1"):
        refused = asha.get(f"/api/reports/monthly?month={month}")
        assert (refused.status, refused.pointers) == (422, ["/month"])
    assert cast.stranger.get("/api/reports/monthly").status == 401


def test_names_with_markup_are_text_in_a_report(cast: Cast) -> None:
    evil = a_product(cast.context, cast.kirana, "<script>alert(1)</script>", category='"><img src=x>')
    an_order(cast.context, person_of(cast.devi), {evil.id: 1})
    for caller in (cast.asha, cast.devi):
        page = page_of(caller.get("/api/reports/monthly?month=2026-11"))
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_staff_see_reports_only_if_they_may(cast: Cast) -> None:
    for permission, status in (("reports", 200), ("orders", 403)):
        bharat = signed_in(cast.context, cast.asha.port, a_cashier(cast.context, cast.kirana, permission))
        assert bharat.get("/api/reports/monthly").status == status
        assert bharat.get("/api/shopkeeper/sales").status == status
