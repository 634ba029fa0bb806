"""The shop with its people, for tests that ask everything of it: each time it makes anew what is asked about."""

from __future__ import annotations

import base64
import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from shop_server.actions.cancel_order import cancel_order
from shop_server.actions.change_products import set_products
from shop_server.actions.export_records import list_exports, order_export, write_exports
from shop_server.actions.import_products import order_import, run_imports
from shop_server.actions.keep_staff import Invite, invite
from shop_server.actions.move_order import move_order, request_return
from shop_server.actions.request_category import ask_for_category
from shop_server.actions.settle_payment import Confirmation, claim_payment, confirm_payment
from shop_server.app import Shop as OpenShop
from shop_server.rules.category import Category
from shop_server.rules.mail import INVITATION, PERMIT
from shop_server.rules.person import PERMISSIONS, Person
from shop_server.rules.product import Product
from shop_server.rules.text import name_key
from shop_server.settings import Settings
from shop_server.storage.bundled import Bundled
from shop_server.storage.connection import Connection
from tests.api.caller import Caller, signed_in
from tests.builders import a_cashier, a_customer, a_product, a_shop, a_shopkeeper, an_order, new_id
from tests.conftest import DATABASE_NAME
from tests.fake_clock import FakeClock

PASSWORD = "mangoes in May"
IN_THE_BACKGROUND = {"news", "sessions", "attempts", "writers"}
"""What is written without anybody having got what she asked for."""


