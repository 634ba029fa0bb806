"""The cast on the phone: a shop with goods, its people and its customers, each signed in and ready to call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from shop_server.app import Shop as OpenShop
from shop_server.context import Context
from shop_server.rules.product import Product
from shop_server.rules.shop import Shop
from tests.api.caller import Caller, signed_in
from tests.builders import a_cashier, a_customer, a_product, a_shop, a_shopkeeper


@dataclass(frozen=True)
class Cast:
    """Asha owns the kirana, Bharat is her cashier, Chitra a rival; Devi and Eshan buy. `dal` costs ₹120, `milk` ₹28.50."""

    context: Context
    kirana: Shop
    dal: Product
    milk: Product
    asha: Caller
    bharat: Caller
    chitra: Caller
    devi: Caller
    eshan: Caller
    stranger: Caller

    def again(self, caller: Caller) -> Caller:
        """The same person, signed in anew after her sign-in ran out."""
        assert caller.person is not None
        return signed_in(self.context, caller.port, caller.person)


@pytest.fixture
def cast(shop: OpenShop) -> Iterator[Cast]:
    context, port = shop.context, shop.port
    kirana = a_shop(context)
    rival = a_shop(context, "Chitra Stores", upi_id="chitra@okbank")
    yield Cast(
        context=context,
        kirana=kirana,
        dal=a_product(context, kirana, "Toor dal", stock=10, price_paise=120_00),
        milk=a_product(context, kirana, "Toned milk", stock=20, price_paise=28_50, category="Dairy", unit="500 ml"),
        asha=signed_in(context, port, a_shopkeeper(context, kirana)),
        bharat=signed_in(context, port, a_cashier(context, kirana)),
        chitra=signed_in(context, port, a_shopkeeper(context, rival, "Chitra")),
        devi=signed_in(context, port, a_customer(context, "Devi")),
        eshan=signed_in(context, port, a_customer(context, "Eshan")),
        stranger=Caller(port),
    )
