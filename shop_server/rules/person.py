"""Who is asking: a person signed in to the shop, and what she may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shop_server.rules.address import Address

CUSTOMER = "customer"
SHOPKEEPER = "shopkeeper"
STAFF = "staff"

PERMISSIONS = ("orders", "payments", "inventory", "prices", "customers", "reports", "settings")
"""What a shopkeeper may allow her staff; she herself may do all of it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in. `role` is customer, shopkeeper or staff; `shop_id` is set for shopkeeper and staff."""

    user_id: str
    session_id: str
    role: str
    name: str
    phone: str
    shop_id: str | None = None
    permissions: frozenset[str] = frozenset()
    is_admin: bool = False
    address: Address | None = None
    """Where her orders go when she names no other place; None unless it is complete."""
    email_confirmed: bool = False
    permit_until: datetime | None = None
    """Until when staff may write the goods in this session, by the shopkeeper's code; None without a permit."""

    @property
    def has_permit(self) -> bool:
        """Whether she may write the goods now, if she is allowed to at all."""
        return self.role == SHOPKEEPER or self.permit_until is not None

    def may(self, permission: str) -> bool:
        """Whether she may do what `permission` (one of PERMISSIONS) names in her own shop."""
        return self.role == SHOPKEEPER or (self.role == STAFF and permission in self.permissions)
