"""Brings a backup into an empty database of any MongoDB; the file is checked to its last bit before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument

from shop_server.errors import CannotStart
from shop_server.storage import indexing
from shop_server.storage.backup_file import check, read_rows
from shop_server.storage.connection import Connection
from shop_server.storage.filling import filling
from shop_server.storage.indexing import Index
from shop_server.storage.pipe import Pipe

_RAW = CodecOptions(document_class=RawBSONDocument)


def restore(
    connection: Connection,
    path: Path,
    indexes: Sequence[Index],
    collections: Sequence[str],
    say: Callable[[int], None] = lambda rows: None,
) -> int:
    """Brings the backup in; gives how many rows it has. `say` hears now and then how many are there.

    Raises CannotStart when the file is not whole or the database not empty; nothing was written then. One that is broken
    off can be done again.
    """
    check(path)
    database = connection.tools
    with filling(database, f"--restore {path.name}") as keep:
        with Pipe(database) as pipe:
            for collection, batch in read_rows(path):
                pipe.send_encoded(collection, bson.decode_all(batch, _RAW))
                keep()
                say(pipe.sent.total())
        for collection, rows in pipe.sent.items():
            there = database[collection].count_documents({})
            if there != rows:
                raise CannotStart(f"Of {rows} rows of {collection} only {there} have come in: please do it again.")
        # To make an index of what is there is quicker than to keep it while it comes in; and before there is one nothing
        # ends by its time.
        indexing.create_all(database, indexes, collections)
    return pipe.sent.total()
