"""Who hears of what: each act of the shop's life is heard by those whom it concerns, and by nobody else, wherever they listen.

Everybody listens twice: at the process that does the act, and at another one of the same shop. After each act all of them
hear of a strange product; what came before that is what the act has told them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest

from shop_server.actions.await_product import tell_what_is_back
from shop_server.app import Shop as OpenShop
from shop_server.rules.product import Product
from shop_server.settings import Settings
from tests.api.caller import Caller, Reply, id_of, signed_in
from tests.api.cast import Cast
from tests.api.test_live import Listener, listening, second_shop
from tests.api.test_orders import order_body
from tests.builders import a_cashier, a_product, new_id
from tests.waiting import wait_until

__all__ = ["second_shop"]

KIRANA = {"Asha", "Bharat", "Indira"}
"""Asha owns it; Bharat may keep the goods, Indira takes the money."""
ORDERS = {"Asha", "Indira", "Devi"}
EVERYBODY = KIRANA | {"Devi", "Eshan", "Chitra", "Farah"}

Heard = tuple[str, str]
"""What is heard: its kind, and what it is about; a notice is told by its words."""
Concerned = dict[Heard, set[str]]
GITA = {
    "email": "gita@example.in",
    "password": "mangoes in May",
    "firstName": "Gita",
    "lastName": "Rao",
    "phone": "9876543210",
    "role": "shopkeeper",
    "shopName": "Gita Stores",
    "shopAddress": "MG Road",
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """New shops wait until the admin lets them in."""
    return replace(settings, shopkeeper_signup="approval")


@dataclass
class Street:
    """The cast with its ears open. `curd`, `ghee`, `order` and `wish` are what the acts before have made."""

    cast: Cast
    bharat: Caller
    indira: Caller
    farah: Caller
    curd: str = ""
    ghee: str = ""
    order: str = ""
    wish: str = ""

    def people(self) -> dict[str, Caller]:
        cast = self.cast
        return {
            "Asha": cast.asha,
            "Bharat": self.bharat,
            "Indira": self.indira,
            "Chitra": cast.chitra,
            "Devi": cast.devi,
            "Eshan": cast.eshan,
            "Farah": self.farah,
        }

    def place(self, method: str, quantity: int, product_id: str) -> str:
        body = {**order_body(self.cast, method), "items": [{"id": product_id, "quantity": quantity}]}
        return str(done(self.cast.devi.post("/api/orders", body)).json["orderId"])


def done(reply: Reply) -> Reply:
    assert reply.status < 300, reply.body
    return reply


def enters_a_product(street: Street) -> Concerned:
    body = {"name": "Curd", "category": "Dairy", "price": 35, "stock": 2}
    street.curd = done(street.cast.asha.post("/api/products", body)).json["id"]
    return {("product", street.curd): EVERYBODY, ("stock", street.curd): EVERYBODY}


def changes_a_price(street: Street) -> Concerned:
    done(street.cast.asha.put(f"/api/products/{street.curd}", {"price": 36}))
    return {("product", street.curd): EVERYBODY, ("stock", street.curd): KIRANA}


def sells_out(street: Street) -> Concerned:
    order_id = street.place("Cash", 2, street.curd)
    return {("order", order_id): ORDERS, ("stock", street.curd): EVERYBODY}


def receives_what_was_out(street: Street) -> Concerned:
    done(street.cast.eshan.post(f"/api/products/{street.curd}/back-in-stock"))
    done(street.cast.asha.post(f"/api/products/{street.curd}/batches", {"quantity": 5}))
    return {("stock", street.curd): EVERYBODY, ("product", street.curd): EVERYBODY}


def tells_who_waited(street: Street) -> Concerned:
    assert tell_what_is_back(street.cast.context) == 1
    return {("notice", "Curd is back at Asha Kirana."): {"Eshan"}}


def receives_more(street: Street) -> Concerned:
    done(street.cast.asha.post(f"/api/products/{street.curd}/batches", {"quantity": 5}))
    return {("stock", street.curd): KIRANA, ("product", street.curd): EVERYBODY}


def orders(street: Street) -> Concerned:
    street.order = street.place("UPI", 1, street.curd)
    return {("order", street.order): ORDERS, ("stock", street.curd): KIRANA}


def claims_to_have_paid(street: Street) -> Concerned:
    done(street.cast.devi.post(f"/api/orders/{street.order}/payment/claim", {"utr": "612345678901"}))
    words = f"Devi Kulkarni says that order {street.order[:8]} is paid. Please check your bank and confirm."
    return {("order", street.order): ORDERS, ("payment", street.order): ORDERS, ("notice", words): {"Asha", "Indira"}}


def confirms_the_payment(street: Street) -> Concerned:
    done(street.cast.asha.post(f"/api/orders/{street.order}/payment/confirmation", {}))
    words = f"Asha Kirana has your payment for order {street.order[:8]}."
    return {("order", street.order): ORDERS, ("payment", street.order): ORDERS, ("notice", words): {"Devi"}}


def packs(street: Street) -> Concerned:
    done(street.cast.asha.put(f"/api/orders/{street.order}/status", {"status": "packed"}))
    words = f"Your order {street.order[:8]} is packed."
    return {("order", street.order): ORDERS, ("stock", street.curd): KIRANA, ("notice", words): {"Devi"}}


def asks_for_a_category(street: Street) -> Concerned:
    street.wish = done(street.bharat.post("/api/category-requests", {"name": "Toys"})).json["id"]
    return {
        ("category-request", street.wish): {"Asha", "Bharat"},
        ("notice", "Bharat Kulkarni asks for the category Toys."): {"Asha", "Bharat"},
    }


def approves_the_category(street: Street) -> Concerned:
    done(street.cast.asha.put(f"/api/category-requests/{street.wish}", {"status": "approved"}))
    return {
        ("category-request", street.wish): {"Asha", "Bharat"},
        ("notice", "Your category Toys is approved."): {"Bharat"},
    }


def a_new_shop_asks_to_be_let_in(street: Street) -> Concerned:
    done(street.cast.stranger.post("/api/auth/register", GITA))
    return {("notice", "Gita Stores asks to be let in."): {"Farah"}}


def suspends_the_shop(street: Street) -> Concerned:
    done(street.farah.patch(f"/api/admin/shops/{street.cast.kirana.id}", {"suspended": True}))
    words = "Your shop is suspended: it takes no orders. Please finish the open ones and pay back what is due."
    return {("notice", words): KIRANA}


def enters_a_product_unseen(street: Street) -> Concerned:
    body = {"name": "Ghee", "category": "Dairy", "price": 600, "stock": 1}
    street.ghee = done(street.cast.asha.post("/api/products", body)).json["id"]
    return {("product", street.ghee): KIRANA, ("stock", street.ghee): KIRANA}


def lets_the_shop_come_back(street: Street) -> Concerned:
    done(street.farah.patch(f"/api/admin/shops/{street.cast.kirana.id}", {"suspended": False}))
    return {("notice", "Your shop is no longer suspended."): KIRANA}


def approves_the_shop(street: Street) -> Concerned:
    shop = f"/api/admin/shops/{street.cast.kirana.id}"
    done(street.farah.patch(shop, {"approved": False}))
    done(street.farah.patch(shop, {"approved": True}))
    return {
        ("notice", "Your shop is no longer approved: customers do not see it."): KIRANA,
        ("notice", "Your shop is approved: customers can see it now."): KIRANA,
    }


def takes_a_product_from_sale(street: Street) -> Concerned:
    done(street.cast.asha.delete(f"/api/products/{street.ghee}"))
    return {("product", street.ghee): EVERYBODY, ("stock", street.ghee): KIRANA}


ACTS: tuple[Callable[[Street], Concerned], ...] = (
    enters_a_product,
    changes_a_price,
    sells_out,
    receives_what_was_out,
    tells_who_waited,
    receives_more,
    orders,
    claims_to_have_paid,
    confirms_the_payment,
    packs,
    asks_for_a_category,
    approves_the_category,
    a_new_shop_asks_to_be_let_in,
    suspends_the_shop,
    enters_a_product_unseen,
    lets_the_shop_come_back,
    approves_the_shop,
    takes_a_product_from_sale,
)


def what_was_heard(listener: Listener, last: str) -> set[Heard]:
    """All that came before the strange product, within two seconds of each other."""
    heard: set[Heard] = set()
    while (event := listener.next_of_any_kind())["id"] != last:
        heard.add((event["kind"], event["text"] if event["kind"] == "notice" else event["id"]))
    return heard


def ring(street: Street, strange: Product) -> str:
    """Lets everybody hear of a product like this one, with an id of its own."""
    product = strange._replace(id=new_id())
    street.cast.context.books.write(lambda page: page.tell_of_product(product))
    return product.id


@pytest.fixture
def street(cast: Cast, farah: Caller) -> Iterator[Street]:
    bharat = signed_in(cast.context, cast.asha.port, a_cashier(cast.context, cast.kirana, "inventory"))
    indira = a_cashier(cast.context, cast.kirana, "payments", first_name="Indira")
    # The very first to register would be let in, as the admin.
    hema = {**GITA, "email": "hema@example.in", "phone": "9876543211", "shopName": "Hema Stores"}
    done(cast.stranger.post("/api/auth/register", hema))
    yield Street(cast, bharat, signed_in(cast.context, cast.asha.port, indira), farah)


def test_each_act_is_heard_by_whom_it_concerns_and_by_nobody_else_at_every_process(
    street: Street, second_shop: OpenShop
) -> None:
    strange = a_product(street.cast.context, street.cast.context.shops.get(shop_of(street.cast.chitra)), "Strange")
    people = street.people()
    wrong: list[Any] = []
    with ExitStack() as stack:
        ears = {
            (name, where): listener
            for where, port in (("here", None), ("there", second_shop.port))
            for name, listener in zip(people, stack.enter_context(listening(*people.values(), port=port)), strict=True)
        }
        # News of what was there before may still be on its way when the first of them begins to listen.
        last = ring(street, strange)
        for listener in ears.values():
            what_was_heard(listener, last)
        for act in ACTS:
            concerned = act(street)
            last = ring(street, strange)
            for (name, where), listener in ears.items():
                expected = {heard for heard, names in concerned.items() if name in names}
                heard = what_was_heard(listener, last)
                if heard != expected:
                    wrong.append((act.__name__, name, where, heard ^ expected))
    assert not wrong, "\n".join(map(str, wrong))


def shop_of(caller: Caller) -> str:
    assert caller.person is not None
    assert caller.person.shop_id is not None
    return caller.person.shop_id


@pytest.mark.parametrize("part", [False, True], ids=["may do other things", "is parted from"])
def test_staff_whose_rights_change_listen_anew_at_every_process_and_nobody_else(
    street: Street, second_shop: OpenShop, part: bool
) -> None:
    there = f"/api/shopkeeper/staff/{id_of(street.bharat)}"
    people = [street.bharat, street.cast.asha, street.cast.devi]
    with listening(*people) as here, listening(*people, port=second_shop.port) as elsewhere:
        done(street.cast.asha.delete(there) if part else street.cast.asha.patch(there, {"permissions": ["orders"]}))
        wait_until(lambda: here[0].has_ended and elsewhere[0].has_ended, seconds=2, what="the end of both streams")
        assert not any(listener.has_ended for listener in [*here[1:], *elsewhere[1:]])
