"""The dashboard over HTTP: numbers in rupees, the shop's days, and only for those who may see them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from shop_server.actions.roll_up import roll_up
from tests.api.caller import Caller, signed_in
from tests.api.cast import Cast
from tests.builders import a_cashier, an_order
from tests.fake_clock import FakeClock

STATS, REPORT, CUSTOMERS = "/api/shopkeeper/stats", "/api/shopkeeper/analytics", "/api/shopkeeper/customers"


def sell(cast: Cast, caller: Caller, dal: int = 0, milk: int = 0, method: str = "Cash") -> None:
    assert caller.person is not None
    items = {id_: quantity for id_, quantity in ((cast.dal.id, dal), (cast.milk.id, milk)) if quantity}
    an_order(cast.context, caller.person, items, method)


def cashier(cast: Cast, *permissions: str) -> Caller:
    return signed_in(cast.context, cast.asha.port, a_cashier(cast.context, cast.kirana, *permissions))


def test_stats_are_the_shop_at_a_glance_in_rupees(cast: Cast) -> None:
    sell(cast, cast.devi, dal=1, milk=1)
    sell(cast, cast.eshan, milk=2, method="Card")
    sell(cast, cast.devi, dal=1, method="UPI")

    assert cast.asha.get(STATS).json == {
        "todaySales": 205.5,
        "todayOrders": 2,
        "totalProducts": 2,
        "lowStockCount": 1,
        "outOfStock": 0,
        "totalCustomers": 2,
        "totalOrders": 2,
        "totalRevenue": 205.5,
        "toConfirm": 0,
        "expiringSoon": 0,
        "profitToday": 0,
        "monthSales": 205.5,
        "previousMonthSales": 0,
    }


def test_the_last_seven_days_are_today_and_the_six_before(cast: Cast, clock: FakeClock) -> None:
    clock.advance(days=-1)
    sell(cast, cast.devi, milk=2)
    clock.advance(days=1)
    roll_up(cast.context, clock.now())
    sell(cast, cast.devi, dal=1, milk=1, method="Card")

    report = cast.again(cast.asha).get(REPORT).json
    assert report["salesLabels"] == ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    assert report["days"][-2:] == ["2026-11-20", "2026-11-21"]
    assert report["salesData"] == [0, 0, 0, 0, 0, 57, 148.5]
    assert report["ordersData"] == [0, 0, 0, 0, 0, 1, 1]
    assert report["categoryLabels"] == ["Dairy", "Dal"]
    assert report["categoryData"] == [1, 1]
    assert report["categoryRevenue"] == [85.5, 120]
    assert report["topProducts"] == [
        {"id": cast.dal.id, "name": "Toor dal", "quantity": 1, "revenue": 120},
        {"id": cast.milk.id, "name": "Toned milk", "quantity": 3, "revenue": 85.5},
    ]
    assert report["stockByProduct"] == [
        {"id": cast.dal.id, "name": "Toor dal", "stock": 9},
        {"id": cast.milk.id, "name": "Toned milk", "stock": 17},
    ]
    assert report["weekdayOrders"] == [0, 0, 0, 0, 1, 1, 0]
    assert report["hourOrders"] == [0] * 10 + [2] + [0] * 13
    assert report["paymentMix"] == {"Cash": 1, "Card": 1, "UPI": 0}
    assert report["productShare"] == [
        {"id": cast.dal.id, "name": "Toor dal", "share": 58.4},
        {"id": cast.milk.id, "name": "Toned milk", "share": 41.6},
    ]
    assert report["categoryProductShare"] == [
        {"category": "Dairy", "products": [{"id": cast.milk.id, "name": "Toned milk", "share": 100}]},
        {"category": "Dal", "products": [{"id": cast.dal.id, "name": "Toor dal", "share": 100}]},
    ]
    assert (report["profit"], report["executedOrders"]) == (0, 0)


def test_a_period_is_asked_for_by_its_days_or_its_ends(cast: Cast) -> None:
    sell(cast, cast.devi, dal=1)

    assert len(cast.asha.get(f"{REPORT}?days=30").json["salesData"]) == 30
    between = cast.asha.get(f"{REPORT}?from=2026-11-20&to=2026-11-22").json
    assert between["days"] == ["2026-11-20", "2026-11-21", "2026-11-22"]
    assert between["salesData"] == [0, 120, 0]
    assert cast.asha.get(f"{REPORT}?from=2026-11-21").json["days"] == ["2026-11-21"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("days=0", "/days"),
        ("days=367", "/days"),
        ("days=seven", "/days"),
        ("days=1_0", "/days"),
        ("days=+7", "/days"),
        ("days=%D9%A7", "/days"),
        ("from=2026-11-22&to=2026-11-21", "/to"),
        ("from=2024-11-21", "/from"),
        ("from=21.11.2026", "/from"),
        ("to=2026-02-30", "/to"),
    ],
)
def test_refuses_a_period_that_is_none(cast: Cast, query: str, pointer: str) -> None:
    reply = cast.asha.get(f"{REPORT}?{query}")
    assert (reply.status, reply.pointers) == (422, [pointer])


def test_lists_only_those_who_bought_here(cast: Cast, clock: FakeClock) -> None:
    sell(cast, cast.devi, dal=1)
    clock.advance(minutes=1)
    sell(cast, cast.devi, milk=1)
    sell(cast, cast.eshan, dal=1, method="UPI")

    assert cast.devi.person is not None
    (row,) = cast.asha.get(CUSTOMERS).json
    assert row == {
        "id": cast.devi.person.user_id,
        "firstName": "Devi",
        "lastName": "Kulkarni",
        "email": row["email"],
        "phone": cast.devi.person.phone,
        "address": "",
        "city": "",
        "pincode": "",
        "dateOfBirth": None,
        "totalOrders": 2,
        "totalSpent": 148.5,
        "lastOrderAt": "2026-11-21T04:31:00Z",
        "createdAt": "2026-11-21T04:30:00Z",
    }


def test_customers_come_page_by_page(cast: Cast, clock: FakeClock) -> None:
    for caller in (cast.devi, cast.eshan):
        sell(cast, caller, milk=1)
        clock.advance(minutes=1)

    first = cast.asha.get(f"{CUSTOMERS}?limit=1")
    link = re.fullmatch(r'<([^>]+)>; rel="next"', first.headers["Link"])
    assert link is not None
    second = cast.asha.get(link[1])

    assert [row["firstName"] for row in first.json + second.json] == ["Eshan", "Devi"]
    assert "Link" not in second.headers
    assert cast.asha.get(f"{CUSTOMERS}?limit=201").pointers == ["/limit"]


def test_a_rival_sees_nothing_of_it(cast: Cast, clock: FakeClock) -> None:
    sell(cast, cast.devi, dal=1)
    clock.advance(days=1)
    roll_up(cast.context, clock.now())

    chitra = cast.again(cast.chitra)
    assert chitra.get(STATS).json["totalOrders"] == 0
    assert chitra.get(CUSTOMERS).json == []
    assert chitra.get(f"{REPORT}?days=30").json["topProducts"] == []


@pytest.mark.parametrize("path", [STATS, REPORT, CUSTOMERS])
def test_is_for_the_shops_people(cast: Cast, path: str) -> None:
    assert cast.stranger.get(path).status == 401
    assert cast.devi.get(path).status == 403


def test_staff_see_what_they_are_allowed_to(cast: Cast) -> None:
    assert [cast.bharat.get(path).status for path in (STATS, REPORT, CUSTOMERS)] == [200, 403, 403]
    assert cashier(cast, "reports").get(REPORT).status == 200
    assert cashier(cast, "customers").get(CUSTOMERS).status == 200


def test_sales_of_yesterday_stay_in_the_totals_over_midnight(cast: Cast, clock: FakeClock) -> None:
    sell(cast, cast.devi, dal=1)
    clock.set(clock.now() + timedelta(hours=14))

    stats = cast.again(cast.asha).get(STATS).json
    assert (stats["todaySales"], stats["totalRevenue"], stats["totalCustomers"]) == (0, 120, 1)
