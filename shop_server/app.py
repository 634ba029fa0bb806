"""The one place where the shop is put together: records, books, news, jobs, and the door to the street."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pymongo.errors import PyMongoError

import indexes
from shop_server import logs
from shop_server.clock import Clock, SystemClock
from shop_server.context import Context
from shop_server.gateways.charts import Charts
from shop_server.gateways.images import Images
from shop_server.gateways.letters import Letters
from shop_server.gateways.local_network import address_for_phones
from shop_server.gateways.mail import Post
from shop_server.gateways.printer import Printer
from shop_server.gateways.spreadsheets import Spreadsheets
from shop_server.gateways.upi_qr import UpiQr
from shop_server.jobs.schedule import JOBS, TELL_WHAT_IS_BACK, Schedule
from shop_server.rules.shop import is_open_to_customers
from shop_server.security.passwords import ROUNDS, Passwords
from shop_server.security.rate_limits import CodeLimits, SignInLimits
from shop_server.security.tokens import Tokens
from shop_server.settings import Settings
from shop_server.storage import indexing
from shop_server.storage.analytics import Analytics
from shop_server.storage.announcements import Announcements
from shop_server.storage.attempts import Attempts
from shop_server.storage.audit_log import AuditLog
from shop_server.storage.back_in_stock import BackInStock
from shop_server.storage.backups import Backups
from shop_server.storage.books import Books
from shop_server.storage.carts import Carts
from shop_server.storage.categories import Categories
from shop_server.storage.category_requests import CategoryRequests
from shop_server.storage.changes import Changes
from shop_server.storage.child import end_children
from shop_server.storage.codes import Codes
from shop_server.storage.connection import Connection, is_unavailable
from shop_server.storage.customers import Customers
from shop_server.storage.disk import Disk
from shop_server.storage.errands import Errands
from shop_server.storage.export_files import ExportFiles
from shop_server.storage.filling import refuse_half_filled
from shop_server.storage.heartbeats import Heartbeats
from shop_server.storage.invitations import Invitations
from shop_server.storage.leases import Leases
from shop_server.storage.movements import Movements
from shop_server.storage.news import Entry, News
from shop_server.storage.notices import Notices
from shop_server.storage.orders import Orders
from shop_server.storage.outbox import Outbox
from shop_server.storage.papers import Papers
from shop_server.storage.payment_log import PaymentLog
from shop_server.storage.pictures import Pictures
from shop_server.storage.products import Products
from shop_server.storage.rights import Rights
from shop_server.storage.rollups import Rollups
from shop_server.storage.rooms import Rooms
from shop_server.storage.rounds import Rounds
from shop_server.storage.secrets import Secrets
from shop_server.storage.sessions import Sessions
from shop_server.storage.shops import Shops
from shop_server.storage.sold_goods import SoldGoods
from shop_server.storage.stock_watch import StockWatch
from shop_server.storage.traces import Traces
from shop_server.storage.turns import Turns
from shop_server.storage.users import Users
from shop_server.storage.verify import Verification
from shop_server.web.access import SIGNED_IN
from shop_server.web.auth import SESSION_COOKIE, person_of
from shop_server.web.catalogue_cache import CatalogueCache
from shop_server.web.dispatch import Dispatcher
from shop_server.web.events import EventHub
from shop_server.web.health import health_routes
from shop_server.web.metrics import memory_bytes, metrics_route
from shop_server.web.openapi import openapi_route
from shop_server.web.request_log import RequestLog
from shop_server.web.response import Response
from shop_server.web.router import Route
from shop_server.web.routes import all_routes
from shop_server.web.server import ShopServer
from shop_server.web.static_files import read_chart_js, read_static_files, static_routes
from shop_server.web.tally import Tally

PUBLIC = Path(__file__).resolve().parent.parent / "public"
FOLLOW_SECONDS = 5.0
SWITCH_SECONDS = 0.0005
"""How soon a thread that computes lets others on: with Python's usual 5 ms, one of them starves the writer."""


