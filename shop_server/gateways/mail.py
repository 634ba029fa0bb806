"""Hands mails to the mail server of SMTP_URL.

smtp://user:password@host:587 speaks TLS as soon as the server offers it (STARTTLS), and sends no password to another
machine without; smtps://... speaks TLS from the first byte (port 465).
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from shop_server.gateways.letters import Letter

PATIENCE_SECONDS = 15.0
"""So long the mail server may keep us waiting for each of its words."""
SLOW_PATIENCE_SECONDS = 240.0
"""So long for the word that it has taken a mail, which it may look through first (RFC 5321, 4.5.3.2.6 allows more). Who
left sooner would send again what has arrived; and a mail is ours for five minutes (`LEASE` of the outbox)."""


class NotNow(Exception):
    """It may work later. `everything` when the server takes nothing at all just now."""

    def __init__(self, why: str, *, everything: bool = False) -> None:
        super().__init__(why)
        self.everything = everything


class Refused(Exception):
    """It will never work: there is no such address, or the server does not want this mail."""


class Post:
    """The way to the mail server. `tls` is for servers whose certificate this machine does not know."""

    def __init__(self, url: str, sender: str, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        self._tls_at_once = parts.scheme == "smtps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (465 if self._tls_at_once else 587 if parts.username else 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._tls = tls
        name, address = parseaddr(sender)
        self._sender = Address(name, addr_spec=address)

    def message(
        self,
        mail_id: str,
        to: str,
        at: datetime,
        letter: Letter,
        headers: Mapping[str, str] | None = None,
        pictures: Mapping[str, bytes] | None = None,
    ) -> EmailMessage:
        """A mail as it travels; the same `mail_id` has the same Message-ID. Raises Refused when `to` is no address.

        `pictures` are PNGs by the names by which its HTML shows them ("cid:days").
        """
        message = EmailMessage(policy=SMTP if to.isascii() else SMTPUTF8)
        try:
            message["From"] = self._sender
            message["To"] = _address(to)
            message["Subject"] = letter.subject
            message["Date"] = at
            message["Message-ID"] = f"<{mail_id}@{self._sender.domain}>"
            # Nobody's "I am on holiday" is to come back.
            message["Auto-Submitted"] = "auto-generated"
            for name, value in (headers or {}).items():
                message[name] = value
        except (ValueError, IndexError) as error:
            raise Refused(f"no address or heading: {error}") from error
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        for name, picture in (pictures or {}).items():
            html = message.get_body(("html",))
            assert isinstance(html, EmailMessage)
            html.add_related(picture, "image", "png", cid=f"<{name}>", filename=f"{name}.png", disposition="inline")
        return message

    @contextmanager
    def line(self) -> Iterator[Line]:
        """A line to the mail server, for one mail after the other. Raises NotNow when it cannot be had."""
        try:
            server = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise NotNow(_say(error), everything=True) from error
        try:
            yield Line(server)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _connect(self) -> smtplib.SMTP:
        tls = self._tls or ssl.create_default_context()
        # Greets with the sender's domain; to look up what this machine is called may take long.
        name, patience = self._sender.domain, PATIENCE_SECONDS
        if self._tls_at_once:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, name, timeout=patience, context=tls)
        else:
            server = smtplib.SMTP(self._host, self._port, name, timeout=patience)
        try:
            server.ehlo()
            if not self._tls_at_once:
                self._speak_privately(server, tls)
            if self._user:
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server

    def _speak_privately(self, server: smtplib.SMTP, tls: ssl.SSLContext) -> None:
        if server.has_extn("starttls"):
            server.starttls(context=tls)
            server.ehlo()
        elif self._user and self._host not in ("localhost", "127.0.0.1", "::1"):
            raise smtplib.SMTPNotSupportedError("the mail server offers no TLS, so it gets no password")


class Line:
    """An open line to the mail server."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self._server = server

    def send(self, message: EmailMessage) -> None:
        """Hands the mail over; once this returns, the server has it. Raises NotNow or Refused."""
        try:
            with self._patient():
                self._server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            ((code, words),) = error.recipients.values()
            raise _meaning(code, words) from error
        except smtplib.SMTPDataError as error:
            raise _meaning(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Refused(_say(error)) from error
        except smtplib.SMTPSenderRefused as error:
            # It is MAIL_FROM that it does not like: for the shopkeeper to mend, and no fault of the mail.
            raise NotNow(_say(error), everything=True) from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotNow(_say(error), everything=True) from error

    @contextmanager
    def _patient(self) -> Iterator[None]:
        line = self._server.sock
        if line is None:
            yield
            return
        line.settimeout(SLOW_PATIENCE_SECONDS)
        try:
            yield
        finally:
            with suppress(OSError):  # it may have been closed meanwhile
                line.settimeout(PATIENCE_SECONDS)


def _address(text: str) -> Address:
    """Raises ValueError when this is not exactly one address."""
    if not re.fullmatch(r"[^\s@,;<>]+@[^\s@,;<>]+", text):
        raise ValueError("this is not one address")
    if text.isascii():
        return Address(addr_spec=text)
    # One in another script: the library knows it in two parts only.
    name, _, domain = text.partition("@")
    return Address(username=name, domain=domain)


def _meaning(code: int, words: bytes | str) -> NotNow | Refused:
    said = f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"[:300]
    return Refused(said) if code >= 500 else NotNow(said)


def _say(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
