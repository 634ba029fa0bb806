"""Who asked to be told when a product is back is told once, by a notice and a mail, however many are at it."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from shop_server.actions.await_product import SLICE, await_product, tell_what_is_back
from shop_server.actions.change_products import take_from_sale
from shop_server.actions.read_notices import list_notices
from shop_server.actions.send_mails import send_mails
from shop_server.context import Context
from shop_server.errors import Conflict, NotFound
from shop_server.rules.person import Person
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop
from shop_server.settings import Settings
from shop_server.storage.connection import Connection
from tests.at_once import at_once
from tests.builders import a_batch, a_customer, a_product, a_shop, a_shopkeeper, an_order, new_id, open_context
from tests.fake_clock import FakeClock
from tests.mailbox import Mailbox, html_of, text_of

Records = Database[dict[str, Any]]


@pytest.fixture
def kirana(mailing: Context) -> Shop:
    return a_shop(mailing)


@pytest.fixture
def curd(mailing: Context, kirana: Shop) -> Product:
    return a_product(mailing, kirana, "Curd", stock=0)


@pytest.fixture
def devi(mailing: Context) -> Person:
    return a_customer(mailing, email="devi@example.in")


def texts(context: Context, person: Person) -> list[str]:
    return [notice.text for notice in list_notices(context, person, 50, None)]


def is_waited_for(database: Records) -> bool:
    return database["back_in_stock"].find_one() is not None


def test_who_waits_is_told_once_by_notice_and_mail_and_may_ask_again(
    mailing: Context, mailbox: Mailbox, kirana: Shop, curd: Product, devi: Person, clock: FakeClock
) -> None:
    eshan = a_customer(mailing, "Eshan")
    for _ in range(2):
        await_product(mailing, devi, curd.id)
    assert tell_what_is_back(mailing) == 0
    a_batch(mailing, kirana, curd.id, 1)
    assert [tell_what_is_back(mailing) for _ in range(3)] == [1, 0, 0]
    (notice,) = list_notices(mailing, devi, 50, None)
    assert (notice.text, notice.kind) == ("Curd is back at Asha Kirana.", "stock")
    assert notice.link == f"/?shop={kirana.id}&product={curd.id}"
    assert texts(mailing, eshan) == []
    send_mails(mailing)
    (mail,) = mailbox.of("devi@example.in")
    assert mail["Subject"] == "Curd is back"
    for words in (text_of(mail), html_of(mail).replace("&amp;", "&")):
        assert f"https://asha.example.in{notice.link}" in words

    with pytest.raises(Conflict):
        await_product(mailing, devi, curd.id)
    an_order(mailing, eshan, {curd.id: 1})
    clock.advance(seconds=1)
    await_product(mailing, devi, curd.id)
    a_batch(mailing, kirana, curd.id, 5)
    assert tell_what_is_back(mailing) == 1
    send_mails(mailing)
    assert (len(texts(mailing, devi)), len(mailbox.of("devi@example.in"))) == (2, 2)


def test_several_processes_at_once_tell_each_person_once(
    mailing: Context, connection: Connection, settings: Settings, kirana: Shop, curd: Product, clock: FakeClock
) -> None:
    people = [a_customer(mailing, f"Customer {number}") for number in range(5)]
    for person in people:
        await_product(mailing, person, curd.id)
    a_batch(mailing, kirana, curd.id, 1)
    with open_context(connection, settings, clock) as second:
        told = at_once([lambda one=one: tell_what_is_back(one) for one in (mailing, second) * 2])  # type: ignore[misc]
    assert sum(told) == len(people)
    assert [texts(mailing, person) for person in people] == [["Curd is back at Asha Kirana."]] * len(people)
    assert len(mailing.outbox.list_newest(100)) == len(people)


def test_a_crowd_is_told_in_slices(mailing: Context, database: Records, kirana: Shop, curd: Product) -> None:
    for _ in range(SLICE + 1):
        mailing.back_in_stock.add(new_id(), curd.id, kirana.id, mailing.clock.now())
    a_batch(mailing, kirana, curd.id, 1)
    assert tell_what_is_back(mailing) == SLICE + 1
    assert not is_waited_for(database)


def test_expired_goods_and_goods_of_a_suspended_shop_are_not_back(
    mailing: Context, database: Records, kirana: Shop, devi: Person, clock: FakeClock
) -> None:
    milk = a_product(mailing, kirana, "Milk", stock=1, expires_on="2026-11-21")
    bread = a_product(mailing, kirana, "Bread", stock=0)
    clock.advance(days=1)
    await_product(mailing, devi, milk.id)
    await_product(mailing, devi, bread.id)
    assert tell_what_is_back(mailing) == 0
    a_batch(mailing, kirana, bread.id, 1)
    mailing.shops.change(kirana.id, lambda shop: {"suspended": True})
    mailing.announcements.tell("shop", [kirana.id])
    assert tell_what_is_back(mailing) == 0
    with pytest.raises(NotFound):
        await_product(mailing, devi, milk.id)
    mailing.shops.change(kirana.id, lambda shop: {"suspended": False})
    mailing.announcements.tell("shop", [kirana.id])
    assert tell_what_is_back(mailing) == 1
    assert texts(mailing, devi) == ["Bread is back at Asha Kirana."]
    assert is_waited_for(database), "for milk"


def test_who_waits_for_what_is_not_sold_any_more_waits_no_longer(
    mailing: Context, database: Records, kirana: Shop, curd: Product, devi: Person
) -> None:
    await_product(mailing, devi, curd.id)
    take_from_sale(mailing, a_shopkeeper(mailing, kirana), curd.id)
    with pytest.raises(NotFound):
        await_product(mailing, devi, curd.id)
    assert tell_what_is_back(mailing) == 0
    assert not is_waited_for(database)
    assert texts(mailing, devi) == []


def test_who_leaves_is_forgotten_here_too(mailing: Context, database: Records, curd: Product, devi: Person) -> None:
    await_product(mailing, devi, curd.id)
    mailing.traces.erase(devi.user_id, "devi@example.in", mailing.clock.now())
    assert not is_waited_for(database)
