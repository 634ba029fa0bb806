"""On a full disk the shop takes no orders, says why, and goes on by itself when there is room again."""

from __future__ import annotations

import logging

import pytest

from shop_server.actions.watch_disk import watch_disk
from shop_server.context import Context
from shop_server.errors import Unavailable
from shop_server.storage import disk
from shop_server.storage.disk import LEAST_FREE_BYTES
from tests.builders import a_customer, a_product, a_shop, an_order


def test_a_disk_with_room_is_not_full(context: Context) -> None:
    assert context.disk.is_full() is False
    assert watch_disk(context) is False
    assert a_shop(context)


def test_takes_orders_again_when_room_was_made_and_says_both_once(
    context: Context, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    product = a_product(context, a_shop(context))
    devi = a_customer(context)
    # As if the disk were a little smaller than the least room asked for.
    monkeypatch.setattr(disk, "LEAST_FREE_BYTES", 1 << 62)
    with caplog.at_level(logging.WARNING, "shop"):
        assert [watch_disk(context), watch_disk(context)] == [True, True]
        with pytest.raises(Unavailable, match="disk of its computer is full") as refused:
            an_order(context, devi, {product.id: 1})
        assert refused.value.headers["Retry-After"] == "30"
        assert context.products.get(product.id).held == 0, "and what is there can still be looked at"

        monkeypatch.setattr(disk, "LEAST_FREE_BYTES", LEAST_FREE_BYTES)
        assert [watch_disk(context), watch_disk(context)] == [False, False]

    assert an_order(context, devi, {product.id: 1}).status == "placed"
    assert [record.message for record in caplog.records] == ["disk.full", "disk.has_room_again"]


def test_a_database_that_does_not_tell_of_its_disk_is_trusted(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "LEAST_FREE_BYTES", 1 << 62)
    monkeypatch.setattr(type(context.disk._database), "command", lambda database, name: {"ok": 1.0})

    assert context.disk.is_full() is False
