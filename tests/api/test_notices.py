"""Notices over HTTP: what waits for whom, page by page, read or not."""

from __future__ import annotations

import re

from tests.api.caller import signed_in
from tests.api.cast import Cast
from tests.builders import a_cashier, an_order


def order_of_devi(cast: Cast) -> str:
    """An order whose payment Devi has claimed, of which Asha is told."""
    assert cast.devi.person is not None
    order = an_order(cast.context, cast.devi.person, {cast.dal.id: 1}, "UPI")
    number = f"{int(order.id[:8], 16):012d}"
    assert cast.devi.post(f"/api/orders/{order.id}/payment/claim", {"utr": number}).status == 200
    return order.id


def next_path(link: str) -> str:
    found = re.fullmatch(r'<([^>]+)>; rel="next"', link)
    assert found is not None, link
    return found[1]


def test_tells_the_shops_people_of_a_claim_and_the_customer_of_the_answer(cast: Cast) -> None:
    order_id = order_of_devi(cast)

    (claimed,) = cast.asha.get("/api/notifications").json
    assert claimed == {
        "id": claimed["id"],
        "kind": "payment",
        "text": f"Devi Kulkarni says that order {order_id[:8]} is paid. Please check your bank and confirm.",
        "at": "2026-11-21T04:30:00Z",
        "read": False,
        "link": f"/dashboard.html#payments/{order_id}",
    }
    assert re.fullmatch("[0-9a-f]{24}", claimed["id"])
    assert cast.devi.get("/api/notifications").json == []

    cast.asha.post(f"/api/orders/{order_id}/payment/confirmation", {})
    (settled,) = cast.devi.get("/api/notifications").json
    assert settled["text"] == f"Asha Kirana has your payment for order {order_id[:8]}."


def test_each_person_has_read_a_shops_notice_for_herself(cast: Cast) -> None:
    order_of_devi(cast)
    (notice,) = cast.asha.get("/api/notifications").json

    reply = cast.asha.put(f"/api/notifications/{notice['id']}/read")
    assert (reply.status, reply.body) == (204, b"")
    assert cast.asha.put(f"/api/notifications/{notice['id']}/read").status == 204

    assert cast.asha.get("/api/notifications").json[0]["read"] is True
    hari = a_cashier(cast.context, cast.kirana, "payments", first_name="Hari")
    assert signed_in(cast.context, cast.asha.port, hari).get("/api/notifications").json[0]["read"] is False


def test_nobody_sees_or_marks_what_waits_for_others(cast: Cast) -> None:
    order_of_devi(cast)
    (notice,) = cast.asha.get("/api/notifications").json

    for other in (cast.chitra, cast.devi, cast.eshan):
        assert other.get("/api/notifications").json == []
        assert other.put(f"/api/notifications/{notice['id']}/read").status == 404
    assert cast.asha.put(f"/api/notifications/{'0' * 24}/read").status == 404
    assert cast.stranger.get("/api/notifications").status == 401
    assert cast.stranger.put(f"/api/notifications/{notice['id']}/read").status == 401


def test_staff_are_told_of_what_they_may_deal_with(cast: Cast) -> None:
    order_of_devi(cast)
    (notice,) = cast.asha.get("/api/notifications").json
    for first_name, permission, told in (
        ("Gopal", "inventory", False),
        ("Hari", "payments", True),
        ("Isha", "orders", True),
    ):
        cashier = a_cashier(cast.context, cast.kirana, permission, first_name=first_name)
        caller = signed_in(cast.context, cast.asha.port, cashier)
        assert [row["id"] for row in caller.get("/api/notifications").json] == ([notice["id"]] if told else [])
        assert caller.put(f"/api/notifications/{notice['id']}/read").status == (204 if told else 404)


def test_lists_the_newest_first_page_by_page(cast: Cast) -> None:
    orders = [order_of_devi(cast) for _ in range(5)]

    path, seen, pages = "/api/notifications?limit=2", [], 0
    while path:
        reply = cast.asha.get(path)
        seen += [notice["link"] for notice in reply.json]
        pages += 1
        path = next_path(reply.headers["Link"]) if "Link" in reply.headers else ""

    assert (len(seen), pages) == (5, 3)
    assert set(seen) == {f"/dashboard.html#payments/{order_id}" for order_id in orders}
    assert cast.asha.get("/api/notifications?limit=0").pointers == ["/limit"]
    assert cast.asha.get("/api/notifications?cursor=x").pointers == ["/cursor"]
