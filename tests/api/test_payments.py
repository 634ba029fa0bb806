"""Money over HTTP: what is owed, the claim, and the shopkeeper's word."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.caller import Caller
from tests.api.cast import Cast
from tests.api.test_orders import order_body, placed, stock_of
from tests.fake_clock import FakeClock

UTR = "612345678901"


def upi_order(cast: Cast, caller: Caller | None = None) -> str:
    return placed(caller or cast.devi, order_body(cast, "UPI"))


def payment_of(caller: Caller, order_id: str) -> dict[str, Any]:
    reply = caller.get(f"/api/orders/{order_id}/payment")
    assert reply.status == 200
    answer: dict[str, Any] = reply.json
    return answer


def claim(caller: Caller, order_id: str, utr: str = UTR) -> int:
    return caller.post(f"/api/orders/{order_id}/payment/claim", {"utr": utr}).status


def confirm(caller: Caller, order_id: str, **body: Any) -> int:
    return caller.post(f"/api/orders/{order_id}/payment/confirmation", body).status


def expire(cast: Cast, clock: FakeClock, minutes: int = 11) -> None:
    from shop_server.actions.cancel_order import expire_holds

    clock.advance(minutes=minutes)
    expire_holds(cast.context, clock.now(), 100)


def test_claim_settles_nothing_and_confirmation_places_the_order(cast: Cast) -> None:
    order_id = upi_order(cast)
    assert claim(cast.devi, order_id) == 200
    assert payment_of(cast.devi, order_id)["status"] == "claimed"
    assert cast.devi.get(f"/api/orders/{order_id}").json["status"] == "awaiting_payment"
    assert confirm(cast.asha, order_id, utr=UTR, amount=325.5) == 200
    assert payment_of(cast.devi, order_id)["status"] == "settled"
    assert cast.devi.get(f"/api/orders/{order_id}").json["status"] == "placed"


@pytest.mark.parametrize("utr", ["", "12345678901", "1234567890123", "12345678901a", 612345678901, None, {"$gt": ""}])
def test_claim_needs_a_utr_of_twelve_digits(cast: Cast, utr: Any) -> None:
    order_id = upi_order(cast)
    reply = cast.devi.post(f"/api/orders/{order_id}/payment/claim", {"utr": utr})
    assert reply.status == 422
    assert reply.pointers == ["/utr"]
    assert payment_of(cast.devi, order_id)["status"] == "pending"


def test_one_utr_pays_one_order_anywhere_until_it_is_rejected(cast: Cast) -> None:
    first, second = upi_order(cast), upi_order(cast, cast.eshan)
    assert claim(cast.devi, first) == 200
    assert claim(cast.devi, first) == 200
    assert claim(cast.eshan, second) == 409
    assert cast.asha.post(f"/api/orders/{first}/payment/rejection", {"reason": "Not in my bank"}).status == 200
    assert claim(cast.eshan, second) == 200
    assert claim(cast.devi, first) == 409


def test_many_claims_of_one_utr_at_once_give_one_claim(cast: Cast) -> None:
    orders = [upi_order(cast) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(lambda order_id: claim(cast.devi, order_id), orders))
    assert statuses == [200, 409, 409, 409]


def test_confirming_three_times_at_once_settles_once(cast: Cast) -> None:
    order_id = upi_order(cast)
    claim(cast.devi, order_id)
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda _: confirm(cast.asha, order_id, utr=UTR), range(3))) == [200, 200, 200]
    events = [step["event"] for step in payment_of(cast.asha, order_id)["history"]]
    assert events == ["claimed", "settled"]
    assert stock_of(cast) == (8, 2)


def test_another_amount_is_refused_unless_accepted(cast: Cast) -> None:
    order_id = upi_order(cast)
    assert confirm(cast.asha, order_id, amount=325) == 409
    assert payment_of(cast.asha, order_id)["status"] == "pending"
    assert confirm(cast.asha, order_id, amount=325, accept=True) == 200
    assert payment_of(cast.asha, order_id)["settled"] == 325


def test_the_money_is_confirmed_without_a_word_more(cast: Cast) -> None:
    order_id = upi_order(cast)
    reply = cast.asha.post(f"/api/orders/{order_id}/payment/confirmation")
    assert (reply.status, reply.json["status"]) == (200, "settled")


@pytest.mark.parametrize("amount", [0, -1, 1.005, True, "325.5"])
def test_nonsense_amounts_are_named(cast: Cast, amount: Any) -> None:
    order_id = upi_order(cast)
    reply = cast.asha.post(f"/api/orders/{order_id}/payment/confirmation", {"amount": amount})
    assert (reply.status, reply.pointers) == (422, ["/amount"])


def test_rejection_tells_the_customer_and_gives_a_fresh_window_and_qr(cast: Cast, clock: FakeClock) -> None:
    order_id = upi_order(cast)
    before = payment_of(cast.devi, order_id)
    claim(cast.devi, order_id)
    clock.advance(minutes=5)
    path = f"/api/orders/{order_id}/payment/rejection"
    assert cast.asha.post(path, {"reason": ""}).status == 422
    assert cast.asha.post(path, {"reason": "Not in my bank"}).status == 200
    after = payment_of(cast.devi, order_id)
    assert after["status"] == "pending"
    assert after["reference"] != before["reference"]
    assert after["expiresAt"] == "2026-11-21T04:45:00Z"
    assert "utr" not in after
    assert cast.asha.post(path, {"reason": "Again"}).status == 409


def test_unpaid_order_expires_and_gives_its_goods_back(cast: Cast, clock: FakeClock) -> None:
    order_id = upi_order(cast)
    expire(cast, clock, minutes=9)
    assert stock_of(cast) == (8, 2)
    expire(cast, clock, minutes=1)
    order = cast.devi.get(f"/api/orders/{order_id}").json
    assert (order["status"], order["payment"]["status"]) == ("expired", "voided")
    assert stock_of(cast) == (10, 0)


def test_claimed_payment_does_not_expire(cast: Cast, clock: FakeClock) -> None:
    order_id = upi_order(cast)
    claim(cast.devi, order_id)
    expire(cast, clock)
    assert cast.devi.get(f"/api/orders/{order_id}").json["status"] == "awaiting_payment"
    assert stock_of(cast) == (8, 2)


def test_late_payment_revives_the_order_if_stock_allows(cast: Cast, clock: FakeClock) -> None:
    order_id = upi_order(cast)
    expire(cast, clock)
    assert claim(cast.devi, order_id) == 200
    assert confirm(cast.asha, order_id) == 200
    assert cast.devi.get(f"/api/orders/{order_id}").json["status"] == "placed"
    assert stock_of(cast) == (8, 2)


def test_late_payment_for_goods_that_are_gone_is_due_back(cast: Cast, clock: FakeClock) -> None:
    order_id = upi_order(cast)
    expire(cast, clock)
    body = {"items": [{"id": cast.dal.id, "quantity": 10}], "paymentMethod": "Cash"}
    placed(cast.eshan, body)
    assert claim(cast.devi, order_id) == 200
    assert confirm(cast.asha, order_id) == 200
    assert confirm(cast.asha, order_id) == 200
    order = cast.devi.get(f"/api/orders/{order_id}").json
    assert order["status"] == "expired"
    assert (order["payment"]["status"], order["payment"]["refundDue"]) == ("refund_due", 325.5)
    assert stock_of(cast) == (0, 10)


def test_money_for_a_cancelled_order_is_due_back_and_paid_back_once(cast: Cast) -> None:
    order_id = upi_order(cast)
    claim(cast.devi, order_id)
    cast.devi.post(f"/api/orders/{order_id}/cancellation", {"reason": "Changed my mind"})
    assert payment_of(cast.devi, order_id)["status"] == "claimed"
    assert confirm(cast.asha, order_id) == 200
    assert payment_of(cast.devi, order_id)["status"] == "refund_due"
    path = f"/api/orders/{order_id}/payment/refund"
    assert cast.asha.post(path, {"reference": "NEFT 1"}).status == 200
    assert cast.asha.post(path, {"reference": "NEFT 1"}).status == 200
    assert cast.asha.post(path, {"reference": "NEFT 2"}).status == 409
    answer = payment_of(cast.devi, order_id)
    assert (answer["status"], answer["refundDue"], answer["refunded"]) == ("refunded", 0, 325.5)


def test_a_late_claim_that_is_rejected_leaves_the_expired_order_as_it_was(cast: Cast, clock: FakeClock) -> None:
    order_id = upi_order(cast)
    expire(cast, clock)
    claim(cast.devi, order_id)
    cast.asha.post(f"/api/orders/{order_id}/payment/rejection", {"reason": "No money"})
    order = cast.devi.get(f"/api/orders/{order_id}").json
    assert (order["status"], order["payment"]["status"]) == ("expired", "voided")


def test_cash_is_taken_at_the_same_desk_and_cannot_be_claimed(cast: Cast) -> None:
    order_id = placed(cast.devi, order_body(cast))
    assert claim(cast.devi, order_id) == 409
    assert confirm(cast.asha, order_id) == 200
    assert payment_of(cast.devi, order_id)["status"] == "settled"


def test_only_those_allowed_touch_money(cast: Cast) -> None:
    order_id = upi_order(cast)
    for call in ("confirmation", "rejection", "refund"):
        path = f"/api/orders/{order_id}/payment/{call}"
        assert cast.stranger.post(path, {}).status == 401
        assert cast.devi.post(path, {}).status == 403
        assert cast.bharat.post(path, {}).status == 403
        assert cast.chitra.post(path, {}).status == 404
    assert cast.eshan.post(f"/api/orders/{order_id}/payment/claim", {"utr": UTR}).status == 404
    assert cast.asha.post(f"/api/orders/{order_id}/payment/claim", {"utr": UTR}).status == 403
    assert cast.eshan.get(f"/api/orders/{order_id}/payment").status == 404
    assert cast.eshan.get(f"/api/orders/{order_id}/payment/qr.svg").status == 404


def test_the_desk_shows_what_waits_and_what_was_settled_today(cast: Cast, clock: FakeClock) -> None:
    settled = upi_order(cast)
    confirm(cast.asha, settled)
    clock.advance(days=1)
    asha, devi = cast.again(cast.asha), cast.again(cast.devi)
    claimed = upi_order(cast, devi)
    claim(devi, claimed)
    rows = asha.get("/api/shopkeeper/payments").json
    assert [row["orderId"] for row in rows] == [claimed]
    assert rows[0]["payment"]["utr"] == UTR
    assert rows[0]["payment"]["amount"] == 325.5
    confirm(asha, claimed)
    assert [row["orderId"] for row in asha.get("/api/shopkeeper/payments").json] == [claimed]
    assert len(asha.get("/api/shopkeeper/payments?status=settled").json) == 2
    assert asha.get("/api/shopkeeper/payments?status=").json == asha.get("/api/shopkeeper/payments").json
    assert asha.get("/api/shopkeeper/payments?status=lost").status == 422
    assert cast.again(cast.chitra).get("/api/shopkeeper/payments").json == []


def test_the_log_is_sealed_and_a_changed_row_is_found(cast: Cast) -> None:
    order_id = upi_order(cast)
    claim(cast.devi, order_id)
    cast.asha.post(f"/api/orders/{order_id}/payment/rejection", {"reason": "No"})
    claim(cast.devi, order_id, "612345678902")
    confirm(cast.asha, order_id)
    rows = cast.asha.get("/api/shopkeeper/payments/log").json
    assert [row["event"] for row in rows] == ["settled", "claimed", "rejected", "claimed"]
    verdict = "/api/shopkeeper/payments/log/verification"
    assert cast.asha.get(verdict).json == {"ok": True, "rows": 4}
    log = cast.context.payment_log._collection
    log.update_one({"seq": 3}, {"$set": {"amount_paise": 1}})
    assert cast.asha.get(verdict).json == {"ok": False, "rows": 4, "firstBadRow": 3}
    log.delete_one({"seq": 2})
    assert cast.asha.get(verdict).json["firstBadRow"] == 2
    assert cast.bharat.get(verdict).status == 403


def test_the_log_comes_in_pages(cast: Cast) -> None:
    for _ in range(3):
        confirm(cast.asha, upi_order(cast))
    first = cast.asha.get("/api/shopkeeper/payments/log?limit=2")
    assert [row["seq"] for row in first.json] == [3, 2]
    link = first.headers["Link"]
    second = cast.asha.get(link[1 : link.index(">")])
    assert [row["seq"] for row in second.json] == [1]
    assert "Link" not in second.headers


def test_customers_and_shop_hear_in_their_notices(cast: Cast) -> None:
    order_id = upi_order(cast)
    claim(cast.devi, order_id)
    cast.asha.post(f"/api/orders/{order_id}/payment/rejection", {"reason": "Not in my bank"})
    texts = [notice["text"] for notice in cast.devi.get("/api/notifications").json]
    assert any("Not in my bank" in text for text in texts)
    assert any("is paid" in notice["text"] for notice in cast.asha.get("/api/notifications").json)
