"""What the shop calls its mails and its deeds has words in the pages: nobody reads "order_placed"."""

from __future__ import annotations

import re
from pathlib import Path

from shop_server.rules.audit import ACTS

ROOT = Path(__file__).resolve().parents[2]
WORDS = (ROOT / "public" / "shared" / "messages" / "en.admin.js").read_text()


def named(group: str) -> set[str]:
    """The names that have words in this group of messages."""
    found = re.search(rf"^ +{group}: \{{(.*?)\}},$", WORDS, re.DOTALL | re.MULTILINE)
    assert found is not None
    return set(re.findall(r'"?([a-z_-]+)"?: "', found[1]))


def test_every_mail_has_words() -> None:
    mails = {path.name.partition(".")[0] for path in (ROOT / "shop_server" / "mails").glob("*.subject.j2")}
    assert "order_placed" in mails
    assert named("templates") == mails


def test_every_deed_in_the_audit_log_has_words() -> None:
    assert named("acts") == ACTS
