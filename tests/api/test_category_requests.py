"""Category requests over HTTP: hidden until the shopkeeper approves, and both are told."""

from __future__ import annotations

from contextlib import closing
from functools import partial

import pytest

from tests.api.caller import Caller, Reply, id_of, signed_in
from tests.api.cast import Cast
from tests.api.test_live import Listener
from tests.at_once import at_once
from tests.builders import a_cashier

PATH = "/api/category-requests"


@pytest.fixture
def bharat(cast: Cast) -> Caller:
    """Asha's cashier, who keeps the goods."""
    return signed_in(cast.context, cast.asha.port, a_cashier(cast.context, cast.kirana, "inventory"))


def ask(bharat: Caller, name: str = "Toys") -> str:
    made = bharat.post(PATH, {"name": name})
    assert made.status == 201, made.body
    return str(made.json["id"])


def answer(caller: Caller, request_id: str, status: str) -> Reply:
    return caller.put(f"{PATH}/{request_id}", {"status": status})


def categories(cast: Cast) -> list[str]:
    return [row["name"] for row in cast.stranger.get(f"/api/categories?shopId={cast.kirana.id}").json]


def told(caller: Caller) -> list[str]:
    return [row["text"] for row in caller.get("/api/notifications").json if row["kind"] == "category-request"]


def test_a_category_that_staff_ask_for_is_hidden_until_it_is_approved(cast: Cast, bharat: Caller) -> None:
    request_id = ask(bharat)
    assert "Toys" not in categories(cast)
    (row,) = cast.asha.get(f"{PATH}?status=pending").json
    assert row == {
        "id": request_id,
        "name": "Toys",
        "status": "pending",
        "askedBy": "Bharat Kulkarni",
        "askedAt": "2026-11-21T04:30:00Z",
        "answeredAt": None,
    }
    assert answer(cast.asha, request_id, "approved").json["status"] == "approved"
    assert "Toys" in categories(cast)
    assert cast.asha.get(f"{PATH}?status=pending").json == []


def test_a_declined_category_never_appears_and_may_be_asked_for_again(cast: Cast, bharat: Caller) -> None:
    assert answer(cast.asha, ask(bharat), "declined").json["status"] == "declined"
    assert "Toys" not in categories(cast)
    ask(bharat)
    assert [row["status"] for row in bharat.get(PATH).json].count("pending") == 1


def test_both_are_told(cast: Cast, bharat: Caller) -> None:
    request_id = ask(bharat)
    assert told(cast.asha) == ["Bharat Kulkarni asks for the category Toys."]
    answer(cast.asha, request_id, "approved")
    assert "Your category Toys is approved." in told(bharat)
    assert told(cast.chitra) == told(cast.devi) == []


def test_an_answer_stands(cast: Cast, bharat: Caller) -> None:
    request_id = ask(bharat)
    assert answer(cast.asha, request_id, "approved").status == 200
    assert answer(cast.asha, request_id, "approved").status == 200
    assert answer(cast.asha, request_id, "declined").status == 409
    assert answer(cast.asha, request_id, "pending").pointers == ["/status"]
    assert categories(cast).count("Toys") == 1
    (line,) = cast.context.audit.list_lines(9, None, act="category-request-approved")
    assert (line.who, line.details) == (id_of(cast.asha), {"name": "Toys"})


def test_of_many_answers_at_once_one_holds_and_the_category_is_there_at_most_once(cast: Cast, bharat: Caller) -> None:
    request_id = ask(bharat)
    replies = at_once([partial(answer, cast.asha, request_id, status) for status in ("approved", "declined") * 4])
    held = {reply.json["status"] for reply in replies if reply.status == 200}
    assert len(held) == 1
    assert categories(cast).count("Toys") == (1 if held == {"approved"} else 0)


def test_what_is_there_or_asked_for_already_is_not_asked_for(cast: Cast, bharat: Caller) -> None:
    assert bharat.post(PATH, {"name": "dal"}).status == 409
    replies = at_once([lambda: bharat.post(PATH, {"name": "Toys"}) for _ in range(4)])
    assert sorted(reply.status for reply in replies) == [201, 409, 409, 409]
    first = bharat.post(PATH, {"name": "Spices"}, Idempotency_Key="k")
    assert bharat.post(PATH, {"name": "Spices"}, Idempotency_Key="k").json == first.json
    request_id = ask(bharat, "Soaps")
    cast.asha.post("/api/categories", {"name": "Soaps"})
    assert answer(cast.asha, request_id, "approved").status == 409
    assert answer(cast.asha, request_id, "declined").status == 200
    assert bharat.post(PATH, {"name": ""}).pointers == ["/name"]


def test_who_may_ask_and_answer(cast: Cast, bharat: Caller) -> None:
    request_id = ask(bharat)
    assert cast.bharat.post(PATH, {"name": "Sweets"}).status == 403
    assert cast.asha.post(PATH, {"name": "Sweets"}).status == 403
    assert answer(bharat, request_id, "approved").status == 403
    assert answer(cast.chitra, request_id, "approved").status == 404
    assert cast.chitra.get(PATH).json == []
    assert cast.devi.get(PATH).status == 403


def test_events_of_a_request_reach_the_shop_and_nobody_else(cast: Cast, bharat: Caller) -> None:
    with closing(Listener(cast.asha)) as asha, closing(Listener(cast.chitra)) as chitra:
        request_id = ask(bharat)
        event = asha.next("category-request")
        assert (event["id"], event["name"], event["status"]) == (request_id, "Toys", "pending")
        cast.chitra.post("/api/products", {"name": "Top", "category": "Toys", "price": 10, "stock": 1})
        chitra.next("product")
        assert not chitra.has_heard_of(request_id)
