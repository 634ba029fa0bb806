"""Mails leave the outbox for a real mail server: once each, again after trouble, and never when it is too late."""

from __future__ import annotations

import smtplib
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shop_server.actions.send_mails import forget_mails, send_mails
from shop_server.context import Context, NotNow
from shop_server.gateways.mail import Line
from shop_server.rules.mail import DEAD, SENT, WAITING, CodeWanted
from shop_server.settings import Settings
from shop_server.storage.connection import Connection
from shop_server.storage.outbox import LEASE
from tests.at_once import at_once
from tests.builders import a_customer, open_context
from tests.fake_clock import FakeClock
from tests.mailbox import Mailbox, html_of, text_of

DEVI = "devi@example.in"


def put(context: Context, once: str = "1", to: str = DEVI) -> None:
    context.outbox.put("email_changed", to, {"name": "Devi"}, once=once)


def states(context: Context) -> list[str]:
    return [mail.state for mail in context.outbox.list_newest(50)]


def test_a_mail_is_text_and_html_and_goes_out_once(mailing: Context, mailbox: Mailbox) -> None:
    put(mailing)
    put(mailing)
    assert [send_mails(mailing), send_mails(mailing)] == [1, 0]
    (mail,) = mailbox.of(DEVI)
    assert mail["Subject"] == "The address of your account was changed"
    assert mail["From"] == "Asha Kirana <shop@asha.example.in>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "Hello Devi" in text_of(mail)
    assert "Hello Devi" in html_of(mail)
    assert states(mailing) == [SENT]


def test_a_mail_put_inside_the_books_comes_with_what_it_tells_of_or_not_at_all(
    mailing: Context, mailbox: Mailbox
) -> None:
    def refuse(page: Any) -> None:
        page.mail("email_changed", DEVI, {"name": "Devi"}, once="refused")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        mailing.books.write(refuse)
    for _ in range(2):
        mailing.books.write(lambda page: page.mail("email_changed", DEVI, {"name": "Devi"}, once="kept"))
    mailing.books.write(lambda page: page.mail("email_changed", "", {"name": "Devi"}, once="nobody"))
    assert send_mails(mailing) == 1
    assert len(mailbox.mails) == 1


def test_several_processes_send_each_mail_once(
    connection: Connection, mailing: Context, with_mail: Settings, clock: FakeClock, mailbox: Mailbox
) -> None:
    for number in range(30):
        put(mailing, str(number), f"customer-{number}@example.in")
    with ExitStack() as stack:
        others = [stack.enter_context(open_context(connection, with_mail, clock)) for _ in range(3)]
        sent = at_once([lambda one=one: send_mails(one) for one in (mailing, *others)])  # type: ignore[misc]
    assert sum(sent) == 30
    assert sorted(mailbox.recipients) == sorted(f"customer-{number}@example.in" for number in range(30))


def test_a_mail_whose_sender_died_goes_out_after_the_lease(
    mailing: Context, mailbox: Mailbox, clock: FakeClock
) -> None:
    put(mailing)
    assert mailing.outbox.claim("a process that dies", clock.now())
    assert send_mails(mailing) == 0
    clock.set(clock.now() + LEASE)
    assert send_mails(mailing) == 1


def test_a_sender_that_died_before_it_noted_the_sending_sends_it_again_under_the_same_name(
    mailing: Context, mailbox: Mailbox, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(mailing)
    with monkeypatch.context() as patch:
        patch.setattr(type(mailing.outbox), "mark_sent", _die)
        with pytest.raises(SystemExit):
            send_mails(mailing)
    clock.set(clock.now() + LEASE)
    assert send_mails(mailing) == 1
    first, second = mailbox.of(DEVI)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].endswith("@asha.example.in>")


def _die(*_: Any) -> None:
    raise SystemExit


