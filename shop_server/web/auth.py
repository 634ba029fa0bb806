"""Who is asking: reads the sign-in that a request carries, and hands out the cookies that carry it."""

from __future__ import annotations

from dataclasses import replace

from shop_server.context import Context
from shop_server.errors import NotSignedIn
from shop_server.rules.account import TokenPair
from shop_server.rules.person import Person
from shop_server.web.request import Request

SESSION_COOKIE = "shop_session"
REFRESH_COOKIE = "shop_refresh"
REFRESH_PATH = "/api/auth"


def person_of(request: Request, context: Context) -> Person | None:
    """Who asks, by her Bearer token, or else by the session cookie; None for a stranger.

    Raises NotSignedIn for a sign-in that is wrong or over where one is needed; elsewhere she is a stranger.
    """
    token = _token(request)
    if token is None:
        return None
    try:
        return _signed_in(token, context)
    except NotSignedIn:
        if request.route is not None and request.route.access.needs_sign_in:
            raise
        return None


def sign_in_cookies(request: Request, context: Context, tokens: TokenPair) -> tuple[str, str]:
    """The cookies of somebody signed in: out of reach of scripts, and never sent for another website's page."""
    days = context.settings.session_days
    return (
        _cookie(request, context, SESSION_COOKIE, tokens.access_token, "/", tokens.access_seconds),
        _cookie(request, context, REFRESH_COOKIE, tokens.refresh_token, REFRESH_PATH, days * 24 * 3600),
    )


def sign_out_cookies(request: Request, context: Context) -> tuple[str, str]:
    """Takes the cookies away again."""
    return (
        _cookie(request, context, SESSION_COOKIE, "", "/", 0),
        _cookie(request, context, REFRESH_COOKIE, "", REFRESH_PATH, 0),
    )


def _signed_in(token: str, context: Context) -> Person:
    now = context.clock.now()
    read = context.tokens.read_access_token(token, now)
    person = context.sessions.find_person(read.session_id, now)
    if person is None or person.user_id != read.user_id:
        raise NotSignedIn("Your sign-in has ended. Please sign in again.")
    if person.permit_until is not None and person.permit_until <= now:
        # What is remembered of her may be older than the end of her permit.
        person = replace(person, permit_until=None)
    return person


def _token(request: Request) -> str | None:
    header = request.headers.get("authorization")
    if header is None:
        return request.cookies.get(SESSION_COOKIE)
    scheme, _, token = header.partition(" ")
    # Whoever sends an Authorization header means it: a wrong one is not made good by a cookie.
    return token.strip() if scheme.lower() == "bearer" else ""


def _cookie(request: Request, context: Context, name: str, value: str, path: str, seconds: int) -> str:
    secure = request.scheme == "https" or (context.settings.public_url or "").startswith("https://")
    marks = f"Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict"
    return f"{name}={value}; {marks}{'; Secure' if secure else ''}"
