"""The books: the only way to change stock, orders and money.

One hand writes at a time. It takes every action that waits (up to 64, it never waits for more), opens one transaction,
reads what they name, lets each decide in turn on what the one before left, writes it all with one bulk per collection,
commits, and then answers all of them. A crash at any point leaves the whole group or nothing of it.
"""

from __future__ import annotations

import os
import queue
import random
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import (
    BulkWriteError,
    DuplicateKeyError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shop_server import logs
from shop_server.clock import Clock
from shop_server.errors import Duplicate, ShopError, Unavailable
from shop_server.storage.documents import Document
from shop_server.storage.ledger import Ledger
from shop_server.storage.news import Entry
from shop_server.storage.page import NotLoaded, Once, Page
from shop_server.storage.rooms import Load

T = TypeVar("T")

LARGEST_GROUP = 64
MOST_WAITING = 2_000
PATIENCE_SECONDS = 6.0
"""After so long an action is answered 503 instead of being tried again."""
COMMIT_PATIENCE_SECONDS = 12.0
_MOST_READINGS = 12

_WRITE_CONFLICT, _DUPLICATE_KEY = 112, 11000


@dataclass(slots=True)
class _Action(Generic[T]):
    """One caller's wish, and after the commit its answer or its refusal."""

    decide: Callable[[Page], T]
    once: Once | None
    needs: dict[str, Sequence[str]]
    key: str
    patience_ends: float
    answered: threading.Lock = field(default_factory=threading.Lock)
    answer: Any = None
    refusal: BaseException | None = None


class _Busy(Exception):
    """The group lost a race; deciding it again on fresh data may succeed."""


class _Taken(Exception):
    """A unique index refused a row of the group."""

    def __init__(self, index: str) -> None:
        self.index = index


class _Unknown(Exception):
    """Nobody can say whether the group was committed."""


class Books:
    """The writer of this process. `on_commit` hears the news of each group before its callers are answered."""

    def __init__(
        self,
        client: MongoClient[Document],
        database_name: str,
        clock: Clock,
        load: Load,
        *,
        process_id: str,
        on_commit: Callable[[Sequence[Entry]], None] = lambda entries: None,
        on_death: Callable[[], None] = lambda: None,
        gate: Callable[[str], None] = lambda step: None,
    ) -> None:
        self._client = client
        self._database = client.get_database(
            database_name, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
        )
        self._clock = clock
        self._load = load
        self._process_id = process_id
        self._on_commit = on_commit
        self._on_death = on_death
        self._gate = gate
        self._waiting: queue.SimpleQueue[_Action[Any] | None] = queue.SimpleQueue()
        self._open = False
        self._door = threading.Lock()
        self._session: ClientSession | None = None
        self._thread = threading.Thread(target=self._live, name="books", daemon=True)

    def start(self) -> None:
        """Begins to write. Raises a PyMongoError when the database is away."""
        self._new_session()
        self._open = True
        self._thread.start()

    def stop(self) -> None:
        """Finishes what waits, then ends; later writes are refused with Unavailable."""
        with self._door:
            if not self._open:
                return
            self._open = False
            self._waiting.put(None)
        self._thread.join()
        if self._session is not None:
            self._session.end_session()

    def write(self, decide: Callable[[Page], T], *, once: Once | None = None, **needs: Sequence[str]) -> T:
        """Runs `decide` inside the books and gives its answer once it is safely written.

        `decide` reads through the page and keeps new values there; what it raises refuses the action and leaves no trace.
        It may be run several times, so it must do nothing else. `needs` names what it will read (`products=ids`,
        `orders=ids`), which saves a round. With `once`, an action done before under the same key is not done again but
        answered as then; the answer must then be a plain document. Raises Unavailable when the database is away or the
        queue is long, InvalidInput when the key was used for something else.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("an action never calls the books again")
        action = _Action(decide, once, needs, secrets.token_hex(12), time.monotonic() + PATIENCE_SECONDS)
        action.answered.acquire()
        with self._door:
            if not self._open or self._waiting.qsize() >= MOST_WAITING:
                raise Unavailable
            self._waiting.put(action)
        action.answered.acquire()
        if action.refusal is not None:
            raise action.refusal
        return action.answer  # type: ignore[no-any-return]

    def _live(self) -> None:
        """The writer's whole life. It ends only when told to; whatever else ends it stops the process."""
        group: list[_Action[Any]] = []
        try:
            while True:
                group = self._next_group()
                if not group:
                    return
                self._serve(group)
        except BaseException as error:
            logs.failure("books.died", error)
            with self._door:
                self._open = False
            self._refuse(group, Unavailable())
            while not self._waiting.empty():
                left = self._waiting.get()
                if left is not None:
                    self._refuse([left], Unavailable())
            self._on_death()

    def _next_group(self) -> list[_Action[Any]]:
        """Everything that waits, at most LARGEST_GROUP; empty when the books are closed and nothing waits."""
        first = self._waiting.get()
        if first is None:
            return []
        group = [first]
        while len(group) < LARGEST_GROUP:
            try:
                action = self._waiting.get_nowait()
            except queue.Empty:
                break
            if action is None:
                self._waiting.put(None)
                break
            group.append(action)
        return group

    def _serve(self, group: list[_Action[Any]]) -> None:
        """Decides and commits the group, again and again while others are in the way, and answers all."""
        attempt = 0
        while group:
            group = self._drop_impatient(group)
            if not group:
                return
            attempt += 1
            try:
                self._write_group(group)
            except _Busy:
                time.sleep(random.uniform(0.001, 0.004 * min(attempt, 8)))
            except _Taken as taken:
                # Somebody else's row came first. On fresh data most actions see it and refuse; the one that does not
                # is found by trying one at a time.
                if attempt > 1 and len(group) == 1:
                    self._refuse(group, Duplicate("There is one already.", extra={"index": taken.index}))
                    return
                if attempt > 1:
                    for action in group:
                        self._serve([action])
                    return
            except _Unknown:
                self._refuse(
                    group, Unavailable("It is not known whether this was saved. Please look before you retry.")
                )
                self._session = None
                return
            except PyMongoError as error:
                logs.event("books.unavailable", 30, error=type(error).__name__)
                self._refuse(group, Unavailable())
                return
            else:
                return

    def _write_group(self, group: list[_Action[Any]]) -> None:
        session = self._session
        if session is None:
            session = self._new_session()
        session.start_transaction(max_commit_time_ms=5_000)
        try:
            ledger = self._decide(group, session)
            if ledger.is_empty():
                session.abort_transaction()
            else:
                self._gate("decided")
                for collection, operations in ledger.bulks(self._process_id):
                    result = self._database[collection].bulk_write(operations, ordered=False, session=session)
                    if result.matched_count != ledger.expected_matches(collection):
                        raise _Busy
                self._gate("written")
        except BaseException as error:
            self._abort(session)
            raise _reading_of(error) from error
        if not ledger.is_empty():
            self._commit(session)
            self._gate("committed")
            self._on_commit(ledger.entries)
        for action in group:
            action.answered.release()

    def _decide(self, group: list[_Action[Any]], session: ClientSession) -> Ledger:
        """Lets each action decide in turn; what one finds missing is read for all of them, and it decides again."""
        ledger = Ledger(self._clock.now())
        self._read(ledger, _named(group), session)
        undecided = group
        for _ in range(_MOST_READINGS):
            missing: dict[str, set[str]] = {}
            waiting = []
            for action in undecided:
                action.answer = action.refusal = None
                page = Page(ledger, action.key)
                try:
                    action.answer = page.run(action.decide, action.once)
                except NotLoaded as lacking:
                    missing.setdefault(lacking.kind, set()).update(lacking.ids)
                    waiting.append(action)
                except Exception as refusal:
                    action.refusal = refusal
            if not waiting:
                return ledger
            self._read(ledger, missing, session)
            undecided = waiting
        raise RuntimeError("an action keeps naming what it has not read")

    def _read(self, ledger: Ledger, names: dict[str, set[str]], session: ClientSession) -> None:
        for kind, ids in names.items():
            unread = ledger.unread(kind, ids)
            if unread:
                ledger.add_read(kind, unread, self._load(kind, unread, session))

    def _commit(self, session: ClientSession) -> None:
        """Commits. A commit whose result is unknown is only ever repeated as a commit, never decided again."""
        deadline = time.monotonic() + COMMIT_PATIENCE_SECONDS
        while True:
            try:
                session.commit_transaction()
                return
            except PyMongoError as error:
                if error.has_error_label("UnknownTransactionCommitResult"):
                    if time.monotonic() > deadline:
                        raise _Unknown from error
                    time.sleep(random.uniform(0.005, 0.05))
                elif error.has_error_label("TransientTransactionError"):
                    raise _Busy from error
                else:
                    raise

    def _abort(self, session: ClientSession) -> None:
        try:
            if session.in_transaction:
                session.abort_transaction()
        except PyMongoError:
            self._session = None

    def _new_session(self) -> ClientSession:
        """Opens the writer's session and records its id, so that whoever finds this process dead can end it."""
        self._session = self._client.start_session(causal_consistency=False)
        self._client.get_database(self._database.name)["writers"].replace_one(
            {"_id": self._process_id},
            {
                "session_id": self._session.session_id["id"],
                "host": socket.gethostname(),
                "process": os.getpid(),
                "started_at": self._clock.now(),
            },
            upsert=True,
        )
        return self._session

    def _drop_impatient(self, group: list[_Action[Any]]) -> list[_Action[Any]]:
        now = time.monotonic()
        late = [action for action in group if action.patience_ends < now]
        self._refuse(late, Unavailable("The shop is very busy. Please try again in a moment."))
        return [action for action in group if action.patience_ends >= now] if late else group

    def _refuse(self, group: Sequence[_Action[Any]], refusal: ShopError) -> None:
        for action in group:
            action.answer, action.refusal = None, refusal
            if action.answered.locked():
                action.answered.release()


def _named(group: list[_Action[Any]]) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for action in group:
        if action.once is not None:
            names.setdefault("keys", set()).add(action.once.id)
        for kind, ids in action.needs.items():
            names.setdefault(kind, set()).update(ids)
    return names


def _reading_of(error: BaseException) -> BaseException:
    """What an error of the database means for the group."""
    if isinstance(error, BulkWriteError):
        codes = {row.get("code"): row for row in error.details.get("writeErrors", [])}
        if _DUPLICATE_KEY in codes:
            return _Taken(",".join(codes[_DUPLICATE_KEY].get("keyPattern", {})))
        return _Busy() if _WRITE_CONFLICT in codes else error
    if isinstance(error, DuplicateKeyError):
        return _Taken(",".join((error.details or {}).get("keyPattern", {})))
    if isinstance(error, OperationFailure) and error.code == _WRITE_CONFLICT:
        return _Busy()
    if isinstance(error, ServerSelectionTimeoutError):
        return error
    if isinstance(error, PyMongoError) and error.has_error_label("TransientTransactionError"):
        return _Busy()
    return error
