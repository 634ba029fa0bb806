"""The shop's own mongod: started with the shop, watched while it is open, stopped last. Nobody else can reach it."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote_plus

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from shop_server import logs
from shop_server.errors import CannotStart
from shop_server.storage import mongod_door, mongod_program
from shop_server.storage.connection import Connection, open_database
from shop_server.storage.data_lock import DataInUse, DataLock, is_locked
from shop_server.storage.documents import Document

START_SECONDS = 60.0
STOP_SECONDS = 30.0
LOOK_SECONDS = 0.2
RETRY_SECONDS = 5.0
POLL_SECONDS = 0.02
LOG_BYTES = 20 * 1024 * 1024
NOT_YET_INITIALIZED, ALREADY_INITIALIZED = 94, 23


class Bundled:
    """A one-member replica set over `data_dir`, behind a private Unix socket (on Windows a loopback port).

    A mongod that a killed shop left running is taken over. One that dies is started again by itself.
    """

    def __init__(self, data_dir: Path, program: Path | None = None, extra_arguments: Sequence[str] = ()) -> None:
        self._folder = data_dir.absolute().resolve() / "mongodb"
        self._lock = DataLock(self._folder.parent)
        self._named_program = program
        self._extra_arguments = tuple(extra_arguments)
        self._program = Path()
        self._child: subprocess.Popen[bytes] | None = None
        self._log_start = 0
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="mongod-watch", daemon=True)
        self._host = mongod_door.place(self._folder)

    @property
    def uri(self) -> str:
        """Where clients find it."""
        return f"mongodb://{quote_plus(self._host)}/?directConnection=true"

    def start(self) -> None:
        """Returns when it takes writes. Raises DataInUse when another shop has the folder, CannotStart for the rest."""
        mongod_door.make_private_folder(self._folder)
        self._lock.take()
        try:
            mongod_door.prepare(self._host)
            self._program = mongod_program.find_program(self._named_program)
            self._bring_up()
        except BaseException:
            if self._child is not None:
                self._end()
            self._lock.release()
            raise
        self._watcher.start()

    def note_address(self, address: str) -> None:
        """Notes where the shop answers, for whoever tries to open the same data folder."""
        self._lock.note(address)

    def stop(self) -> None:
        """Ends mongod, the last thing that a closing shop does, and gives the data folder back."""
        self._stopping.set()
        if self._watcher.is_alive():
            self._watcher.join()
        self._end()
        self._lock.release()

    def attach(self) -> None:
        """Waits for the mongod that another process of the shop keeps here. Raises CannotStart."""
        deadline = time.monotonic() + START_SECONDS
        while not (mongod_door.answers(self._host) and self._takes_writes()):
            if time.monotonic() > deadline:
                raise CannotStart(_does_not_answer(self._folder))
            self._stopping.wait(POLL_SECONDS)

    # --- up ---

    def _bring_up(self) -> None:
        """Starts a mongod, or takes over the one left running, until it takes writes."""
        self._child = None
        deadline = time.monotonic() + START_SECONDS
        while not self._stopping.is_set():
            if self._child is not None and self._child.poll() is not None:
                self._bury(self._child)
            # Never because a connection failed: a second mongod would replace the socket of the first.
            if self._child is None and not self._is_running():
                self._child = self._launch()
            try:
                if mongod_door.answers(self._host) and self._is_ready():
                    return
            except PyMongoError as error:
                logs.event("mongod_not_ready", logging.DEBUG, reason=str(error))
            if time.monotonic() > deadline:
                raise CannotStart(_does_not_answer(self._folder))
            self._stopping.wait(POLL_SECONDS)

    def _launch(self) -> subprocess.Popen[bytes]:
        if mongod_program.free_bytes(self._folder) < mongod_program.SMALLEST_FREE_BYTES:
            raise CannotStart(mongod_program.disk_is_full(self._folder))
        self._log_start = _begin_log(mongod_program.log_file(self._folder))
        try:
            with (self._folder / "mongod.out").open("wb") as output:
                # In a session of its own, so that Ctrl-C reaches the shop, which stops mongod last.
                return subprocess.Popen(
                    self._arguments(),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            raise CannotStart(mongod_program.why_not_launched(error, self._program)) from error

    def _arguments(self) -> list[str]:
        listen = mongod_door.arguments(self._host)
        return [*mongod_program.arguments(self._program, self._folder, listen), *self._extra_arguments]

    def _bury(self, child: subprocess.Popen[bytes]) -> None:
        """Takes note that the child has ended. Raises CannotStart, unless another mongod was only faster."""
        said = (self._folder / "mongod.out").read_text(errors="replace") + self._logged()
        if not mongod_program.is_in_use(said):
            raise CannotStart(mongod_program.why_it_ended(child.returncode, said, self._folder))
        self._child = None

    def _logged(self) -> str:
        try:
            with mongod_program.log_file(self._folder).open("rb") as log:
                log.seek(self._log_start)
                return log.read(1 << 20).decode(errors="replace")
        except FileNotFoundError:
            return ""

    def _is_ready(self) -> bool:
        with self._client() as client:
            if self._child is None and not self._take_over(client):
                return False
            _appoint(client, self._host)
        # A client that met mongod before its replica set was made would say that it has no sessions.
        with self._client() as client:
            if not _is_primary(client):
                return False
            self._check_version(client)
        return True

    def _take_over(self, client: MongoClient[Document]) -> bool:
        """Keeps a mongod left running, rid of its dead client's locks; ends one that runs otherwise than ours would."""
        if client.admin.command("getCmdLineOpts")["argv"] != self._arguments():
            _shut_down(client)
            return False
        client.admin.command({"killAllSessions": []})
        return True

    def _check_version(self, client: MongoClient[Document]) -> None:
        ours = ".".join(client.server_info()["version"].split(".")[:2])
        answer = client.admin.command({"getParameter": 1, "featureCompatibilityVersion": 1})
        theirs = answer["featureCompatibilityVersion"]["version"]
        if theirs != ours:
            raise CannotStart(mongod_program.other_version(self._folder, f"MongoDB {theirs}", f"MongoDB {ours}"))

    def _takes_writes(self) -> bool:
        try:
            with self._client() as client:
                return _is_primary(client)
        except PyMongoError:
            return False

    def _client(self) -> MongoClient[Document]:
        return MongoClient(self.uri, serverSelectionTimeoutMS=2000, timeoutMS=5000)

    # --- watch ---

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            if self._is_running():
                continue
            logs.event("mongod_ended", logging.ERROR)
            try:
                self._bring_up()
                logs.event("mongod_started_again", logging.WARNING)
            except CannotStart as error:
                logs.event("mongod_cannot_start", logging.ERROR, reason=str(error))
                self._stopping.wait(RETRY_SECONDS)
            except Exception as error:
                # Whatever it was: a shop without its mongod tries again for as long as it is open.
                logs.failure("mongod_cannot_start", error)
                self._stopping.wait(RETRY_SECONDS)

    def _is_running(self) -> bool:
        if self._child is not None:
            return self._child.poll() is None
        return is_locked(self._folder / "mongod.lock")

    # --- down ---

    def _end(self) -> None:
        if self._is_running():
            self._end_running()
        mongod_door.clear_away(self._host, self._folder)

    def _end_running(self) -> None:
        if self._child is not None and sys.platform != "win32":
            self._child.terminate()
        else:
            with self._client() as client:
                _shut_down(client)
        deadline = time.monotonic() + STOP_SECONDS
        waiting = threading.Event()
        while self._is_running() and time.monotonic() < deadline:
            waiting.wait(POLL_SECONDS)
        if self._child is not None and self._child.poll() is None:
            # Nothing acknowledged is lost: the journal has it.
            logs.event("mongod_killed", logging.ERROR)
            self._child.kill()
            self._child.wait()


