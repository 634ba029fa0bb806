"""Where accounts are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shop_server.errors import Conflict, Duplicate, NotFound, StaleVersion
from shop_server.rules.account import User, erased
from shop_server.rules.person import CUSTOMER
from shop_server.rules.shop import Shop
from shop_server.rules.text import search_words
from shop_server.storage.documents import Document, from_document, to_document
from shop_server.storage.indexing import Query
from shop_server.storage.once import Once
from shop_server.storage.one_at_a_time import one_at_a_time

_MOST_TRIES = 5
_NEWEST_FIRST = (("created_at", -1), ("_id", -1))

_ADMINS: Document = {"is_admin": True, "suspended": False}

Mark = tuple[datetime, str]
"""An account's place in the list: when it was opened, and its id."""

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
        return user_of(self._collection.find_one({"_id": user_id}))

    def get(self, user_id: str) -> User:
        """An account by its id. Raises NotFound."""
        user = self.find(user_id)
        if user is None:
            raise NotFound("There is no such account.")
        return user

    def find_by(self, name: str, value: str) -> User | None:
        """The account with this `email`, `phone` or `username`."""
        return user_of(self._collection.find_one({name: value}))

    def list_by_ids(self, user_ids: Iterable[str]) -> dict[str, User]:
        """Those of these accounts that exist, by id."""
        users = (user_of(document) for document in self._collection.find({"_id": {"$in": list(user_ids)}}))
        return {user.id: user for user in users if user is not None}

    def names(self, user_ids: Iterable[str]) -> dict[str, str]:
        """What these people are called, by id; who has left is not among them."""
        found = self._collection.find({"_id": {"$in": list(user_ids)}}, {"first_name": 1, "last_name": 1})
        return {row["_id"]: f"{row['first_name']} {row['last_name']}".strip() for row in found}

    def list_found(self, words: Sequence[str], state: Mapping[str, Any], limit: int, after: Mark | None) -> list[User]:
        """Accounts, the newest first, that have a word beginning with each of `words`; `state` names fields and values."""
        found = self._collection.find(_found(words, state, after)).sort(_NEWEST_FIRST).limit(limit)
        return [user for document in found if (user := user_of(document)) is not None]

    def list_of_shop(self, shop_id: str) -> list[User]:
        """Who works in a shop: its owner and her staff."""
        found = self._collection.find({"shop_id": shop_id})
        return [user for document in found if (user := user_of(document)) is not None]

    def admin_ids(self) -> list[str]:
        """Who looks after the installation, and can sign in to do so."""
        return [row["_id"] for row in self._collection.find(_ADMINS, {"_id": 1})]

    def register(self, make: Callable[[bool], tuple[User, Shop | None]], once: Once | None = None) -> User:
        """Writes a new account, and a shopkeeper's shop, or nothing. Once more under a key it gives the account of then.

        `make` is told whether this is the very first account of the installation (of two at once only one is); what it
        raises refuses the registration. Raises Duplicate for a taken email, phone or username, InvalidInput when the key
        was used for something else.
        """
        keys = self._database["idempotency_keys"]

        def write(session: ClientSession) -> User:
            before = keys.find_one({"_id": once.id}, session=session) if once else None
            if once and before:
                return self.get(once.answer_of(before)["user_id"])
            user, shop = make(self._claim_first(session))
            self._collection.insert_one(user_document(user), session=session)
            if once:
                keys.insert_one(once.kept({"user_id": user.id}, user.created_at), session=session)
            if shop is not None:
                self._database["shops"].insert_one(to_document(shop), session=session)
            return user

        try:
            with self._database.client.start_session() as session:
                return session.with_transaction(write)
        except DuplicateKeyError as error:
            raise taken(error) from None

    def change(self, user_id: str, changes: dict[str, Any]) -> User:
        """Sets these fields of the account, and the words that it is found by.

        Raises Duplicate for a taken email, phone or username, NotFound when she has left, and StaleVersion when others
        keep being faster.
        """
        for _ in range(_MOST_TRIES):
            user = self.get(user_id)
            found_by = _words(replace(user, **changes))
            try:
                document = self._collection.find_one_and_update(
                    {"_id": user_id, "version": user.version},
                    {"$set": {**changes, "words": found_by}, "$inc": {"version": 1}},
                    return_document=ReturnDocument.AFTER,
                )
            except DuplicateKeyError as error:
                raise taken(error) from None
            changed = user_of(document)
            if changed is not None:
                return changed
        raise StaleVersion("Somebody else is changing this account just now. Please try again.")

    def change_password(self, user: User, password_hash: str) -> bool:
        """Replaces the password of `user` unless it was replaced meanwhile; says whether it was done."""
        done = self._collection.update_one(
            {"_id": user.id, "password_hash": user.password_hash},
            {"$set": {"password_hash": password_hash}, "$inc": {"version": 1}},
        )
        return done.modified_count == 1

    def replace_password(self, user: User, password_hash: str, **proved: Any) -> bool:
        """Sets a new password, and what else is known now; False when she has left, or has another address by now."""
        done = self._collection.update_one(
            {"_id": user.id, "email": user.email},
            {"$set": {"password_hash": password_hash, **proved}, "$inc": {"version": 1}},
        )
        return bool(user.email) and done.modified_count == 1

    def erase(self, user: User, now: datetime) -> bool:
        """Erases the account, unless it has been changed meanwhile; says whether it was done.

        Raises Conflict for the only admin; of the last two who leave at once, one stays.
        """
        left = {name: list(value) if isinstance(value, tuple) else value for name, value in erased(user, now).items()}
        guard = {"_id": user.id, "version": user.version}

        def write(session: ClientSession) -> bool:
            if user.is_admin and count_other_admins(self._database, user, session) == 0:
                raise Conflict("You are the only admin here. Make somebody else admin first.")
            change = {"$set": {**left, "words": []}, "$inc": {"version": 1}}
            return self._collection.update_one(guard, change, session=session).modified_count == 1

        with self._database.client.start_session() as session:
            return session.with_transaction(write)

    def list_to_remind(self, now: datetime, limit: int) -> list[User]:
        """Who may want to be reminded, the longest due first."""
        found = self._collection.find(_to_remind(now)).sort("remind_after", 1).limit(limit)
        return [user for document in found if (user := user_of(document)) is not None]

    def put_off_reminder(self, user: User, until: datetime) -> bool:
        """Looks at her again then; False when somebody else has seen to it, or she wants no more of it."""
        guard = {"_id": user.id, "reminders": True, "remind_after": user.remind_after}
        return self._collection.update_one(guard, {"$set": {"remind_after": until}}).modified_count == 1

    def stop_reminders(self, user_id: str) -> None:
        """She wants no more reminders."""
        change = {"$set": {"reminders": False, "remind_after": None}, "$inc": {"version": 1}}
        self._collection.update_one({"_id": user_id, "reminders": True}, change)

    def list_erasing(self) -> list[User]:
        """Who has left and is not yet erased everywhere."""
        return [user for row in self._collection.find({"erasing": True}) if (user := user_of(row)) is not None]

    def forget_who_left(self, user_id: str) -> bool:
        """Her traces are erased: her address is not needed any more. False when this was known already."""
        change = {"$set": {"leaving": None}}
        return self._collection.update_one({"_id": user_id, "leaving": {"$ne": None}}, change).modified_count == 1

    def finish_erasing(self, user_id: str) -> None:
        """Nothing says any more who she was."""
        self._collection.update_one({"_id": user_id}, {"$set": {"erasing": False}})

    def _claim_first(self, session: ClientSession) -> bool:
        claimed = self._database["secrets"].update_one(
            {"_id": "first_account"}, {"$setOnInsert": {"value": "registered"}}, upsert=True, session=session
        )
        return claimed.upserted_id is not None


