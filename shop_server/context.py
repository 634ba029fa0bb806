"""What every action works with: the shop's records, its clock and its doors to the outside."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from shop_server.clock import Clock
from shop_server.gateways.charts import Charts
from shop_server.gateways.images import Images
from shop_server.gateways.letters import Letter, Letters
from shop_server.gateways.mail import Line, NotNow, Post, Refused
from shop_server.gateways.printer import Printer
from shop_server.gateways.spreadsheets import Heads as SheetHeads
from shop_server.gateways.spreadsheets import Read as SheetRow
from shop_server.gateways.spreadsheets import Spreadsheets
from shop_server.gateways.upi_qr import UpiQr
from shop_server.security.passwords import Passwords
from shop_server.security.rate_limits import CodeLimits, SignInLimits
from shop_server.security.tokens import Tokens
from shop_server.settings import Settings
from shop_server.storage.analytics import Analytics
from shop_server.storage.announcements import Announcements
from shop_server.storage.audit_log import AuditLog
from shop_server.storage.back_in_stock import BackInStock
from shop_server.storage.backups import Backups
from shop_server.storage.books import Books
from shop_server.storage.carts import Carts
from shop_server.storage.categories import Categories
from shop_server.storage.category_requests import CategoryRequests
from shop_server.storage.codes import Codes
from shop_server.storage.customers import Customers
from shop_server.storage.disk import Disk
from shop_server.storage.errands import Errands
from shop_server.storage.export_files import ExportFiles
from shop_server.storage.figures import SECONDS, SIZES, Histogram
from shop_server.storage.heartbeats import Heartbeats
from shop_server.storage.invitations import Invitations
from shop_server.storage.leases import Leases
from shop_server.storage.movements import Movements
from shop_server.storage.notices import Notices
from shop_server.storage.once import Once
from shop_server.storage.orders import Orders
from shop_server.storage.outbox import Outbox
from shop_server.storage.page import Page
from shop_server.storage.papers import Papers
from shop_server.storage.payment_log import PaymentLog
from shop_server.storage.pictures import Pictures
from shop_server.storage.products import Place, Products, Wanted
from shop_server.storage.rights import Rights, RightsChange
from shop_server.storage.rollups import Rollups
from shop_server.storage.rounds import Rounds
from shop_server.storage.sessions import Sessions
from shop_server.storage.shops import Shops
from shop_server.storage.sold_goods import SoldGoods
from shop_server.storage.stock_watch import StockWatch
from shop_server.storage.traces import Traces
from shop_server.storage.users import Users
from shop_server.storage.verify import Verification

__all__ = [
    "SECONDS",
    "SIZES",
    "Context",
    "Histogram",
    "Letter",
    "Line",
    "NotNow",
    "Once",
    "Page",
    "Place",
    "Post",
    "Refused",
    "RightsChange",
    "SheetHeads",
    "SheetRow",
    "Wanted",
]


@dataclass(frozen=True)
class Context:
    """Wired once in `app`; actions get it whole and take what they need."""

    process_id: str
    settings: Settings
    clock: Clock
    books: Books
    shops: Shops
    categories: Categories
    category_requests: CategoryRequests
    products: Products
    pictures: Pictures
    movements: Movements
    orders: Orders
    payment_log: PaymentLog
    papers: Papers
    carts: Carts
    stock_watch: StockWatch
    back_in_stock: BackInStock
    analytics: Analytics
    customers: Customers
    rollups: Rollups
    sold_goods: SoldGoods
    notices: Notices
    leases: Leases
    heartbeats: Heartbeats
    disk: Disk
    verification: Verification
    backups: Backups
    rounds: Rounds
    errands: Errands
    export_files: ExportFiles
    traces: Traces
    outbox: Outbox
    codes: Codes
    users: Users
    rights: Rights
    invitations: Invitations
    sessions: Sessions
    announcements: Announcements
    audit: AuditLog
    passwords: Passwords
    tokens: Tokens
    sign_in_limits: SignInLimits
    code_limits: CodeLimits
    images: Images
    upi_qr: UpiQr
    printer: Printer
    letters: Letters
    spreadsheets: Spreadsheets
    charts: Charts
    post: Post | None
    """The way to the mail server; None when there is none."""
    address_for_phones: Callable[[str, int], str | None]
    """Where phones in the same network find a shop that listens on this host and port; None when they do not."""

    @property
    def address(self) -> str | None:
        """Where readers of mails reach the shop; None when only this machine does."""
        settings = self.settings
        if settings.public_url or not settings.port:
            return settings.public_url
        return self.address_for_phones(settings.host, settings.port)

    def new_id(self) -> str:
        """24 random hex digits; the first 8 are what a person sees."""
        return secrets.token_hex(12)
