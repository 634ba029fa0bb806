"""Where it is kept who is signed in where, and remembered for a moment, so that a request need not ask again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from pymongo.database import Database

from shop_server.rules.account import Session, person_of
from shop_server.rules.person import Person
from shop_server.storage.documents import Document, from_document, to_document
from shop_server.storage.indexing import Query
from shop_server.storage.memory import Memory
from shop_server.storage.users import Users

MOST_REMEMBERED = 20_000
REMEMBERED_SECONDS = 60.0
LONGEST_LIST = 100


class Sessions:
    """All sign-ins. Persons are remembered in this process until news of their session or account comes."""

    def __init__(self, database: Database[Document], users: Users) -> None:
        self._collection = database["sessions"]
        self._users = users
        self._memory: Memory[tuple[Person, datetime]] = Memory(MOST_REMEMBERED, REMEMBERED_SECONDS)

    def find_person(self, session_id: str, now: datetime) -> Person | None:
        """Who is signed in there; None when the session has ended or run out."""
        return self.find_remembered(session_id, now) or self._read_person(session_id, now)

    def find_remembered(self, session_id: str, now: datetime) -> Person | None:
        """The same from memory alone, without waiting for the database; None when it is not known here."""
        remembered = self._memory.find(session_id)
        return remembered[0] if remembered and remembered[1] > now else None

    def insert(self, session: Session) -> None:
        """Signs somebody in."""
        self._collection.insert_one(to_document(session))

    def find(self, session_id: str, now: datetime) -> Session | None:
        """A session that lasts."""
        document = self._collection.find_one({"_id": session_id, "expires_at": {"$gt": now}})
        return from_document(Session, document) if document else None

    def list_of_user(self, user_id: str, now: datetime) -> list[Session]:
        """Where she is signed in, last used first."""
        found = self._collection.find({"user_id": user_id, "expires_at": {"$gt": now}})
        return [from_document(Session, row) for row in found.sort("turned_at", -1).limit(LONGEST_LIST)]

    def take_turn(self, session_id: str, turn: int, now: datetime) -> bool:
        """Begins the turn after `turn`; False when that has been done already or the session has ended."""
        done = self._collection.update_one(
            {"_id": session_id, "turn": turn, "expires_at": {"$gt": now}},
            {"$set": {"turn": turn + 1, "turned_at": now}},
        )
        return done.modified_count == 1

    def give_permit(self, session_id: str, user_id: str, until: datetime) -> bool:
        """Lets staff write the goods in this session until then; False when the session has ended."""
        done = self._collection.update_one({"_id": session_id, "user_id": user_id}, {"$set": {"permit_until": until}})
        return done.matched_count == 1

    def end(self, session_id: str, user_id: str) -> bool:
        """Ends her session at once; False when there is none of hers."""
        return self._collection.delete_one({"_id": session_id, "user_id": user_id}).deleted_count == 1

    def end_others(self, user_id: str, kept_session_id: str) -> list[str]:
        """Ends all her sessions but one; gives the ids of those that ended."""
        others = {"user_id": user_id, "_id": {"$ne": kept_session_id}}
        ended = [row["_id"] for row in self._collection.find(others, {"_id": 1})]
        self._collection.delete_many({"_id": {"$in": ended}})
        return ended

    def end_all(self, user_id: str) -> int:
        """Ends all her sessions; gives how many there were."""
        return self._collection.delete_many({"user_id": user_id}).deleted_count

    def hear(self, kind: str, id_: str) -> None:
        """Forgets what news of this kind ("session" or "user") has made stale."""
        if kind == "session":
            self._memory.forget(lambda session_id, kept: session_id == id_)
        elif kind == "user":
            self._memory.forget(lambda session_id, kept: kept[0].user_id == id_)

    def forget_all(self) -> None:
        """When news may have been missed."""
        self._memory.forget_all()

    def _read_person(self, session_id: str, now: datetime) -> Person | None:
        generation = self._memory.generation
        session = self.find(session_id, now)
        user = self._users.find(session.user_id) if session else None
        if session is None or user is None or user.suspended:
            return None
        person = replace(person_of(user, session_id), permit_until=session.permit_until)
        self._memory.keep(session_id, (person, session.expires_at), generation)
        return person


_NOW = datetime(2026, 11, 21, tzinfo=UTC)
QUERIES = (
    Query("a session that lasts", "sessions", {"_id": "0" * 24, "expires_at": {"$gt": _NOW}}),
    Query("where she is signed in", "sessions", {"user_id": "0" * 24, "expires_at": {"$gt": _NOW}}),
    Query("her other sessions", "sessions", {"user_id": "0" * 24, "_id": {"$ne": "1" * 24}}),
)