def test_a_late_sender_does_not_mark_what_another_has_taken_over(mailing: Context, clock: FakeClock) -> None:
    put(mailing)
    late = mailing.outbox.claim("slow", clock.now())
    clock.set(clock.now() + LEASE)
    taken_over = mailing.outbox.claim("other", clock.now())
    assert late
    assert taken_over
    assert not mailing.outbox.put_off(late, clock.now() + timedelta(days=9), "too slow")
    assert mailing.outbox.mark_sent(taken_over, clock.now())
    assert states(mailing) == [SENT]


def test_trouble_is_tried_again_with_growing_pauses_and_given_up_after_two_days(
    mailing: Context, mailbox: Mailbox, clock: FakeClock
) -> None:
    put(mailing)
    begun, pauses = clock.now(), []
    mailbox.answers.extend(["451 come back later"] * 100)
    while states(mailing) == [WAITING]:
        assert send_mails(mailing) == 0
        (mail,) = mailing.outbox.list_newest(1)
        if mail.state == WAITING:
            pauses.append(mail.due_at - clock.now())
            assert send_mails(mailing) == 0, "not before its time"
            clock.set(mail.due_at)
    assert states(mailing) == [DEAD]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(seconds=30), timedelta(hours=4))
    assert timedelta(days=1.8) < clock.now() - begun <= timedelta(days=2)
    (mail,) = mailing.outbox.list_newest(1)
    assert "451" in (mail.trouble or "")
    assert not mailbox.mails


def test_what_the_server_refuses_for_good_is_dead_and_the_others_go_out(mailing: Context, mailbox: Mailbox) -> None:
    mailbox.answers.append("550 no such person")
    put(mailing, "1", "gone@example.in")
    put(mailing, "2", "here@example.in")
    assert send_mails(mailing) == 1
    assert sorted(states(mailing)) == [DEAD, SENT]


def test_a_server_that_is_away_costs_one_try_and_nothing_is_lost(
    connection: Connection, database: Any, with_mail: Settings, clock: FakeClock, mailbox: Mailbox
) -> None:
    nobody_there = replace(with_mail, smtp_url="smtp://127.0.0.1:1")
    with open_context(connection, nobody_there, clock) as context:
        for number in range(3):
            put(context, str(number))
        assert send_mails(context) == 0
        assert sum(mail.attempts for mail in context.outbox.list_newest(9)) == 1
    with open_context(connection, with_mail, clock) as context:
        clock.advance(minutes=1)
        assert send_mails(context) == 3


