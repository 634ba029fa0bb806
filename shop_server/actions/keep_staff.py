"""The shopkeeper invites people to work in her shop, says what they may do, and parts from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shop_server.context import Context, Once, RightsChange
from shop_server.errors import NotFound, WrongState
from shop_server.rules.account import User
from shop_server.rules.mail import INVITATION, CodeWanted
from shop_server.rules.person import CUSTOMER, STAFF, Person
from shop_server.rules.staff import INVITATION_DAYS, Invitation, in_order, invitation_ends

_NOT_HERE = "There is nobody like this in your shop."


@dataclass(frozen=True, slots=True)
class Invite:
    """Whom to invite, and what she will be allowed (of rules.person.PERMISSIONS)."""

    email: str
    first_name: str
    last_name: str
    permissions: Sequence[str]


def list_staff(context: Context, owner: Person) -> tuple[list[User], list[Invitation]]:
    """Who works in the shop, by name, and who is invited."""
    shop_id = _shop_id(owner)
    staff = [user for user in context.users.list_of_shop(shop_id) if user.role == STAFF]
    return sorted(staff, key=lambda user: user.name), context.invitations.list_of_shop(shop_id, context.clock.now())


def invite(context: Context, owner: Person, wish: Invite, once: Once | None = None) -> Invitation:
    """Invites somebody by mail: the link in it is good for a week, and once. An address invited before gets a new one.

    The same wish again (`once`) is the same invitation, and no second mail; of the same key for another wish it raises
    InvalidInput.

    Raises WrongState while the shopkeeper's own address is not confirmed, Duplicate when the address has an account,
    Conflict when there are very many already.
    """
    if not owner.email_confirmed:
        raise WrongState("Confirm your own email address first: it is how we know that you invite.")
    now, shop = context.clock.now(), context.shops.get(_shop_id(owner))
    wanted = Invitation(
        id=context.new_id(),
        shop_id=shop.id,
        email=wish.email,
        first_name=wish.first_name,
        last_name=wish.last_name,
        permissions=in_order(wish.permissions),
        invited_by=owner.user_id,
        invited_at=now,
        expires_at=invitation_ends(now),
    )
    invitation = context.invitations.put(wanted, once)
    context.outbox.put(
        "invitation",
        invitation.email,
        {"name": invitation.first_name, "invitation": invitation.id, "shop": shop.name, "by": owner.name},
        once=f"invitation:{invitation.id}:{once.short_id if once else wanted.id}",
        code=CodeWanted(INVITATION, invitation.id, minutes=INVITATION_DAYS * 24 * 60),
    )
    return invitation


def change_permissions(context: Context, owner: Person, id_: str, permissions: Sequence[str]) -> User | Invitation:
    """What somebody of the staff, or somebody invited, may do from now on. Raises NotFound."""
    allowed, now = in_order(permissions), context.clock.now()
    invitation = find_own_invitation(context, owner, id_)
    if invitation is not None:
        if not context.invitations.change_permissions(id_, invitation.shop_id, allowed):
            raise NotFound(_NOT_HERE)
        details: dict[str, Any] = {"before": list(invitation.permissions), "after": list(allowed)}
        context.audit.note(now, owner.user_id, "permissions-changed", id_, owner.shop_id, **details)
        return invitation._replace(permissions=allowed)

    def decide(user: User, other_admins: int) -> RightsChange | None:
        _check_own(user, owner)
        if user.permissions == allowed:
            return None
        details = {"before": list(user.permissions), "after": list(allowed)}
        return RightsChange({"permissions": list(allowed)}, {"permissions-changed": details})

    user, changed = context.rights.change(id_, owner.user_id, now, decide)
    context.announcements.tell("user", [user.id] if changed else [])
    return user


def remove_staff(context: Context, owner: Person, id_: str) -> None:
    """Parts from somebody of the staff, who is signed out everywhere and can still shop; or takes an invitation back.

    Raises NotFound.
    """
    now = context.clock.now()
    if context.invitations.remove(id_, _shop_id(owner)):
        context.codes.forget(INVITATION, id_)
        context.audit.note(now, owner.user_id, "invitation-taken-back", id_, owner.shop_id)
        return

    def decide(user: User, other_admins: int) -> RightsChange:
        _check_own(user, owner)
        return RightsChange({"role": CUSTOMER, "shop_id": None, "permissions": []}, {"staff-removed": {}})

    user, _ = context.rights.change(id_, owner.user_id, now, decide)
    context.sessions.end_all(user.id)
    context.announcements.tell("user", [user.id])


def check_own_staff(context: Context, owner: Person, id_: str) -> None:
    """Raises NotFound unless somebody of her staff, or an open invitation of hers, has this id."""
    if find_own_invitation(context, owner, id_) is None:
        user = context.users.find(id_)
        if user is None:
            raise NotFound(_NOT_HERE)
        _check_own(user, owner)


def find_own_invitation(context: Context, owner: Person, id_: str) -> Invitation | None:
    """An open invitation to her shop."""
    invitation = context.invitations.find(id_, context.clock.now())
    return invitation if invitation and invitation.shop_id == owner.shop_id else None


def _check_own(user: User, owner: Person) -> None:
    if user.shop_id != owner.shop_id or user.role != STAFF:
        raise NotFound(_NOT_HERE)


def _shop_id(owner: Person) -> str:
    assert owner.shop_id is not None
    return owner.shop_id
