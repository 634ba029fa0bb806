"""Somebody signs in, stays signed in, and signs out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from shop_server.context import Context
from shop_server.errors import NotAllowed, NotFound, NotSignedIn
from shop_server.rules.account import COOKIE_GRACE_SECONDS, Session, SignedIn, User, is_late_twin, new_session
from shop_server.rules.person import Person

_WRONG = "That sign-in is not right. Please check what you typed."


@dataclass(frozen=True, slots=True)
class SignIn:
    """`name` says by what she signs in (email, phone or username), `value` is hers."""

    name: str
    value: str
    password: str


def sign_in(context: Context, wish: SignIn, *, address: str, device: str) -> SignedIn:
    """Signs her in on one more device.

    Raises NotSignedIn with the same words and after the same time whatever was wrong, TooManyRequests after 5 failures of
    the account or 20 of the network address in 15 minutes, NotAllowed when all was right and the account is suspended.
    """
    now = context.clock.now()
    user = context.users.find_by(wish.name, wish.value)
    account = _account_key(wish, user)
    kept = user.password_hash if user else None
    is_right = context.sign_in_limits.attempt(
        account, address, now, lambda: context.passwords.match(wish.password, kept) and user is not None
    )
    if user is None or not is_right:
        raise NotSignedIn(_WRONG)
    if user.suspended:
        raise NotAllowed("This account is suspended. Please ask whoever runs this installation.")
    session = new_session(context.new_id(), user.id, device, now, context.settings.session_days)
    context.sessions.insert(session)
    _check_password_holds(context, user, session)
    return _signed_in(context, user, session, now)


def refresh_session(context: Context, token: str, *, by_cookie: bool, waited_seconds: float) -> SignedIn:
    """Takes the session's next turn: gives a new pair of tokens, and the refresh token given dies.

    A token of an earlier turn ends the session, for it may have been stolen; unless it is the twin of the one just used
    (see `is_late_twin`, `waited_seconds` is how long ago it arrived): then it is answered like that one. Raises
    NotSignedIn.
    """
    now = context.clock.now()
    given = context.tokens.read_refresh_token(token)
    session = context.sessions.find(given.session_id, now)
    user = context.users.find(session.user_id) if session else None
    if session is None or user is None or user.suspended:
        raise NotSignedIn("Your sign-in has ended. Please sign in again.")
    if not context.sessions.take_turn(session.id, given.turn, now):
        _refuse_reuse(context, session, given.turn, now - timedelta(seconds=waited_seconds), by_cookie)
    current = context.sessions.find(session.id, now)
    if current is None:
        raise NotSignedIn("Your sign-in has ended. Please sign in again.")
    return _signed_in(context, user, current, now)


def sign_out(context: Context, person: Person) -> None:
    """Ends the session: from now on none of its tokens is taken, in other processes within a second."""
    end_session(context, person, person.session_id)


def list_sessions(context: Context, person: Person) -> list[Session]:
    """Where she is signed in, last used first."""
    return context.sessions.list_of_user(person.user_id, context.clock.now())


def end_session(context: Context, person: Person, session_id: str) -> None:
    """Signs her out somewhere. Raises NotFound when she is not signed in there."""
    if not context.sessions.end(session_id, person.user_id):
        raise NotFound("You are not signed in there.")
    context.announcements.tell("session", [session_id])


def _account_key(wish: SignIn, user: User | None) -> str:
    """What failures are counted by: the account, by whatever name, or the name when there is no such account."""
    return user.id if user else hashlib.sha256(f"{wish.name}:{wish.value}".encode()).hexdigest()


def _check_password_holds(context: Context, user: User, session: Session) -> None:
    """Her password may have been changed, and all sessions ended, while this one was beginning."""
    if context.users.get(user.id).password_hash != user.password_hash:
        context.sessions.end(session.id, user.id)
        raise NotSignedIn(_WRONG)


def _refuse_reuse(context: Context, session: Session, turn: int, asked_at: datetime, by_cookie: bool) -> None:
    current = context.sessions.find(session.id, context.clock.now())
    if current is not None and is_late_twin(current, turn, asked_at, COOKIE_GRACE_SECONDS if by_cookie else 0):
        return
    if context.sessions.end(session.id, session.user_id):
        context.announcements.tell("session", [session.id])
    raise NotSignedIn("This sign-in was used twice, so it has been ended. Please sign in again.")


def _signed_in(context: Context, user: User, session: Session, now: datetime) -> SignedIn:
    return SignedIn(user, context.tokens.pair(user.id, session.id, user.role, session.turn, now))