class Shop:
    """A shop that can be opened and closed: `start`, then `wait` until `stop`."""

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        *,
        clock: Clock | None = None,
        listener: socket.socket | None = None,
        password_rounds: int = ROUNDS,
        with_jobs: bool = True,
    ) -> None:
        """Puts the shop together on a database. Makes what collections and indexes are missing.

        Raises CannotStart on a database that was only half filled.
        Tests that stand at an instant of their own open it without its jobs, and run those themselves.
        """
        self._connection = connection
        self._process_id = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._stopped = threading.Event()
        refuse_half_filled(connection.tools)
        indexing.create_all(connection.tools, indexes.INDEXES, indexes.COLLECTIONS)
        self._rooms = Rooms(connection.writer[connection.name])
        self.changes = Changes(connection.news_database)
        self.changes.listen(self._hear_news, self._forget_all)
        self.events = EventHub(longest_seconds=settings.access_token_minutes * 60)
        self._catalogue = CatalogueCache()
        self.context = self._context(settings, clock or SystemClock(), password_rounds)
        self._schedule = Schedule(self.context, JOBS if with_jobs else ())
        self._tally = Tally()
        if settings.workers > 1:
            self.context.heartbeats.share(self._figures)
        self._server = self._put_up_server(settings, listener)
        self._thread = threading.Thread(target=self._server.serve_forever, name="server", daemon=True)

    @property
    def port(self) -> int:
        return self._server.port

    def start(self) -> None:
        """Opens: writer first, then the news, then the door."""
        sys.setswitchinterval(SWITCH_SECONDS)
        self.context.books.start()
        self.changes.start()
        self.changes.wait_until_following(FOLLOW_SECONDS)
        self._thread.start()
        self._schedule.start()

    def wait(self) -> None:
        """Until the shop is closed, or its writer has died."""
        self._stopped.wait()

    def stop(self) -> None:
        """Closes: no new visitors, requests finish, then jobs, writer and news."""
        self._server.shutdown()
        self._thread.join()
        end_children(self._connection)
        self._schedule.stop()
        self.context.books.stop()
        self.changes.stop()
        self._stopped.set()

    def _context(self, settings: Settings, clock: Clock, password_rounds: int) -> Context:
        connection, database = self._connection, self._connection.database
        kept = Secrets(database)
        users = Users(database)
        tokens = Tokens(
            settings.jwt_secret or kept.get_or_make("jwt_secret", lambda: secrets.token_urlsafe(48)),
            kept.get_or_make("installation_id", lambda: secrets.token_hex(12)),
            settings.access_token_minutes,
        )
        return Context(
            process_id=self._process_id,
            settings=settings,
            clock=clock,
            books=Books(
                connection.writer,
                connection.name,
                clock,
                self._rooms,
                process_id=self._process_id,
                on_commit=self._hear,
                on_death=self._stopped.set,
                turns=Turns(settings.data_dir / "books.turn" if settings.workers > 1 else None),
            ),
            shops=Shops(database),
            categories=Categories(database),
            category_requests=CategoryRequests(database),
            products=Products(database),
            pictures=Pictures(database),
            movements=Movements(database),
            orders=Orders(database),
            payment_log=PaymentLog(database),
            papers=Papers(database),
            carts=Carts(database),
            stock_watch=StockWatch(database),
            back_in_stock=BackInStock(database),
            analytics=Analytics(database),
            customers=Customers(database),
            rollups=Rollups(connection.tools),
            sold_goods=SoldGoods(connection.tools),
            notices=Notices(database),
            leases=Leases(database),
            heartbeats=Heartbeats(database),
            disk=Disk(database),
            verification=Verification(connection),
            backups=Backups(connection),
            rounds=Rounds(database),
            errands=Errands(database),
            export_files=ExportFiles(connection),
            traces=Traces(database),
            outbox=Outbox(database, clock),
            codes=Codes(database, tokens.seal),
            users=users,
            rights=Rights(database),
            invitations=Invitations(database),
            sessions=Sessions(database, users),
            announcements=Announcements(database, clock, process_id=self._process_id, on_announce=self._hear),
            audit=AuditLog(database),
            passwords=Passwords(password_rounds),
            tokens=tokens,
            sign_in_limits=SignInLimits(Attempts(database), on=settings.rate_limits),
            code_limits=CodeLimits(Attempts(database), on=settings.rate_limits),
            images=Images(),
            upi_qr=UpiQr(),
            printer=Printer(),
            letters=Letters(),
            spreadsheets=Spreadsheets(),
            charts=Charts(),
            post=Post(settings.smtp_url, settings.mail_from) if settings.smtp_url else None,
            address_for_phones=address_for_phones,
        )

    def _put_up_server(self, settings: Settings, listener: socket.socket | None) -> ShopServer:
        listen = Route(
            "GET",
            "/api/events",
            self.events.listen,
            access=SIGNED_IN,
            answer_type="text/event-stream",
            summary="What changes, as it changes",
        )
        api = [*all_routes(self._catalogue), listen]
        context = self.context
        dispatcher = Dispatcher(
            [
                *api,
                openapi_route(api, session_cookie=SESSION_COOKIE),
                *health_routes(self._is_ready),
                metrics_route(self._figures, self._is_ready),
                *static_routes(_files()),
            ],
            context=context,
            sign_in=lambda request: person_of(request, context),
            allowed_origins=settings.allowed_origins,
            public_url=settings.public_url,
            trusted_proxies=settings.trusted_proxies,
            is_unavailable=is_unavailable,
        )
        return ShopServer(
            (settings.host, settings.port), dispatcher, listener=listener, request_log=RequestLog(tally=self._tally)
        )

    def _figures(self) -> dict[str, Any]:
        """What this process tells of itself to those who watch over the shop."""
        books = self.context.books
        return {
            "answers": self._tally.answers(),
            "seconds": self._tally.seconds(),
            "books": {**books.figures.told(), "waiting": books.waiting},
            "streams": len(self.events),
            "memory": memory_bytes(),
            "threads": threading.active_count(),
            "jobs_done": self._schedule.done(),
            "jobs_failing": self._schedule.failing(),
        }

    def _is_ready(self) -> bool:
        try:
            self._connection.database.command("ping")
        except PyMongoError:
            return False
        return True

    def _hear_news(self, news: News) -> None:
        """What any process changed: others' changes make what is remembered stale; all of them ring at the browsers."""
        if news.source != self._process_id:
            self._hear(news.entries)
        for entry in news.entries:
            self._ring(entry)
        if any(entry.kind == "stock" and entry.everyone and entry.changed["stock"] > 0 for entry in news.entries):
            self._schedule.wake(TELL_WHAT_IS_BACK)

    def _hear(self, entries: Sequence[Entry]) -> None:
        """Forgets what these changes have made stale, before anybody is answered by it."""
        for entry in entries:
            self.context.shops.hear(entry.kind, entry.id)
            self.context.sessions.hear(entry.kind, entry.id)
            if entry.kind in ("shop", "category"):
                self._rooms.forget_settings()
        # Last: what is read anew from here on must not rest on what was just forgotten.
        for shop_id in {entry.shop_id for entry in entries if entry.kind in _SHOWN}:
            self._catalogue.raise_generation(shop_id)

    def _ring(self, entry: Entry) -> None:
        if entry.kind in ("session", "user"):
            # Who is still welcome comes back, as who she is now.
            self.events.disconnect(lambda person: entry.id in (person.session_id, person.user_id))
        elif entry.kind in _RUNG:
            self.events.publish(
                entry.kind,
                {"id": entry.id, **entry.changed},
                shop_id=entry.shop_id,
                user_ids=entry.customer_ids,
                everyone=entry.everyone and self._is_on_the_street(entry.shop_id),
            )

    def _is_on_the_street(self, shop_id: str | None) -> bool:
        """Whether visitors see this shop, and so may hear of its goods."""
        shop = self.context.shops.find(shop_id) if shop_id else None
        return shop is not None and is_open_to_customers(shop)

    def _forget_all(self) -> None:
        """News may have been missed: nothing remembered can be trusted."""
        logs.event("news.gap")
        self.context.shops.forget_all()
        self.context.sessions.forget_all()
        self._rooms.forget_settings()
        self._catalogue.raise_generation(None)
        # Browsers come back and load anew what they show.
        self.events.disconnect(lambda person: True)


@cache
def _files() -> Mapping[str, Response]:
    """What lies in `public/`, and Chart.js: read and compressed once in a process's life."""
    return read_static_files(PUBLIC) | read_chart_js()


_RUNG = frozenset({"order", "payment", "stock", "product", "category-request", "notice"})
"""The news that browsers hear of."""
_SHOWN = frozenset({"shop", "category", "product", "stock"})
"""The news that makes what visitors see of the catalogue stale."""
