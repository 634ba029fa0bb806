"""Tell me when it is back: asked over HTTP, and told within seconds by whichever process does the job."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from shop_server.app import Shop as OpenShop
from shop_server.settings import Settings
from shop_server.storage.connection import Connection
from tests.api.cast import Cast
from tests.api.test_live import listening
from tests.builders import a_product
from tests.fake_clock import FakeClock
from tests.waiting import wait_until


def ask(product_id: str) -> str:
    return f"/api/products/{product_id}/back-in-stock"


def test_asking_again_is_the_same_wish(cast: Cast, database: Database[dict[str, Any]]) -> None:
    curd = a_product(cast.context, cast.kirana, "Curd", stock=0)
    for caller in (cast.devi, cast.devi, cast.eshan):
        asked = caller.post(ask(curd.id))
        assert (asked.status, asked.json) == (201, {"message": "You will be told once when Curd is back."})
    waiting = [row["user_id"] for row in database["back_in_stock"].find({"product_id": curd.id})]
    assert sorted(waiting) == sorted(caller.person.user_id for caller in (cast.devi, cast.eshan) if caller.person)


def test_only_what_is_out_and_can_be_had_one_day_is_waited_for(cast: Cast) -> None:
    curd = a_product(cast.context, cast.kirana, "Curd", stock=0)
    assert cast.stranger.post(ask(curd.id)).status == 401
    assert cast.devi.post(ask(cast.dal.id)).status == 409
    assert cast.devi.post(ask("x")).status == 404
    assert cast.devi.post(ask("0" * 24)).status == 404
    cast.context.shops.change(cast.kirana.id, lambda shop: {"suspended": True})
    cast.context.announcements.tell("shop", [cast.kirana.id])
    assert cast.devi.post(ask(curd.id)).status == 404
    cast.context.shops.change(cast.kirana.id, lambda shop: {"suspended": False})
    cast.context.announcements.tell("shop", [cast.kirana.id])
    cast.asha.delete(f"/api/products/{curd.id}")
    assert cast.devi.post(ask(curd.id)).status == 404


def test_goods_that_come_back_at_one_process_are_told_of_by_the_one_that_does_the_job(
    cast: Cast,
    settings: Settings,
    connection: Connection,
    database: Database[dict[str, Any]],
    clock: FakeClock,
) -> None:
    curd = a_product(cast.context, cast.kirana, "Curd", stock=0)
    cast.devi.post(ask(curd.id))
    working = OpenShop(settings, connection, clock=clock, password_rounds=4)
    working.start()
    try:
        wait_until(lambda: database["leases"].find_one({"_id": "tell what is back"}), what="its first, idle run")
        with listening(cast.devi, cast.eshan) as (devi, eshan):
            cast.asha.post(f"/api/products/{curd.id}/batches", {"quantity": 5})
            told = devi.next("notice")
            assert told["text"] == "Curd is back at Asha Kirana."
            assert not eshan.has_heard_of(told["id"])
    finally:
        working.stop()
    (notice,) = cast.devi.get("/api/notifications").json
    assert (notice["id"], notice["kind"]) == (told["id"], "stock")
