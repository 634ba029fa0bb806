"""Staff ask the shopkeeper for a category; it is there for customers only once she has approved it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from shop_server.errors import WrongState

PENDING, APPROVED, DECLINED = "pending", "approved", "declined"


class CategoryRequest(NamedTuple):
    """What was asked for, by whom, and what became of it."""

    id: str
    shop_id: str
    name: str
    name_key: str
    asked_by: str
    asked_at: datetime
    status: str = PENDING
    answered_by: str | None = None
    answered_at: datetime | None = None


def answered(request: CategoryRequest, status: str, by: str, now: datetime) -> CategoryRequest:
    """The request with its answer; the same answer again leaves it as it is. Raises WrongState for another one."""
    if request.status == status:
        return request
    if request.status != PENDING:
        raise WrongState(f"{request.name} was {request.status} already.")
    return request._replace(status=status, answered_by=by, answered_at=now)
