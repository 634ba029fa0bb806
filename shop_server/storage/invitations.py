"""Where it is kept whom shops have invited to work in them."""

from __future__ import annotations

from datetime import UTC, datetime

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shop_server.errors import Conflict, Duplicate, NotFound
from shop_server.rules.account import User
from shop_server.rules.person import STAFF
from shop_server.rules.staff import MOST_STAFF, Invitation
from shop_server.storage.audit_log import AuditLog
from shop_server.storage.documents import Document, from_document, to_document
from shop_server.storage.indexing import Query
from shop_server.storage.once import Once
from shop_server.storage.one_at_a_time import one_at_a_time
from shop_server.storage.users import taken, user_document


class Invitations:
    """Open invitations: one for each address in each shop. They end by being accepted, taken back, or over."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._collection = database["invitations"]
        self._users = database["users"]
        self._keys = database["idempotency_keys"]
        self._audit = AuditLog(database)

    def put(self, invitation: Invitation, once: Once | None = None) -> Invitation:
        """Keeps an invitation, with its line in the audit log; one that was open for this address in this shop becomes
        this one, with its own id. The same again under the same key is the invitation of then.

        Raises InvalidInput when the key was used for something else, Duplicate when there is an account with this
        address, Conflict when MOST_STAFF work in the shop or are invited already, also when many are invited at once.
        """
        shop_id, email, now = invitation.shop_id, invitation.email, invitation.invited_at

        def write(session: ClientSession) -> Invitation:
            one_at_a_time(self._database, f"invitations:{shop_id}", session)
            before = self._keys.find_one({"_id": once.id}, session=session) if once else None
            if once and before:
                return _invitation(once.answer_of(before))
            if self._users.find_one({"email": email}, {"_id": 1}, session=session):
                raise Duplicate("There is an account with this email address already.", extra={"field": "email"})
            self._check_room(shop_id, email, now, session)
            fields = to_document(invitation)
            new_id = fields.pop("_id")
            document = self._collection.find_one_and_update(
                {"shop_id": shop_id, "email": email},
                {"$set": fields, "$setOnInsert": {"_id": new_id}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
                session=session,
            )
            assert document is not None
            if once:
                self._keys.insert_one(once.kept(document, now), session=session)
            put, allowed = _invitation(document), list(invitation.permissions)
            self._audit.note_in(session, now, put.invited_by, "staff-invited", put.id, shop_id, permissions=allowed)
            return put

        with self._database.client.start_session() as session:
            return session.with_transaction(write)

    def find(self, invitation_id: str, now: datetime) -> Invitation | None:
        """An invitation that is open."""
        document = self._collection.find_one({"_id": invitation_id, "expires_at": {"$gt": now}})
        return _invitation(document) if document else None

    def list_of_shop(self, shop_id: str, now: datetime) -> list[Invitation]:
        """The shop's open invitations."""
        return [_invitation(document) for document in self._collection.find(_open_of_shop(shop_id, now))]

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
            self._users.insert_one(row, session=session)
            self._audit.note_in(session, now, user.id, "staff-joined", user.id, invitation.shop_id)
            return user

        try:
            with self._database.client.start_session() as session:
                return session.with_transaction(write)
        except DuplicateKeyError as error:
            raise taken(error) from None

    def _check_room(self, shop_id: str, email: str, now: datetime, session: ClientSession) -> None:
        invited = {**_open_of_shop(shop_id, now), "email": {"$ne": email}}
        staff = self._users.count_documents({"shop_id": shop_id, "role": STAFF}, session=session)
        if staff + self._collection.count_documents(invited, session=session) >= MOST_STAFF:
            raise Conflict(f"{MOST_STAFF} people are the most that a shop can have.")


def _open_of_shop(shop_id: str, now: datetime) -> Document:
    return {"shop_id": shop_id, "expires_at": {"$gt": now}}


def _invitation(document: Document) -> Invitation:
    invitation = from_document(Invitation, document)
    return invitation._replace(permissions=tuple(invitation.permissions))


_NOW = datetime(2026, 11, 21, tzinfo=UTC)
QUERIES = (
    Query("an open invitation", "invitations", {"_id": "0" * 24, "expires_at": {"$gt": _NOW}}),
    Query("a shop's open invitations", "invitations", _open_of_shop("0" * 24, _NOW)),
    Query("the invitation of an address", "invitations", {"shop_id": "0" * 24, "email": "bharat@example.in"}),
)
