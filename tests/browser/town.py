"""A little town for the tests in the browser: a kirana with goods on its shelf, its people, and a clock that runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shop_server.app import Shop as OpenShop
from shop_server.clock import SystemClock
from shop_server.context import Context
from shop_server.rules.person import Person
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop
from tests.api.caller import Caller, signed_in
from tests.builders import a_customer, a_product, a_shop, a_shopkeeper

PASSWORD = "mango tree 7"


class RunningClock:
    """The machine's clock, which a test may put forward."""

    def __init__(self) -> None:
        self._machine = SystemClock()
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self._machine.now() + self._ahead

    def advance(self, *, minutes: float) -> None:
        self._ahead += timedelta(minutes=minutes)


@dataclass(frozen=True)
class Town:
    """Asha owns the kirana; Devi and Eshan buy there. All of them sign in with PASSWORD, by their e-mail address.

    On the shelf: dal at ₹164 (MRP ₹180), milk at ₹28, rice at ₹120 a kilogram, two packets of paneer, and no curd.
    """

    context: Context
    port: int
    clock: RunningClock
    kirana: Shop
    dal: Product
    milk: Product
    rice: Product
    paneer: Product
    curd: Product
    asha: Person
    devi: Person
    eshan: Person

    def calls(self, person: Person) -> Caller:
        """This person with a phone of her own: what she does over the API while a page is open elsewhere."""
        return signed_in(self.context, self.port, person)

    def email(self, person: Person) -> str:
        return self.context.users.get(person.user_id).email


def build_town(shop: OpenShop, clock: RunningClock) -> Town:
    """Puts the town into an empty shop."""
    context = shop.context
    kirana = a_shop(
        context,
        address="12 Station Road",
        phone="9876500000",
        delivery_fee_paise=30_00,
        free_delivery_minimum_paise=500_00,
        delivery_minutes=45,
    )

    def product(name: str, category: str, rupees: int, **fields: Any) -> Product:
        return a_product(context, kirana, name, category=category, price_paise=rupees * 100, **fields)

    known: dict[str, Any] = {"password_hash": context.passwords.keep(PASSWORD)}
    home = {"address": "4 Temple Lane", "city": "Pune", "state": "Maharashtra", "pincode": "411001"}
    return Town(
        context=context,
        port=shop.port,
        clock=clock,
        kirana=kirana,
        dal=product(
            "Toor dal",
            "Dal & pulses",
            164,
            mrp_paise=180_00,
            stock=20,
            description="Unpolished, from Latur.",
            expires_on="2030-01-31",
        ),
        milk=product("Toned milk", "Dairy", 28, stock=40, unit="500 ml"),
        rice=product("Basmati rice", "Atta & rice", 120, stock=50_000, unit="", sold_by="weight"),
        paneer=product("Paneer", "Dairy", 95, stock=2, unit="200 g"),
        curd=product("Curd", "Dairy", 35, stock=0, unit="400 g", restock_on="2030-01-15"),
        asha=a_shopkeeper(context, kirana, **known),
        devi=a_customer(context, "Devi", **known, **home),
        eshan=a_customer(context, "Eshan", **known, **home),
    )
