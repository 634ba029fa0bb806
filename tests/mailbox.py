"""A real mail server for tests, on a port of its own, that keeps what it is given."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """All mails that have arrived, the first one first. `answers` are given instead of taking the next mails."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answers: list[str] = []
        self.port = 0
        self.thinks_seconds = 0.0
        """So long it looks through a mail before it says that it has taken it."""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def clear(self) -> None:
        """As new."""
        self.mails.clear()
        self.recipients.clear()
        self.answers.clear()

    def of(self, address: str) -> list[EmailMessage]:
        """What has arrived for somebody."""
        return [mail for mail, to in zip(self.mails, self.recipients, strict=True) if to == address]

    def code_of(self, address: str) -> str:
        """The code in the last mail to somebody."""
        found = re.search(r"\b\d{6}\b", text_of(self.of(address)[-1]))
        assert found, "no code in this mail"
        return found[0]

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.answers:
            return self.answers.pop(0)
        await asyncio.sleep(self.thinks_seconds)
        content: Any = envelope.content
        self.mails.append(message_from_bytes(content, policy=default))
        self.recipients.extend(envelope.rcpt_tos)
        return "250 OK"


class _Controller(Controller):
    """Opens at any free port and remembers which."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def open_mailbox(**options: Any) -> Iterator[Mailbox]:
    """A mail server; `options` as of aiosmtpd's Controller."""
    mailbox = Mailbox()
    controller = _Controller(mailbox, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        mailbox.port = controller.port
        yield mailbox
    finally:
        controller.stop()


def text_of(mail: EmailMessage) -> str:
    """What it says to who reads plain text."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(mail: EmailMessage) -> str:
    """What it says to everybody else."""
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
