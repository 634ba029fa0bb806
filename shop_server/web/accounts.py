"""Accounts over HTTP: registering, signing in and out, one's own profile, password and sessions."""

from __future__ import annotations

import time
from typing import Any

from pydantic.alias_generators import to_camel

from shop_server.actions.change_account import (
    change_password,
    change_profile,
    read_customer_profile,
)
from shop_server.actions.erase_account import erase_account
from shop_server.actions.register import NewShop, Register, register
from shop_server.actions.sign_in import SignIn, end_session, list_sessions, refresh_session, sign_in, sign_out
from shop_server.context import Context
from shop_server.errors import FieldError, InvalidInput, NotSignedIn, wrong_field
from shop_server.rules.account import SignedIn, User, device_of
from shop_server.rules.person import PERMISSIONS, SHOPKEEPER, Person
from shop_server.web.account_forms import (
    LeaveBody,
    LoginBody,
    PasswordBody,
    ProfileBody,
    RefreshBody,
    RegisterBody,
    RegisterShopkeeperBody,
)
from shop_server.web.auth import REFRESH_COOKIE, sign_in_cookies, sign_out_cookies
from shop_server.web.fields import instant, rupees
from shop_server.web.pages import part_of
from shop_server.web.reading import check, idempotency_key, read_body, read_json
from shop_server.web.request import Request
from shop_server.web.response import Response, empty_response, json_response

_FOR_SHOPKEEPERS = ("shop_name", "shop_address", "gst_number", "upi_id", "qr_code_url")


def open_account(request: Request, context: Context) -> Response:
    data = read_json(request.body)
    by_shopkeeper = isinstance(data, dict) and data.get("role") == SHOPKEEPER
    wish = registration(check(data, RegisterShopkeeperBody if by_shopkeeper else RegisterBody))
    signed_in = register(context, wish, device=_device(request), key=idempotency_key(request))
    return welcome(request, context, signed_in, "Welcome! Your account is open.", 201)


def login(request: Request, context: Context) -> Response:
    body = read_body(request, LoginBody)
    names = [(name, value) for name in ("email", "phone", "username") if (value := getattr(body, name))]
    if len(names) != 1:
        raise wrong_field("/email", "Sign in with one of email, phone or user name.")
    name, value = names[0]
    wish = SignIn(name, value.lower(), body.password)
    signed_in = sign_in(context, wish, address=request.client, device=_device(request))
    return welcome(request, context, signed_in, "Welcome back!")


def refresh(request: Request, context: Context) -> Response:
    body = read_body(request, RefreshBody)
    token = body.refresh_token or request.cookies.get(REFRESH_COOKIE)
    if not token:
        raise NotSignedIn("Please sign in first.")
    waited_seconds = time.monotonic() - request.started
    by_cookie = body.refresh_token is None
    signed_in = refresh_session(context, token, by_cookie=by_cookie, waited_seconds=waited_seconds)
    return welcome(request, context, signed_in, "Still signed in.")


def logout(request: Request, context: Context) -> Response:
    sign_out(context, _person(request))
    return empty_response(cookies=sign_out_cookies(request, context))


def me(request: Request, context: Context) -> Response:
    person = _person(request)
    answer = {
        "userId": person.user_id,
        "userName": person.name,
        "userRole": person.role,
        "isAdmin": person.is_admin,
        "permissions": [permission for permission in PERMISSIONS if permission in person.permissions],
    }
    if person.shop_id:
        answer["shopId"] = person.shop_id
    if person.permit_until:
        answer["permitUntil"] = instant(person.permit_until)
    return json_response(answer)


def show_own(request: Request, context: Context) -> Response:
    return json_response(profile(context.users.get(_person(request).user_id)))


def show_customer(request: Request, context: Context) -> Response:
    user, orders, spent_paise = read_customer_profile(context, _person(request))
    return json_response({**profile(user), "totalOrders": orders, "totalSpent": rupees(spent_paise)})


