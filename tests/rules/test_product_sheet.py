"""What the cells of a list of goods say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_server.errors import InvalidInput
from shop_server.rules.csv_text import csv_line, safe, unsafe
from shop_server.rules.product_sheet import read_heads, read_row


def read(head: str, cell: str) -> object:
    """The one value that a column gives."""
    wish = read_row(read_heads(["name", head]), ["Dal", cell])
    (value,) = {**wish.fields, **wish.batch, **({"category": wish.category} if wish.category else {})}.values() or (
        wish.stock,
    )
    return value


@pytest.mark.parametrize(
    ("head", "cell", "value"),
    [
        ("Price", "₹1,24,500.50", 124_500_50),
        ("price (₹)", "Rs. 20", 20_00),
        ("MRP", "0.01", 1),
        ("cost", "0", 0),
        ("Quantity", "1,000", 1000),
        ("stock", "12.0", 12),
        ("GST %", "12.5 %", 12_50),
        ("Expiry date", "5/1/2027", "2027-01-05"),
        ("Expires on", "2027-01-05", "2027-01-05"),
        ("Mfd", "05.01.2027", "2027-01-05"),
        ("Sold by", "kg", "weight"),
        ("Section_Name", "Dal  and rice", "Dal and rice"),
        ("description", "'=1+1", "=1+1"),
    ],
)
def test_reads_what_a_person_types(head: str, cell: str, value: object) -> None:
    assert read(head, cell) == value


@pytest.mark.parametrize(
    ("head", "cell"),
    [
        *(("price", cell) for cell in ("0", "-1", "1.005", "1e3", "abc", "10000000.01", "٣", "NaN")),
        *(("quantity", cell) for cell in ("1.5", "-1", "1000001", "five")),
        *((head, "1800%") for head in ("price", "cost", "quantity")),
        *(("expiresOn", cell) for cell in ("30/02/2027", "2027-13-01", "tomorrow", "0001-01-01")),
        *(("soldBy", "dozen"), ("hsn", "123"), ("gstRate", "101"), ("unit", "x" * 51), ("category", "a\u202eb")),
    ],
)
def test_refuses_what_cannot_be_by_its_column(head: str, cell: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(head, cell)
    assert [error.pointer for error in refused.value.errors] == [f"/{head}"]


def test_names_every_wrong_cell_of_a_row() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_row(read_heads(["price", "name", "quantity"]), ["x", "", "y"])
    assert [error.pointer for error in refused.value.errors] == ["/price", "/quantity"]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_no_text_becomes_a_formula_and_each_comes_back_as_it_was(text: str) -> None:
    assert not safe(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unsafe(safe(text)) == text or text.startswith("'")
    assert csv_line([text]).endswith("\r\n")
