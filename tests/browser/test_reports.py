"""Lists of goods brought in, files to keep, sales by product and the month on a page, as people use them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from shop_server.actions.change_products import set_products
from shop_server.actions.export_records import write_exports
from shop_server.actions.import_products import run_imports
from shop_server.jobs.schedule import Job, Schedule
from tests.browser.desk import at_desk, shelf_row, stock_of
from tests.browser.town import Town
from tests.browser.visiting import DESK, PHONE, Visits, assert_accessible
from tests.builders import a_product, an_order

pytestmark = pytest.mark.browser

LIST = "name,quantity,category,price,Shelf\nJaggery,12,Sweets,60,A1\n{name},7,,150,B2\nBad one,x,,,C3\n"


@contextmanager
def jobs_running(town: Town) -> Iterator[None]:
    """The shop's jobs that write files and read lists, as in life but more often."""
    jobs = (
        Job("write exports", write_exports, every_seconds=1, everywhere=True),
        Job("import goods", lambda context: run_imports(context, set_products), every_seconds=1, everywhere=True),
    )
    schedule = Schedule(town.context, jobs)
    schedule.start()
    try:
        yield
    finally:
        schedule.stop()


def send(page: Page, file: FilePayload) -> None:
    sheet = page.get_by_role("dialog", name="Bring in a list of goods")
    sheet.get_by_label("CSV or Excel file").set_input_files(file)
    sheet.get_by_role("button", name="See what would happen").click()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_list_is_looked_at_and_then_brought_in(visits: Visits, town: Town, size: dict[str, int]) -> None:
    name = town.dal.name
    page = at_desk(visits, town, "inventory", size)
    file: FilePayload = {"name": "goods.csv", "mimeType": "text/csv", "buffer": LIST.format(name=name).encode()}
    with jobs_running(town):
        page.get_by_role("button", name="Import").click()
        sheet = page.get_by_role("dialog", name="Bring in a list of goods")
        sheet.get_by_role("button", name="See what would happen").click()
        expect(sheet.get_by_text("Choose a file first.")).to_be_visible()
        send(page, file)
        expect(sheet.get_by_text("This is what would happen; nothing is changed yet.")).to_be_visible()
        rows = sheet.get_by_role("row")
        expect(rows.filter(has_text="Bad one")).to_contain_text("Quantity: enter a whole number")
        expect(rows.filter(has_text=name)).to_contain_text("price: 164.00 → 150.00")
        expect(rows.filter(has_text="Jaggery")).to_contain_text("New")
        expect(sheet.get_by_text("These columns mean nothing here: Shelf.")).to_be_visible()
        assert_accessible(page)
        assert stock_of(town, town.dal.id) != 7
        sheet.get_by_role("button", name="Bring in 2 products").click()
        expect(sheet.get_by_text("Done.")).to_be_visible()
        sheet.get_by_role("button", name="Close", exact=True).last.click()
    expect(shelf_row(page, "Jaggery")).to_be_visible()
    assert stock_of(town, town.dal.id) == 7


def test_a_file_that_is_no_list_is_refused_with_words(visits: Visits, town: Town) -> None:
    page = at_desk(visits, town, "inventory")
    with jobs_running(town):
        page.get_by_role("button", name="Import").click()
        send(page, {"name": "photo.xlsx", "mimeType": "application/zip", "buffer": b"PK nothing"})
        sheet = page.get_by_role("dialog", name="Bring in a list of goods")
        expect(sheet.get_by_text("This is no list that can be read.")).to_be_visible()
        expect(sheet.get_by_label("CSV or Excel file")).to_be_focused()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_sales_are_shown_and_a_file_of_them_is_written_and_kept(
    visits: Visits, town: Town, size: dict[str, int], tmp_path: Path
) -> None:
    an_order(town.context, town.devi, {town.dal.id: 2, town.rice.id: 1500})
    page = at_desk(visits, town, "reports", size)
    dal = page.get_by_role("table", name="By product").get_by_role("row").filter(has_text=town.dal.name)
    expect(dal).to_contain_text("₹328")
    expect(
        page.get_by_role("table", name="By product").get_by_role("row").filter(has_text=town.rice.name)
    ).to_contain_text("1.5 kg")
    with jobs_running(town):
        page.get_by_label("Which list").select_option("sales-by-product")
        page.get_by_role("button", name="Write the file").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download Sales by product").click()
    download.value.save_as(tmp_path / "sales.csv")
    assert town.dal.name in (tmp_path / "sales.csv").read_text("utf-8-sig")
    assert_accessible(page)


def test_the_month_is_a_page_to_print_for_the_shopkeeper_and_for_the_customer(visits: Visits, town: Town) -> None:
    a_product(town.context, town.kirana, "A very long name of something sold by the piece in a small shop in Pune")
    an_order(town.context, town.devi, {town.dal.id: 2})
    month = town.clock.now().date().isoformat()[:7]
    for person in (town.asha, town.devi):
        page = visits.open_as(person, f"/api/reports/monthly?month={month}", size=PHONE)
        expect(
            page.get_by_role("img", name="Sales by day" if person is town.asha else "What it went on")
        ).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert_accessible(page)
    devi = visits.open_as(town.devi, "/profile.html", size=PHONE)
    with devi.expect_popup() as opened:
        devi.get_by_role("link", name="What I bought last month").click()
    expect(opened.value.get_by_role("heading", level=1)).to_be_visible()
    asha = at_desk(visits, town, "reports")
    with asha.expect_popup() as opened:
        asha.get_by_role("link", name="Open the last month").click()
    expect(opened.value.get_by_role("button", name="Print")).to_be_visible()
