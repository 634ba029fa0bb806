"""The shop's figures, as Prometheus reads them: right, for the right ones, and also when the records are away."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from shop_server.actions.back_up import back_up_nightly
from shop_server.app import Shop as OpenShop
from shop_server.errors import NotAllowed
from shop_server.storage.backup import Made
from shop_server.storage.backups import Backups
from shop_server.storage.figures import Histogram
from shop_server.web.metrics import memory_bytes, metrics_route
from shop_server.web.request import Request
from shop_server.web.tally import Tally
from tests.api.caller import Caller
from tests.api.cast import Cast
from tests.waiting import wait_until

SAMPLE = re.compile(r'([a-z_]+)((?:\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)+\})?) (-?[0-9.e+-]+)')


def samples(text: str) -> dict[str, float]:
    """Every line of the answer, read strictly."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            assert re.fullmatch(r"# (HELP [a-z_]+ .+|TYPE [a-z_]+ (counter|gauge|histogram))", line), line
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        assert match[1] + match[2] not in found, "each once"
        found[match[1] + match[2]] = float(match[3])
    return found


def figures_of(caller: Caller) -> dict[str, float]:
    reply = caller.get("/metrics")
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return samples(reply.body.decode())


def one(found: dict[str, float], name: str, *labels: str) -> float:
    """The one sample of this name with these labels."""
    (value,) = [
        number for key, number in found.items() if key.partition("{")[0] == name and all(one in key for one in labels)
    ]
    return value


def test_counts_what_was_answered_by_route_and_status_and_how_long_it_took(cast: Cast) -> None:
    answered = 'method="GET"', 'route="/api/products/{id}"'
    for id_ in (cast.dal.id, cast.dal.id, "f" * 24):
        cast.stranger.get(f"/api/products/{id_}")
    wait_until(
        lambda: sum("shop_requests_total" in key and answered[1] in key for key in figures_of(cast.stranger)) == 2
    )

    found = figures_of(cast.stranger)

    assert one(found, "shop_requests_total", *answered, 'status="200"') == 2
    assert one(found, "shop_requests_total", *answered, 'status="404"') == 1
    assert one(found, "shop_request_seconds_count", *answered) == 3
    assert one(found, "shop_request_seconds_bucket", *answered, 'le="+Inf"') == 3
    assert 0 < one(found, "shop_request_seconds_sum", *answered) < 10


def test_tells_of_the_writer_and_of_the_process(cast: Cast) -> None:
    items = [{"id": cast.dal.id, "quantity": 1}]
    before = figures_of(cast.stranger)
    cast.devi.post("/api/orders", {"items": items, "paymentMethod": "Cash", "pickup": True})
    after = figures_of(cast.stranger)

    assert one(after, "shop_books_group_size_count") == one(before, "shop_books_group_size_count") + 1
    assert one(after, "shop_books_group_seconds_count") == one(after, "shop_books_group_size_count")
    assert one(after, "shop_books_group_seconds_sum") > one(before, "shop_books_group_seconds_sum")
    assert one(after, "shop_books_conflicts_total") >= 0
    assert one(after, "shop_books_waiting") == 0
    assert one(after, "shop_event_streams") == 0
    assert one(after, "shop_memory_bytes") > 10_000_000
    assert one(after, "shop_threads") > 5
    assert one(after, "shop_database_up") == 1


