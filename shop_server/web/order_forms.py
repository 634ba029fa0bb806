"""What is asked for and answered about orders, field by field."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from shop_server.web.address_fields import OptionalHomeCountry, State
from shop_server.web.fields import (
    Id,
    Name,
    Note,
    OptionalDate,
    OptionalNote,
    Pincode,
    Quantity,
    Rupees,
    SearchText,
    blank_is_absent,
)
from shop_server.web.payments import PaymentAnswer, PaymentAsked
from shop_server.web.reading import Answer, Body, Query
from shop_server.web.shop_forms import OptionalGstNumber

Status = Literal[
    "awaiting_payment", "placed", "packed", "dispatched", "delivered",
    "return_requested", "returned", "cancelled", "expired",
]  # fmt: skip


class ItemBody(Body):
    """A product and how much of it. Name, price and category are the shop's to say, and ignored."""

    id: Id
    quantity: Quantity
    name: Any = None
    price: Any = None
    category: Any = None


Items = Annotated[list[ItemBody], Field(min_length=1, max_length=200)]


class AddressBody(Body):
    line: Name
    city: Name
    country: OptionalHomeCountry = None
    state: State
    pincode: Pincode


class PlaceOrderBody(Body):
    items: Items
    payment_method: Literal["Cash", "Card", "UPI"]
    delivery_address: AddressBody | None = None
    pickup: bool | None = None
    note: OptionalNote = None
    gst_number: OptionalGstNumber = None
    expected_total: Rupees | None = None
    total: Any = None


class ChangeOrderBody(Body):
    items: Items
    total: Any = None


class CancelBody(Body):
    reason: Note


class MoveBody(Body):
    status: Status
    restock: bool = False
    reason: OptionalNote = None


class CustomerOrdersQuery(Query):
    state: Annotated[Literal["current", "past", "cancelled"] | None, blank_is_absent] = None
    limit: str | None = None
    cursor: str | None = None


class ShopOrdersQuery(Query):
    status: str | None = None
    q: SearchText = None
    from_: Annotated[OptionalDate, Field(alias="from")] = None
    to: OptionalDate = None
    limit: str | None = None
    cursor: str | None = None


class PlacedAnswer(Answer):
    message: str
    order_id: str
    subtotal: float
    delivery_fee: float
    total: float
    item_count: int
    status: str
    payment: PaymentAsked


class LineAnswer(Answer):
    id: str
    name: str
    category: str
    price: float
    quantity: int
    line_total: float
    unit: str
    sold_by: str


class ShortAnswer(Answer):
    id: str
    missing: int


class OrderRow(Answer):
    id: str
    items: list[LineAnswer]
    total: float
    payment_method: str
    status: str
    date: datetime
    item_count: int
    shop_name: str
    short: list[ShortAnswer]


class ShopOrderRow(OrderRow):
    customer_name: str
    customer_phone: str
    payment: PaymentAnswer
    pickup: bool
    note: str
    deliver_by: datetime | None


class StepAnswer(Answer):
    status: str
    at: datetime
    by: str
    note: str | None


class AddressAnswer(Answer):
    line: str
    city: str
    state: str
    pincode: str
    country: str


class OrderAnswer(ShopOrderRow):
    shop_id: str
    customer_id: str
    subtotal: float
    delivery_fee: float
    history: list[StepAnswer]
    delivery_address: AddressAnswer | None
    gst_number: str | None
    pickup_on: date | None
    papers: list[Literal["invoice", "credit-note"]]


class ReorderItem(Answer):
    id: str
    quantity: int
    name: str
    price: float
    changed: bool | None = None


class ReorderMissing(Answer):
    id: str
    name: str


class ReorderAnswer(Answer):
    items: list[ReorderItem]
    missing: list[ReorderMissing]
