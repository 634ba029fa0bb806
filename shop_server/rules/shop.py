"""A shop: who sells, on what terms, and where the money goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from shop_server.errors import Conflict

DEFAULT_TIMEZONE = "Asia/Kolkata"


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop's settings. Fees and minimums are paise; `low_stock_at` counts pieces (or grams) left."""

    id: str
    owner_id: str
    name: str
    created_at: datetime
    version: int = 1
    address: str = ""
    city: str = ""
    state: str = ""
    pincode: str = ""
    country: str = "India"
    gst_number: str | None = None
    gst_composition: bool = False
    """Pays tax on its turnover (composition levy) and so shows none on its bills."""
    timezone: str = DEFAULT_TIMEZONE
    upi_id: str | None = None
    qr_picture: str | None = None
    """The picture of her own QR, as a data URL."""
    phone: str = ""
    opening_hours: str = ""
    delivery_fee_paise: int = 0
    free_delivery_minimum_paise: int | None = None
    low_stock_at: int = 10
    payment_window_minutes: int = 10
    delivery_minutes: int | None = None
    open: bool = True
    approved: bool = True
    suspended: bool = False


class Shelf(NamedTuple):
    """A category as customers see it: how many `products` are on it."""

    id: str
    name: str
    products: int


def payment_methods(shop: Shop) -> list[str]:
    """How customers can pay here."""
    return ["Cash", "Card", "UPI"] if shop.upi_id else ["Cash", "Card"]


def is_open_to_customers(shop: Shop) -> bool:
    """Whether customers find the shop at all; whether it takes orders just now is `open`."""
    return shop.approved and not shop.suspended


def check_takes_orders(shop: Shop) -> None:
    """Raises Conflict while the shop takes no orders."""
    if not shop.approved or shop.suspended or not shop.open:
        raise Conflict(f"{shop.name} takes no orders at the moment.")
