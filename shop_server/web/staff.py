"""Staff over HTTP: invitations, permissions, and permits to write the goods."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from shop_server.actions.join_shop import accept_invitation
from shop_server.actions.keep_staff import (
    Invite,
    change_permissions,
    check_own_staff,
    invite,
    list_staff,
    remove_staff,
)
from shop_server.actions.permit_staff import ask_for_permit, confirm_permit
from shop_server.context import Context
from shop_server.rules.account import User, device_of
from shop_server.rules.staff import Invitation
from shop_server.web.access import asker
from shop_server.web.account_codes import CodeBody
from shop_server.web.account_forms import Password
from shop_server.web.accounts import welcome
from shop_server.web.fields import Email, Name, instant
from shop_server.web.once import once_of
from shop_server.web.pages import part_of
from shop_server.web.reading import Answer, Body, read_body
from shop_server.web.request import Request
from shop_server.web.response import Response, empty_response, json_response

Permission = Literal["orders", "payments", "inventory", "prices", "customers", "reports", "settings"]
Permissions = Annotated[list[Permission], Field(max_length=20)]


class InviteBody(Body):
    """Whom to invite, and what she will be allowed."""

    email: Email
    first_name: Name
    last_name: Name
    permissions: Permissions


class PermissionsBody(Body):
    permissions: Permissions


class AcceptBody(Body):
    """`code` is what stands in the link of the mail."""

    code: Annotated[str, Field(min_length=1, max_length=200)]
    password: Password


class StaffRow(Answer):
    """`invited` until `expiresAt`, else `active` or `suspended` since `since`."""

    id: str
    email: str
    first_name: str
    last_name: str
    permissions: list[str]
    state: Literal["active", "invited", "suspended"]
    since: datetime
    expires_at: datetime | None


class PermitAskedAnswer(Answer):
    message: str


class PermitAnswer(Answer):
    permit_until: datetime


def show_list(request: Request, context: Context) -> Response:
    staff, invited = list_staff(context, asker(request))
    rows, headers = part_of(request, [*map(_row, staff), *map(_row, invited)])
    return json_response(rows, headers=headers)


def ask_in(request: Request, context: Context) -> Response:
    body = read_body(request, InviteBody)
    wish = Invite(body.email, body.first_name, body.last_name, body.permissions)
    return json_response(_row(invite(context, asker(request), wish, once_of(request))), 201)


def change(request: Request, context: Context) -> Response:
    owner, id_ = asker(request), request.params["id"]
    check_own_staff(context, owner, id_)
    return json_response(_row(change_permissions(context, owner, id_, read_body(request, PermissionsBody).permissions)))


def remove(request: Request, context: Context) -> Response:
    remove_staff(context, asker(request), request.params["id"])
    return empty_response()


def accept(request: Request, context: Context) -> Response:
    body = read_body(request, AcceptBody)
    device = device_of(request.headers.get("user-agent", ""))
    signed_in = accept_invitation(context, body.code, body.password, device=device)
    return welcome(request, context, signed_in, "Welcome! Your account is open.", 201)


def ask_permit(request: Request, context: Context) -> Response:
    ask_for_permit(context, asker(request), address=request.client)
    return json_response({"message": "The shopkeeper gets a code by mail. Please ask her for it."}, 202)


def give_permit(request: Request, context: Context) -> Response:
    code = "".join(read_body(request, CodeBody).code.split())
    until = confirm_permit(context, asker(request), code)
    return json_response({"permitUntil": instant(until)})


def _row(one: User | Invitation) -> dict[str, Any]:
    row = {
        "id": one.id,
        "email": one.email,
        "firstName": one.first_name,
        "lastName": one.last_name,
        "permissions": list(one.permissions),
    }
    if isinstance(one, Invitation):
        more = {"state": "invited", "since": instant(one.invited_at), "expiresAt": instant(one.expires_at)}
        return {**row, **more}
    return {
        **row,
        "state": "suspended" if one.suspended else "active",
        "since": instant(one.created_at),
        "expiresAt": None,
    }
