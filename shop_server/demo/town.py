"""The town of the sample data: its kiranas with their people, its customers and where they live."""

from __future__ import annotations

from datetime import datetime

from shop_server.demo.names import Names, Neighbour
from shop_server.demo.tables import Tables
from shop_server.rules.account import User
from shop_server.rules.address import Address
from shop_server.rules.person import CUSTOMER, PERMISSIONS, SHOPKEEPER, STAFF
from shop_server.rules.shop import Shop

_SHOPS = ("Asha Kirana", "Chitra Stores", "Ganesh Provisions", "Lakshmi Mart", "Shree Traders", "Annapurna Stores")
"""Each twice: in the old town and in the new."""
_PINCODES = ("411002", "411004", "411030", "411038")


def make_shop(names: Names, number: int, opened_at: datetime) -> Shop:
    """One of the kiranas."""
    town = ("", " New Town")[number // len(_SHOPS)]
    return Shop(
        id=names.id("shop", number),
        owner_id=names.id("owner", number),
        name=_SHOPS[number % len(_SHOPS)] + town,
        created_at=opened_at,
        address=f"Shop {number + 1}, Laxmi Road",
        city="Pune",
        state="Maharashtra",
        pincode=_PINCODES[number % len(_PINCODES)],
        upi_id=f"kirana{number + 1}@okbank",
        phone=f"98{number:08d}",
        opening_hours="7 am to 10 pm, every day",
        delivery_fee_paise=20_00,
        free_delivery_minimum_paise=300_00,
        delivery_minutes=60,
    )


def write_people(tables: Tables, names: Names, shop: Shop, number: int) -> None:
    """Writes a shop, its shopkeeper and her two cashiers. The first shopkeeper is the admin."""
    tables.add("shops", shop)
    owner = User(
        shop.owner_id,
        SHOPKEEPER,
        f"owner{number + 1}@example.in",
        shop.phone,
        shop.name.split()[0],
        "Patil",
        "",
        shop.created_at,
        shop_id=shop.id,
        is_admin=number == 0,
    )
    tables.add("staff", owner)
    for cashier, may in enumerate((PERMISSIONS[:2], PERMISSIONS[:4])):
        who = Neighbour(7 * number + cashier)
        user = User(
            names.id("staff", f"{number}:{cashier}"),
            STAFF,
            f"{who.first_name.lower()}.staff{number + 1}-{cashier + 1}@example.in",
            f"97{10 * number + cashier:08d}",
            who.first_name,
            who.last_name,
            "",
            shop.created_at,
            shop_id=shop.id,
            permissions=may,
        )
        tables.add("staff", user)


def write_customers(tables: Tables, names: Names, customers: int, at: datetime) -> None:
    """Writes so many customers and their addresses."""
    for number in range(customers):
        who, id_ = Neighbour(number), names.id("customer", number)
        user = User(id_, CUSTOMER, who.email, who.phone, who.first_name, who.last_name, "", at)
        born = f"{1955 + 13 * number % 50}-{1 + number % 12:02d}-{1 + 7 * number % 28:02d}"
        tables.add("customers", user, date_of_birth=born)
        for which in range(homes(number)):
            kind, address_id = ("home", "work")[which], names.id("address", f"{number}:{which}")
            tables.add("addresses", address(number, which), id=address_id, customer_id=id_, kind=kind)


def homes(number: int) -> int:
    """At how many places a customer has goods brought."""
    return 2 if number % 5 == 0 else 1


def address(number: int, which: int) -> Address:
    """One of those places."""
    pincode = _PINCODES[(number + which) % len(_PINCODES)]
    return Address(Neighbour(number).lives_at(which), "Pune", "Maharashtra", pincode, "India")
