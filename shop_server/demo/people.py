"""Asha, who keeps the shop, and the people of her lanes in Pune."""

from __future__ import annotations

from shop_server.actions.register import NewShop, Register
from shop_server.rules.address import Address

PASSWORD = "chai-and-biscuits"
"""Everybody's, as nothing here is worth stealing."""

CUSTOMERS = (
    "Devi Kulkarni", "Eshan Shah", "Farida Shaikh", "Ganesh Pawar", "Harini Iyer", "Imran Khan", "Jyoti Deshmukh",
    "Kiran Joshi", "Lata Gokhale", "Manoj Yadav", "Neha Sharma", "Omkar Patil", "Priya Nair", "Qasim Ansari",
    "Ramesh Gupta", "Sunita More", "Tanvi Bhosale", "Usha Menon", "Vikram Singh", "Waheeda Mulla", "Yash Jadhav",
    "Zoya Merchant", "Anil Kamble", "Bhavna Mehta", "Deepak Rao", "Gauri Apte", "Hemant Chavan", "Isha Banerjee",
    "Joseph D'Souza", "Kavita Shinde", "Mahesh Kale", "Nandini Reddy",
)  # fmt: skip
LANES = ("Station Road", "Laxmi Road", "Tilak Lane", "Shivaji Nagar", "Nehru Chowk", "Ganesh Peth", "Kasba Peth")
_PINCODE = "411002"


def shopkeeper() -> Register:
    """Asha, with her shop."""
    shop = NewShop(
        name="Asha Kirana Store",
        address="Shop 4, Laxmi Road, near Ganesh temple",
        # The valid example that is printed everywhere.
        gst_number="27AAPFU0939F1ZV",
        upi_id="ashakirana@okbank",
        qr_code_url=None,
    )
    return _registration("Asha Patil", 0, shop)


def customer(number: int) -> Register:
    """One of CUSTOMERS."""
    return _registration(CUSTOMERS[number], number + 1, None)


def home(number: int) -> Address:
    """Where that customer's orders go."""
    return Address(_line(number + 1), "Pune", "Maharashtra", _PINCODE, "India")


def _registration(name: str, number: int, shop: NewShop | None) -> Register:
    first_name, last_name = name.split(" ", 1)
    return Register(
        email=f"{first_name.lower()}@example.in",
        phone=f"98220{10_101 + 271 * number}",
        username=first_name.lower(),
        password=PASSWORD,
        first_name=first_name,
        last_name=last_name,
        address=_line(number),
        city="Pune",
        state="Maharashtra",
        pincode=_PINCODE,
        country="India",
        date_of_birth=None if shop else f"{1960 + 13 * number % 45}-{1 + number % 12:02d}-{1 + 7 * number % 28:02d}",
        shop=shop,
    )


def _line(number: int) -> str:
    return f"{1 + 17 * number % 90}, {LANES[number % len(LANES)]}"
