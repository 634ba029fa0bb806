"""Where an admin changes what an account may do: the change and its line in the audit log are written together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.database import Database

from shop_server.errors import NotFound
from shop_server.rules.account import User
from shop_server.rules.shop import Shop
from shop_server.storage.audit_log import AuditLog
from shop_server.storage.documents import Document, to_document
from shop_server.storage.users import count_other_admins, user_of


@dataclass(frozen=True, slots=True)
class RightsChange:
    """What is to be set, how the audit log tells it (acts with their details), and the shop that begins with it."""

    fields: Mapping[str, Any]
    acts: Mapping[str, Mapping[str, Any]]
    shop: Shop | None = None


class Rights:
    """Changes of role, of being an admin, and of being suspended."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._audit = AuditLog(database)

    def change(
        self, user_id: str, by: str, now: datetime, decide: Callable[[User, int], RightsChange | None]
    ) -> tuple[User, bool]:
        """The account as it is then, and whether `decide` wanted a change.

        `decide` is told the account and how many other admins may sign in; what it raises refuses the change. Of two
        changes of admins at once one sees what the other did. Raises NotFound.
        """

        def write(session: ClientSession) -> tuple[User, bool]:
            user = self._get(user_id, session)
            change = decide(user, count_other_admins(self._database, user, session))
            if change is None:
                return user, False
            self._database["users"].update_one(
                {"_id": user_id}, {"$set": dict(change.fields), "$inc": {"version": 1}}, session=session
            )
            if change.shop is not None:
                self._database["shops"].insert_one(to_document(change.shop), session=session)
            for act, details in change.acts.items():
                self._audit.note_in(session, now, by, act, user_id, user.shop_id, **details)
            return self._get(user_id, session), True

        with self._database.client.start_session() as session:
            return session.with_transaction(write)

    def _get(self, user_id: str, session: ClientSession) -> User:
        user = user_of(self._database["users"].find_one({"_id": user_id}, session=session))
        if user is None:
            raise NotFound("There is no such account.")
        return user
