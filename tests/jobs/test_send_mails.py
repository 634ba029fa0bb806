"""Mails leave the outbox for a real mail server: once each, again after trouble, and never when it is too late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from shop_server.actions.send_mails import send_mails
from shop_server.context import Context
from shop_server.rules.mail import SENT, CodeWanted
from shop_server.settings import Settings
from shop_server.storage.connection import Connection
from tests.builders import open_context
from tests.fake_clock import FakeClock
from tests.mailbox import Mailbox, html_of, open_mailbox, text_of


@pytest.fixture(scope="module")
def server() -> Iterator[Mailbox]:
    with open_mailbox() as opened:
        yield opened


@pytest.fixture
def mailbox(server: Mailbox) -> Mailbox:
    server.clear()
    return server


@pytest.fixture
def context(
    connection: Connection, database: Any, settings: Settings, clock: FakeClock, mailbox: Mailbox
) -> Iterator[Context]:
    with open_context(connection, replace(settings, smtp_url=mailbox.url), clock) as opened:
        yield opened


def put(context: Context, once: str = "reset:1", to: str = "devi@example.in") -> None:
    context.outbox.put("reset_password", to, {}, once=once, code=CodeWanted("reset", to))


def states(context: Context) -> list[str]:
    return [mail.state for mail in context.outbox.list_newest(50)]


def test_a_mail_is_text_and_html_and_goes_out_once(context: Context, mailbox: Mailbox) -> None:
    put(context)
    put(context)
    assert send_mails(context) == 1
    assert send_mails(context) == 0
    (mail,) = mailbox.of("devi@example.in")
    code = mailbox.code_of("devi@example.in")
    assert mail["Subject"] == f"Your code for a new password: {code}"
    assert code in text_of(mail)
    assert code in html_of(mail)
    assert states(context) == [SENT]
