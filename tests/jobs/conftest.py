"""A shop whose mails go to a real mail server, for the tests of what is mailed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from shop_server.context import Context
from shop_server.settings import Settings
from shop_server.storage.connection import Connection
from tests.builders import open_context
from tests.fake_clock import FakeClock
from tests.mailbox import Mailbox


@pytest.fixture
def with_mail(settings: Settings, mailbox: Mailbox) -> Settings:
    """The settings of a shop that sends its mails there, and has an address."""
    return replace(
        settings,
        smtp_url=mailbox.url,
        mail_from="Asha Kirana <shop@asha.example.in>",
        public_url="https://asha.example.in",
    )


@pytest.fixture
def mailing(connection: Connection, database: Any, with_mail: Settings, clock: FakeClock) -> Iterator[Context]:
    """A context of that shop, over the empty database."""
    with open_context(connection, with_mail, clock) as opened:
        yield opened
