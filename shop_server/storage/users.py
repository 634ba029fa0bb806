"""Where accounts are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shop_server.errors import Duplicate, NotFound
from shop_server.rules.account import User
from shop_server.rules.shop import Shop
from shop_server.storage.documents import Document, from_document, to_document
from shop_server.storage.indexing import Query

_TAKEN = {
    "email": "There is an account with this email address already. Please sign in.",
    "phone": "There is an account with this phone number already. Please sign in.",
    "username": "This user name is taken. Please choose another.",
}


class Users:
    """All accounts of the installation."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._collection = database["users"]

    def find(self, user_id: str) -> User | None:
        """An account by its id."""
        return _user(self._collection.find_one({"_id": user_id}))

    def get(self, user_id: str) -> User:
        """An account by its id. Raises NotFound."""
        user = self.find(user_id)
        if user is None:
            raise NotFound("There is no such account.")
        return user

    def find_by(self, name: str, value: str) -> User | None:
        """The account with this `email`, `phone` or `username`."""
        return _user(self._collection.find_one({name: value}))

    def list_by_ids(self, user_ids: Iterable[str]) -> dict[str, User]:
        """Those of these accounts that exist, by id."""
        users = (_user(document) for document in self._collection.find({"_id": {"$in": list(user_ids)}}))
        return {user.id: user for user in users if user is not None}

    def names(self, user_ids: Iterable[str]) -> dict[str, str]:
        """What these people are called, by id; who has left is not among them."""
        found = self._collection.find({"_id": {"$in": list(user_ids)}}, {"first_name": 1, "last_name": 1})
        return {row["_id"]: f"{row['first_name']} {row['last_name']}".strip() for row in found}

    def register(self, make: Callable[[bool], tuple[User, Shop | None]]) -> User:
        """Writes a new account, and a shopkeeper's shop, or nothing.

        `make` is told whether this is the very first account of the installation (of two at once only one is); what it
        raises refuses the registration. Raises Duplicate for a taken email, phone or username.
        """

        def write(session: ClientSession) -> User:
            user, shop = make(self._claim_first(session))
            self._collection.insert_one(to_document(user), session=session)
            if shop is not None:
                self._database["shops"].insert_one(to_document(shop), session=session)
            return user

        try:
            with self._database.client.start_session() as session:
                return session.with_transaction(write)
        except DuplicateKeyError as error:
            raise _taken(error) from None

    def change(self, user_id: str, changes: dict[str, Any]) -> User:
        """Sets these fields of the profile. Raises Duplicate for a taken username, NotFound when she has left."""
        try:
            document = self._collection.find_one_and_update(
                {"_id": user_id}, {"$set": changes, "$inc": {"version": 1}}, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError as error:
            raise _taken(error) from None
        user = _user(document)
        if user is None:
            raise NotFound("There is no such account.")
        return user

    def change_password(self, user: User, password_hash: str) -> bool:
        """Replaces the password of `user` unless it was replaced meanwhile; says whether it was done."""
        done = self._collection.update_one(
            {"_id": user.id, "password_hash": user.password_hash},
            {"$set": {"password_hash": password_hash}, "$inc": {"version": 1}},
        )
        return done.modified_count == 1

    def _claim_first(self, session: ClientSession) -> bool:
        claimed = self._database["secrets"].update_one(
            {"_id": "first_account"}, {"$setOnInsert": {"value": "registered"}}, upsert=True, session=session
        )
        return claimed.upserted_id is not None


def _user(document: Document | None) -> User | None:
    if document is None:
        return None
    user = from_document(User, document)
    return replace(user, permissions=tuple(user.permissions))


def _taken(error: DuplicateKeyError) -> Duplicate:
    (name, *_) = (error.details or {}).get("keyPattern", {"": 1})
    return Duplicate(_TAKEN.get(name, "There is such an account already."), extra={"field": name})


QUERIES = (
    Query("sign in by email", "users", {"email": "devi@example.in"}),
    Query("sign in by phone", "users", {"phone": "9876543210"}),
    Query("sign in by user name", "users", {"username": "devi"}),
)
