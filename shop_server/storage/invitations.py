"""Where it is kept whom shops have invited to work in them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shop_server.errors import Duplicate, NotFound
from shop_server.rules.account import User
from shop_server.rules.staff import Invitation
from shop_server.storage import audit_log
from shop_server.storage.documents import Document, from_document, to_document
from shop_server.storage.indexing import Query
from shop_server.storage.users import taken, user_document


class Invitations:
    """Open invitations: one for each address in each shop. They end by being accepted, taken back, or over."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._collection = database["invitations"]

    def put(self, invitation: Invitation) -> Invitation:
        """Keeps an invitation; one that was open for this address in this shop becomes this one, with its own id.

        Raises Duplicate when there is one of this id for another address.
        """
        fields = to_document(invitation)
        new_id = fields.pop("_id")
        try:
            document = self._collection.find_one_and_update(
                {"shop_id": invitation.shop_id, "email": invitation.email},
                {"$set": fields, "$setOnInsert": {"_id": new_id}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError as error:
            raise Duplicate("There is such an invitation already.") from error
        assert document is not None
        return _invitation(document)

    def find(self, invitation_id: str, now: datetime) -> Invitation | None:
        """An invitation that is open."""
        document = self._collection.find_one({"_id": invitation_id, "expires_at": {"$gt": now}})
        return _invitation(document) if document else None

    def list_of_shop(self, shop_id: str, now: datetime) -> list[Invitation]:
        """The shop's open invitations."""
        found = self._collection.find({"shop_id": shop_id, "expires_at": {"$gt": now}})
        return [_invitation(document) for document in found]

    def change_permissions(self, invitation_id: str, shop_id: str, permissions: tuple[str, ...]) -> bool:
        """What she will be allowed; False when there is no such invitation of this shop."""
        changed = {"$set": {"permissions": list(permissions)}}
        return self._collection.update_one({"_id": invitation_id, "shop_id": shop_id}, changed).matched_count == 1

    def remove(self, invitation_id: str, shop_id: str) -> bool:
        """Takes it back; False when there is no such invitation of this shop."""
        return self._collection.delete_one({"_id": invitation_id, "shop_id": shop_id}).deleted_count == 1

    def accept(self, invitation: Invitation, user: User, now: datetime) -> User:
        """Writes the account that the invitation becomes, with its line in the audit log: once, however many accept it.

        She is allowed what the invitation says at this moment. Raises NotFound when it is not open any more, Duplicate when
        there is an account with this address by now; then it stays open.
        """

        def write(session: ClientSession) -> User:
            document = self._collection.find_one_and_delete({"_id": invitation.id}, session=session)
            if document is None:
                raise NotFound("This invitation is not open any more.")
            row = user_document(user) | {"permissions": document["permissions"]}
            self._database["users"].insert_one(row, session=session)
            line = audit_log.line(secrets.token_hex(12), now, user.id, "staff-joined", user.id, user.shop_id, {})
            self._database["audit_log"].insert_one(line, session=session)
            return user

        try:
            with self._database.client.start_session() as session:
                return session.with_transaction(write)
        except DuplicateKeyError as error:
            raise taken(error) from None


def _invitation(document: Document) -> Invitation:
    invitation = from_document(Invitation, document)
    return invitation._replace(permissions=tuple(invitation.permissions))


_NOW = datetime(2026, 11, 21, tzinfo=UTC)
QUERIES = (
    Query("an open invitation", "invitations", {"_id": "0" * 24, "expires_at": {"$gt": _NOW}}),
    Query("a shop's open invitations", "invitations", {"shop_id": "0" * 24, "expires_at": {"$gt": _NOW}}),
    Query("the invitation of an address", "invitations", {"shop_id": "0" * 24, "email": "bharat@example.in"}),
)
