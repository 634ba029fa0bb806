"""Who may come in: what a route asks of the person at its door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shop_server.errors import NotAllowed, NotSignedIn, PermitNeeded
from shop_server.rules import person as people
from shop_server.rules.person import Person
from shop_server.web.request import Request


@dataclass(frozen=True, slots=True)
class Access:
    """`who` says it in words (for the API description); `allows` decides for a person who has signed in."""

    who: str
    allows: Callable[[Person], bool]
    needs_sign_in: bool = True
    lacks_permit: Callable[[Person], bool] = lambda person: False
    """Whether this person could do nothing here without a permit, and has none."""

    def check(self, person: Person | None) -> None:
        """Raises NotSignedIn (401) for a stranger, NotAllowed (403) for somebody without this right or without a permit."""
        if not self.needs_sign_in:
            return
        if person is None:
            raise NotSignedIn("Please sign in first.")
        if not self.allows(person):
            raise NotAllowed(f"This is for {self.who}.")
        if self.lacks_permit(person):
            raise PermitNeeded


ANYONE = Access("anyone", lambda person: True, needs_sign_in=False)
SIGNED_IN = Access("anyone signed in", lambda person: True)
CUSTOMER = Access("customers", lambda person: person.role == people.CUSTOMER)
SHOP = Access("the shop's own people", lambda person: person.shop_id is not None)
STAFF = Access("staff", lambda person: person.role == people.STAFF)
OWNER = Access("the shopkeeper", lambda person: person.role == people.SHOPKEEPER)
ADMIN = Access("the admin of this installation", lambda person: person.is_admin)


def shopkeeper(permission: str) -> Access:
    """The shopkeeper, and those of her staff to whom she gave `permission` (one of rules.person.PERMISSIONS)."""
    assert permission in people.PERMISSIONS, permission
    return Access(f"the shopkeeper and staff allowed: {permission}", lambda person: person.may(permission))


KEEPS_GOODS = Access("staff allowed: inventory", lambda person: person.role == people.STAFF and person.may("inventory"))
STOCKING = Access(
    "the shopkeeper, and staff allowed: inventory, with a permit",
    lambda person: person.may("inventory"),
    lacks_permit=lambda person: not person.has_permit,
)
"""Everything that writes the goods: products, batches, counts, wastage, pictures, imports."""
GOODS_OR_PRICES = Access(
    "the shopkeeper and staff allowed: prices, or inventory with a permit",
    lambda person: person.may("inventory") or person.may("prices"),
    lacks_permit=lambda person: not (person.has_permit or person.may("prices")),
)
"""Changes of products, where prices need no permit: the action looks at what differs."""


def asker(request: Request) -> Person:
    """Who asks, on a route that needs sign-in."""
    assert request.person is not None
    return request.person


def shop_of(request: Request) -> str:
    """The shop of who asks, on a route for the shop's people."""
    shop_id = asker(request).shop_id
    assert shop_id is not None
    return shop_id
