"""UPI: the link that a payment app opens, the UPI id on a shop's QR, and the 12-digit number of a payment.

Source: NPCI UPI linking specification 1.6. A link carries only what we vouch for: whatever a payment service provider
issues (its transaction id, signatures, organisation id) and the mode of the code are left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, quote

from shop_server.errors import wrong_field
from shop_server.rules.money import rupees_text

LONGEST_UPI_ID = 50
LONGEST_REFERENCE = 35
LONGEST_TEXT = 50

_UPI_ID = re.compile(r"[A-Za-z0-9._-]{2,256}@[A-Za-z]{2,64}")
_REFERENCE = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_REFERENCE}}}")
_UTR = re.compile(r"[0-9]{12}")


class Payee(NamedTuple):
    """Whom a QR pays. `name` may be empty."""

    upi_id: str
    name: str


def is_upi_id(text: str) -> bool:
    """Whether this can be a UPI id (VPA), such as asha@okbank; at most 50 characters."""
    return len(text) <= LONGEST_UPI_ID and _UPI_ID.fullmatch(text) is not None


def is_utr(text: str) -> bool:
    """Whether this can be the number of a UPI payment (UTR, RRN): 12 digits."""
    return _UTR.fullmatch(text) is not None


def utr_year_differs(utr: str, day: str) -> bool:
    """Whether the UTR's first digit is not the last of the year of `day`: worth a second look, never a refusal."""
    return utr[0] != day[3]


def upi_uri(*, upi_id: str, payee_name: str, reference: str, amount_paise: int, note: str = "") -> str:
    """The link, and the content of the QR, that pays exactly this amount under this reference.

    `reference` is ours, 1 to 35 of A-Z a-z 0-9 _ - ; name and note are cut to 50 characters and an empty note is left
    out. Raises ValueError on what no app would take: such a link must never be shown.
    """
    payee_name = _short(payee_name)
    if not is_upi_id(upi_id):
        raise ValueError("not a UPI id")
    if not payee_name:
        raise ValueError("a payee needs a name")
    if not _REFERENCE.fullmatch(reference):
        raise ValueError("a reference is 1 to 35 letters, digits, _ and -")
    if amount_paise <= 0:
        raise ValueError("an amount is more than nothing")
    # A space is %20 and never +; a raw @ because SBI Pay breaks on %40. The others hold nothing that would be quoted.
    payee, text = quote(payee_name, safe="@"), quote(_short(note), safe="@")
    link = f"upi://pay?pa={upi_id}&pn={payee}&tr={reference}&am={rupees_text(amount_paise)}&cu=INR"
    return f"{link}&tn={text}" if text else link


def payee_link(upi_id: str, payee_name: str) -> str:
    """The shop's standing QR: whom to pay, without amount or reference. Raises ValueError on a wrong UPI id."""
    if not is_upi_id(upi_id):
        raise ValueError("not a UPI id")
    parameters = {"pa": upi_id, "pn": _short(payee_name), "cu": "INR"}
    return "upi://pay?" + "&".join(f"{name}={quote(value, safe='@')}" for name, value in parameters.items() if value)


def read_upi_qr(text: str, pointer: str = "/qrCodeUrl") -> Payee:
    """Whom the QR with this text pays. Raises InvalidInput when it is no UPI QR or names no valid UPI id, or two."""
    address, _, query = text.strip().partition("?")
    if address.lower().rstrip("/") != "upi://pay":
        raise wrong_field(pointer, "This is not a UPI QR code. Use the one that your bank or UPI app gave you.")
    found: dict[str, str] = {}
    for name, value in parse_qsl(query):
        if name in found:
            raise wrong_field(pointer, "This UPI QR code contradicts itself. Download it anew from your UPI app.")
        found[name] = value.strip()
    if not is_upi_id(found.get("pa", "")):
        raise wrong_field(pointer, "This UPI QR code holds no valid UPI id. Download it anew from your UPI app.")
    return Payee(found["pa"], found.get("pn", ""))


def upi_id_of_qr(texts: Sequence[str], expected: str | None, pointer: str = "/qrCodeUrl") -> str:
    """The UPI id that the QR in a picture pays, given all texts read from it; it must be the `expected` one, if any.

    Raises InvalidInput when there is no UPI QR in the picture, several that differ, or another one than expected.
    """
    found = {read_upi_qr(text, pointer).upi_id for text in texts if text.strip().lower().startswith("upi:")}
    if not found:
        raise wrong_field(pointer, "There is no UPI QR code in this picture. Use the one from your bank or UPI app.")
    if len({upi_id.lower() for upi_id in found}) > 1:
        raise wrong_field(pointer, "There are several UPI QR codes in this picture. Use a picture with yours alone.")
    upi_id = found.pop()
    if expected and upi_id.lower() != expected.lower():
        raise wrong_field(pointer, f"This QR code pays {upi_id}, but your UPI id is {expected}. Which one is right?")
    return expected or upi_id


def _short(text: str) -> str:
    return " ".join(text.split())[:LONGEST_TEXT].strip()
