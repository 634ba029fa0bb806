"""The audit log over HTTP: the admin sees who did what, the latest first, and nobody else sees anything."""

from __future__ import annotations

import pytest

from shop_server.context import Page
from shop_server.errors import Conflict
from shop_server.rules.audit import ACTS
from tests.api.caller import Caller, id_of
from tests.api.cast import Cast
from tests.api.test_notices import next_path
from tests.fake_clock import FakeClock

KNOWN = sorted(ACTS)


def test_tells_who_did_what_to_whom_with_todays_names(cast: Cast, farah: Caller) -> None:
    now = cast.context.clock.now()
    cast.context.audit.note(now, id_of(farah), "user-suspended", id_of(cast.devi), reason="Unpaid")
    (row,) = farah.get("/api/admin/audit").json
    assert row == {
        "id": row["id"],
        "at": "2026-11-21T04:30:00Z",
        "who": id_of(farah),
        "whoName": "Farah Kulkarni",
        "act": "user-suspended",
        "target": id_of(cast.devi),
        "targetName": "Devi Kulkarni",
        "shopId": None,
        "shopName": None,
        "details": {"reason": "Unpaid"},
    }


def test_a_line_of_the_books_is_written_with_what_it_tells_of_or_not_at_all(cast: Cast, farah: Caller) -> None:
    def decide(page: Page, refuse: bool) -> None:
        page.audit(id_of(cast.asha), "product-priced", cast.dal.id, cast.kirana.id, price_paise=130_00)
        page.audit(id_of(cast.asha), "product-priced", cast.milk.id, cast.kirana.id, price_paise=30_00)
        if refuse:
            raise Conflict("No.")

    with pytest.raises(Conflict):
        cast.context.books.write(lambda page: decide(page, refuse=True))
    assert farah.get("/api/admin/audit").json == []
    cast.context.books.write(lambda page: decide(page, refuse=False))
    rows = farah.get("/api/admin/audit").json
    assert {(row["target"], row["shopName"], row["details"]["price_paise"]) for row in rows} == {
        (cast.dal.id, "Asha Kirana", 130_00),
        (cast.milk.id, "Asha Kirana", 30_00),
    }


def test_is_read_page_by_page_the_latest_first_without_gaps_or_repeats(
    cast: Cast, farah: Caller, clock: FakeClock
) -> None:
    for number in range(5):
        cast.context.audit.note(clock.now(), "shop", KNOWN[number], "0" * 24)
        if number % 2:
            clock.advance(seconds=1)
    path, seen = "/api/admin/audit?limit=2", []
    while path:
        reply = farah.get(path)
        seen += [row["act"] for row in reply.json]
        path = next_path(reply.headers["Link"]) if "Link" in reply.headers else ""
    assert sorted(seen) == KNOWN[:5]
    assert [seen[0], set(seen[1:3]), set(seen[3:])] == [KNOWN[4], set(KNOWN[2:4]), set(KNOWN[:2])]
    assert farah.get("/api/admin/audit?limit=0").pointers == ["/limit"]


@pytest.mark.parametrize("wanted", ["who=who-1", f"act={KNOWN[1]}", "target=target-1", "shopId=shop-1"])
def test_can_be_limited_to_one_person_act_target_or_shop(cast: Cast, farah: Caller, wanted: str) -> None:
    now = cast.context.clock.now()
    for number in range(2):
        cast.context.audit.note(now, f"who-{number}", KNOWN[number], f"target-{number}", f"shop-{number}")
    assert [row["act"] for row in farah.get(f"/api/admin/audit?{wanted}").json] == [KNOWN[1]]


def test_tells_who_changed_where_the_money_goes(cast: Cast, farah: Caller) -> None:
    cast.asha.put("/api/shopkeeper/shop", {"upiId": "asha@newbank", "name": "Asha Kirana"})
    cast.asha.put("/api/shopkeeper/shop", {"name": "Asha & Sons"})
    (row,) = farah.get(f"/api/admin/audit?act=upi-changed&shopId={cast.kirana.id}").json
    assert (row["who"], row["details"]) == (id_of(cast.asha), {"before": "asha@okbank", "after": "asha@newbank"})


def test_is_for_the_admin_alone(cast: Cast) -> None:
    for caller in (cast.asha, cast.bharat, cast.devi):
        assert caller.get("/api/admin/audit").status == 403
    assert cast.stranger.get("/api/admin/audit").status == 401
