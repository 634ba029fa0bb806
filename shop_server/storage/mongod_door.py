"""Where the shop's own mongod answers: a Unix socket in a private folder, so that nothing but the shop can reach it."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import sys
from contextlib import closing, suppress
from pathlib import Path

from shop_server.errors import CannotStart

SOCKET_NAME = "mongodb-27017.sock"
SOCKET_PATH_BYTES = 103 if sys.platform == "darwin" else 107


def place(folder: Path) -> str:
    """The socket (on Windows `address:port`), the same at every start: the next one must find what is still running."""
    if sys.platform == "win32":
        return f"127.0.0.1:{_port(folder)}"
    inside = folder / SOCKET_NAME
    # mongod splits its list of addresses at commas, and an address at its colon.
    if len(os.fsencode(inside)) <= SOCKET_PATH_BYTES and not re.search(r"[,:\[\]]", str(inside)):
        return str(inside)
    name = f"shop-{os.geteuid()}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"
    # Not TMPDIR, which differs between a terminal and a service.
    return str(Path("/tmp") / name / SOCKET_NAME)


def prepare(host: str) -> None:
    """Makes the private folder of the socket. Raises CannotStart."""
    if sys.platform != "win32":
        make_private_folder(Path(host).parent)


def clear_away(host: str, folder: Path) -> None:
    """Removes the folder of a socket that did not fit into the data `folder`, once mongod has ended."""
    home = Path(host).parent
    if sys.platform != "win32" and home != folder:
        with suppress(OSError):
            Path(host).unlink(missing_ok=True)
            home.rmdir()


def arguments(host: str) -> list[str]:
    """The part of mongod's command line that makes it answer at `host` only."""
    if sys.platform == "win32":
        return ["--bind_ip", "127.0.0.1", "--port", host.rpartition(":")[2]]
    return ["--bind_ip", host, "--unixSocketPrefix", str(Path(host).parent), "--filePermissions", "0600"]


def answers(host: str) -> bool:
    """Whether somebody listens there; a client would take half a second to find out."""
    try:
        with closing(_connect(host)):
            return True
    except OSError:
        return False


def make_private_folder(folder: Path) -> None:
    """Makes the folder, for this user only. Raises CannotStart when it is another's or cannot be written."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if sys.platform != "win32":
            if folder.lstat().st_uid != os.geteuid():
                raise CannotStart(f"The folder {folder} belongs to another user: start the shop as that user.")
            folder.chmod(0o700)
    except OSError as error:
        raise CannotStart(
            f"The folder {folder} cannot be used ({error.strerror}): set DATA_DIR to one of yours."
        ) from error


def _port(folder: Path) -> int:
    """A free port, kept in a file for the next start."""
    note = folder / "port"
    if note.is_file() and note.read_text().isdigit():
        return int(note.read_text())
    make_private_folder(folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    note.write_text(str(port))
    return port


def _connect(host: str) -> socket.socket:
    if sys.platform == "win32":
        return socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2])), timeout=1)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(1)
    try:
        connection.connect(host)
    except OSError:
        connection.close()
        raise
    return connection
