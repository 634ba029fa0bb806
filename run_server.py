"""Opens the shop, and keeps it open until it is told to close (Ctrl-C, or SIGTERM).

    python run_server.py             opens the shop
    python run_server.py --demo      opens a sample shop, in a database of its own
    python run_server.py --verify    checks the shop's promises on its records, and says what is broken
    python run_server.py --reset-password EMAIL    gives an account a new password, where no mails are sent
    python run_server.py --backup FILE     saves all records in one file, while the shop goes on selling
    python run_server.py --restore FILE    brings them into an empty database, of any MongoDB
    python run_server.py --sample-data DIR --scale 10000    writes sample data, as eleven CSV files
    python run_server.py --load DIR        brings sample data into an empty shop

`make run` and `make demo` do the first two, after installing what they need.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older one is to read this, not a traceback
    sys.exit(f"The shop needs Python 3.11 or newer, and this is {sys.version_info[0]}.{sys.version_info[1]}.")

import argparse
import io
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from types import FrameType

NOT_INSTALLED = "What the shop needs is not installed ({} is missing). Type: make run"

try:
    from shop_server import commands, logs
    from shop_server.errors import CannotStart
    from shop_server.gateways.local_network import address_for_phones, qr_for_terminal, with_brackets
    from shop_server.settings import BadSettings, Settings, read_settings
    from shop_server.storage import writers
    from shop_server.storage.bundled import Bundled
    from shop_server.storage.connection import open_database
    from shop_server.supervisor import Supervisor
except ModuleNotFoundError as missing:
    sys.exit(NOT_INSTALLED.format(missing.name))

CLOSING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
CLOSED, CANNOT_OPEN, WRONG_SETTINGS, OPEN_AGAIN = 0, 1, 2, 3
BROKEN_OFF = 130


def main(arguments: Sequence[str]) -> int:
    """Gives the exit code: 0 when all is well, 1 when the shop cannot open or is broken, 2 for wrong settings."""
    parser = argparse.ArgumentParser(description="Opens the shop.")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--verify", action="store_true", help="check the records instead, and say what is broken")
    instead.add_argument(
        "--backup", type=Path, metavar="FILE", help="save all records in one file, beside an open shop"
    )
    instead.add_argument("--reset-password", metavar="EMAIL", help="give this account a new password, and print it")
    instead.add_argument("--restore", type=Path, metavar="FILE", help="bring a backup into an empty database")
    instead.add_argument("--sample-data", type=Path, metavar="DIR", help="write sample data, as eleven CSV files")
    instead.add_argument("--load", type=Path, metavar="DIR", help="bring sample data into an empty shop")
    parser.add_argument("--scale", type=_whole, default=1_000, help="with --sample-data: how many orders (1000)")
    parser.add_argument("--seed", type=int, default=1, help="with --sample-data: the same seed gives the same data (1)")
    parser.add_argument("--until", type=_day, metavar="DAY", help="with --sample-data: the day after the last (today)")
    parser.add_argument("--demo", action="store_true", help="a sample shop, in a database of its own")
    # With WORKERS above 1: one of the processes behind the socket of this number.
    parser.add_argument("--worker", type=int, metavar="SOCKET", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    try:
        settings = read_settings(env_file=Path(".env"))
    except BadSettings as problems:
        print(f"Please mend these settings:\n{problems}", file=sys.stderr)
        return WRONG_SETTINGS
    if chosen.demo:
        settings = replace(settings, database_name=f"{settings.database_name}_demo")
    logs.set_up(settings.log_level)
    _close_on_signals()
    is_opening = False
    try:
        if chosen.verify:
            return commands.check_records(settings)
        if chosen.backup:
            return commands.save_records(settings, chosen.backup)
        if chosen.reset_password:
            return commands.reset_password(settings, chosen.reset_password)
        if chosen.restore:
            return commands.bring_back(settings, chosen.restore)
        if chosen.sample_data:
            return commands.write_sample(chosen.sample_data, chosen.seed, chosen.scale, chosen.until)
        if chosen.load:
            return commands.load_sample(settings, chosen.load)
        is_opening = True
        if chosen.worker is None:
            keep_open(settings, demo=chosen.demo)
        else:
            work_behind(settings, chosen.worker)
    except KeyboardInterrupt:
        return CLOSED if is_opening else BROKEN_OFF
    except CannotStart as refusal:
        print(refusal, file=sys.stderr)
        return CANNOT_OPEN
    except ModuleNotFoundError as missing:
        print(NOT_INSTALLED.format(missing.name), file=sys.stderr)
        return CANNOT_OPEN
    except Exception as error:
        logs.failure("cannot_open", error)
        print("Something went wrong that nobody has foreseen; the line above says what.", file=sys.stderr)
        return CANNOT_OPEN
    return OPEN_AGAIN


def _whole(text: str) -> int:
    """A number of orders."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"a whole number above 0, not {text!r}")
    return int(text)


