"""The books: the only way to change stock, orders and money.

One hand writes at a time. It takes every action that waits (up to 64, it never waits for more), opens one transaction,
reads what they name, lets each decide in turn on what the one before left, writes it all with one bulk per collection,
commits, and then answers all of them. A crash at any point leaves the whole group or nothing of it.
"""

from __future__ import annotations

import queue
import random
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pymongo
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import BulkWriteError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shop_server import logs
from shop_server.clock import Clock
from shop_server.errors import StaleVersion, Unavailable
from shop_server.storage import writers
from shop_server.storage.action import PATIENCE_SECONDS, TOO_BUSY, UNKNOWN, Action
from shop_server.storage.documents import Document
from shop_server.storage.figures import BooksFigures
from shop_server.storage.ledger import Ledger, NotLoaded, Operation
from shop_server.storage.news import Entry
from shop_server.storage.once import Once
from shop_server.storage.page import Page
from shop_server.storage.rooms import Rooms
from shop_server.storage.trouble import Busy, Rejected, Unknown, meaning_of, meaning_of_bulk_error
from shop_server.storage.turns import Turns

T = TypeVar("T")

LARGEST_GROUP = 64
MOST_WAITING = 2_000
COMMIT_PATIENCE_SECONDS = PATIENCE_SECONDS
"""So long a commit without an answer is repeated; then its callers have gone."""
COURTESY_SECONDS = 1.0
"""How long the writer tries to tell a database that may be gone what it would find out by itself."""
_MOST_READINGS = 12


class Books:
    """The writer of this process. `on_commit` hears the news of each group before its callers are answered.

    While `closed_because` holds words, everybody is refused with them.
    """

    def __init__(
        self,
        client: MongoClient[Document],
        database_name: str,
        clock: Clock,
        rooms: Rooms,
        *,
        process_id: str,
        on_commit: Callable[[Sequence[Entry]], None] = lambda entries: None,
        on_death: Callable[[], None] = lambda: None,
        gate: Callable[[str], None] = lambda step: None,
        turns: Turns | None = None,
    ) -> None:
        self._client = client
        self._database = client[database_name]
        self._clock = clock
        self._rooms = rooms
        self._process_id = process_id
        self._on_commit = on_commit
        self._on_death = on_death
        self._gate = gate
        self._turns = turns or Turns(None)
        self.closed_because: str | None = None
        self.figures = BooksFigures()
        self._waiting: queue.SimpleQueue[Action[Any] | None] = queue.SimpleQueue()
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
        self._turns.close()
        self._sign_out()

    @property
    def waiting(self) -> int:
        """How many actions wait for their turn."""
        return self._waiting.qsize()

    def list_anew(self) -> None:
        """The writer's row in `writers` is gone: it writes its next group through another session, listed before it."""
        self._session = None

    def write(self, decide: Callable[[Page], T], *, once: Once | None = None, **needs: Sequence[str]) -> T:
        """Runs `decide` inside the books and gives its answer once it is safely written.

        `decide` reads through the page and keeps new values there; what it raises refuses the action and leaves no trace.
        It may be run several times, so it must do nothing else. `needs` names what it will read (`products=ids`,
        `orders=ids`), which saves a round. With `once`, an action done before under the same key is not done again but
        answered as then; the answer must then be a plain document. Raises Unavailable when the database is away or the
        queue is long, at the latest after PATIENCE_SECONDS and LAST_WORD_SECONDS: nothing was written then, nor will be,
        unless it says that this is not known. Raises InvalidInput when the key was used for something else.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("an action never calls the books again")
        if self.closed_because is not None:
            raise Unavailable(self.closed_because, retry_after_seconds=30)
        action = Action(decide, once, needs, secrets.token_hex(12))
        with self._door:
            if not self._open or self.waiting >= MOST_WAITING:
                raise Unavailable
            self._waiting.put(action)
        return action.wait()

    def _live(self) -> None:
        """The writer's whole life. It ends only when told to; whatever else ends it stops the process."""
        group: list[Action[Any]] = []
        try:
            while (first := self._waiting.get()) is not None:
                group = [first]
                with self._turns.taken():
                    self._add_waiting(group)
                    self._serve(group)
        except BaseException as error:
            logs.failure("books.died", error)
            with self._door:
                self._open = False
            self._refuse(group, Unavailable(UNKNOWN))
            while not self._waiting.empty():
                left = self._waiting.get()
                if left is not None:
                    self._refuse([left], Unavailable())
            self._on_death()

    def _add_waiting(self, group: list[Action[Any]]) -> None:
        """Adds everything that waits, up to LARGEST_GROUP in all."""
        while len(group) < LARGEST_GROUP:
            try:
                action = self._waiting.get_nowait()
            except queue.Empty:
                break
            if action is None:
                self._waiting.put(None)
                break
            group.append(action)

    def _serve(self, group: list[Action[Any]]) -> None:
        """Decides and commits the group, again and again while others are in the way, and answers all."""
        attempts = rejections = 0
        while group := self._drop_impatient(group):
            attempts += 1
            began = time.perf_counter()
            try:
                self._write_group(group)
                self.figures.committed(len(group), time.perf_counter() - began)
                return
            except Busy:
                self.figures.lost_race()
                time.sleep(random.uniform(0.001, 0.004 * min(attempts, 8)))
            except Rejected as rejected:
                # Somebody else's row may have come first: on fresh data most actions see it and refuse by themselves.
                # What spoils the group even then is found by trying one at a time.
                rejections += 1
                if rejections > 1 and len(group) == 1:
                    self._refuse(group, rejected.refusal)
                    return
                if rejections > 1:
                    for action in group:
                        self._serve([action])
                    return
            except Unknown:
                self._session = None
                self._refuse(group, Unavailable(UNKNOWN))
                return
            except PyMongoError as error:
                logs.event("books.unavailable", 30, error=type(error).__name__)
                self._refuse(group, Unavailable())
                return

    def _write_group(self, group: list[Action[Any]]) -> None:
        session = self._session or self._new_session()
        session.start_transaction(ReadConcern("snapshot"), WriteConcern("majority"), max_commit_time_ms=5_000)
        try:
            ledger = self._decide(group, session)
            if ledger.is_empty():
                session.abort_transaction()
            else:
                self._gate("decided")
                for collection, operations in ledger.bulks(self._process_id):
                    self._write_bulk(collection, operations, ledger.expected_matches(collection), session)
                self._gate("written")
                if not all(action.seal() for action in group):
                    # Without the one whose caller has gone they are decided again.
                    raise Busy
        except BaseException as error:
            self._abort(session)
            meaning = meaning_of(error)
            if meaning is error:
                raise
            raise meaning from error
        if not ledger.is_empty():
            self._commit(session)
            self._gate("committed")
            self._on_commit(ledger.entries)
        for action in group:
            action.settle()

    def _write_bulk(
        self, collection: str, operations: Sequence[Operation], expected_matches: int, session: ClientSession
    ) -> None:
        try:
            result = self._database[collection].bulk_write(operations, ordered=False, session=session)
        except BulkWriteError as error:
            raise meaning_of_bulk_error(collection, error) from error
        if result.matched_count + result.upserted_count != expected_matches:
            raise Rejected(StaleVersion("Somebody else changed this at the same moment. Please look again."))

    def _decide(self, group: list[Action[Any]], session: ClientSession) -> Ledger:
        """Lets each action decide in turn; what one finds missing is read for all of them, and it decides again."""
        ledger = Ledger(self._clock.now(), self._rooms.settings)
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
        for action in undecided:
            action.refusal = RuntimeError("an action keeps naming what it has not read")
        return ledger

    def _read(self, ledger: Ledger, names: dict[str, set[str]], session: ClientSession) -> None:
        for kind, ids in names.items():
            unread = ledger.unread(kind, ids)
            if unread:
                ledger.add_read(kind, unread, self._rooms.load(kind, unread, session))

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
                        raise Unknown from error
                    time.sleep(random.uniform(0.005, 0.05))
                elif error.has_error_label("TransientTransactionError"):
                    raise Busy from error
                else:
                    raise

    def _abort(self, session: ClientSession) -> None:
        try:
            if session.in_transaction:
                with pymongo.timeout(COURTESY_SECONDS):
                    session.abort_transaction()
        except PyMongoError:
            self._session = None

    def _new_session(self) -> ClientSession:
        """Opens the writer's session and records its id, so that whoever finds this process dead can end it."""
        session = self._client.start_session(causal_consistency=False)
        row = {**writers.this_process(), "session_id": session.session_id["id"], "started_at": self._clock.now()}
        left = self._database["writers"].find_one_and_replace({"_id": self._process_id}, row, upsert=True)
        if left is not None:
            # What a commit without an answer may have left open keeps its goods locked.
            writers.end_session(self._database, left)
        self._session = session
        return session

    def _sign_out(self) -> None:
        """Ends the session; nobody need look for it."""
        try:
            with pymongo.timeout(COURTESY_SECONDS):
                if self._session is not None:
                    self._session.end_session()
                self._database["writers"].delete_one({"_id": self._process_id})
        except PyMongoError as error:
            # The database went first. Whoever looks for dead writers finds this one.
            logs.event("books.not_signed_out", 30, error=type(error).__name__)

    def _drop_impatient(self, group: list[Action[Any]]) -> list[Action[Any]]:
        now = time.monotonic()
        late = [action for action in group if action.is_late(now)]
        self._refuse(late, Unavailable(TOO_BUSY))
        return [action for action in group if not action.is_late(now)] if late else group

    def _refuse(self, group: Sequence[Action[Any]], refusal: Exception) -> None:
        for action in group:
            if not action.is_answered:
                action.answer, action.refusal = None, refusal
                action.settle()


def _named(group: list[Action[Any]]) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for action in group:
        if action.once is not None:
            names.setdefault("keys", set()).add(action.once.id)
        for kind, ids in action.needs.items():
            names.setdefault(kind, set()).update(ids)
    return names
