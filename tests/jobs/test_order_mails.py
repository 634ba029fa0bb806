"""What an order, the shelf and an absent customer write: each mail once, to whom it concerns."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop_server.actions.cancel_order import cancel_order, expire_holds
from shop_server.actions.expire_batches import expire_batches
from shop_server.actions.keep_cart import keep_cart
from shop_server.actions.move_order import move_order, request_return
from shop_server.actions.notice_low_stock import notice_low_stock
from shop_server.actions.prove_contact import confirm_email
from shop_server.actions.receive_stock import receive_batch
from shop_server.actions.remind_customers import remind_customers, stop_reminders
from shop_server.actions.report_expiries import report_expiries
from shop_server.actions.send_mails import send_mails
from shop_server.actions.settle_payment import (
    Confirmation,
    claim_payment,
    confirm_payment,
    refund_payment,
    reject_payment,
)
from shop_server.context import Context
from shop_server.errors import NotFound
from shop_server.rules.mail import SENT
from shop_server.rules.person import Person
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop
from tests.at_once import at_once
from tests.builders import a_customer, a_product, a_shop, a_shopkeeper, an_order
from tests.fake_clock import FakeClock
from tests.mailbox import Mailbox, html_of, text_of

EVENING = timedelta(hours=9)
"""From ten in the morning, when a test begins, to seven in the evening."""


@pytest.fixture
def kirana(mailing: Context) -> Shop:
    return a_shop(mailing)


@pytest.fixture
def asha(mailing: Context, kirana: Shop) -> Person:
    return a_shopkeeper(mailing, kirana, email="asha@example.in")


@pytest.fixture
def dal(mailing: Context, kirana: Shop) -> Product:
    return a_product(mailing, kirana, "Toor dal", stock=10, price_paise=1_250_00)


@pytest.fixture
def devi(mailing: Context) -> Person:
    return a_customer(mailing, email="devi@example.in")


BILLS = ("Bill", "Tax invoice", "Credit note")
"""What is written beside the mails of here."""


def subjects(context: Context, mailbox: Mailbox, to: str = "devi@example.in") -> list[str]:
    """Of what has come since last asked; nothing was left in the outbox unsent."""
    send_mails(context)
    assert {mail.state for mail in context.outbox.list_newest(100)} <= {SENT}
    found = [str(mail["Subject"]) for mail in mailbox.of(to)]
    mailbox.clear()
    return [subject for subject in found if not subject.startswith(BILLS)]


def test_each_step_of_an_order_is_one_mail(
    mailing: Context, mailbox: Mailbox, asha: Person, devi: Person, dal: Product
) -> None:
    order = an_order(mailing, devi, {dal.id: 2}, "UPI")
    number = order.id[:8]
    assert subjects(mailing, mailbox) == [f"Asha Kirana has your order {number}"]

    claim_payment(mailing, order.id, devi, "612345678901")
    assert subjects(mailing, mailbox) == [], "she knows what she has claimed"
    reject_payment(mailing, order.id, asha, "Not in the bank")
    assert subjects(mailing, mailbox) == [f"Asha Kirana has not got your payment for order {number}"]
    for _ in range(2):
        confirm_payment(mailing, order.id, asha, Confirmation())
    assert subjects(mailing, mailbox) == [f"Asha Kirana has your payment for order {number}"]
    for status in ("packed", "packed", "dispatched", "delivered"):
        move_order(mailing, order.id, asha, status)
    assert subjects(mailing, mailbox) == [
        f"Your order {number} is {status}" for status in ("packed", "dispatched", "delivered")
    ]
    request_return(mailing, order.id, devi, "Stale")
    move_order(mailing, order.id, asha, "returned")
    assert subjects(mailing, mailbox) == [
        f"Your order {number} is {status}" for status in ("return requested", "returned")
    ]
    for _ in range(2):
        refund_payment(mailing, order.id, asha, "NEFT 7")
    assert subjects(mailing, mailbox) == [f"Asha Kirana has paid back ₹2,500.00 for order {number}"]


def test_a_mail_about_an_order_shows_its_lines_and_leads_to_it(
    mailing: Context, mailbox: Mailbox, asha: Person, devi: Person, dal: Product
) -> None:
    order = an_order(mailing, devi, {dal.id: 2})
    send_mails(mailing)
    (mail,) = mailbox.of("devi@example.in")
    for words in (text_of(mail), html_of(mail)):
        assert "Toor dal, 2 × 1 kg" in words
        assert "₹2,500.00" in words
        assert f"https://asha.example.in/order.html?id={order.id}" in words
        assert "12 Station Road, Pune 411001" in words


def test_who_cancels_is_told_why_and_what_money_comes_back(
    mailing: Context, mailbox: Mailbox, asha: Person, devi: Person, dal: Product
) -> None:
    order = an_order(mailing, devi, {dal.id: 1}, "UPI")
    confirm_payment(mailing, order.id, asha, Confirmation())
    cancel_order(mailing, order.id, asha, "The roof leaks")
    send_mails(mailing)
    words = text_of(mailbox.of("devi@example.in")[-1])
    assert "is cancelled: The roof leaks" in words
    assert "owes you ₹1,250.00" in words


def test_nobody_is_asked_to_pay_again_for_an_order_that_is_cancelled(
    mailing: Context, mailbox: Mailbox, asha: Person, devi: Person, dal: Product
) -> None:
    for number, is_cancelled in enumerate((False, True)):
        order = an_order(mailing, devi, {dal.id: 1}, "UPI")
        claim_payment(mailing, order.id, devi, f"61234567890{number}")
        if is_cancelled:
            cancel_order(mailing, order.id, devi, "Changed my mind")
        reject_payment(mailing, order.id, asha, "Nothing came")
        send_mails(mailing)
        words = text_of(mailbox.of("devi@example.in")[-1])
        assert "has not come: Nothing came" in words
        assert ("pay again" in words) is not is_cancelled


def test_a_declined_return_is_told_as_what_it_is(
    mailing: Context, mailbox: Mailbox, asha: Person, devi: Person, dal: Product
) -> None:
    order = an_order(mailing, devi, {dal.id: 1})
    for status in ("packed", "dispatched", "delivered"):
        move_order(mailing, order.id, asha, status)
    request_return(mailing, order.id, devi, "Stale")
    subjects(mailing, mailbox)
    move_order(mailing, order.id, asha, "delivered", reason="It was opened")
    send_mails(mailing)
    assert "is not taken back: It was opened" in text_of(mailbox.of("devi@example.in")[-1])


def test_money_that_comes_for_an_order_that_is_gone_is_told_of_once(
    mailing: Context, mailbox: Mailbox, asha: Person, devi: Person, dal: Product, clock: FakeClock
) -> None:
    order = an_order(mailing, devi, {dal.id: 10}, "UPI")
    clock.advance(minutes=11)
    assert expire_holds(mailing, clock.now(), 10) == 1
    an_order(mailing, a_customer(mailing, "Eshan"), {dal.id: 1})
    assert subjects(mailing, mailbox)[1:] == [f"Your order {order.id[:8]} is expired"]
    confirm_payment(mailing, order.id, asha, Confirmation())
    assert subjects(mailing, mailbox) == [f"Money comes back for your order {order.id[:8]}"]


def test_low_stock_is_mailed_to_the_shopkeeper_once(
    mailing: Context, mailbox: Mailbox, asha: Person, devi: Person, kirana: Shop, dal: Product
) -> None:
    assert [notice_low_stock(mailing) for _ in range(2)] == [1, 0]
    assert subjects(mailing, mailbox, "asha@example.in") == ["Asha Kirana: 1 running low"]


def test_what_expired_is_one_mail_per_shop_the_next_morning(
    mailing: Context, mailbox: Mailbox, asha: Person, kirana: Shop, clock: FakeClock
) -> None:
    bread, _ = (a_product(mailing, kirana, name, stock=4, expires_on="2026-11-21") for name in ("Bread", "Curd"))
    receive_batch(mailing, asha, bread.id, 6, {"expires_on": "2026-11-21", "batch_no": "B<12>"}, None)
    a_product(mailing, kirana, "Paneer", stock=1500, sold_by="weight", expires_on="2026-11-21")
    rival = a_shop(mailing, "Chitra Stores")
    a_shopkeeper(mailing, rival, "Chitra", email="chitra@example.in")
    clock.advance(hours=14, minutes=1)
    assert expire_batches(mailing, clock.now(), 100) == 3
    assert report_expiries(mailing, clock.now()) == 0, "nobody is woken for it"
    clock.advance(hours=6)
    assert at_once([lambda: report_expiries(mailing, clock.now())] * 4) == [1] * 4
    send_mails(mailing)
    (mail,) = mailbox.of("asha@example.in")
    assert mail["Subject"] == "Asha Kirana: 4 batches expired and taken off the shelf"
    day = "best before 21 Nov 2026"
    batches = [f"Bread, {day}: 4", f"Bread, batch B<12>, {day}: 6", f"Curd, {day}: 4", f"Paneer, {day}: 1.5 kg"]
    assert "\n".join(f"- {batch}" for batch in batches) in text_of(mail)
    assert f"Bread, batch B&lt;12&gt;, {day}" in html_of(mail)
    assert not mailbox.of("chitra@example.in")
    clock.advance(days=1)
    report_expiries(mailing, clock.now())
    send_mails(mailing)
    assert len(mailbox.mails) == 1, "also when a morning was slept through"


def prove(context: Context, person: Person) -> None:
    code = context.codes.make("email", person.user_id, context.clock.now(), 10, context.users.get(person.user_id).email)
    confirm_email(context, person, code)


def test_who_has_not_bought_for_a_week_is_reminded_once_a_week_in_the_evening(
    mailing: Context, mailbox: Mailbox, asha: Person, devi: Person, clock: FakeClock
) -> None:
    a_customer(mailing, "Eshan", email="eshan@example.in")
    gita = a_customer(mailing, "Gita", email="gita@example.in")
    for person in (devi, asha, gita):
        prove(mailing, person)
    mailing.users.change(gita.user_id, {"suspended": True})
    clock.advance(days=7)
    assert remind_customers(mailing, clock.now()) == 0, "it is morning"
    clock.set(clock.now() + EVENING)
    assert sum(at_once([lambda: remind_customers(mailing, clock.now())] * 4)) == 1
    assert subjects(mailing, mailbox) == ["Is anything running out at home?"]
    clock.advance(days=6)
    assert remind_customers(mailing, clock.now()) == 0
    clock.advance(days=1)
    assert remind_customers(mailing, clock.now()) == 1


def test_a_reminder_names_what_waits_in_the_cart(
    mailing: Context, mailbox: Mailbox, devi: Person, kirana: Shop, dal: Product, clock: FakeClock
) -> None:
    prove(mailing, devi)
    more = [a_product(mailing, kirana, f"Thing {number}").id for number in range(6)]
    keep_cart(mailing, devi.user_id, [(id_, 1) for id_ in (dal.id, *more)])
    clock.set(clock.now() + timedelta(days=7) + EVENING)
    assert remind_customers(mailing, clock.now()) == 1
    send_mails(mailing)
    (mail,) = mailbox.of("devi@example.in")
    assert mail["Subject"] == "Your cart is waiting"
    assert "- Toor dal\n" in text_of(mail)
    assert "- and 2 more" in text_of(mail)


def test_who_bought_lately_is_reminded_a_week_after_that(
    mailing: Context, mailbox: Mailbox, devi: Person, dal: Product, clock: FakeClock
) -> None:
    prove(mailing, devi)
    clock.set(clock.now() + timedelta(days=4) + EVENING)
    an_order(mailing, devi, {dal.id: 1})
    clock.advance(days=3)
    assert remind_customers(mailing, clock.now()) == 0
    clock.advance(days=4)
    assert remind_customers(mailing, clock.now()) == 1


def test_a_cart_of_before_she_last_bought_waits_for_nobody(
    mailing: Context, mailbox: Mailbox, devi: Person, dal: Product, clock: FakeClock
) -> None:
    prove(mailing, devi)
    clock.set(clock.now() + EVENING)
    keep_cart(mailing, devi.user_id, [(dal.id, 1)])
    clock.advance(minutes=1)
    an_order(mailing, devi, {dal.id: 1})
    subjects(mailing, mailbox)
    clock.advance(days=8)
    assert remind_customers(mailing, clock.now()) == 1
    assert subjects(mailing, mailbox)[-1] == "Is anything running out at home?"


def test_one_click_ends_the_reminders_for_good(
    mailing: Context, mailbox: Mailbox, devi: Person, clock: FakeClock
) -> None:
    prove(mailing, devi)
    clock.set(clock.now() + timedelta(days=7) + EVENING)
    remind_customers(mailing, clock.now())
    send_mails(mailing)
    (mail,) = mailbox.of("devi@example.in")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = str(mail["List-Unsubscribe"]).strip("<>")
    token = address.rpartition("/")[2]
    assert address == f"https://asha.example.in/api/unsubscribe/{token}"
    assert f"https://asha.example.in/unsubscribe.html?token={token}" in text_of(mail)
    for wrong in ("", token[:-1] + "x", f"{'f' * 24}.{token.partition('.')[2]}"):
        with pytest.raises(NotFound):
            stop_reminders(mailing, wrong)
    for _ in range(2):
        stop_reminders(mailing, token)
    clock.advance(days=30)
    assert remind_customers(mailing, clock.now()) == 0


def test_without_an_address_to_say_no_at_nobody_is_reminded(context: Context, clock: FakeClock) -> None:
    devi = a_customer(context)
    prove(context, devi)
    clock.set(clock.now() + timedelta(days=7) + EVENING)
    assert remind_customers(context, clock.now()) == 0
