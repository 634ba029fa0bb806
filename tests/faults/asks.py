"""What may be asked of the shop, told by hand from the API's contract: for every call who may, whose it is, a good body.

The tests of roles and of hostile bodies go through the whole URL table with it; a route that is missing here fails them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shop_server.rules.person import PERMISSIONS
from tests.api.caller import Caller
from tests.faults.town import PASSWORD, Town, a_picture

BHARAT = tuple(f"Bharat ({permission})" for permission in PERMISSIONS)

CUSTOMERS = frozenset({"Devi", "Eshan", "Farah"})
OWNERS = frozenset({"Asha", "Chitra"})
WITHOUT_PERMIT = "Bharat (inventory, no permit)"
SHOPS = OWNERS | {"Bharat", *BHARAT, WITHOUT_PERMIT}
ADMINS = frozenset({"Farah"})
GOODS_KEEPERS = frozenset({"Bharat (inventory)", WITHOUT_PERMIT})
SIGNED_IN = CUSTOMERS | SHOPS
ANYONE = SIGNED_IN | {"stranger"}

HERS = frozenset({"Devi"})
KIRANA = SHOPS - {"Chitra"}

Names = frozenset[str]
Make = Callable[[Town], dict[str, str]]
Body = Callable[[Town, str], Any]


@dataclass(frozen=True)
class Ask:
    """`who` may ask at all (others: 401, 403); `whose` is it (others: 404; None: it is about nobody's thing).

    `about` makes what the path names, `query` what follows it, `body` what is sent by somebody.
    """

    who: Names
    whose: Names | None = None
    about: Make | None = None
    body: Body | None = None
    query: Callable[[Town], str] = lambda town: ""
    leaves: bool = False
    """Whoever asks is gone afterwards, so that it is asked by a newcomer like her."""

    def caller(self, town: Town, name: str) -> Caller:
        """Whom to ask as."""
        return town.newcomer(name) if self.leaves and name != "stranger" else town.caller(name)

    def refusal_of(self, name: str) -> int | None:
        """With what this person is sent away, before anybody looks at what she sent; None when she may."""
        if name not in self.who:
            return 401 if name == "stranger" else 403
        return 404 if self.whose is not None and name not in self.whose else None

    def rightful(self) -> str:
        """Somebody who may."""
        return next(
            name for name in ("Devi", "Asha", "Farah", WITHOUT_PERMIT, "stranger") if self.refusal_of(name) is None
        )


def may(*permissions: str) -> Names:
    """The shopkeepers, and who has one of the permissions."""
    return OWNERS | {f"Bharat ({permission})" for permission in permissions}


def _registration(town: Town, _: str) -> dict[str, Any]:
    number = town.number()
    return {
        "email": f"visitor-{number}@example.in",
        "password": PASSWORD,
        "firstName": "Gita",
        "lastName": "Rao",
        "phone": str(7_000_000_000 + number),
        "role": "shopkeeper",
        "shopName": "Gita Stores",
        "shopAddress": "MG Road, Mysuru",
    }


def _new_password(town: Town, name: str) -> dict[str, Any]:
    if name != "stranger":
        town.give_password(name)
    return {"current": PASSWORD, "new": "jaggery and ghee"}


def _with_password(make: Callable[[Town], dict[str, str]]) -> Body:
    def body(town: Town, name: str) -> dict[str, Any]:
        if name != "stranger":
            town.give_password(name)
        return {**make(town), "password": PASSWORD}

    return body


def _code(purpose: str) -> Body:
    return lambda town, name: {"code": "123456" if name == "stranger" else town.code(purpose, name)}


def _changes(town: Town, name: str) -> dict[str, Any]:
    return {"price": 90} if name == "Bharat (prices)" else {"description": town.name()}


def _row(town: Town, name: str) -> list[dict[str, Any]]:
    return [{"id": town.fresh_product().id, **_changes(town, name)}]


def _items(town: Town) -> dict[str, Any]:
    return {"items": [{"id": town.rice.id, "quantity": 2}]}


def _address() -> dict[str, str]:
    return {"line": "12 Station Road", "city": "Pune", "state": "Maharashtra", "pincode": "411001"}


def _invite(town: Town, _: str) -> dict[str, Any]:
    return {
        "email": f"new-{town.number()}@example.in",
        "firstName": "Gopal",
        "lastName": "Rao",
        "permissions": ["orders", "inventory"],
    }


def _permit_code(town: Town, name: str) -> dict[str, Any]:
    return {"code": town.permit_code(name)}


def _fixed(**body: Any) -> Body:
    return lambda town, name: body


ASKS: Mapping[str, Ask] = {
    # Accounts
    "POST /api/auth/register": Ask(ANYONE, body=_registration),
    "POST /api/auth/login": Ask(ANYONE, body=lambda town, _: {"email": town.email(), "password": PASSWORD}),
    "POST /api/auth/refresh": Ask(ANYONE, body=lambda town, _: {"refreshToken": town.refresh_token()}),
    "POST /api/auth/logout": Ask(SIGNED_IN),
    "GET /api/auth/me": Ask(SIGNED_IN),
    "PATCH /api/account": Ask(SIGNED_IN, body=_fixed(firstName="Dévi", city="Pune")),
    "PUT /api/account/password": Ask(SIGNED_IN, body=_new_password),
    "GET /api/account": Ask(SIGNED_IN),
    "DELETE /api/account": Ask(SIGNED_IN, body=_fixed(password=PASSWORD), leaves=True),
    "POST /api/auth/forgot-password": Ask(ANYONE, body=lambda town, _: {"email": town.email()}),
    "POST /api/auth/reset-password": Ask(ANYONE, body=lambda town, _: town.reset()),
    "POST /api/unsubscribe/{token}": Ask(ANYONE, about=Town.stop_token),
    "GET /api/unsubscribe/{token}": Ask(ANYONE, about=Town.stop_token),
    "POST /api/account/email/code": Ask(SIGNED_IN, about=Town.unproved),
    "POST /api/account/email": Ask(
        SIGNED_IN, body=_with_password(lambda town: {"email": f"new-{town.number()}@example.in"})
    ),
    "POST /api/account/email/confirmation": Ask(SIGNED_IN, body=_code("email")),
    "POST /api/account/phone": Ask(
        SIGNED_IN, body=_with_password(lambda town: {"phone": str(7_500_000_000 + town.number())})
    ),
    "POST /api/account/phone/confirmation": Ask(SIGNED_IN, body=_code("phone")),
    "GET /api/account/sessions": Ask(SIGNED_IN),
    "DELETE /api/account/sessions/{id}": Ask(SIGNED_IN, HERS, Town.session),
    "GET /api/customer/profile": Ask(CUSTOMERS),
    # Staff
    "GET /api/shopkeeper/staff": Ask(OWNERS),
    "POST /api/shopkeeper/staff": Ask(OWNERS, about=Town.proved, body=_invite),
    "PATCH /api/shopkeeper/staff/{id}": Ask(OWNERS, KIRANA, Town.cashier, _fixed(permissions=["orders"])),
    "DELETE /api/shopkeeper/staff/{id}": Ask(OWNERS, KIRANA, Town.cashier),
    "POST /api/staff/invitations/accept": Ask(
        ANYONE, about=Town.proved, body=lambda town, _: {"code": town.invitation(), "password": "jaggery and ghee"}
    ),
    "POST /api/staff/permits": Ask(GOODS_KEEPERS, about=Town.proved),
    "POST /api/staff/permits/confirm": Ask(GOODS_KEEPERS, body=_permit_code),
    # Shops
    "GET /api/shops": Ask(ANYONE),
    "GET /api/shops/{id}": Ask(ANYONE, about=Town.shop),
    "GET /api/shopkeeper/shop": Ask(may("settings")),
    "GET /api/shopkeeper/address": Ask(may("settings")),
    "PUT /api/shopkeeper/shop": Ask(
        may("settings"), body=_fixed(name="Asha Kirana", deliveryFee=0, upiId="asha@okbank", open=True)
    ),
    "GET /api/shop/qr": Ask(SIGNED_IN, query=lambda town: f"?shopId={town.kirana.id}"),
    "PUT /api/shopkeeper/update-qr": Ask(OWNERS, body=_fixed(upiId="asha@okbank")),
    # Catalogue
    "GET /api/categories": Ask(ANYONE),
    "POST /api/categories": Ask(OWNERS, body=lambda town, _: {"name": town.name()}),
    "PUT /api/categories/{id}": Ask(OWNERS, KIRANA, Town.category, lambda town, _: {"name": town.name()}),
    "DELETE /api/categories/{id}": Ask(OWNERS, KIRANA, Town.category),
    "POST /api/category-requests": Ask(GOODS_KEEPERS, body=lambda town, _: {"name": town.name()}),
    "GET /api/category-requests": Ask(may("inventory") | {WITHOUT_PERMIT}),
    "PUT /api/category-requests/{id}": Ask(OWNERS, KIRANA, Town.category_request, _fixed(status="approved")),
    "GET /api/products": Ask(ANYONE),
    "POST /api/products": Ask(
        may("inventory"),
        body=lambda town, _: {"name": town.name(), "category": "Dal", "price": 120, "stock": 3},
    ),
    "PATCH /api/products": Ask(may("inventory", "prices"), body=_row),
    "POST /api/products/import": Ask(
        may("inventory"), body=lambda town, _: {"csv": f"name,quantity,category,price\n{town.name()},3,Dal,120"}
    ),
    "GET /api/imports/{id}": Ask(may("inventory") | {WITHOUT_PERMIT}, KIRANA, Town.list_of_goods),
    "GET /api/imports/{id}/rows": Ask(may("inventory") | {WITHOUT_PERMIT}, KIRANA, Town.list_of_goods),
    "GET /api/products/export.csv": Ask(may("inventory") | {WITHOUT_PERMIT}),
    "GET /api/products/{id}": Ask(ANYONE, about=Town.product),
    "PUT /api/products/{id}": Ask(may("inventory", "prices"), KIRANA, Town.product, _changes),
    "DELETE /api/products/{id}": Ask(may("inventory"), KIRANA, Town.product),
    "PUT /api/products/{id}/image": Ask(may("inventory"), KIRANA, Town.product, lambda town, _: {"image": a_picture()}),
    "POST /api/products/{id}/back-in-stock": Ask(SIGNED_IN, about=Town.sold_out_product),
    "POST /api/products/{id}/batches": Ask(may("inventory"), KIRANA, Town.product, _fixed(quantity=5)),
    "PATCH /api/products/{id}/batches/{batch_id}": Ask(may("inventory"), KIRANA, Town.batch, _fixed(batchNo="B7")),
    "POST /api/products/{id}/counts": Ask(may("inventory"), KIRANA, Town.product, _fixed(quantity=9, reason="Counted")),
    "POST /api/products/{id}/wastage": Ask(may("inventory"), KIRANA, Town.product, _fixed(quantity=1, reason="Broken")),
    "GET /api/products/{id}/movements": Ask(may("inventory") | {WITHOUT_PERMIT}, KIRANA, Town.product),
    "GET /api/products/{id}/history": Ask(may("inventory") | {WITHOUT_PERMIT}, KIRANA, Town.product),
    "GET /api/pictures/{id}/{size}": Ask(ANYONE, about=Town.picture),
    # Orders
    "POST /api/orders": Ask(
        CUSTOMERS, body=lambda town, _: {**_items(town), "paymentMethod": "UPI", "deliveryAddress": _address()}
    ),
    "GET /api/orders/{id}": Ask(SIGNED_IN, HERS | KIRANA, Town.order),
    "PATCH /api/orders/{id}": Ask(CUSTOMERS, HERS, Town.order, lambda town, _: _items(town)),
    "POST /api/orders/{id}/cancellation": Ask(
        CUSTOMERS | may("orders"), HERS | KIRANA, Town.order, _fixed(reason="No longer needed")
    ),
    "POST /api/orders/{id}/return": Ask(CUSTOMERS, HERS, Town.delivered_order, _fixed(reason="Stale")),
    "PUT /api/orders/{id}/status": Ask(may("orders"), KIRANA, Town.order, _fixed(status="packed")),
    "POST /api/orders/{id}/reorder": Ask(CUSTOMERS, HERS, Town.order),
    "GET /api/orders/{id}/invoice": Ask(SIGNED_IN, HERS | KIRANA, Town.order),
    "GET /api/orders/{id}/credit-note": Ask(SIGNED_IN, HERS | KIRANA, Town.returned_order),
    "GET /api/customer/orders": Ask(CUSTOMERS),
    "GET /api/shopkeeper/orders": Ask(may("orders")),
    "GET /api/cart": Ask(CUSTOMERS),
    "PUT /api/cart": Ask(CUSTOMERS, body=lambda town, _: _items(town)),
    # Payment
    "GET /api/orders/{id}/payment": Ask(SIGNED_IN, HERS | KIRANA, Town.order),
    "GET /api/orders/{id}/payment/qr.svg": Ask(SIGNED_IN, HERS | KIRANA, Town.upi_order),
    "POST /api/orders/{id}/payment/claim": Ask(CUSTOMERS, HERS, Town.upi_order, lambda town, _: {"utr": town.utr()}),
    "POST /api/orders/{id}/payment/confirmation": Ask(
        may("payments"), KIRANA, Town.claimed_order, lambda town, _: {"amount": 120, "reference": "Seen"}
    ),
    "POST /api/orders/{id}/payment/rejection": Ask(
        may("payments"), KIRANA, Town.claimed_order, _fixed(reason="Not in the bank")
    ),
    "POST /api/orders/{id}/payment/refund": Ask(
        may("payments"), KIRANA, Town.order_to_refund, _fixed(reference="NEFT 7")
    ),
    "GET /api/shopkeeper/payments": Ask(may("payments")),
    "GET /api/shopkeeper/payments/log": Ask(OWNERS),
    "GET /api/shopkeeper/payments/log/verification": Ask(OWNERS),
    # Dashboard
    "GET /api/shopkeeper/stats": Ask(SHOPS),
    "GET /api/shopkeeper/analytics": Ask(may("reports")),
    "GET /api/shopkeeper/sales": Ask(may("reports")),
    "GET /api/reports/monthly": Ask(CUSTOMERS | may("reports")),
    "GET /api/shopkeeper/customers": Ask(may("customers")),
    "POST /api/exports": Ask(may("reports"), body=_fixed(kind="sales-by-product")),
    "GET /api/exports": Ask(may("reports")),
    "GET /api/exports/{id}": Ask(may("reports"), KIRANA, Town.export),
    "GET /api/exports/{id}/file": Ask(may("reports"), KIRANA, Town.export),
    "GET /api/notifications": Ask(SIGNED_IN),
    "PUT /api/notifications/{id}/read": Ask(SIGNED_IN, HERS, Town.notice),
    "GET /api/events": Ask(SIGNED_IN),
    # The installation
    "GET /api/admin/outbox": Ask(ADMINS),
    "GET /api/admin/users": Ask(ADMINS),
    "POST /api/admin/users": Ask(ADMINS, body=_registration),
    "PATCH /api/admin/users/{id}": Ask(ADMINS, about=Town.somebody, body=_fixed(suspended=True)),
    "DELETE /api/admin/users/{id}/sessions": Ask(ADMINS, about=Town.somebody),
    "GET /api/admin/shops": Ask(ADMINS),
    "PATCH /api/admin/shops/{id}": Ask(ADMINS, about=Town.new_shop, body=_fixed(suspended=True)),
    "GET /api/admin/audit": Ask(ADMINS),
    # Operations
    "GET /api/openapi.json": Ask(ANYONE),
    "GET /healthz": Ask(ANYONE),
    # From this machine, as here; tests/api/test_metrics.py asks from elsewhere.
    "GET /metrics": Ask(ANYONE),
    "GET /readyz": Ask(ANYONE),
}