def user_document(user: User) -> Document:
    """An account as the collection keeps it, with the words that it is found by."""
    return {**to_document(user), "permissions": list(user.permissions), "words": _words(user)}


def user_of(document: Document | None) -> User | None:
    """The account in a row; None for none."""
    if document is None:
        return None
    user = from_document(User, document)
    return replace(user, permissions=tuple(user.permissions))


def count_other_admins(database: Database[Document], user: User, session: ClientSession) -> int:
    """How many admins who may sign in there are beside this one; none beside who is no admin.

    Two who change or leave at once would each still see the other as admin, so they take turns.
    """
    if not user.is_admin:
        return 0
    one_at_a_time(database, "admins", session)
    return database["users"].count_documents({**_ADMINS, "_id": {"$ne": user.id}}, session=session)


def taken(error: DuplicateKeyError) -> Duplicate:
    """What of an account is somebody else's already."""
    (name, *_) = (error.details or {}).get("keyPattern", {"": 1})
    return Duplicate(_TAKEN.get(name, "There is such an account already."), extra={"field": name})


def _to_remind(now: datetime) -> Document:
    return {"reminders": True, "remind_after": {"$lte": now}, "role": CUSTOMER, "suspended": False}


def _words(user: User) -> list[str]:
    return search_words(f"{user.first_name} {user.last_name} {user.username or ''} {user.email} {user.phone}")


def _found(words: Sequence[str], state: Mapping[str, Any], after: Mark | None) -> Document:
    query: Document = dict(state)
    if words:
        # The longest first: it leaves the fewest.
        query["$and"] = [{"words": {"$regex": "^" + re.escape(word)}} for word in sorted(words, key=len, reverse=True)]
    if after is not None:
        at, id_ = after
        query |= {
            "created_at": {"$lte": at},
            "$or": [{"created_at": {"$lt": at}}, {"created_at": at, "_id": {"$lt": id_}}],
        }
    return query


_MARK = (datetime(2026, 11, 21, tzinfo=UTC), "0" * 24)
QUERIES = (
    Query("accounts, the newest first", "users", _found((), {}, _MARK), _NEWEST_FIRST),
    Query("accounts by the beginning of words", "users", _found(("dev", "kul"), {}, _MARK), _NEWEST_FIRST),
    Query("accounts of one role", "users", _found((), {"role": "staff"}, _MARK), _NEWEST_FIRST),
    Query("who is suspended", "users", _found((), {"suspended": True}, None), _NEWEST_FIRST),
    Query("who works in a shop", "users", {"shop_id": "0" * 24}),
    Query("the admins", "users", _ADMINS),
    Query("whom to remind", "users", _to_remind(datetime(2026, 11, 21, tzinfo=UTC)), (("remind_after", 1),)),
    Query("who is being erased", "users", {"erasing": True}),
    Query("sign in by email", "users", {"email": "devi@example.in"}),
    Query("sign in by phone", "users", {"phone": "9876543210"}),
    Query("sign in by user name", "users", {"username": "devi"}),
)
