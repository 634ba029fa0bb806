"""A UPI link says exactly what is to be paid, in the one encoding that every app reads."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

import shop_server
from shop_server.errors import InvalidInput
from shop_server.rules.upi import is_upi_id, is_utr, payee_link, read_upi_qr, upi_id_of_qr, upi_uri, utr_year_differs

ASHA = "asha.store-1@okhdfcbank"


def uri(**changes: object) -> str:
    given_: dict[str, object] = {
        "upi_id": ASHA,
        "payee_name": "Asha Kirana",
        "reference": "S-1a2b_3",
        "amount_paise": 49_900,
        "note": "Order 1a2b3c4d",
    }
    return upi_uri(**{**given_, **changes})  # type: ignore[arg-type]


def test_the_link_of_an_order_is_exactly_this() -> None:
    assert uri() == (
        "upi://pay?pa=asha.store-1@okhdfcbank&pn=Asha%20Kirana&tr=S-1a2b_3&am=499.00&cu=INR&tn=Order%201a2b3c4d"
    )


def test_spaces_and_ampersands_are_percent_encoded_once_and_the_at_sign_stays() -> None:
    link = uri(payee_name="Asha & Sons + Co 100%", note="")
    assert "pn=Asha%20%26%20Sons%20%2B%20Co%20100%25" in link
    assert "+" not in link
    assert "%40" not in link


def test_a_hindi_name_reads_back_as_it_was() -> None:
    assert dict(parse_qsl(urlsplit(uri(payee_name="आशा किराना")).query))["pn"] == "आशा किराना"


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda name: name.strip()),
    st.from_regex(r"[A-Za-z0-9_-]{1,35}", fullmatch=True),
    st.integers(1, 10**9),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
)
def test_every_link_is_plain_ascii_without_empty_parameters_and_reads_back(
    name: str, reference: str, amount: int, note: str
) -> None:
    link = upi_uri(upi_id=ASHA, payee_name=name, reference=reference, amount_paise=amount, note=note)
    assert link.isascii()
    assert "+" not in link
    pairs = [pair.split("=") for pair in link.removeprefix("upi://pay?").split("&")]
    assert all(len(pair) == 2 and pair[1] for pair in pairs)
    assert {pair[0] for pair in pairs} <= {"pa", "pn", "tr", "am", "cu", "tn"}
    read = {name: unquote(value) for name, value in pairs}
    assert (read["pa"], read["tr"], read["cu"]) == (ASHA, reference, "INR")
    assert re.fullmatch(r"[0-9]+\.[0-9]{2}", read["am"])
    assert round(float(read["am"]) * 100) == amount
    assert len(read["pn"]) <= 50
    assert len(read.get("tn", "")) <= 50


@pytest.mark.parametrize(
    "wrong",
    [
        {"upi_id": "asha"},
        {"upi_id": ""},
        {"payee_name": "  "},
        {"reference": ""},
        {"reference": "a" * 36},
        {"reference": "a/b"},
        {"reference": "a b"},
        {"amount_paise": 0},
        {"amount_paise": -100},
    ],
)
def test_a_link_that_no_app_would_take_is_never_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"needs|not a|reference is|amount is"):
        uri(**wrong)


def test_nothing_issued_by_a_payment_service_provider_is_ever_sent() -> None:
    parameter = re.compile(r"""[?&"'](tid|sign|orgid|mode)(=|["']\s*:)""")
    sources = [*Path(shop_server.__file__).parent.rglob("*.py")]
    public = Path(shop_server.__file__).parent.parent / "public"
    sources += [path for path in public.rglob("*") if path.suffix in (".js", ".html")]
    assert any(path.name == "upi.py" for path in sources)
    guilty = [
        str(path) for path in sources if "upi" in path.read_text("utf-8") and parameter.search(path.read_text("utf-8"))
    ]
    assert guilty == []
    assert not re.search(r"[?&](tid|sign|orgid|mode)=", uri() + payee_link(ASHA, "Asha"))


@pytest.mark.parametrize("text", ["asha@okhdfcbank", "9876543210@ybl", "a.b-c_d@paytm", "ab@cd"])
def test_accepts_upi_ids_as_banks_give_them(text: str) -> None:
    assert is_upi_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "asha",
        "a@okbank",
        "asha@",
        "@okbank",
        "asha@ok bank",
        "asha@ok1",
        "ash a@ok",
        "asha@ok\n",
        "आशा@ok",
        "x" * 50 + "@ok",
    ],
)
def test_refuses_what_is_no_upi_id(text: str) -> None:
    assert not is_upi_id(text)