class Town:
    """The shop with its people; makes what is asked about, each time a new one.

    Asha owns the kirana; Bharat works there without a permission, or with the one in brackets. Chitra owns another shop,
    Devi and Eshan buy, Farah is a customer and the admin.
    """

    def __init__(self, shop: OpenShop, connection: Connection) -> None:
        self.context, self.port = shop.context, shop.port
        self._database = connection.database
        self._numbers = itertools.count(1)
        self._export: str | None = None
        self._list: str | None = None
        self.kirana = a_shop(self.context)
        rival = a_shop(self.context, "Chitra Stores")
        kept = self._kept_password = self.context.passwords.keep(PASSWORD)
        self.people: dict[str, Person] = {
            "Devi": a_customer(self.context, "Devi", password_hash=kept),
            "Eshan": a_customer(self.context, "Eshan", password_hash=kept),
            "Farah": a_customer(self.context, "Farah", password_hash=kept, is_admin=True),
            "Asha": a_shopkeeper(self.context, self.kirana, password_hash=kept),
            "Chitra": a_shopkeeper(self.context, rival, "Chitra", password_hash=kept),
            "Bharat": a_cashier(self.context, self.kirana, password_hash=kept),
            **{
                f"Bharat ({permission})": a_cashier(self.context, self.kirana, permission, password_hash=kept)
                for permission in PERMISSIONS
            },
        }
        self._sessions: dict[str, str] = {}
        self.people["Bharat (inventory, no permit)"] = a_cashier(
            self.context, self.kirana, "inventory", password_hash=kept
        )
        self.rice = a_product(self.context, self.kirana, "Rice", stock=100_000)

    def caller(self, name: str) -> Caller:
        """This person, just signed in."""
        if name == "stranger":
            return Caller(self.port)
        caller = signed_in(self.context, self.port, self.people[name], has_permit="no permit" not in name)
        self._sessions[name] = caller.person.session_id if caller.person else ""
        return caller

    def newcomer(self, name: str) -> Caller:
        """Somebody like her, just signed in, whom nothing keeps here."""
        make: Callable[..., Person] = a_customer
        more: dict[str, Any] = {"is_admin": name == "Farah"}
        if name in ("Asha", "Chitra"):
            make, more = a_shopkeeper, {"shop": a_shop(self.context, self.name())}
        elif name.startswith("Bharat"):
            make, more = a_cashier, {"shop": self.kirana}
        return signed_in(self.context, self.port, make(self.context, password_hash=self._kept_password, **more))

    def digest(self) -> str:
        """Of all that is written down; two are the same when nothing was written between."""
        names = sorted({*self._database.list_collection_names()} - IN_THE_BACKGROUND)
        return str(self._database.command("dbHash", collections=names)["md5"])

    def number(self) -> int:
        return next(self._numbers)

    def name(self) -> str:
        return f"Thing {self.number()}"

    def utr(self) -> str:
        return f"{600_000_000_000 + self.number()}"

    def email(self) -> str:
        """The address of an account that nobody has used yet."""
        return self.context.users.get(a_customer(self.context, password_hash=self._kept_password).user_id).email

    def give_password(self, name: str) -> None:
        """Her password is PASSWORD again, whatever she has made of it."""
        user = self.context.users.get(self.people[name].user_id)
        assert self.context.users.change_password(user, self._kept_password)

    def code(self, purpose: str, name: str) -> str:
        """A code as it is mailed to her, for what is hers already."""
        user = self.context.users.get(self.people[name].user_id)
        return self.context.codes.make(purpose, user.id, self.context.clock.now(), 10, getattr(user, purpose))

    def unproved(self) -> dict[str, str]:
        """Nobody's address is proved."""
        self._database["users"].update_many({}, {"$set": {"email_confirmed": False}})
        return {}

    def stop_token(self) -> dict[str, str]:
        return {"token": self.context.tokens.stop_token(self.people["Devi"].user_id)}

    def reset(self) -> dict[str, str]:
        """A good form for a new password."""
        user = self.context.users.get(a_customer(self.context, password_hash=self._kept_password).user_id)
        code = self.context.codes.make("reset", user.email, self.context.clock.now(), 10, user.id)
        return {"email": user.email, "code": code, "password": "jaggery and ghee"}

    def refresh_token(self) -> str:
        person = replace(self.people["Devi"], session_id=self.session()["id"])
        pair = self.context.tokens.pair(person.user_id, person.session_id, person.role, 1, self.context.clock.now())
        return pair.refresh_token

    # --- what a path may be about ---

    def session(self) -> dict[str, str]:
        person = self.caller("Devi").person
        assert person is not None
        return {"id": person.session_id}

    def shop(self) -> dict[str, str]:
        return {"id": self.kirana.id}

    def proved(self) -> dict[str, str]:
        """Everybody's address is proved."""
        self._database["users"].update_many({}, {"$set": {"email_confirmed": True}})
        for person in self.people.values():
            self.context.announcements.tell("user", [person.user_id])
        return {}

    def cashier(self) -> dict[str, str]:
        return {"id": a_cashier(self.context, self.kirana).user_id}

    def invitation(self) -> str:
        """What stands in the link of somebody's invitation to a shop that has no staff yet."""
        owner = replace(a_shopkeeper(self.context, a_shop(self.context, self.name())), email_confirmed=True)
        invited = invite(self.context, owner, Invite(f"new-{self.number()}@example.in", "Gopal", "Rao", ["orders"]))
        code = self.context.codes.make(INVITATION, invited.id, self.context.clock.now(), 10)
        return f"{invited.id}-{code}"

    def permit_code(self, name: str) -> str:
        """The code that Asha was mailed for this person's last sign-in."""
        if name == "stranger":
            return "123456"
        person = self.people[name]
        session_id = self._sessions.get(name, "")
        return self.context.codes.make(PERMIT, session_id, self.context.clock.now(), 10, person.user_id)

    def somebody(self) -> dict[str, str]:
        return {"id": a_customer(self.context, password_hash=self._kept_password).user_id}

    def new_shop(self) -> dict[str, str]:
        return {"id": a_shop(self.context, self.name()).id}

    def fresh_product(self) -> Product:
        return a_product(self.context, self.kirana, self.name())

    def product(self) -> dict[str, str]:
        return {"id": self.fresh_product().id}

    def sold_out_product(self) -> dict[str, str]:
        return {"id": a_product(self.context, self.kirana, self.name(), stock=0).id}

    def batch(self) -> dict[str, str]:
        product = self.fresh_product()
        return {"id": product.id, "batch_id": product.batches[0].id}

    def picture(self) -> dict[str, str]:
        asha, product_id = self.caller("Asha"), self.fresh_product().id
        url = asha.put(f"/api/products/{product_id}/image", {"image": a_picture()}).json["imageUrl"]
        return {"id": url.split("/")[3], "size": "small"}

    def category(self) -> dict[str, str]:
        name = self.name()
        category = Category(new_id(), self.kirana.id, name, name_key(name), self.context.clock.now())
        self.context.books.write(lambda page: page.keep_category(category))
        return {"id": category.id}

    def category_request(self) -> dict[str, str]:
        bharat = self.people["Bharat (inventory)"]
        return {"id": ask_for_category(self.context, bharat, self.name(), None)["id"]}

    def list_of_goods(self) -> dict[str, str]:
        """A list of goods that Asha has sent in, and what it would do; the same for all who ask."""
        if self._list is None:
            file = b"name,quantity,category,price\nSago,3,Dal,90\nPoha,2,Dal,60\n"
            self._list = order_import(self.context, self.people["Asha"], file, preview=True, once=None).id
            assert run_imports(self.context, set_products)
        return {"id": self._list}

    def catch_up(self) -> None:
        """The lists that were sent in are worked off and the files written, as by the jobs, which do not run here."""
        run_imports(self.context, set_products)
        write_exports(self.context)

    def export(self) -> dict[str, str]:
        """A file of the kirana's sales, written as the job does it; the same for all who ask."""
        if self._export is None:
            order_export(self.context, self.people["Asha"], "sales-by-product", None, None, None)
            assert write_exports(self.context)
            self._export = list_exports(self.context, self.people["Asha"])[0].id
        return {"id": self._export}

    def notice(self) -> dict[str, str]:
        devi = self.people["Devi"].user_id
        self.context.books.write(lambda page: page.notify("Hello", "/", kind="notice", user_id=devi))
        return {"id": self.caller("Devi").get("/api/notifications?limit=1").json[0]["id"]}

    def order(self, method: str = "Cash") -> dict[str, str]:
        return {"id": an_order(self.context, self.people["Devi"], {self.rice.id: 1}, method).id}

    def upi_order(self) -> dict[str, str]:
        return self.order("UPI")

    def claimed_order(self) -> dict[str, str]:
        order = self.upi_order()
        claim_payment(self.context, order["id"], self.people["Devi"], self.utr())
        return order

    def delivered_order(self) -> dict[str, str]:
        order = self.order()
        for status in ("packed", "dispatched", "delivered"):
            move_order(self.context, order["id"], self.people["Asha"], status)
        return order

    def returned_order(self) -> dict[str, str]:
        order = self.delivered_order()
        request_return(self.context, order["id"], self.people["Devi"], "Stale")
        move_order(self.context, order["id"], self.people["Asha"], "returned")
        return order

    def order_to_refund(self) -> dict[str, str]:
        order = self.upi_order()
        confirm_payment(self.context, order["id"], self.people["Asha"], Confirmation(None, None, False, None))
        cancel_order(self.context, order["id"], self.people["Devi"], "Changed my mind")
        return order


def a_picture() -> str:
    """A tiny picture as a data URL."""
    drawn = io.BytesIO()
    Image.new("RGB", (8, 8), "orange").save(drawn, "PNG")
    return "data:image/png;base64," + base64.b64encode(drawn.getvalue()).decode()


@pytest.fixture(scope="module")
def town(connection: Connection, mongod: Bundled, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One open shop for all tests of a module."""
    for name in connection.database.list_collection_names():
        connection.database[name].delete_many({})
    settings = Settings(
        port=0,
        data_dir=tmp_path_factory.mktemp("town"),
        mongodb_uri=mongod.uri,
        database_name=DATABASE_NAME,
        rate_limits=False,
    )
    opened = OpenShop(settings, connection, clock=FakeClock(), password_rounds=4, with_jobs=False)
    opened.start()
    try:
        yield Town(opened, connection)
    finally:
        opened.stop()
