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
