"""The way to the records: clients of their own for writer, readers and news, each with a time-out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    ConnectionFailure,
    InvalidOperation,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)
from pymongo.monitoring import ConnectionClosedReason
from pymongo.synchronous import pool
from pymongo.uri_parser import parse_uri

from shop_server.errors import CannotStart
from shop_server.storage.documents import Document

OLDEST_VERSION, NEWEST_VERSION = (6, 0), (8, 99)
START_SECONDS = 10.0
READ_SECONDS = 2.0
"""What a reader waits for a frozen database before it is a 503."""
WRITE_SECONDS = 5.0
STREAM_SOCKET_SECONDS = 10.0
TOOL_SECONDS = 600.0


@dataclass(frozen=True)
class Connection:
    """One database of the shop, through three clients, so that neither a frozen writer nor the news hold up readers."""

    uri: str = field(repr=False)
    name: str
    readers: MongoClient[Document]
    writer: MongoClient[Document]
    stream: MongoClient[Document]
    tools_client: MongoClient[Document]

    @property
    def tools(self) -> Database[Document]:
        """The same records, for work that may take its time: making indexes, reckoning reports, looking for faults."""
        return self.tools_client[self.name]

    @property
    def database(self) -> Database[Document]:
        """The shop's records for reading, and for guarded writes outside the books."""
        return self.readers[self.name]

    @property
    def news_database(self) -> Database[Document]:
        """The same records, for whoever follows their changes."""
        return self.stream[self.name]

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def close(self) -> None:
        """Hangs up."""
        for client in (self.readers, self.writer, self.stream, self.tools_client):
            client.close()


def open_database(uri: str, name: str) -> Connection:
    """Connects to the replica set at `uri`. Raises CannotStart with what to do: no answer, standalone, wrong version."""
    hosts = _hosts(uri)
    try:
        _check(uri, hosts)
        return Connection(
            uri,
            name,
            readers=client_for(uri, "readers", timeoutMS=_ms(READ_SECONDS), maxPoolSize=64),
            # timeoutMS would also be the time that the writer looks for a database that is gone.
            writer=client_for(uri, "writer", socketTimeoutMS=_ms(WRITE_SECONDS)),
            # timeoutMS would end a stream that is only waiting for news.
            stream=client_for(uri, "news", socketTimeoutMS=_ms(STREAM_SOCKET_SECONDS)),
            tools_client=client_for(uri, "tools", timeoutMS=_ms(TOOL_SECONDS)),
        )
    except ConfigurationError as error:
        raise CannotStart(_UNUSABLE.format(error)) from error
    except ConnectionFailure as error:
        raise CannotStart(
            f"No MongoDB answers at {hosts} within {START_SECONDS:.0f} seconds: is it running, and may this machine "
            "reach it? MONGODB_URI says where it is."
        ) from error
    except OperationFailure as error:
        raise CannotStart(f"The MongoDB at {hosts} refused the shop: {_reason(error)}.") from error


def is_unavailable(error: BaseException) -> bool:
    """Whether this failure means that the database is away, frozen or too busy, and may well be back in a moment."""
    if isinstance(error, ConnectionFailure):
        return True
    if isinstance(error, InvalidOperation):
        return "after close" in str(error)
    if isinstance(error, OperationFailure) and error.code in _PASSING_CODES:
        return True
    return isinstance(error, PyMongoError) and (error.timeout or error.has_error_label("TransientTransactionError"))


_PASSING_CODES = frozenset(
    {
        *(6, 7, 89),  # host unreachable, host not found, network time-out
        *(91, 11600, 11602),  # shutting down
        *(189, 10107, 13435, 13436),  # no longer, or not yet, the primary
        *(24, 50, 112, 262),  # lock or time limit reached, write conflict
        *(43, 237),  # the cursor went with a restart
        14031,  # its disk is full
    }
)


class PatientPool(pool.Pool):
    """The driver's pool, which keeps no connection to a mongod that has only just started.

    Such a mongod greets before it knows its replica set; on that connection the driver would refuse every session for as
    long as it lives, also when the shop could sell again a second later.
    """

    def connect(self, handler: Any = None) -> pool.Connection:
        """As the driver's own; raises AutoReconnect as well when mongod is not ready yet."""
        connection = super().connect(handler)
        if not self.is_sdam and not connection.supports_sessions:
            connection.close_conn(ConnectionClosedReason.ERROR)
            raise AutoReconnect("This mongod has only just started.")
        return connection


def client_for(uri: str, use: str, **options: Any) -> MongoClient[Document]:
    """A client for one use, which finds the records again by itself after whatever has happened to them."""
    return MongoClient(
        uri,
        appname=f"shop-{use}",
        tz_aware=True,
        uuidRepresentation="standard",
        w="majority",
        retryWrites=True,
        connectTimeoutMS=1000,
        serverSelectionTimeoutMS=1500,
        heartbeatFrequencyMS=2000,
        _pool_class=PatientPool,
        **options,
    )


def _check(uri: str, hosts: str) -> None:
    with MongoClient[Document](uri, serverSelectionTimeoutMS=_ms(START_SECONDS), connectTimeoutMS=3000) as client:
        hello = client.admin.command("hello")
        # A sharded cluster answers through its routers, which name themselves so.
        if "setName" not in hello and hello.get("msg") != "isdbgrid":
            raise CannotStart(_STANDALONE)
        version = client.server_info()["version"]
        if not OLDEST_VERSION <= tuple(int(part) for part in version.split(".")[:2]) <= NEWEST_VERSION:
            raise CannotStart(f"The MongoDB at {hosts} is version {version}; the shop needs 6.0 to 8.x.")


_UNUSABLE = "MONGODB_URI cannot be used: {}"
_STANDALONE = """MONGODB_URI leads to a mongod that stands alone, and the shop needs a replica set (of one will do):
  1. start it with: mongod --replSet shop (in mongod.conf: replication: {replSetName: shop})
  2. then, once:    mongosh --eval 'rs.initiate()'"""


def _hosts(uri: str) -> str:
    """The hosts of the URI: never its user and password. Raises CannotStart when it is no URI, or has a wrong option."""
    try:
        nodes = parse_uri(uri, warn=False)["nodelist"]
    except (InvalidURI, ConfigurationError, ValueError) as error:
        raise CannotStart(_UNUSABLE.format(error)) from error
    return ", ".join(host if port is None else f"{host}:{port}" for host, port in nodes)


def _reason(error: OperationFailure) -> str:
    return str((error.details or {}).get("errmsg", "it gave no reason")).rstrip(".")


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