def _day(text: str) -> str:
    """A day, like 2026-11-21."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"a day like 2026-11-21, not {text!r}") from None


def keep_open(settings: Settings, *, demo: bool = False) -> None:
    """Opens the shop, or the sample shop, which is made the first time.

    Raises KeyboardInterrupt when it is closed, CannotStart; returns when its writer has died.
    """
    with (
        closing(make_door(settings.host, settings.port)) as door,
        reading_in(settings, door) as supervisor,
        mongodb(settings) as (uri, bundled),
    ):
        listen(door, settings.host, settings.port)
        port = door.getsockname()[1]
        if bundled is not None:
            bundled.note_address(address_of(settings.host, port))
        sign_ins = make_sample(settings, uri) if demo else []

        def say_open() -> None:
            greet(settings.host, port)
            for line in sign_ins:
                print(line, flush=True)

        if supervisor is None:
            serve(settings, uri, door, say_open)
        else:
            supervise(supervisor, uri, say_open)


@contextmanager
def reading_in(settings: Settings, door: socket.socket) -> Iterator[Supervisor | None]:
    """Reads the shop in while mongod starts, which takes as long: here, or in WORKERS processes that will share this door."""
    if settings.workers == 1:
        threading.Thread(target=_read_in_shop, daemon=True).start()
        yield None
        return
    if sys.platform == "win32":
        raise CannotStart("Several processes can share a door on Linux and macOS only: set WORKERS to 1.")
    command = [sys.executable, str(Path(__file__).resolve()), "--worker"]
    supervisor = Supervisor(settings.workers, command, door, {"DATABASE_NAME": settings.database_name})
    supervisor.start()
    try:
        yield supervisor
    finally:
        # Where no mongod came to be, they were never opened.
        supervisor.stop()


def _read_in_shop() -> None:
    with suppress(ImportError):  # whoever opens the shop then meets the same, and says it
        import_module("shop_server.app")


def make_sample(settings: Settings, uri: str) -> list[str]:
    """Makes the sample shop unless it is there; the lines that say how to sign in. Raises CannotStart."""
    from shop_server.demo.fill import fill

    print("Making the sample shop, if it is not there yet (half a minute at most) ...", flush=True)
    with open_database(uri, settings.database_name) as connection:
        return fill(settings, connection)


def serve(settings: Settings, uri: str, listener: socket.socket, say_open: Callable[[], None]) -> None:
    """Answers visitors in this process until its writer dies."""
    # Only here: whoever supervises others opens no shop, and has them waiting.
    from shop_server.app import Shop
    from shop_server.heap import keep_small

    keep_small()
    with open_database(uri, settings.database_name) as connection:
        writers.end_dead(connection.tools)
        shop = Shop(settings, connection, listener=listener)
        shop.start()
        try:
            say_open()
            shop.wait()
        finally:
            shop.stop()


def supervise(supervisor: Supervisor, uri: str, say_open: Callable[[], None]) -> None:
    """Lets its processes answer the visitors. This one keeps mongod and the data folder for them."""
    try:
        supervisor.open(uri)
        say_open()
        supervisor.wait()
    finally:
        # Before mongod, whom they need to answer what they have begun.
        supervisor.stop()


def work_behind(settings: Settings, number: int) -> None:
    """One of several processes that answer the visitors at the socket of this number, once it is told to."""
    import_module("shop_server.app")
    uri = sys.stdin.readline().strip()
    if not uri:
        return  # the supervisor is gone
    threading.Thread(target=_close_without_supervisor, name="supervisor-watch", daemon=True).start()
    with socket.socket(fileno=number) as listener:
        serve(settings, uri, listener, lambda: print("open", flush=True))


@contextmanager
def mongodb(settings: Settings) -> Iterator[tuple[str, Bundled | None]]:
    """The address of the records, and the mongod that the shop brings along unless MONGODB_URI names another."""
    if settings.mongodb_uri is not None:
        yield settings.mongodb_uri, None
        return
    bundled = Bundled(settings.data_dir, settings.mongod)
    bundled.start()
    try:
        yield bundled.uri, bundled
    finally:
        bundled.stop()


def make_door(host: str, port: int) -> socket.socket:
    """A socket for visitors, at which nobody can knock yet. Raises CannotStart when there is no such host."""
    try:
        return socket.socket(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0], socket.SOCK_STREAM)
    except OSError as error:
        raise _cannot_listen(host, port, error) from error


def listen(door: socket.socket, host: str, port: int) -> None:
    """Lets visitors knock at the door. Raises CannotStart when the port is taken or the host is not ours."""
    try:
        if os.name == "posix":
            # Nobody has to wait until the system has forgotten the connections of the shop before this one.
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if door.family == socket.AF_INET6:
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        door.bind((host, port))
        door.listen(1024)
    except OSError as error:
        raise _cannot_listen(host, port, error) from error


def _cannot_listen(host: str, port: int, error: OSError) -> CannotStart:
    reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
    where = f"{with_brackets(host)}:{port}"
    return CannotStart(f"The shop cannot listen at {where} ({reason}): set PORT or HOST to another one.")


def greet(host: str, port: int) -> None:
    """Says where the shop is, also to the phones in the same network."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that cannot draw the QR still gets the address.
        sys.stdout.reconfigure(errors="replace")
    print(f"The shop is open at {address_of(host, port)}", flush=True)
    for_phones = address_for_phones(host, port)
    if for_phones is not None:
        print(f"Phones in the same network open {for_phones}\n{qr_for_terminal(for_phones)}", flush=True)


def address_of(host: str, port: int) -> str:
    """The address to open on this machine."""
    return f"http://{with_brackets('127.0.0.1' if host in ('', '0.0.0.0', '::') else host)}:{port}"


def _close_on_signals() -> None:
    def close(number: int, frame: FrameType | None) -> None:
        # Once is enough: closing takes a moment, and nobody is to break it off half-way.
        for name in CLOSING_SIGNALS:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
        raise KeyboardInterrupt

    for name in CLOSING_SIGNALS:
        # What the caller has us ignore (nohup) stays ignored.
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is not signal.SIG_IGN:
            signal.signal(getattr(signal, name), close)


def _close_without_supervisor() -> None:
    """Standard input ends when the supervisor is gone, however it went."""
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    if code == OPEN_AGAIN and "--worker" not in sys.argv:
        # All is closed by now, so that the next life begins like any other.
        os.execv(sys.executable, sys.orig_argv)
    sys.exit(code)
