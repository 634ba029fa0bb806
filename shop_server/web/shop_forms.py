"""The forms of shops: what comes in and what goes out."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shop_server.rules.gstin import is_gstin
from shop_server.rules.shop_time import is_timezone
from shop_server.rules.upi import is_upi_id
from shop_server.web.address_fields import OptionalState
from shop_server.web.fields import (
    Name,
    OptionalName,
    OptionalNote,
    OptionalPhone,
    OptionalPincode,
    Rupees,
    StockLevel,
    blank_is_absent,
)
from shop_server.web.reading import Answer, Body, Query

PICTURE_CHARACTERS = 7 * 1024 * 1024


def _read_gst_number(value: str) -> str:
    number = value.replace(" ", "").upper()
    if not is_gstin(number):
        raise PydanticCustomError("shop", "this is not a valid GST number; please check each character")
    return number


def _read_upi_id(value: str) -> str:
    upi_id = value.strip()
    if not is_upi_id(upi_id):
        raise PydanticCustomError("shop", "enter a UPI id, like asha@okbank")
    return upi_id


def _read_timezone(value: str) -> str:
    if not is_timezone(value.strip()):
        raise PydanticCustomError("shop", "enter a timezone, like Asia/Kolkata")
    return value.strip()


OptionalGstNumber = Annotated[
    Annotated[str, AfterValidator(_read_gst_number)] | None,
    blank_is_absent,
    Field(title="GST number", examples=["27AAPFU0939F1ZV"]),
]
OptionalUpiId = Annotated[
    Annotated[str, AfterValidator(_read_upi_id)] | None,
    blank_is_absent,
    Field(title="UPI id", examples=["asha@okbank"]),
]
OptionalPicture = Annotated[
    Annotated[str, Field(max_length=PICTURE_CHARACTERS)] | None, blank_is_absent, Field(title="QR picture")
]
Timezone = Annotated[str, AfterValidator(_read_timezone), Field(json_schema_extra={"examples": ["Asia/Kolkata"]})]


class ShopBody(Body):
    """Fields left out stay as they are; "" empties an optional one."""

    name: Name | None = None
    address: OptionalName = None
    city: OptionalName = None
    state: OptionalState = None
    pincode: OptionalPincode = None
    gst_number: OptionalGstNumber = None
    gst_composition: bool | None = None
    timezone: Timezone | None = None
    upi_id: OptionalUpiId = None
    phone: OptionalPhone = None
    opening_hours: OptionalNote = None
    delivery_fee: Rupees | None = None
    free_delivery_minimum: Rupees | None = None
    low_stock_at: StockLevel | None = None
    payment_window_minutes: Annotated[int, Field(ge=1, le=1440)] | None = None
    delivery_minutes: Annotated[int, Field(ge=1, le=43_200)] | None = None
    open: bool | None = None


class QrBody(Body):
    """A UPI id, the picture of a QR, or both; "" takes one away."""

    upi_id: OptionalUpiId = None
    qr_code_url: OptionalPicture = None


class QrQuery(Query):
    shop_id: str | None = None


class CategoryCount(Answer):
    id: str
    name: str
    products: int


class ShopRow(Answer):
    id: str
    name: str
    address: str
    city: str
    open: bool
    categories: list[CategoryCount]


class ShopAnswer(ShopRow):
    phone: str
    opening_hours: str
    delivery_fee: float
    free_delivery_minimum: float | None
    delivery_minutes: int | None
    payment_methods: list[str]
    gst_number: str | None


class OwnShopAnswer(Answer):
    id: str
    name: str
    address: str
    city: str
    state: str
    pincode: str
    gst_number: str | None
    gst_composition: bool
    timezone: str
    upi_id: str | None
    phone: str
    opening_hours: str
    delivery_fee: float
    free_delivery_minimum: float | None
    low_stock_at: int
    payment_window_minutes: int
    delivery_minutes: int | None
    open: bool
    approved: bool
    has_qr_picture: bool
    version: int


class ReachAnswer(Answer):
    """None when only the machine that the shop runs on reaches it."""

    address: str | None
    qr_code_url: str | None


class QrAnswer(Answer):
    qr_code_url: str
    upi_id: str | None


class ChangedQrAnswer(Answer):
    message: str
    upi_id: str | None
    has_qr_picture: bool
