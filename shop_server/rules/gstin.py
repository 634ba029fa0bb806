"""The GST number of a shop: its shape, its check character, and the State it belongs to."""

from __future__ import annotations

import re

STATES = {
    "01": "Jammu and Kashmir",
    "02": "Himachal Pradesh",
    "03": "Punjab",
    "04": "Chandigarh",
    "05": "Uttarakhand",
    "06": "Haryana",
    "07": "Delhi",
    "08": "Rajasthan",
    "09": "Uttar Pradesh",
    "10": "Bihar",
    "11": "Sikkim",
    "12": "Arunachal Pradesh",
    "13": "Nagaland",
    "14": "Manipur",
    "15": "Mizoram",
    "16": "Tripura",
    "17": "Meghalaya",
    "18": "Assam",
    "19": "West Bengal",
    "20": "Jharkhand",
    "21": "Odisha",
    "22": "Chhattisgarh",
    "23": "Madhya Pradesh",
    "24": "Gujarat",
    "25": "Daman and Diu",
    "26": "Dadra and Nagar Haveli and Daman and Diu",
    "27": "Maharashtra",
    "28": "Andhra Pradesh (before 2014)",
    "29": "Karnataka",
    "30": "Goa",
    "31": "Lakshadweep",
    "32": "Kerala",
    "33": "Tamil Nadu",
    "34": "Puducherry",
    "35": "Andaman and Nicobar Islands",
    "36": "Telangana",
    "37": "Andhra Pradesh",
    "38": "Ladakh",
    "97": "Other Territory",
}
"""GST State codes; 25 and 28 live on in old registrations."""

_SHAPE = re.compile(r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z]Z[0-9A-Z]")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def is_gstin(text: str) -> bool:
    """Whether this is a GSTIN: a known State, a PAN, entity, Z and the right check character (all upper case)."""
    return _SHAPE.fullmatch(text) is not None and text[:2] in STATES and text[14] == _check_character(text[:14])


def state_of(gstin: str) -> str:
    """The name of the State that a valid GSTIN was given in."""
    return STATES[gstin[:2]]


def _check_character(first_fourteen: str) -> str:
    # Values times 1, 2, 1, 2 ...; of each product quotient and remainder by 36 are added.
    total = 0
    for place, character in enumerate(first_fourteen):
        quotient, remainder = divmod(_DIGITS.index(character) * (1 + place % 2), 36)
        total += quotient + remainder
    return _DIGITS[(36 - total % 36) % 36]
