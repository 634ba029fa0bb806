"""Money as a person reads it on a paper: with Indian grouping, and in words."""

from __future__ import annotations

from shop_server.rules.money import rupees_text

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_STEPS = ((10_000_000, "crore"), (100_000, "lakh"), (1_000, "thousand"), (100, "hundred"))


def grouped(paise: int) -> str:
    """Rupees with two decimals, the last three digits together and the others in pairs: "1,24,500.00"."""
    sign, plain = ("-", rupees_text(-paise)) if paise < 0 else ("", rupees_text(paise))
    whole, decimals = plain.split(".")
    head, tail = whole[:-3], whole[-3:]
    groups: list[str] = []
    while head:
        head, pair = head[:-2], head[-2:]
        groups.insert(0, pair)
    return f"{sign}{','.join([*groups, tail])}.{decimals}"


def in_words(paise: int) -> str:
    """An amount as it stands on a bill: "Rupees one lakh two hundred and fifty paise only" is ₹1,00,200.50."""
    rupees, rest = divmod(paise, 100)
    said = f"Rupees {_number(rupees)}"
    return f"{said} and {_number(rest)} paise only" if rest else f"{said} only"


def _number(number: int) -> str:
    for size, name in _STEPS:
        if number >= size:
            many, rest = divmod(number, size)
            return f"{_number(many)} {name}" + (f" {_number(rest)}" if rest else "")
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]}-{_ONES[ones]}" if ones else _TENS[tens]
