"""Where errands wait, and where what belongs to them lies for a day: files in parts, and the rows of imports.

Files are in the database, so that whichever process is asked can hand them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pymongo import ReplaceOne, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database

from shop_server.errors import Conflict, NotFound
from shop_server.rules.errand import DONE, EXPORT, FAILED, KEPT_FOR, MOST_OPEN, WORKING, Errand
from shop_server.storage.documents import Document, from_document, to_document
from shop_server.storage.indexing import Query
from shop_server.storage.one_at_a_time import one_at_a_time

PART_BYTES = 1024 * 1024
MOST_BYTES = 24 * 1024 * 1024
"""No file is larger: it is sent as one answer."""

_NEWEST_FIRST = (("at", -1), ("_id", -1))
_OLDEST_FIRST = (("at", 1),)


class Errands:
    """The errands of all shops."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._errands = database["errands"]
        self._parts = database["errand_parts"]

    def add(self, errand: Errand, file: bytes = b"") -> Errand:
        """Leaves an errand, with the file that it is about. The same id again changes nothing; gives what is there.

        Raises Conflict while MOST_OPEN of the shop wait, also when many come at once.
        """
        there = self.find(errand.id)
        if there is not None:
            return there
        # Before the file is taken in; what decides is asked again when the errand is added.
        self._check_room(errand.shop_id)
        self._put(errand, "in", (file[at : at + PART_BYTES] for at in range(0, len(file), PART_BYTES)))

        def write(session: ClientSession) -> Errand:
            one_at_a_time(self._database, f"errands:{errand.shop_id}", session)
            row = self._errands.find_one({"_id": errand.id}, session=session)
            if row is not None:
                return _errand(row)
            self._check_room(errand.shop_id, session)
            self._errands.insert_one(to_document(errand), session=session)
            return errand

        with self._database.client.start_session() as session:
            return session.with_transaction(write)

    def find(self, errand_id: str) -> Errand | None:
        row = self._errands.find_one({"_id": errand_id})
        return _errand(row) if row else None

    def get(self, errand_id: str, shop_id: str, what: str, now: datetime) -> Errand:
        """An errand of this shop. Raises NotFound, also when its day is over."""
        errand = self.find(errand_id)
        if errand is None or (errand.shop_id, errand.what) != (shop_id, what) or errand.expires_at <= now:
            raise NotFound("There is no such file any more." if what == EXPORT else "There is no such import any more.")
        return errand

    def list_of_shop(self, shop_id: str, what: str, now: datetime, limit: int) -> list[Errand]:
        """The newest first."""
        found = self._errands.find({**_of_shop(shop_id, what), "expires_at": {"$gt": now}})
        return [_errand(row) for row in found.sort(_NEWEST_FIRST).limit(limit)]

    def claim(self, what: str, claim: str) -> Errand | None:
        """Takes the next one to run, also one whose process has died. Only one process may do so at a time."""
        row = self._errands.find_one_and_update(
            _open(what),
            {"$set": {"status": WORKING, "claim": claim}, "$inc": {"attempts": 1}},
            sort=_OLDEST_FIRST,
            return_document=ReturnDocument.AFTER,
        )
        return _errand(row) if row else None

    def note(self, errand: Errand, **changed: Any) -> bool:
        """Sets what is known of it by now. False when it has become somebody else's."""
        guard = {"_id": errand.id, "claim": errand.claim, "open": True}
        return self._errands.update_one(guard, {"$set": changed}).matched_count == 1

    def finish(self, errand: Errand, **changed: Any) -> bool:
        """It is done."""
        return self.note(errand, status=DONE, open=False, progress=100, **changed)

    def give_up(self, errand: Errand, trouble: str) -> bool:
        """It cannot be done."""
        return self.note(errand, status=FAILED, open=False, trouble=trouble)

    def put_file(self, errand: Errand, parts: Iterable[bytes]) -> None:
        """Keeps what came of it. Tried again, it is put beside what a broken try has left."""
        self._put(errand, f"out-{errand.claim}", parts)

    def read_file(self, errand: Errand) -> bytes:
        """What came of it."""
        return self._read(errand, f"out-{errand.claim}")

    def read_upload(self, errand: Errand) -> bytes:
        """The file that it is about."""
        return self._read(errand, "in")

    def put_rows(self, errand: Errand, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keeps what became of rows of an import, each known by its number (`row`)."""
        kept = [{"_id": _row_id(errand.id, row["row"]), "expires_at": errand.expires_at, **row} for row in rows]
        if kept:
            self._parts.bulk_write([ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in kept], ordered=False)

    def list_rows(self, errand: Errand, outcome: str | None, limit: int, after: int = 0) -> list[Document]:
        """Rows of an import in their order, of one `outcome` if given; `after` is the number of the last one seen."""
        return list(self._parts.find(_rows(errand.id, after, outcome)).sort("_id", 1).limit(limit))

    def forget_parts_without_errand(self, before: datetime) -> int:
        """Clears away parts of before whose errand was never added or is gone; gives how many."""
        old = {"expires_at": {"$lt": before + KEPT_FOR}}
        owners = {str(row["_id"]).partition(":")[0] for row in self._parts.find(old, {"_id": 1})}
        known = {row["_id"] for row in self._errands.find({}, {"_id": 1})}
        return sum(self._parts.delete_many(_of_errand(owner)).deleted_count for owner in owners - known)

    def _check_room(self, shop_id: str, session: ClientSession | None = None) -> None:
        if self._errands.count_documents(_open_of_shop(shop_id), session=session) >= MOST_OPEN:
            raise Conflict("Many lists of this shop are still being worked on. Please wait for those.")

    def _put(self, errand: Errand, name: str, parts: Iterable[bytes]) -> None:
        for number, part in enumerate(parts):
            row = {"_id": f"{errand.id}:{name}:{number:05d}", "expires_at": errand.expires_at, "data": part}
            # Once more under the same key is the same file.
            self._parts.replace_one({"_id": row["_id"]}, row, upsert=True)

    def _read(self, errand: Errand, name: str) -> bytes:
        return b"".join(row["data"] for row in self._parts.find(_of_errand(f"{errand.id}:{name}")).sort("_id", 1))


def _errand(row: Document) -> Errand:
    return from_document(Errand, {**row, "ignored": tuple(row["ignored"])})


def _open(what: str) -> Document:
    return {"what": what, "open": True}


def _open_of_shop(shop_id: str) -> Document:
    return {"shop_id": shop_id, "open": True}


def _of_shop(shop_id: str, what: str) -> Document:
    return {"shop_id": shop_id, "what": what}


def _of_errand(beginning: str) -> Document:
    """All parts whose id begins so; ";" is what comes after ":"."""
    return {"_id": {"$gte": f"{beginning}:", "$lt": f"{beginning};"}}


def _row_id(errand_id: str, row: int) -> str:
    return f"{errand_id}:row:{row:07d}"


def _rows(errand_id: str, after: int, outcome: str | None) -> Document:
    query: Document = {"_id": {"$gt": _row_id(errand_id, after), "$lt": f"{errand_id}:row;"}}
    return query if outcome is None else {**query, "outcome": outcome}


_NOW = datetime(2026, 11, 21, tzinfo=UTC)
QUERIES = (
    Query("the next errand to run", "errands", _open(EXPORT), _OLDEST_FIRST),
    Query("a shop's open errands", "errands", _open_of_shop("0" * 24)),
    Query(
        "a shop's files, the newest first",
        "errands",
        {**_of_shop("0" * 24, EXPORT), "expires_at": {"$gt": _NOW}},
        _NEWEST_FIRST,
    ),
)
