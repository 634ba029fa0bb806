"""Files of a shop's records: asked for, written beside the open shop, fetched, and read again by a spreadsheet program."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from shop_server.actions.cancel_order import cancel_order
from shop_server.actions.export_records import write_exports
from shop_server.actions.move_order import move_order, request_return
from shop_server.rules.errand import MOST_OPEN
from shop_server.rules.product import Product
from shop_server.storage.errands import Errands
from tests.api.caller import Caller, Reply, id_of, signed_in
from tests.api.cast import Cast
from tests.at_once import at_once
from tests.builders import a_cashier, a_product, an_order
from tests.fake_clock import FakeClock


def table(reply: Reply) -> list[dict[str, str]]:
    """The rows of a CSV file as a spreadsheet program reads them."""
    assert reply.status == 200, reply.body
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert reply.headers["Content-Disposition"].startswith('attachment; filename="')
    return list(csv.DictReader(io.StringIO(reply.body.decode("utf-8-sig"), newline="")))


def test_excel_is_told_how_to_read_hindi_and_nobody_else_trips_over_it(cast: Cast) -> None:
    plain, for_excel = (cast.asha.get(f"/api/products/export.csv{query}").body for query in ("", "?excel=true"))
    assert plain.startswith(b"ID,Name,SectionID,")
    assert for_excel == b"\xef\xbb\xbf" + plain
    assert cast.asha.get("/api/products/export.csv?excel=yes").pointers == ["/excel"]


def written(cast: Cast, caller: Caller, kind: str, **days: str) -> list[dict[str, str]]:
    """Has a file written and fetches it."""
    ordered = caller.post("/api/exports", {"kind": kind, **days})
    assert (ordered.status, ordered.json["status"], ordered.json["progress"]) == (202, "waiting", 0)
    assert write_exports(cast.context) == 1
    done = caller.get(f"/api/exports/{ordered.json['id']}").json
    assert (done["status"], done["progress"]) == ("done", 100)
    rows = table(caller.get(done["file"]))
    assert len(rows) == done["rows"]
    return rows


@pytest.fixture
def sold(cast: Cast) -> dict[str, Product]:
    """What was sold: dal at a known cost, milk and salt; and what is no sale, as it was cancelled or came back."""
    context, asha, devi, eshan = cast.context, cast.asha.person, cast.devi.person, cast.eshan.person
    assert asha and devi and eshan
    ghee = a_product(context, cast.kirana, "देसी घी, ½ kg", stock=9, price_paise=333_33, cost_paise=300_01)
    salt = a_product(context, cast.kirana, "=Salt", stock=50, price_paise=1_01, category="Dal", cost_paise=2_00)
    an_order(context, devi, {cast.dal.id: 2, ghee.id: 1})
    an_order(context, devi, {cast.dal.id: 1, cast.milk.id: 3})
    an_order(context, eshan, {salt.id: 7})
    cancel_order(context, an_order(context, eshan, {ghee.id: 5}).id, eshan, "No")
    back = an_order(context, eshan, {cast.milk.id: 4})
    for status in ("packed", "dispatched", "delivered"):
        move_order(context, back.id, asha, status)
    request_return(context, back.id, eshan, "Sour")
    move_order(context, back.id, asha, "returned")
    return {"dal": cast.dal, "milk": cast.milk, "ghee": ghee, "salt": salt}


def reckoned(cast: Cast) -> dict[str, dict[str, Any]]:
    """Orders, quantity, sales and profit of each product, added up by hand from the orders."""
    sums: dict[str, dict[str, Any]] = defaultdict(lambda: {"orders": 0, "quantity": 0, "sales": 0, "profit": 0})
    for order in cast.context.orders.list_of_shop(cast.kirana.id, None, None, (None, None), 100, None):
        if order.status in ("placed", "packed", "dispatched", "delivered", "return_requested"):
            for line in order.lines:
                of_it = sums[line.product_id]
                of_it["orders"] += 1
                of_it["quantity"] += line.quantity
                of_it["sales"] += line.line_total_paise
                of_it["profit"] += line.line_total_paise - (
                    line.line_total_paise if line.cost_paise is None else line.cost_paise
                )
    return sums


def paise(text: str) -> int:
    return int(Decimal(text) * 100)


def test_the_inventory_has_its_13_columns_and_shares_that_add_up(cast: Cast, sold: dict[str, Product]) -> None:
    rows = table(cast.asha.get("/api/products/export.csv"))
    assert list(rows[0]) == [
        "ID",
        "Name",
        "SectionID",
        "Section_Name",
        "Price",
        "Unit",
        "Mfd",
        "Expd",
        "Stock",
        "nOrders",
        "Revenue",
        "Pctg_Revenue_Overall",
        "Pctg_Revenue_Sectionally",
    ]
    expected = reckoned(cast)
    found = {row["ID"]: row for row in rows}
    assert set(found) == {product.id for product in sold.values()}
    for product in map(cast.context.products.get, found):
        row, sums = found[product.id], expected[product.id]
        assert (row["SectionID"], row["Stock"], row["Unit"]) == (product.category_id, str(product.stock), product.unit)
        assert (int(row["nOrders"]), paise(row["Revenue"])) == (sums["orders"], sums["sales"])
        assert paise(row["Price"]) == product.price_paise
    assert sum(Decimal(row["Pctg_Revenue_Overall"]) for row in rows) == 100
    for section in {row["SectionID"] for row in rows}:
        parts = [Decimal(row["Pctg_Revenue_Sectionally"]) for row in rows if row["SectionID"] == section]
        assert sum(parts) == 100
    assert found[sold["ghee"].id]["Name"] == "देसी घी, ½ kg"
    assert found[sold["salt"].id]["Name"] == "'=Salt", "no spreadsheet program may reckon with it"


def test_the_inventory_shows_the_days_of_what_goes_first_and_counts_nothing_expired(
    cast: Cast, clock: FakeClock
) -> None:
    asha = cast.asha
    asha.post(f"/api/products/{cast.milk.id}/batches", {"quantity": 5, "expiresOn": "2026-11-23"})
    asha.post(
        f"/api/products/{cast.milk.id}/batches",
        {"quantity": 7, "expiresOn": "2026-11-25", "manufacturedOn": "2026-11-20"},
    )
    before = {row["Name"]: row for row in table(asha.get("/api/products/export.csv"))}["Toned milk"]
    assert (before["Stock"], before["Mfd"], before["Expd"]) == ("32", "", "2026-11-23")
    clock.advance(days=3)
    after = {row["Name"]: row for row in table(cast.again(asha).get("/api/products/export.csv"))}["Toned milk"]
    assert (after["Stock"], after["Mfd"], after["Expd"]) == ("27", "2026-11-20", "2026-11-25")


def test_sales_by_product_and_by_category_equal_the_orders(cast: Cast, sold: dict[str, Product]) -> None:
    expected = reckoned(cast)
    rows = written(cast, cast.asha, "sales-by-product")
    assert {
        row["ID"]: {
            "orders": int(row["Orders"]),
            "quantity": int(row["Quantity"]),
            "sales": paise(row["Sales"]),
            "profit": paise(row["Profit"]),
        }
        for row in rows
    } == expected
    assert expected[sold["salt"].id]["profit"] < 0, "it was sold below its cost"
    assert sum(Decimal(row["Share in %"]) for row in rows) == 100
    by_category = {row["Category"]: row for row in written(cast, cast.asha, "sales-by-category")}
    for name, category in by_category.items():
        of_it = [row for row in rows if row["Category"] == name]
        assert sum(Decimal(row["Share of category in %"]) for row in of_it) == 100
        assert paise(category["Sales"]) == sum(paise(row["Sales"]) for row in of_it)
        assert paise(category["Profit"]) == sum(paise(row["Profit"]) for row in of_it)
        assert int(category["Products sold"]) == len(of_it)
    assert sum(Decimal(row["Share in %"]) for row in by_category.values()) == 100


def test_orders_and_customers_are_those_of_the_shop_and_of_the_days(
    cast: Cast, sold: dict[str, Product], clock: FakeClock
) -> None:
    today = clock.now().date().isoformat()
    assert cast.devi.person and cast.eshan.person
    clock.advance(days=1)
    asha = cast.again(cast.asha)
    late = an_order(cast.context, cast.devi.person, {cast.dal.id: 1})
    everything = written(cast, asha, "orders")
    orders = cast.context.orders.list_of_shop(cast.kirana.id, None, None, (None, None), 100, None)
    assert {row["ID"]: paise(row["Total"]) for row in everything} == {one.id: one.total_paise for one in orders}
    assert {row["ID"] for row in everything} - {
        row["ID"] for row in written(cast, asha, "orders", **{"from": today, "to": today})
    } == {late.id}
    people = {row["ID"]: row for row in written(cast, asha, "customers")}
    assert set(people) == {cast.devi.person.user_id, cast.eshan.person.user_id}
    devi = people[cast.devi.person.user_id]
    assert (devi["First name"], devi["Orders"]) == ("Devi", "3")
    assert written(cast, cast.again(cast.chitra), "customers") == []


def test_formulas_in_any_text_arrive_as_text(cast: Cast, sold: dict[str, Product]) -> None:
    for number, beginning in enumerate(("=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0")):
        name = f'{beginning}, "quoted" {number}'
        product = a_product(cast.context, cast.kirana, name)
        assert cast.devi.person
        an_order(cast.context, cast.devi.person, {product.id: 1})
    for row in (*written(cast, cast.asha, "sales-by-product"), *table(cast.asha.get("/api/products/export.csv"))):
        for head, cell in row.items():
            assert not cell.startswith(("=", "+", "@")), cell
            assert not cell.startswith("-") or head == "Profit", cell
    assert '\'=1+1, "quoted" 0' in [row["Name"] for row in table(cast.asha.get("/api/products/export.csv"))]


def test_a_file_is_there_for_a_day_and_for_its_own_shop_only(cast: Cast, clock: FakeClock) -> None:
    ordered = cast.asha.post("/api/exports", {"kind": "inventory"}).json
    path = f"/api/exports/{ordered['id']}"
    assert cast.asha.get(f"{path}/file").status == 409, "it is not written yet"
    assert write_exports(cast.context) == 1
    assert write_exports(cast.context) == 0
    assert [row["id"] for row in cast.asha.get("/api/exports").json] == [ordered["id"]]
    assert cast.asha.get(f"{path}/file").status == 200
    assert cast.chitra.get("/api/exports").json == []
    assert cast.chitra.get(path).status == cast.chitra.get(f"{path}/file").status == 404
    clock.advance(days=1)
    asha = cast.again(cast.asha)
    assert asha.get(path).status == asha.get(f"{path}/file").status == 404
    assert asha.get("/api/exports").json == []


def test_files_that_name_persons_take_the_right_to_see_those(cast: Cast, clock: FakeClock) -> None:
    cashier = a_cashier(cast.context, cast.kirana, "reports")
    bharat = signed_in(cast.context, cast.asha.port, cashier)
    assert bharat.post("/api/exports", {"kind": "sales-by-category"}).status == 202
    for kind in ("customers", "orders"):
        clock.advance(seconds=1)
        assert bharat.post("/api/exports", {"kind": kind}).status == 403
        hers = cast.asha.post("/api/exports", {"kind": kind}).json
        write_exports(cast.context)
        assert bharat.get(f"/api/exports/{hers['id']}").status == 403
        assert bharat.get(f"/api/exports/{hers['id']}/file").status == 403
        assert hers["id"] not in [row["id"] for row in bharat.get("/api/exports").json]
    acts = [(act.who, act.details["kind"]) for act in cast.context.audit.list_lines(10, None, act="export-ordered")]
    assert acts == [
        (id_of(cast.asha), "orders"),
        (id_of(cast.asha), "customers"),
        (cashier.user_id, "sales-by-category"),
    ]


def test_no_more_wait_than_may_also_when_all_are_asked_for_at_once(cast: Cast) -> None:
    wish = {"kind": "inventory"}
    kept = cast.asha.post("/api/exports", wish, Idempotency_Key="first")
    replies = at_once([partial(cast.asha.post, "/api/exports", wish) for _ in range(MOST_OPEN + 4)])
    assert Counter(reply.status for reply in replies) == {202: MOST_OPEN - 1, 409: 5}
    again = cast.asha.post("/api/exports", wish, Idempotency_Key="first")
    assert (again.status, again.json["id"]) == (202, kept.json["id"])


def test_the_same_wish_sent_twice_is_one_file(cast: Cast) -> None:
    body = {"kind": "sales-by-product"}
    first, again = (cast.asha.post("/api/exports", body, Idempotency_Key="k1") for _ in range(2))
    assert first.json["id"] == again.json["id"]
    write_exports(cast.context)
    later = cast.asha.post("/api/exports", body, Idempotency_Key="k1")
    assert (later.status, later.json) == (202, first.json), "the answer of then, also when the file is written by now"
    assert cast.asha.post("/api/exports", {"kind": "orders"}, Idempotency_Key="k1").status == 422
    assert len(cast.asha.get("/api/exports").json) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "everything"}, "/kind"),
        ({}, "/kind"),
        ({"kind": "orders", "from": "2026-02-30"}, "/from"),
        ({"kind": "orders", "from": "2026-11-02", "to": "2026-11-01"}, "/to"),
    ],
)
def test_a_wrong_wish_is_refused_by_its_field(cast: Cast, body: dict[str, str], pointer: str) -> None:
    refused = cast.asha.post("/api/exports", body)
    assert (refused.status, refused.pointers) == (422, [pointer])


def test_a_file_whose_process_dies_again_and_again_is_given_up_with_words(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered = cast.asha.post("/api/exports", {"kind": "inventory"}).json
    for _ in range(3):
        # As left by a process that was killed: claimed, and never finished.
        assert cast.context.errands.claim("export", "gone") is not None
    assert write_exports(cast.context) == 0
    failed = cast.asha.get(f"/api/exports/{ordered['id']}").json
    assert (failed["status"], failed["error"]) == ("failed", "It could not be written. Please try again, or tell us.")


def test_a_process_that_lost_its_errand_cannot_finish_it(cast: Cast) -> None:
    cast.asha.post("/api/exports", {"kind": "inventory"})
    errands: Errands = cast.context.errands
    slow, quick = errands.claim("export", "slow"), errands.claim("export", "quick")
    assert slow is not None and quick is not None
    errands.put_file(quick, [b"quick"])
    errands.put_file(slow, [b"slow"])
    assert not errands.finish(slow, rows=1)
    assert errands.finish(quick, rows=1)
    done = errands.find(quick.id)
    assert done is not None
    assert errands.read_file(done) == b"quick"