def test_a_line_that_breaks_half_way_keeps_what_was_sent(
    mailing: Context, mailbox: Mailbox, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(mailing, "1", "first@example.in")
    clock.advance(seconds=1)
    put(mailing, "2", "second@example.in")
    send = Line.send

    def break_off(line: Line, message: Any) -> None:
        if "second" in message["To"]:
            line._server.close()
        send(line, message)

    with monkeypatch.context() as patch:
        patch.setattr(Line, "send", break_off)
        assert send_mails(mailing) == 1
    clock.advance(minutes=1)
    assert send_mails(mailing) == 1
    assert mailbox.recipients == ["first@example.in", "second@example.in"]


def test_codes_go_before_everything_else(mailing: Context, mailbox: Mailbox, clock: FakeClock) -> None:
    devi = mailing.users.get(a_customer(mailing).user_id)
    put(mailing, "1")
    clock.advance(seconds=1)
    mailing.outbox.put("reset_password", devi.email, {}, once="2", code=CodeWanted("reset", devi.email))
    assert send_mails(mailing) == 2
    assert mailbox.recipients == [devi.email, DEVI]


def test_a_code_that_would_be_over_is_not_mailed(mailing: Context, mailbox: Mailbox, clock: FakeClock) -> None:
    mailing.outbox.put("reset_password", DEVI, {}, once="1", code=CodeWanted("reset", DEVI))
    clock.advance(minutes=10)
    assert send_mails(mailing) == 0
    assert states(mailing) == [DEAD]


def test_a_mail_to_an_account_goes_to_its_address_of_then(mailing: Context, mailbox: Mailbox) -> None:
    devi = a_customer(mailing, email="old@example.in")
    put(mailing, "1", devi.user_id)
    mailing.users.change(devi.user_id, {"email": "new@example.in"})
    put(mailing, "2", "f" * 24)
    assert send_mails(mailing) == 1
    assert mailbox.recipients == ["new@example.in"]
    assert states(mailing) == [SENT], "what was for nobody is gone"


def test_no_words_of_a_person_get_into_the_head_of_a_mail(mailing: Context, mailbox: Mailbox) -> None:
    name = 'Kirana\r\nBcc: eve@example.in\n\nX-Evil: "1"'
    mailing.outbox.put("low_stock", DEVI, {"name": "A", "shop_name": name, "goods": []}, once="1")
    for number, to in enumerate(["a@example.in\r\nBcc: eve@example.in", "a@b.in, eve@example.in", "no address@"]):
        put(mailing, f"to {number}", to)
    assert send_mails(mailing) == 1
    (mail,) = mailbox.mails
    assert mailbox.recipients == [DEVI]
    assert "Bcc: eve@example.in" in mail["Subject"]
    assert not {"Bcc", "X-Evil"} & set(mail.keys())
    assert states(mailing).count(DEAD) == 3


def test_what_a_person_calls_herself_is_text_in_html_too(mailing: Context, mailbox: Mailbox) -> None:
    mailing.outbox.put("email_changed", DEVI, {"name": "<img src=x onerror=alert(1)> & Co"}, once="1")
    assert send_mails(mailing) == 1
    (mail,) = mailbox.mails
    assert "&lt;img src=x" in html_of(mail)
    assert "<img" not in html_of(mail)
    assert "<img src=x onerror=alert(1)> & Co" in text_of(mail)


def test_a_mail_that_cannot_be_written_is_dead_and_holds_up_no_other(mailing: Context, mailbox: Mailbox) -> None:
    mailing.outbox.put("email_changed", DEVI, {}, once="lacks a name")
    mailing.outbox.put("no_such_template", DEVI, {}, once="2")
    put(mailing, "3")
    assert send_mails(mailing) == 1
    assert sorted(states(mailing)) == [DEAD, DEAD, SENT]


def test_without_a_mail_server_mails_wait_where_the_admin_sees_them_and_are_forgotten_after_a_month(
    connection: Connection, database: Any, settings: Settings, clock: FakeClock
) -> None:
    with open_context(connection, settings, clock) as context:
        put(context)
        assert send_mails(context) == 0
        assert states(context) == [WAITING]
        clock.advance(days=30)
        assert forget_mails(context) == 0
        clock.advance(seconds=1)
        assert forget_mails(context) == 1


def test_what_waited_without_a_mail_server_is_not_sent_when_it_is_old(
    mailing: Context, mailbox: Mailbox, clock: FakeClock
) -> None:
    put(mailing)
    clock.advance(days=2)
    assert send_mails(mailing) == 0
    assert (states(mailing), mailbox.mails) == ([DEAD], [])


def test_a_password_is_only_sent_over_a_private_line(mailing: Context) -> None:
    post = mailing.post
    assert post is not None
    elsewhere = type(post)("smtp://devi:secret@mail.example.in:587", "shop@example.in")

    class Plain(smtplib.SMTP):
        def __init__(self) -> None:
            self.esmtp_features = {}

    with pytest.raises(smtplib.SMTPNotSupportedError):
        elsewhere._speak_privately(Plain(), None)  # type: ignore[arg-type]


def test_a_line_that_cannot_be_had_is_for_later(settings: Settings) -> None:
    from shop_server.gateways.mail import Post

    with pytest.raises(NotNow) as trouble, Post("smtps://127.0.0.1:1", "shop@example.in").line():
        raise AssertionError("nobody listens there")
    assert trouble.value.everything
