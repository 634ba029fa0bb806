"""Files that are made to break whoever opens them: they are refused with words, in little time and memory."""

from __future__ import annotations

import io
import zipfile

import pytest
from openpyxl import Workbook

from shop_server.errors import InvalidInput
from shop_server.gateways.spreadsheets import MOST_UNPACKED_BYTES, Heads, Read, Spreadsheets


def rows_of(file: bytes) -> list[Read]:
    return [line for line in Spreadsheets().read(file) if isinstance(line, Read)]


def a_book() -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["name", "price"])
    sheet.append(["Dal", 120])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def tax_of(stored: object, number_format: str) -> object:
    """The tax, in basis points, of a good whose cell holds this and shows it so."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["name", "GST rate"])
    sheet.append(["Dal", stored])
    sheet["B2"].number_format = number_format
    packed = io.BytesIO()
    book.save(packed)
    (row,) = rows_of(packed.getvalue())
    assert row.wish is not None, row.errors
    return row.wish.fields["tax_basis_points"]


def with_part(name: str, content: bytes) -> bytes:
    """A good Excel file in which one part is another."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(a_book())) as good, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bad:
        for part in good.namelist():
            bad.writestr(part, content if part == name else good.read(part))
    return made.getvalue()


def test_a_file_that_unpacks_to_gigabytes_is_refused() -> None:
    bomb = with_part("xl/worksheets/sheet1.xml", b" " * (MOST_UNPACKED_BYTES + 1))
    assert len(bomb) < 1024 * 1024
    with pytest.raises(InvalidInput, match="too large"):
        rows_of(bomb)


def test_entities_that_multiply_are_not_followed() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    sheet = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "lol">{entities}]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&e11;</t></is></c></row></sheetData></worksheet>'
    )
    with pytest.raises(InvalidInput):
        rows_of(with_part("xl/worksheets/sheet1.xml", sheet.encode()))


def test_what_a_file_says_of_its_own_size_is_not_believed() -> None:
    with zipfile.ZipFile(io.BytesIO(a_book())) as good:
        sheet = good.read("xl/worksheets/sheet1.xml").replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
    (row,) = rows_of(with_part("xl/worksheets/sheet1.xml", sheet))
    assert row.wish is not None
    assert (row.row, row.name, row.wish.fields) == (2, "Dal", {"price_paise": 120_00})


def test_text_files_of_any_program_are_read() -> None:
    for file in ("name;price\r\nDal;12\r\n", "\ufeffName\tPrice (₹)\nDal\t12\n", 'name,price\n\n"Dal",12\n'):
        lines = list(Spreadsheets().read(file.encode()))
        assert lines[0] == Heads(1, ())
        assert [line.wish.fields for line in lines if isinstance(line, Read) and line.wish] == [{"price_paise": 12_00}]


@pytest.mark.parametrize(
    ("stored", "number_format", "basis_points"),
    [
        (0.18, "0%", 18_00),
        (0.07, "0.00%", 7_00),
        (0.125, '0.0" "%', 12_50),
        (0, "0%", 0),
        (1, "0%", 100_00),
        (18, "General", 18_00),
        (0.25, "0.00", 25),
        (18, '0"%"', 18_00),
        (18, r"0\%", 18_00),
        ("18 %", "0%", 18_00),
    ],
)
def test_a_tax_rate_in_excel_is_what_she_sees(stored: object, number_format: str, basis_points: int) -> None:
    assert tax_of(stored, number_format) == basis_points


def test_a_cell_whose_style_is_not_there_is_read_as_a_plain_number() -> None:
    with zipfile.ZipFile(io.BytesIO(a_book())) as good:
        sheet = good.read("xl/worksheets/sheet1.xml").replace(b'r="B2"', b'r="B2" s="77"')
    (row,) = rows_of(with_part("xl/worksheets/sheet1.xml", sheet))
    assert row.wish is not None
    assert row.wish.fields == {"price_paise": 120_00}
