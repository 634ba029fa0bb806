"""The monthly reports: one mail to each, however often and in however many processes the job runs; and the clear-up."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image
from pymongo.database import Database

from shop_server.actions import mail_monthly_reports as job
from shop_server.actions.clear_away import clear_away
from shop_server.actions.export_records import order_export
from shop_server.actions.mail_monthly_reports import mail_monthly_reports
from shop_server.actions.send_mails import send_mails
from shop_server.context import Context
from shop_server.rules.person import Person
from shop_server.rules.shop import Shop
from tests.at_once import at_once
from tests.builders import a_customer, a_product, a_shop, a_shopkeeper, an_order, new_id
from tests.fake_clock import FakeClock
from tests.mailbox import Mailbox, html_of, text_of

FIRST = datetime(2026, 11, 1, 0, 31, tzinfo=UTC)
"""Six in the morning of the 1st in India, and a minute."""


@pytest.fixture
def kirana(mailing: Context, clock: FakeClock) -> Shop:
    clock.set(datetime(2026, 10, 5, 6, tzinfo=UTC))
    shop = a_shop(mailing)
    a_shopkeeper(mailing, shop, "Asha", email="asha@example.in")
    return shop


@pytest.fixture
def buyers(mailing: Context, kirana: Shop, clock: FakeClock) -> list[Person]:
    """Devi and Eshan bought in October, Devi in another shop too; Farah only looked."""
    dal = a_product(mailing, kirana, "Toor dal", stock=50)
    rival = a_shop(mailing, "Chitra Stores")
    a_shopkeeper(mailing, rival, "Chitra", email="chitra@example.in")
    bread = a_product(mailing, rival, "Bread", stock=50, price_paise=40_00)
    devi, eshan, _ = (
        a_customer(mailing, name, email=f"{name.lower()}@example.in") for name in ("Devi", "Eshan", "Farah")
    )
    an_order(mailing, devi, {dal.id: 2})
    an_order(mailing, devi, {bread.id: 1})
    an_order(mailing, eshan, {dal.id: 1})
    clock.set(FIRST)
    return [devi, eshan]


def sent(context: Context, mailbox: Mailbox) -> list[str]:
    """Who got a mail, as often as she got one."""
    while send_mails(context):
        pass
    return sorted(mailbox.recipients)


EVERYBODY = ["asha@example.in", "chitra@example.in", "devi@example.in", "eshan@example.in"]


def test_each_gets_one_mail_with_figures_a_table_and_a_picture(
    mailing: Context, mailbox: Mailbox, buyers: list[Person]
) -> None:
    assert mail_monthly_reports(mailing, FIRST) == 5, "Devi's is written for either shop, and is one mail"
    assert mail_monthly_reports(mailing, FIRST + timedelta(hours=1)) == 0
    assert sent(mailing, mailbox) == EVERYBODY
    (hers,) = mailbox.of("devi@example.in")
    assert hers["Subject"] == "What you bought in October 2026"
    assert "Spent: ₹280.00" in text_of(hers)
    assert "Toor dal, 2, ₹240.00" in text_of(hers)
    assert "Bread" in html_of(hers)
    link = f"https://asha.example.in{mailing.tokens.stop_path(buyers[0].user_id)}"
    assert link in text_of(hers)
    assert link in html_of(hers)
    assert hers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    (shops,) = mailbox.of("asha@example.in")
    assert shops["Subject"] == "Asha Kirana: what you sold in October 2026"
    assert "Sales: ₹360.00" in text_of(shops)
    pictures = {part["Content-ID"]: part.get_payload(decode=True) for part in shops.walk() if part["Content-ID"]}
    assert set(pictures) == {"<days>", "<categories>"}
    assert shops["List-Unsubscribe"] is None, "the shop's own report comes as long as it has a shop"
    for name, picture in pictures.items():
        assert f'src="cid:{name[1:-1]}"' in html_of(shops)
        assert isinstance(picture, bytes)
        assert Image.open(io.BytesIO(picture)).size == (1280, 400)


def test_what_fails_in_one_shop_keeps_the_others_from_nothing(
    mailing: Context, mailbox: Mailbox, buyers: list[Person], kirana: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_days = type(mailing.sold_goods).list_days

    def fail(sold_goods: Any, shop_id: str, *days: str) -> Any:
        if shop_id == kirana.id:
            raise RuntimeError("a row that nobody understands")
        return list_days(sold_goods, shop_id, *days)

    with monkeypatch.context() as once:
        once.setattr(type(mailing.sold_goods), "list_days", fail)
        mail_monthly_reports(mailing, FIRST)
    assert sent(mailing, mailbox) == ["chitra@example.in", "devi@example.in"]
    mail_monthly_reports(mailing, FIRST)
    assert sent(mailing, mailbox) == EVERYBODY


def test_whoever_wants_no_mails_but_those_about_her_orders_gets_none(
    mailing: Context, mailbox: Mailbox, buyers: list[Person]
) -> None:
    mailing.users.stop_reminders(buyers[1].user_id)
    assert mail_monthly_reports(mailing, FIRST) == 4
    assert sent(mailing, mailbox) == [address for address in EVERYBODY if not address.startswith("eshan")]


def test_several_processes_and_restarts_make_no_mail_twice(
    mailing: Context, mailbox: Mailbox, buyers: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "SLICE", 1)
    at_once([lambda: mail_monthly_reports(mailing, FIRST)] * 4)
    mail_monthly_reports(mailing, FIRST)
    assert sent(mailing, mailbox) == EVERYBODY


def test_broken_off_it_goes_on_after_the_last_slice(
    mailing: Context, mailbox: Mailbox, buyers: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "SLICE", 1)
    noted: list[str] = []

    def die(name: str, after: str, *, done: bool = False) -> None:
        type(mailing.rounds).note(mailing.rounds, name, after, done=done)
        noted.append(after)
        raise KeyboardInterrupt

    with monkeypatch.context() as once:
        once.setattr(mailing.rounds, "note", die)
        with pytest.raises(KeyboardInterrupt):
            mail_monthly_reports(mailing, FIRST)
    assert len(noted) == 1
    assert mail_monthly_reports(mailing, FIRST) == 5 - 2, "the shop's and one customer's were there already"
    assert sent(mailing, mailbox) == EVERYBODY


def test_it_waits_for_the_morning_of_the_1st_and_is_made_good_until_the_10th(
    mailing: Context, mailbox: Mailbox, buyers: list[Person]
) -> None:
    assert mail_monthly_reports(mailing, FIRST - timedelta(minutes=2)) == 0, "September: nobody was here yet"
    assert mail_monthly_reports(mailing, FIRST + timedelta(days=10)) == 0
    assert mail_monthly_reports(mailing, FIRST + timedelta(days=9)) == 5


def test_what_belongs_to_nothing_is_cleared_away_once_a_month(
    mailing: Context, kirana: Shop, clock: FakeClock, database: Database[dict[str, Any]]
) -> None:
    dal = a_product(mailing, kirana)
    now = clock.now()
    old, shown, new = new_id(), new_id(), new_id()
    for id_, at in ((old, now), (shown, now), (new, now + timedelta(days=1, hours=23))):
        database["pictures"].insert_one({"_id": id_, "product_id": dal.id, "at": at, "large": b"", "small": b""})
    database["products"].update_one({"_id": dal.id}, {"$set": {"picture_id": shown}})
    asha = a_shopkeeper(mailing, a_shop(mailing, "Another"), "Gita")
    kept = order_export(mailing, asha, "inventory", None, None, None)
    mailing.errands.put_file(kept, [b"kept"])
    lost = {"_id": f"{new_id()}:in:00000", "expires_at": now + timedelta(days=1), "data": b"lost"}
    database["errand_parts"].insert_one(lost)
    clock.advance(days=2)
    assert clear_away(mailing, clock.now()) == 2
    assert {row["_id"] for row in database["pictures"].find()} == {shown, new}
    assert [row["data"] for row in database["errand_parts"].find()] == [b"kept"]
    database["pictures"].insert_one({"_id": old, "product_id": dal.id, "at": now})
    assert clear_away(mailing, clock.now()) == 0
    clock.advance(days=31)
    assert clear_away(mailing, clock.now()) == 2
