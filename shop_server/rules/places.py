"""Countries and the States of India: how they are written, whichever way somebody writes them."""

from __future__ import annotations

from shop_server.rules.gstin import STATES
from shop_server.rules.text import name_key

INDIA = "India"
_NO_ADDRESS = frozenset({"25", "28", "97"})
"""Codes that live on in old registrations, or are nobody's home."""

STATES_TODAY = tuple(sorted(name for code, name in STATES.items() if code not in _NO_ADDRESS))
"""The 28 States and 8 Union Territories."""

UNION_TERRITORIES = frozenset({"04", "26", "31", "35", "38"})
"""GST codes of those without a legislature of their own: there the State's half of the tax is called UTGST."""

_SHORT = {
    "AN": "35", "AP": "37", "AR": "12", "AS": "18", "BR": "10", "CG": "22", "CH": "04", "CT": "22", "DD": "26",
    "DH": "26", "DL": "07", "DN": "26", "GA": "30", "GJ": "24", "HP": "02", "HR": "06", "JH": "20", "JK": "01",
    "KA": "29", "KL": "32", "LA": "38", "LD": "31", "MH": "27", "ML": "17", "MN": "14", "MP": "23", "MZ": "15",
    "NL": "13", "OD": "21", "OR": "21", "PB": "03", "PY": "34", "RJ": "08", "SK": "11", "TG": "36", "TN": "33",
    "TR": "16", "TS": "36", "UK": "05", "UP": "09", "UT": "05", "WB": "19",
}  # fmt: skip
"""The letters of ISO 3166-2 and of number plates."""
_OLD = {
    "orissa": "21", "uttaranchal": "05", "pondicherry": "34", "new delhi": "07", "nct of delhi": "07",
    "tamilnadu": "33", "chattisgarh": "22", "daman and diu": "26", "dadra and nagar haveli": "26",
    "andaman and nicobar": "35",
}  # fmt: skip

COUNTRIES = (
    "Afghanistan", "Albania", "Algeria", "Andorra", "Angola", "Antigua and Barbuda", "Argentina", "Armenia",
    "Australia", "Austria", "Azerbaijan", "Bahamas", "Bahrain", "Bangladesh", "Barbados", "Belarus", "Belgium",
    "Belize", "Benin", "Bhutan", "Bolivia", "Bosnia and Herzegovina", "Botswana", "Brazil", "Brunei", "Bulgaria",
    "Burkina Faso", "Burundi", "Cambodia", "Cameroon", "Canada", "Cape Verde", "Central African Republic", "Chad",
    "Chile", "China", "Colombia", "Comoros", "Congo", "Costa Rica", "Croatia", "Cuba", "Cyprus", "Czechia", "Denmark",
    "Djibouti", "Dominica", "Dominican Republic", "DR Congo", "Ecuador", "Egypt", "El Salvador", "Equatorial Guinea",
    "Eritrea", "Estonia", "Eswatini", "Ethiopia", "Fiji", "Finland", "France", "Gabon", "Gambia", "Georgia",
    "Germany", "Ghana", "Greece", "Grenada", "Guatemala", "Guinea", "Guinea-Bissau", "Guyana", "Haiti", "Honduras",
    "Hong Kong", "Hungary", "Iceland", "India", "Indonesia", "Iran", "Iraq", "Ireland", "Israel", "Italy",
    "Ivory Coast", "Jamaica", "Japan", "Jordan", "Kazakhstan", "Kenya", "Kiribati", "Kosovo", "Kuwait", "Kyrgyzstan",
    "Laos", "Latvia", "Lebanon", "Lesotho", "Liberia", "Libya", "Liechtenstein", "Lithuania", "Luxembourg", "Macau",
    "Madagascar", "Malawi", "Malaysia", "Maldives", "Mali", "Malta", "Marshall Islands", "Mauritania", "Mauritius",
    "Mexico", "Micronesia", "Moldova", "Monaco", "Mongolia", "Montenegro", "Morocco", "Mozambique", "Myanmar",
    "Namibia", "Nauru", "Nepal", "Netherlands", "New Zealand", "Nicaragua", "Niger", "Nigeria", "North Korea",
    "North Macedonia", "Norway", "Oman", "Pakistan", "Palau", "Palestine", "Panama", "Papua New Guinea", "Paraguay",
    "Peru", "Philippines", "Poland", "Portugal", "Qatar", "Romania", "Russia", "Rwanda", "Saint Kitts and Nevis",
    "Saint Lucia", "Saint Vincent and the Grenadines", "Samoa", "San Marino", "Sao Tome and Principe", "Saudi Arabia",
    "Senegal", "Serbia", "Seychelles", "Sierra Leone", "Singapore", "Slovakia", "Slovenia", "Solomon Islands",
    "Somalia", "South Africa", "South Korea", "South Sudan", "Spain", "Sri Lanka", "Sudan", "Suriname", "Sweden",
    "Switzerland", "Syria", "Taiwan", "Tajikistan", "Tanzania", "Thailand", "Timor-Leste", "Togo", "Tonga",
    "Trinidad and Tobago", "Tunisia", "Turkey", "Turkmenistan", "Tuvalu", "Uganda", "Ukraine", "United Arab Emirates",
    "United Kingdom", "United States", "Uruguay", "Uzbekistan", "Vanuatu", "Vatican City", "Venezuela", "Vietnam",
    "Yemen", "Zambia", "Zimbabwe",
)  # fmt: skip


def find_country(text: str) -> str | None:
    """The country that is meant: by its name or, for a few, its usual letters; None for one that nobody knows."""
    return _COUNTRIES.get(_key(text))


def find_state(text: str) -> str | None:
    """The State or Union Territory of India that is meant: by its name, an older name, or its letters (MH)."""
    code = code_of_state(text)
    return None if code is None else STATES[code]


def code_of_state(text: str) -> str | None:
    """Its GST code, two digits; None for what is no State of India."""
    return _CODES.get(_key(text))


def code_of_gstin(gstin: str) -> str:
    """The GST code of the State that a valid GSTIN belongs to today."""
    return {"25": "26", "28": "37"}.get(gstin[:2], gstin[:2])


def _key(text: str) -> str:
    return " ".join(name_key(text).replace("&", " and ").replace(".", "").split())


_CODES = {
    **{_key(STATES[code]): code for code in STATES if code not in _NO_ADDRESS},
    **{_key(letters): code for letters, code in _SHORT.items()},
    **_OLD,
}
_COUNTRIES = {
    **{_key(name): name for name in COUNTRIES},
    "in": INDIA,
    "bharat": INDIA,
    "republic of india": INDIA,
    "us": "United States",
    "usa": "United States",
    "uk": "United Kingdom",
    "uae": "United Arab Emirates",
}