def test_tells_of_mails_that_wait_and_of_the_nightly_backup(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.context.outbox.put("order-placed", "devi@example.in", {}, once="one")
    cast.context.outbox.put("order-placed", "eshan@example.in", {}, once="two")

    def fail(self: Backups, night: str, folder: object) -> Made:
        raise OSError("no room")

    first = figures_of(cast.stranger)
    cast.context.backups.note_made("2026-11-20", datetime(2026, 11, 19, 21, tzinfo=UTC), Made(10, 2_000))
    second = figures_of(cast.stranger)
    monkeypatch.setattr(Backups, "make", fail)
    with pytest.raises(OSError, match="no room"):
        back_up_nightly(cast.context)
    third = figures_of(cast.stranger)

    assert one(first, "shop_outbox_mails") == 2
    assert "shop_backup_last_success_timestamp_seconds" not in first
    assert one(second, "shop_backup_last_success_timestamp_seconds") == 1795122000
    assert [one(found, "shop_backup_failing") for found in (first, second, third)] == [0, 0, 1]
    assert one(third, "shop_backup_last_success_timestamp_seconds") == 1795122000


def test_tells_of_the_other_processes_of_its_machine_too_while_they_live(
    cast: Cast, shop: OpenShop, database: Database[dict[str, Any]]
) -> None:
    context = cast.context
    context.heartbeats.share(shop._figures)
    assert context.heartbeats.beat(context.process_id)
    row = database["writers"].find_one({"_id": context.process_id}) or {}
    others = {"a sister": row["alive_at"], "a dead one": datetime(2026, 1, 1, tzinfo=UTC)}
    for name, alive_at in others.items():
        database["writers"].insert_one({**row, "_id": name, "alive_at": alive_at})
    database["writers"].insert_one({**row, "_id": "elsewhere", "host": "another machine"})

    found = figures_of(cast.stranger)

    told = {re.findall('process="([^"]+)"', key)[0] for key in found if key.startswith("shop_threads")}
    assert told == {context.process_id, "a sister"}


def test_tells_of_itself_also_while_the_records_are_away(shop: OpenShop) -> None:
    route = metrics_route(shop._figures, lambda: False)

    found = samples(route.handler(asked(), shop.context).body.decode())

    assert one(found, "shop_database_up") == 0
    assert one(found, "shop_threads") > 0
    assert "shop_outbox_mails" not in found


def asked(client: str = "127.0.0.1", **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("GET", "/metrics", "/metrics", "", named, True, 0, client=client)


TOKEN = "a token of ours, 32 characters.."


@pytest.mark.parametrize(
    ("client", "headers", "is_let_in"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("::ffff:127.0.0.1", {}, True),
        ("127.0.0.1", {"x_forwarded_for": "127.0.0.1"}, False),
        ("127.0.0.1", {"forwarded": "for=127.0.0.1"}, False),
        ("192.168.1.20", {}, False),
        ("", {}, False),
        ("192.168.1.20", {"authorization": f"Bearer {TOKEN}"}, True),
        ("127.0.0.1", {"x_forwarded_for": "192.168.1.20", "authorization": f"Bearer {TOKEN}"}, True),
        ("192.168.1.20", {"authorization": f"Bearer {TOKEN}x"}, False),
        ("192.168.1.20", {"authorization": "Bearer "}, False),
        ("192.168.1.20", {"authorization": "Bearer \xe9"}, False),
    ],
)
def test_is_for_this_machine_or_who_has_the_token(
    shop: OpenShop, client: str, headers: dict[str, str], is_let_in: bool
) -> None:
    route = metrics_route(shop._figures, lambda: False)
    context = replace(shop.context, settings=replace(shop.context.settings, metrics_token=TOKEN))
    if is_let_in:
        assert route.handler(asked(client, **headers), context).status == 200
    else:
        with pytest.raises(NotAllowed):
            route.handler(asked(client, **headers), context)


def test_without_a_token_nobody_elsewhere_is_let_in(shop: OpenShop) -> None:
    route = metrics_route(shop._figures, lambda: False)
    with pytest.raises(NotAllowed):
        route.handler(asked("192.168.1.20", authorization="Bearer None"), shop.context)


def test_made_up_methods_do_not_fill_the_memory() -> None:
    tally = Tally()
    for number in range(100):
        tally.note(f"METHOD{number}", "-", 404, 0.001)

    assert tally.answers() == [["-", "-", 404, 100]]


def test_a_histogram_counts_each_value_under_the_first_bound_that_it_does_not_pass() -> None:
    histogram = Histogram((1, 2, 4))
    for value in (0, 1, 1.5, 2, 3, 4, 5, 100):
        histogram.note(value)

    assert histogram.row() == [2, 2, 2, 2, 116.5]


def test_knows_what_it_has_in_memory() -> None:
    assert memory_bytes() > 10_000_000
