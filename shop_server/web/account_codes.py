"""Over HTTP: a new password with a mailed code, confirming or changing one's email address and phone number."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shop_server.actions.prove_contact import (
    ask_for_email,
    ask_for_phone,
    ask_for_proof,
    confirm_email,
    confirm_phone,
)
from shop_server.actions.remind_customers import stop_reminders
from shop_server.actions.reset_password import ask_for_reset, reset_password
from shop_server.context import Context
from shop_server.web.access import asker
from shop_server.web.account_forms import Password
from shop_server.web.accounts import profile
from shop_server.web.fields import Email, Phone
from shop_server.web.reading import Answer, Body, read_body
from shop_server.web.request import Request
from shop_server.web.response import Response, empty_response, json_response

HTML_TYPE = "text/html; charset=utf-8"
Code = Annotated[str, Field(pattern=r"^ *[0-9]{3} ?[0-9]{3} *$", max_length=20, examples=["123456"])]


class ForgotBody(Body):
    email: Email


class ResetBody(Body):
    email: Email
    code: Code
    password: Password


class EmailBody(Body):
    email: Email
    password: Password


class PhoneBody(Body):
    phone: Phone
    password: Password


class CodeBody(Body):
    code: Code


class MailedAnswer(Answer):
    """The same words whether a mail was sent or not."""

    message: str


def forgot(request: Request, context: Context) -> Response:
    ask_for_reset(context, read_body(request, ForgotBody).email, address=request.client)
    return _mailed("If there is an account with this address, a code is on its way to it.")


def reset(request: Request, context: Context) -> Response:
    body = read_body(request, ResetBody)
    reset_password(context, body.email, _digits(body.code), body.password, address=request.client)
    return empty_response()


def prove(request: Request, context: Context) -> Response:
    ask_for_proof(context, asker(request), address=request.client)
    return _mailed("A code is on its way to your address.")


def change_email(request: Request, context: Context) -> Response:
    body = read_body(request, EmailBody)
    ask_for_email(context, asker(request), body.email, body.password, address=request.client)
    return _mailed("A code is on its way to the new address.")


def change_phone(request: Request, context: Context) -> Response:
    body = read_body(request, PhoneBody)
    ask_for_phone(context, asker(request), body.phone, body.password, address=request.client)
    return _mailed("A code is on its way to your address.")


def take_email_code(request: Request, context: Context) -> Response:
    return json_response(profile(confirm_email(context, asker(request), _digits(read_body(request, CodeBody).code))))


def take_phone_code(request: Request, context: Context) -> Response:
    return json_response(profile(confirm_phone(context, asker(request), _digits(read_body(request, CodeBody).code))))


def unsubscribe(request: Request, context: Context) -> Response:
    """The button of a mail program posts here without a cookie and without asking (RFC 8058)."""
    stop_reminders(context, request.params["token"])
    return json_response({"message": "You get no more reminders."})


def open_unsubscribe(request: Request, context: Context) -> Response:
    """Older mail programs only open the address in a browser: it goes on to the page, which has the button."""
    token = request.params["token"]
    context.tokens.read_stop_token(token)
    return Response(200, _GO_ON.format(page=f"/unsubscribe.html?token={token}").encode(), {"Content-Type": HTML_TYPE})


_GO_ON = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url={page}">
<title>Reminders</title>
</head>
<body><a href="{page}">No more reminders</a></body>
</html>
"""


def _mailed(words: str) -> Response:
    return json_response({"message": words}, 202)


def _digits(code: str) -> str:
    return "".join(code.split())
