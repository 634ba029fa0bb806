"""A person looks at her notices, and has read one."""

from __future__ import annotations

from datetime import datetime

from shop_server.context import Context
from shop_server.errors import NotFound
from shop_server.rules.notice import Notice, unheard_kinds
from shop_server.rules.person import Person


def list_notices(context: Context, person: Person, limit: int, after: tuple[datetime, str] | None) -> list[Notice]:
    """Her own, and those of the shop she works in that concern her, newest first; `after` is time and id of the last."""
    return context.notices.list_of(person.user_id, person.shop_id, unheard_kinds(person), limit, after)


def mark_notice_read(context: Context, person: Person, notice_id: str) -> None:
    """Of a shop's notice everybody who works there keeps her own mark. Raises NotFound."""
    if not context.notices.mark_read(notice_id, person.user_id, person.shop_id, unheard_kinds(person)):
        raise NotFound("There is no such notice.")