@pytest.mark.parametrize(
    ("text", "upi_id", "name"),
    [
        ("upi://pay?pa=asha@okbank&pn=Asha%20Kirana", "asha@okbank", "Asha Kirana"),
        ("UPI://PAY?pa=asha@okbank", "asha@okbank", ""),
        ("upi://pay?pa=asha%40okbank&pn=Asha+Kirana&mc=5411&sign=abc", "asha@okbank", "Asha Kirana"),
        (" upi://pay?pn=&pa=asha@okbank \n", "asha@okbank", ""),
    ],
)
def test_reads_whom_a_shops_qr_pays(text: str, upi_id: str, name: str) -> None:
    assert read_upi_qr(text) == (upi_id, name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.in/pay?pa=asha@okbank",
        "upi://mandate?pa=asha@okbank",
        "upi://pay",
        "upi://pay?pa=",
        "upi://pay?pa=null",
        "upi://pay?pa=asha@okbank&pa=thief@okbank",
        "upi://[pay?pa=asha@okbank",
    ],
)
def test_refuses_a_qr_that_is_no_upi_qr(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_upi_qr(text)
    assert refused.value.errors[0].pointer == "/qrCodeUrl"


@pytest.mark.parametrize("expected", [None, "", "asha@okbank", "Asha@OkBank"])
def test_the_qr_of_a_picture_fills_the_upi_id_or_agrees_with_it(expected: str | None) -> None:
    texts = ["https://example.in", "upi://pay?pa=asha@okbank&pn=Asha", "UPI://pay?pa=ASHA@okbank"]
    assert upi_id_of_qr(texts[:2], expected) == (expected or "asha@okbank")
    assert upi_id_of_qr(texts, expected).lower() == "asha@okbank"


@pytest.mark.parametrize(
    ("texts", "expected", "because"),
    [
        ([], None, "no UPI QR"),
        (["https://example.in", ""], None, "no UPI QR"),
        (["upi://pay?pa=asha"], None, "no valid UPI id"),
        (["upi://pay?pa=asha@okbank", "upi://pay?pa=chitra@okbank"], None, "several"),
        (["upi://pay?pa=asha@okbank"], "chitra@okbank", "pays asha@okbank"),
    ],
)
def test_refuses_the_qr_of_a_picture(texts: list[str], expected: str | None, because: str) -> None:
    with pytest.raises(InvalidInput, match=because):
        upi_id_of_qr(texts, expected)


def test_the_standing_qr_of_a_shop_reads_back() -> None:
    assert read_upi_qr(payee_link(ASHA, "Asha & Co")) == (ASHA, "Asha & Co")
    assert payee_link(ASHA, "") == f"upi://pay?pa={ASHA}&cu=INR"
    with pytest.raises(ValueError, match="UPI id"):
        payee_link("asha", "Asha")


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("612345678901", True),
        ("61234567890", False),
        ("6123456789012", False),
        ("61234567890a", False),
        ("६१२३४५६७८९०१", False),
        ("612345678901\n", False),
    ],
)
def test_a_utr_is_twelve_plain_digits(text: str, valid: bool) -> None:
    assert is_utr(text) is valid


def test_a_utr_of_another_year_is_worth_a_second_look() -> None:
    assert not utr_year_differs("612345678901", "2026-11-21")
    assert utr_year_differs("512345678901", "2026-11-21")
