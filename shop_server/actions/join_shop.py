"""Somebody accepts an invitation to work in a shop: with the code from the mail, and a password of her own."""

from __future__ import annotations

from shop_server.context import Context
from shop_server.errors import InvalidInput, NotFound, wrong_field
from shop_server.rules.account import SignedIn, User, new_session
from shop_server.rules.mail import INVITATION
from shop_server.rules.person import STAFF


def accept_invitation(context: Context, code: str, password: str, *, device: str) -> SignedIn:
    """Opens her account and signs her in. `code` is the invitation's id and its secret, as the link has them.

    The mail has reached her, so her address is proved. Raises InvalidInput for a code that is wrong, over or used, and for
    a weak password; Duplicate when there is an account with her address by now. Then the invitation stays open.
    """
    context.passwords.check_new(password)
    now = context.clock.now()
    invitation_id, _, secret = code.strip().partition("-")
    invitation = context.invitations.find(invitation_id, now)
    if invitation is None or not context.codes.is_right(INVITATION, invitation_id, secret, now):
        raise _not_open()
    user = User(
        id=context.new_id(),
        role=STAFF,
        email=invitation.email,
        phone="",
        first_name=invitation.first_name,
        last_name=invitation.last_name,
        password_hash=context.passwords.keep(password),
        shop_id=invitation.shop_id,
        permissions=invitation.permissions,
        created_at=now,
        email_confirmed=True,
    )
    try:
        context.invitations.accept(invitation, user, now)
    except NotFound:
        raise _not_open() from None
    context.codes.forget(INVITATION, invitation_id)
    session = new_session(context.new_id(), user.id, device, now, context.settings.session_days)
    context.sessions.insert(session)
    return SignedIn(user, context.tokens.pair(user.id, session.id, user.role, session.turn, now))


def _not_open() -> InvalidInput:
    return wrong_field(
        "/code", "This invitation is not open. Was it accepted before? Then sign in. Else ask the shop for a new one."
    )
