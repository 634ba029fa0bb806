"""The way to the mail server: privately, with the right password, and never to somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from shop_server.gateways import mail
from shop_server.gateways.letters import Letter
from shop_server.gateways.mail import NotNow, Post, Refused
from shop_server.settings import BadSettings, read_settings
from shop_server.storage.outbox import LEASE
from tests.mail_tls import contexts
from tests.mailbox import Mailbox, open_mailbox

AT = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
LETTER = Letter("Hello", "Hello\n", "<p>Hello</p>")


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
    right = isinstance(given, LoginPassword) and (given.login, given.password) == (b"shop@example.in", b"mango/7")
    return AuthResult(success=right, handled=False)


@pytest.fixture
def private(tmp_path: Path) -> Iterator[tuple[Mailbox, Any]]:
    """A mail server that takes mail only over TLS and with a password, and a client's trust in it."""
    server, client = contexts(tmp_path)
    with open_mailbox(
        tls_context=server, require_starttls=True, auth_required=True, authenticator=authenticate
    ) as mailbox:
        yield mailbox, client


def send(post: Post, to: str = "devi@example.in") -> None:
    with post.line() as line:
        line.send(post.message("1", to, AT, LETTER))


def test_mails_travel_over_tls_with_a_password(private: tuple[Mailbox, Any]) -> None:
    mailbox, trust = private
    send(Post(f"smtp://shop%40example.in:mango%2F7@127.0.0.1:{mailbox.port}", "shop@example.in", trust))
    assert mailbox.recipients == ["devi@example.in"]


def test_a_wrong_password_is_for_later_and_no_fault_of_the_mail(private: tuple[Mailbox, Any]) -> None:
    mailbox, trust = private
    with pytest.raises(NotNow, match="SMTPAuthenticationError") as trouble:
        send(Post(f"smtp://shop%40example.in:wrong@127.0.0.1:{mailbox.port}", "shop@example.in", trust))
    assert trouble.value.everything


def test_a_server_whose_certificate_nobody_knows_gets_nothing(private: tuple[Mailbox, Any]) -> None:
    mailbox, _ = private
    with pytest.raises(NotNow, match="certificate"):
        send(Post(f"smtp://shop%40example.in:mango%2F7@127.0.0.1:{mailbox.port}", "shop@example.in"))
    assert not mailbox.mails


def test_a_server_that_looks_through_a_mail_for_long_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "PATIENCE_SECONDS", 0.2)
    with open_mailbox() as mailbox:
        mailbox.thinks_seconds = 0.6
        send(Post(mailbox.url, "shop@example.in"))
        assert mailbox.recipients == ["devi@example.in"]


def test_a_mail_is_ours_for_longer_than_its_server_may_think() -> None:
    assert timedelta(seconds=mail.SLOW_PATIENCE_SECONDS + mail.PATIENCE_SECONDS) < LEASE


def test_an_address_in_another_script_goes_only_where_it_is_understood() -> None:
    with open_mailbox(enable_SMTPUTF8=True) as mailbox:
        send(Post(mailbox.url, "shop@example.in"), "देवी@example.in")
        assert mailbox.recipients == ["देवी@example.in"]
    with open_mailbox(enable_SMTPUTF8=False) as mailbox, pytest.raises(Refused):
        send(Post(mailbox.url, "shop@example.in"), "देवी@example.in")


@pytest.mark.parametrize("value", ["mail.example.in", "http://mail.example.in", "smtp://", "smtp://mail:99999"])
def test_a_mail_server_that_is_none_stops_the_start_by_name(value: str) -> None:
    with pytest.raises(BadSettings, match="SMTP_URL"):
        read_settings({"SMTP_URL": value})


@pytest.mark.parametrize("value", ["Asha", "a@b, c@d", "asha@", "Asha\nBcc: x <a@b.in>"])
def test_a_sender_that_is_none_stops_the_start_by_name(value: str) -> None:
    with pytest.raises(BadSettings, match="MAIL_FROM"):
        read_settings({"MAIL_FROM": value})
