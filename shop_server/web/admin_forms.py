"""The forms of the admin's pages: what comes in and what goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from shop_server.web.account_forms import RegisterBody, RegisterShopkeeperBody
from shop_server.web.fields import OptionalName, SearchText, blank_is_absent
from shop_server.web.reading import Answer, Body, Query


class UsersQuery(Query):
    """`q` is beginnings of words of name, email, user name or phone."""

    q: SearchText = None
    role: Annotated[Literal["customer", "shopkeeper", "staff"] | None, blank_is_absent] = None
    state: Annotated[Literal["admin", "suspended"] | None, blank_is_absent] = None
    limit: str | None = None
    cursor: str | None = None


class NewUserBody(RegisterBody):
    """As in registering. The password is told to the person, who changes it."""

    is_admin: bool = False


class NewShopkeeperBody(RegisterShopkeeperBody, NewUserBody):
    """A shopkeeper comes with her shop, which is let in at once."""


class ChangeUserBody(Body):
    """What is left out stays. A customer who becomes a shopkeeper and never had a shop needs `shopName, shopAddress`."""

    role: Literal["customer", "shopkeeper"] | None = None
    is_admin: bool | None = None
    suspended: bool | None = None
    shop_name: OptionalName = None
    shop_address: OptionalName = None


class UserRow(Answer):
    id: str
    role: str
    email: str
    phone: str
    username: str | None
    first_name: str
    last_name: str
    is_admin: bool
    suspended: bool
    shop_id: str | None
    shop_name: str | None
    created_at: datetime


class ShopsQuery(Query):
    """`waiting` for approval."""

    state: Annotated[Literal["waiting", "suspended"] | None, blank_is_absent] = None
    limit: str | None = None
    cursor: str | None = None


class ChangeShopStateBody(Body):
    """What is left out stays."""

    approved: bool | None = None
    suspended: bool | None = None


class AdminShopRow(Answer):
    id: str
    name: str
    address: str
    city: str
    phone: str
    gst_number: str | None
    approved: bool
    suspended: bool
    open: bool
    owner_id: str
    owner_name: str | None
    owner_email: str | None
    created_at: datetime