@contextmanager
def records(uri: str | None, data_dir: Path, program: Path | None, name: str) -> Iterator[Connection]:
    """The shop's records for a tool: at `uri`, else beside the open shop, else with a mongod started for it.

    Raises CannotStart.
    """
    if uri is not None:
        with open_database(uri, name) as connection:
            yield connection
        return
    bundled = Bundled(data_dir, program)
    try:
        bundled.start()
    except DataInUse:
        bundled.attach()
        with open_database(bundled.uri, name) as connection:
            yield connection
        return
    try:
        with open_database(bundled.uri, name) as connection:
            yield connection
    finally:
        bundled.stop()


def _does_not_answer(folder: Path) -> str:
    return f"The mongod over {folder} does not answer. Its log is {mongod_program.log_file(folder)}."


def _begin_log(log: Path) -> int:
    """Puts a grown log aside; where the next words of mongod will stand."""
    try:
        size = log.stat().st_size
    except FileNotFoundError:
        return 0
    if size < LOG_BYTES:
        return size
    log.replace(log.with_suffix(".log.old"))
    return 0


def _appoint(client: MongoClient[Document], host: str) -> None:
    """Makes mongod the only member of its replica set, also after its folder was moved."""
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALIZED:
            raise
        _initiate(client, host)
        return
    member = config["members"][0]
    if member["host"] != host:
        member["host"] = host
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)


def _initiate(client: MongoClient[Document], host: str) -> None:
    try:
        client.admin.command("replSetInitiate", {"_id": "shop", "members": [{"_id": 0, "host": host}]})
    except OperationFailure as error:
        # It had been one and was only still reading so.
        if error.code != ALREADY_INITIALIZED:
            raise


def _is_primary(client: MongoClient[Document]) -> bool:
    return bool(client.admin.command("hello").get("isWritablePrimary"))


def _shut_down(client: MongoClient[Document]) -> None:
    try:
        client.admin.command("shutdown", force=True)
    except PyMongoError as error:
        # It hangs up instead of answering.
        logs.event("mongod_shut_down", logging.DEBUG, reason=str(error))
