"""The audit log: who did what that touches persons, rights, prices and the safety of the installation, and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

ACTS = frozenset(
    (
        *("user-created", "user-suspended", "user-reactivated", "user-made-admin", "user-no-longer-admin"),
        *("role-changed", "sessions-ended", "account-erased"),
        *("shop-approved", "shop-approval-withdrawn", "shop-suspended", "shop-reactivated", "upi-changed"),
        *("staff-invited", "staff-joined", "staff-removed", "invitation-taken-back"),
        *("permissions-changed", "permit-given", "category-request-approved", "category-request-declined"),
        *("product-added", "product-priced", "product-changed", "product-removed", "goods-imported", "export-ordered"),
    )
)
"""What there is to tell; the pages have words for each."""


class Act(NamedTuple):
    """One line of the audit log; lines are only ever added.

    `who` is the id of the person who did it, or what else did it in words ("owner of the machine"); `act` names it
    ("user-suspended"), `target` is the id of what it was done to, and `shop_id` whose business it was. `details` are
    plain values that say how: ids, words and paise, never a secret and nothing that names or reaches a person.
    """

    id: str
    at: datetime
    who: str
    act: str
    target: str
    shop_id: str | None
    details: Mapping[str, Any]