def change(request: Request, context: Context) -> Response:
    body = read_body(request, ProfileBody)
    changes: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    emptied = [name for name in ("first_name", "last_name") if name in changes and changes[name] is None]
    if emptied:
        raise InvalidInput([FieldError(f"/{to_camel(name)}", "Please fill this in.") for name in emptied])
    for name in ("address", "city", "state", "pincode", "country"):
        if name in changes:
            changes[name] = changes[name] or ""
    if "reminders" in changes and changes["reminders"] is None:
        del changes["reminders"]
    if changes.get("date_of_birth"):
        changes["date_of_birth"] = changes["date_of_birth"].isoformat()
    return json_response(profile(change_profile(context, _person(request), changes)))


def replace_password(request: Request, context: Context) -> Response:
    body = read_body(request, PasswordBody)
    change_password(context, _person(request), current=body.current, new=body.new, address=request.client)
    return empty_response()


def leave(request: Request, context: Context) -> Response:
    body = read_body(request, LeaveBody)
    erase_account(context, _person(request), body.password, address=request.client)
    return empty_response(cookies=sign_out_cookies(request, context))


def list_mine(request: Request, context: Context) -> Response:
    person = _person(request)
    mine = [
        {
            "id": session.id,
            "device": session.device,
            "createdAt": instant(session.created_at),
            "lastUsedAt": instant(session.turned_at),
            "expiresAt": instant(session.expires_at),
            "current": session.id == person.session_id,
        }
        for session in list_sessions(context, person)
    ]
    rows, headers = part_of(request, mine)
    return json_response(rows, headers=headers)


def end_one(request: Request, context: Context) -> Response:
    person = _person(request)
    end_session(context, person, request.params["id"])
    ended_own = request.params["id"] == person.session_id
    return empty_response(cookies=sign_out_cookies(request, context) if ended_own else ())


def registration(body: RegisterBody) -> Register:
    """What the form says, as the action takes it. Raises InvalidInput for a customer with a shop."""
    return Register(
        email=body.email,
        phone=body.phone,
        username=body.username,
        password=body.password,
        first_name=body.first_name,
        last_name=body.last_name,
        address=body.address or "",
        city=body.city or "",
        state=body.state or "",
        pincode=body.pincode or "",
        country=body.country or "",
        date_of_birth=body.date_of_birth.isoformat() if body.date_of_birth else None,
        shop=_new_shop(body),
    )


def _new_shop(body: RegisterBody) -> NewShop | None:
    """What a shopkeeper says of her shop, and a customer must not."""
    if isinstance(body, RegisterShopkeeperBody):
        return NewShop(body.shop_name, body.shop_address, body.gst_number, body.upi_id, body.qr_code_url)
    strange = [name for name in _FOR_SHOPKEEPERS if getattr(body, name)]
    if strange:
        raise InvalidInput([FieldError(f"/{to_camel(name)}", "This is for shopkeepers.") for name in strange])
    return None


def welcome(request: Request, context: Context, signed_in: SignedIn, message: str, status: int = 200) -> Response:
    """What somebody gets who has just signed in: tokens in the answer, and cookies."""
    user, tokens = signed_in
    answer = {
        "message": message,
        "token": tokens.access_token,
        "refreshToken": tokens.refresh_token,
        "expiresIn": tokens.access_seconds,
        "userId": user.id,
        "userName": user.name,
        "userRole": user.role,
        "isAdmin": user.is_admin,
    }
    return json_response(answer, status, cookies=sign_in_cookies(request, context, tokens))


def account_row(user: User) -> dict[str, Any]:
    """What both its owner and an admin see of an account."""
    return {
        "id": user.id,
        "role": user.role,
        "email": user.email,
        "phone": user.phone,
        "username": user.username,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "createdAt": instant(user.created_at),
    }


def profile(user: User) -> dict[str, Any]:
    """An account as its owner sees it."""
    return {
        **account_row(user),
        "address": user.address,
        "city": user.city,
        "state": user.state,
        "pincode": user.pincode,
        "country": user.country,
        "dateOfBirth": user.date_of_birth,
        "emailConfirmed": user.email_confirmed,
        "reminders": user.reminders,
    }


def _person(request: Request) -> Person:
    assert request.person is not None
    return request.person


def _device(request: Request) -> str:
    return device_of(request.headers.get("user-agent", ""))
