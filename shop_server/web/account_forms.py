"""The forms of accounts: what comes in and what goes out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shop_server.rules.account import is_username
from shop_server.web.address_fields import OptionalCountry, OptionalState
from shop_server.web.fields import (
    Email,
    Name,
    OptionalDate,
    OptionalEmail,
    OptionalName,
    OptionalPhone,
    OptionalPincode,
    Phone,
    blank_is_absent,
)
from shop_server.web.reading import Answer, Body, OptionalBody
from shop_server.web.shop_forms import OptionalGstNumber, OptionalPicture, OptionalUpiId


def _read_username(value: str) -> str:
    name = value.strip().lower()
    if not is_username(name):
        raise PydanticCustomError("shop", "use 3 to 30 letters, digits, dots or dashes")
    return name


Password = Annotated[str, Field(min_length=1, max_length=1000, json_schema_extra={"format": "password"})]
Username = Annotated[str, AfterValidator(_read_username)]
OptionalUsername = Annotated[Username | None, blank_is_absent]


class RegisterBody(Body):
    email: Email
    password: Password
    first_name: Name
    last_name: Name
    phone: Phone
    role: Literal["customer", "shopkeeper"]
    username: OptionalUsername = None
    address: OptionalName = None
    city: OptionalName = None
    country: OptionalCountry = None
    state: OptionalState = None
    pincode: OptionalPincode = None
    date_of_birth: OptionalDate = None
    shop_name: OptionalName = None
    shop_address: OptionalName = None
    gst_number: OptionalGstNumber = None
    upi_id: OptionalUpiId = None
    qr_code_url: OptionalPicture = None


class RegisterShopkeeperBody(RegisterBody):
    """A shopkeeper says where her shop is."""

    shop_name: Name
    shop_address: Name


class LoginBody(Body):
    """The password and one of the three names."""

    password: Password
    email: OptionalEmail = None
    phone: OptionalPhone = None
    username: OptionalName = None


class RefreshBody(OptionalBody):
    """Browsers leave it out and send their cookie."""

    refresh_token: Annotated[str, Field(max_length=200)] | None = None


class PasswordBody(Body):
    current: Password
    new: Password


class ProfileBody(Body):
    """Fields left out stay as they are; "" empties an optional one."""

    first_name: Name | None = None
    last_name: Name | None = None
    username: OptionalUsername = None
    address: OptionalName = None
    city: OptionalName = None
    country: OptionalCountry = None
    state: OptionalState = None
    pincode: OptionalPincode = None
    date_of_birth: OptionalDate = None
    reminders: bool | None = None


class LeaveBody(Body):
    """Whoever deletes her account gives her password once more."""

    password: Password


class SignedInAnswer(Answer):
    message: str
    token: str
    refresh_token: str
    expires_in: int
    user_id: str
    user_name: str
    user_role: str
    is_admin: bool


class MeAnswer(Answer):
    user_id: str
    user_name: str
    user_role: str
    is_admin: bool
    shop_id: str | None = None
    permissions: list[str]
    permit_until: datetime | None = None


class ProfileAnswer(Answer):
    id: str
    role: str
    email: str
    phone: str
    username: str | None
    first_name: str
    last_name: str
    address: str
    city: str
    state: str
    pincode: str
    country: str
    date_of_birth: date | None
    created_at: datetime
    email_confirmed: bool
    reminders: bool


class CustomerProfileAnswer(ProfileAnswer):
    total_orders: int
    total_spent: float


class SessionAnswer(Answer):
    id: str
    device: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool
