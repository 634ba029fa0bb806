"""The outbox as the admin sees it."""

from __future__ import annotations

import re

import pytest

from shop_server.gateways.letters import TEMPLATES
from shop_server.rules.mail import CodeWanted
from tests.api.caller import Caller, signed_in
from tests.api.cast import Cast
from tests.builders import a_customer, an_order


@pytest.fixture
def admin(cast: Cast) -> Caller:
    return signed_in(cast.context, cast.devi.port, a_customer(cast.context, "Farah", is_admin=True))


def test_shows_what_waits_with_its_words_but_without_codes(cast: Cast, admin: Caller) -> None:
    assert cast.devi.person is not None
    devi = cast.context.users.get(cast.devi.person.user_id)
    order = an_order(cast.context, cast.devi.person, {cast.dal.id: 1})
    cast.context.outbox.put(
        "reset_password", devi.email, {}, once="1", code=CodeWanted("reset", devi.email, minutes=10)
    )
    rows = {row["template"]: row for row in admin.get("/api/admin/outbox").json}
    assert rows["order_placed"]["to"] == devi.email
    assert rows["order_placed"]["subject"] == f"Asha Kirana has your order {order.id[:8]}"
    assert "Toor dal" in rows["order_placed"]["text"]
    code = rows["reset_password"]
    assert code["subject"] == "Your code for a new password: ••••••"
    assert not re.search(r"\d{6}", code["text"])
    assert (code["state"], code["attempts"], code["sentAt"], code["trouble"]) == ("waiting", 0, None, None)


def test_pages_through_all_of_it_the_newest_first(cast: Cast, admin: Caller) -> None:
    for number in range(5):
        cast.context.outbox.put("email_changed", f"c{number}@example.in", {"name": "Devi"}, once=str(number))
    cast.context.outbox.put("email_changed", "", {"name": "Devi"}, once="for nobody")
    cast.context.outbox.put("email_changed", "d@example.in", {}, once="lacks a name")
    seen, path = [], "/api/admin/outbox?limit=2"
    while path:
        reply = admin.get(path)
        seen += reply.json
        link = re.match("<([^>]+)>", reply.headers.get("Link", ""))
        path = link[1] if link else ""
    assert len({row["id"] for row in seen}) == len(seen) == 6
    assert [row["text"] for row in seen if row["to"] == "d@example.in"] == [""]


def test_every_template_has_its_subject_its_text_and_its_html() -> None:
    names = {path.name for path in TEMPLATES.iterdir()}
    mails = {name.removesuffix(".subject.j2") for name in names if name.endswith(".subject.j2")}
    assert len(mails) > 10
    assert {f"{mail}.{part}.j2" for mail in mails for part in ("txt", "html")} <= names
