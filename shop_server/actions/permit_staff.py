"""Staff ask to write the goods, and do so with a code that the shopkeeper got by mail and tells them."""

from __future__ import annotations

from datetime import datetime

from shop_server.context import Context
from shop_server.errors import WrongState, wrong_field
from shop_server.rules.mail import PERMIT, CodeWanted
from shop_server.rules.person import Person
from shop_server.rules.staff import PERMIT_HOURS, permit_ends


def ask_for_permit(context: Context, person: Person, *, address: str) -> None:
    """Mails a code to the shopkeeper, for this person in this session; the one before is good no more.

    Raises WrongState until both have confirmed their addresses, TooManyRequests.
    """
    assert person.shop_id is not None
    if not person.email_confirmed:
        raise WrongState("Confirm your own email address first.")
    shop = context.shops.get(person.shop_id)
    owner = context.users.find(shop.owner_id)
    if owner is None or not owner.email_confirmed:
        raise WrongState("The shopkeeper has to confirm her email address first: the code is mailed to her.")
    context.code_limits.check(person.user_id, address, context.clock.now())
    context.outbox.put(
        "permit",
        owner.id,
        {"staff": person.name, "shop": shop.name},
        once=f"permit:{person.session_id}:{context.new_id()}",
        code=CodeWanted(PERMIT, person.session_id, target=person.user_id),
    )


def confirm_permit(context: Context, person: Person, code: str) -> datetime:
    """With the right code she may write the goods in this session; gives until when. Signing out ends it.

    A code is good once, for ten minutes and five tries. Raises InvalidInput for one that is wrong or over.
    """
    now = context.clock.now()
    until = permit_ends(now)
    if context.codes.take(PERMIT, person.session_id, code, now) != person.user_id or not context.sessions.give_permit(
        person.session_id, person.user_id, until
    ):
        raise wrong_field("/code", "This code is not right, or it is over. Ask for a new one.")
    context.announcements.tell("session", [person.session_id])
    context.audit.note(now, person.user_id, "permit-given", person.user_id, person.shop_id, hours=PERMIT_HOURS)
    return until
