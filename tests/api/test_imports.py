"""Lists of goods as files: looked at first, brought in row by row, and the same again changes nothing."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

from shop_server.actions.change_products import set_products
from shop_server.actions.import_products import ROWS_AT_ONCE, run_imports
from shop_server.actions.verify_records import verify_records
from shop_server.context import Context, Once
from shop_server.rules.person import Person
from shop_server.rules.product_sheet import Outcome, Wish
from tests.api.caller import Caller, id_of, signed_in
from tests.api.cast import Cast
from tests.builders import a_cashier, an_order

LIST = """name,quantity,category,price,Expd,Shelf
Toor dal,7,Dal,125.50,,A1
Jaggery,12,Sweets,"₹1,060",21/12/2026,B2
मिश्री,3,Sweets,40,,B3
"""


def brought(cast: Cast, file: str | bytes, caller: Caller | None = None, *, preview: bool = False) -> dict[str, Any]:
    """Sends a list in and has it run; gives how it went."""
    caller = caller or cast.asha
    body = file.encode() if isinstance(file, str) else file
    sent = caller.post(f"/api/products/import?preview={str(preview).lower()}", body, Content_Type="text/csv")
    assert (sent.status, sent.json["status"]) == (202, "waiting"), sent.body
    run_imports(cast.context, set_products)
    found: dict[str, Any] = caller.get(f"/api/imports/{sent.json['id']}").json
    return found


def rows_of(cast: Cast, done: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = cast.asha.get(f"/api/imports/{done['id']}/rows{query}").json
    return rows


def counts(done: dict[str, Any]) -> tuple[int, int, int, int]:
    return done["new"], done["changed"], done["unchanged"], done["refused"]


def goods(cast: Cast) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in cast.asha.get("/api/products?limit=200").json}


def test_a_preview_says_what_would_happen_and_writes_nothing(cast: Cast) -> None:
    before = goods(cast)
    categories = cast.asha.get(f"/api/categories?shopId={cast.kirana.id}").json
    done = brought(cast, LIST + "Broken,x,Dal,-1,,\n", preview=True)
    assert (done["status"], done["progress"], done["preview"], done["rows"]) == ("done", 100, True, 4)
    assert counts(done) == (2, 1, 0, 1)
    assert done["ignored"] == ["Shelf"]
    dal, jaggery, _, broken = rows_of(cast, done)
    assert (dal["row"], dal["outcome"]) == (2, "changed")
    assert dal["changes"] == [
        {"field": "price", "before": "120.00", "after": "125.50"},
        {"field": "quantity", "before": "10", "after": "7"},
    ]
    assert (jaggery["outcome"], jaggery["changes"]) == ("new", [])
    assert (broken["row"], broken["name"], broken["outcome"]) == (5, "Broken", "refused")
    assert [error["pointer"] for error in broken["errors"]] == ["/quantity", "/price"]
    assert [row["row"] for row in rows_of(cast, done, "?outcome=refused")] == [5]
    assert goods(cast) == before
    assert cast.asha.get(f"/api/categories?shopId={cast.kirana.id}").json == categories


def test_good_rows_go_in_bad_rows_are_listed_and_the_same_again_changes_nothing(cast: Cast) -> None:
    file = LIST + "Rubber,1,Toys,10,2020-01-01,\n"
    done = brought(cast, file)
    assert counts(done) == (2, 1, 0, 1)
    (refused,) = rows_of(cast, done, "?outcome=refused")
    assert refused["errors"][0]["pointer"] == "/expiresOn"
    after = goods(cast)
    assert set(after) == {"Toor dal", "Toned milk", "Jaggery", "मिश्री"}
    assert (after["Toor dal"]["stock"], after["Toor dal"]["price"]) == (7, 125.5)
    assert (after["Jaggery"]["stock"], after["Jaggery"]["price"], after["Jaggery"]["expiresOn"]) == (
        12,
        1060,
        "2026-12-21",
    )
    assert {row["name"]: row["products"] for row in cast.asha.get(f"/api/categories?shopId={cast.kirana.id}").json} == {
        "Dal": 1,
        "Dairy": 1,
        "Sweets": 2,
    }
    movements = cast.asha.get(f"/api/products/{cast.dal.id}/movements").json
    assert sorted((row["kind"], row["quantity"]) for row in movements) == [("counted", -3), ("received", 10)]
    again = brought(cast, file)
    assert counts(again) == (0, 0, 3, 1)
    assert goods(cast) == after
    assert cast.asha.get(f"/api/products/{cast.dal.id}/movements").json == movements
    assert verify_records(cast.context) == []
    lines = {line.target: line for line in cast.context.audit.list_lines(10, None, act="goods-imported")}
    assert set(lines) == {done["id"], again["id"]}
    line = lines[again["id"]]
    assert (line.who, dict(line.details)) == (id_of(cast.asha), {"unchanged": 3, "refused": 1})


def test_quantity_sets_what_is_free_to_sell_beside_what_orders_hold(cast: Cast) -> None:
    assert cast.devi.person
    an_order(cast.context, cast.devi.person, {cast.dal.id: 4})
    done = brought(cast, "name,quantity\ntoor  DAL,5\n")
    assert counts(done) == (0, 1, 0, 0)
    row = cast.asha.get(f"/api/products/{cast.dal.id}").json
    assert (row["name"], row["stock"], row["held"]) == ("Toor dal", 5, 4)


def test_an_excel_file_says_the_same_as_a_text_file(cast: Cast) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Name", "Qty", "Category", "Price", "Expiry date", "Barcode", "GST %"],
        ["Toor dal", 7, "Dal", 125.5, None, None, 5],
        ["Jaggery", 12.0, "Sweets", "₹1,060", date(2026, 12, 21), 8901234567890, 18],
    ):
        sheet.append(row)
    packed = io.BytesIO()
    book.save(packed)
    done = brought(cast, packed.getvalue())
    assert counts(done) == (1, 1, 0, 0), rows_of(cast, done)
    jaggery = cast.asha.get(f"/api/products/{goods(cast)['Jaggery']['id']}").json
    assert (jaggery["price"], jaggery["stock"], jaggery["expiresOn"]) == (1060, 12, "2026-12-21")
    assert (jaggery["barcode"], jaggery["gstRate"]) == ("8901234567890", 18)


def test_the_shop_takes_back_the_inventory_that_it_wrote_and_nothing_changes(cast: Cast) -> None:
    brought(cast, LIST + "=Salt,5,Dal,20,,\n")
    exported = cast.asha.get("/api/products/export.csv").body
    assert b"'=Salt" in exported
    before = goods(cast)
    done = brought(cast, exported)
    assert counts(done) == (0, 0, 5, 0), rows_of(cast, done)
    assert goods(cast) == before


def test_the_shop_takes_back_what_it_wrote_of_a_product_with_several_batches(cast: Cast) -> None:
    for days in ({"manufacturedOn": "2026-11-01", "expiresOn": "2026-12-01"}, {"manufacturedOn": "2026-11-10"}):
        assert cast.asha.post(f"/api/products/{cast.dal.id}/batches", {"quantity": 3, **days}).status == 201
    exported = cast.asha.get("/api/products/export.csv").body
    before = goods(cast)
    done = brought(cast, exported)
    assert counts(done) == (0, 0, 2, 0), rows_of(cast, done)
    assert goods(cast) == before
    dearer = brought(cast, exported.replace(b",120.00,", b",130.00,"))
    assert counts(dearer) == (0, 1, 1, 0), rows_of(cast, dearer)
    assert goods(cast)["Toor dal"]["price"] == 130
    another_day = brought(cast, exported.replace(b"2026-11-01", b"2026-11-02"))
    assert counts(another_day) == (0, 0, 1, 1)
    (refused,) = rows_of(cast, another_day, "?outcome=refused")
    assert refused["errors"][0]["detail"] == "There are 3 batches of Toor dal; change the batch instead."


def test_a_name_twice_a_new_product_without_a_price_and_a_price_above_the_mrp_are_refused(cast: Cast) -> None:
    file = (
        "name,quantity,category,price,mrp\nRice,1,Grain,50,\n rice,2,Grain,60,\nNew thing,3,,,\nSugar,1,Grain,50,40\n"
    )
    done = brought(cast, file)
    assert counts(done) == (1, 0, 0, 3)
    assert [[error["detail"] for error in row["errors"]] for row in rows_of(cast, done, "?outcome=refused")] == [
        ["Name: row 2 has this name already"],
        ["Category: a new product needs this", "Price: a new product needs this"],
        ["Price: this is more than the MRP printed on it."],
    ]


def test_staff_bring_goods_with_a_permit_and_prices_only_if_they_may(cast: Cast) -> None:
    keeper = a_cashier(cast.context, cast.kirana, "inventory")
    without = signed_in(cast.context, cast.asha.port, keeper)
    assert without.post("/api/products/import", b"name\nToor dal\n").status == 403
    bharat = signed_in(cast.context, cast.asha.port, keeper, has_permit=True)
    done = brought(cast, "name,quantity,price,category\nToor dal,3,,\nToned milk,,99,\nFig,1,9,Fruit\n", bharat)
    assert counts(done) == (0, 1, 0, 2)
    assert [row["errors"][0]["detail"] for row in rows_of(cast, done, "?outcome=refused")] == [
        "You may not change prices here. Please ask the shopkeeper.",
        "There is no category called Fruit. Ask the shopkeeper for it first.",
    ]
    assert cast.chitra.get(f"/api/imports/{done['id']}").status == 404
    assert cast.chitra.get(f"/api/imports/{done['id']}/rows").status == 404


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"\xff\xfe\x00nonsense", "not UTF-8"),
        (b"PK\x03\x04 no zip at all", "no list that can be read"),
        (b"quantity,price\n1,2\n", "The first row must name the columns"),
        (b"name,price,rate\nDal,1,2\n", "two columns for price"),
        (b'name,price\n"Dal,1\n', "no list that can be read"),
        (b"\n,,\n", "This list is empty."),
        (b"name\n" + b"Rice\n" * 20_001, "more than 20,000 rows"),
    ],
    ids=["not UTF-8", "no Excel file", "no name", "two prices", "open quote", "only commas", "too many rows"],
)
def test_what_is_no_list_of_goods_is_refused_with_words(cast: Cast, file: bytes, words: str) -> None:
    done = brought(cast, file)
    assert done["status"] == "failed"
    assert words in done["error"]
    assert set(goods(cast)) == {"Toor dal", "Toned milk"}


def test_an_empty_file_is_refused_at_the_door(cast: Cast) -> None:
    assert cast.asha.post("/api/products/import", b" ").status == 422
    assert cast.asha.post("/api/products/import", b"x" * (10 * 1024 * 1024 + 1)).status == 413


def test_orders_pass_between_the_slices_of_a_long_list(cast: Cast) -> None:
    many = 4 * ROWS_AT_ONCE
    file = "name,quantity,category,price\n" + "".join(f"Thing {number},1,Things,10\n" for number in range(many))
    sent = cast.asha.post("/api/products/import", file.encode()).json
    progress: list[int] = []

    def set_and_order(
        context: Context, person: Person, wishes: Sequence[Wish], *, preview: bool, once: Once | None
    ) -> list[Outcome]:
        assert len(wishes) <= ROWS_AT_ONCE
        outcomes = set_products(context, person, wishes, preview=preview, once=once)
        assert cast.devi.person
        an_order(context, cast.devi.person, {cast.dal.id: 1})
        progress.append(cast.asha.get(f"/api/imports/{sent['id']}").json["progress"])
        return outcomes

    run_imports(cast.context, set_and_order)
    assert progress == [0, 25, 50, 75]
    assert cast.asha.get(f"/api/imports/{sent['id']}").json["new"] == many
    first = cast.asha.get(f"/api/imports/{sent['id']}/rows?limit=60")
    assert [row["row"] for row in first.json] == list(range(2, 62))
    rest = cast.asha.get(first.headers["Link"].partition("<")[2].partition(">")[0])
    assert [row["row"] for row in rest.json] == list(range(62, many + 2))


def test_an_import_that_was_broken_off_goes_on_where_it_was(cast: Cast) -> None:
    many = 2 * ROWS_AT_ONCE
    file = "name,quantity,category,price\n" + "".join(f"Thing {number},1,Things,10\n" for number in range(many))
    sent = cast.asha.post("/api/products/import", file.encode()).json
    asked: list[str] = []

    def break_off(
        context: Context, person: Person, wishes: Sequence[Wish], *, preview: bool, once: Once | None
    ) -> list[Outcome]:
        if asked:
            # As with kill -9: its rows are in the books, and nobody has noted it.
            set_products(context, person, wishes, preview=preview, once=once)
            raise KeyboardInterrupt
        asked.extend(wish.name for wish in wishes)
        return set_products(context, person, wishes, preview=preview, once=once)

    with pytest.raises(KeyboardInterrupt):
        run_imports(cast.context, break_off)
    assert run_imports(cast.context, set_products) == 1
    done = cast.asha.get(f"/api/imports/{sent['id']}").json
    assert done["status"] == "done"
    assert counts(done) == (many, 0, 0, 0), "a slice that was in the books already answers as it did then"
    assert all(row["stock"] == 1 for name, row in goods(cast).items() if name.startswith("Thing"))
    assert verify_records(cast.context) == []


def test_what_is_sold_before_a_broken_slice_is_tried_again_stays_sold(cast: Cast) -> None:
    sent = cast.asha.post("/api/products/import", b"name,quantity,price\nToor dal,7,125\nToned milk,x,\n").json

    def break_off(
        context: Context, person: Person, wishes: Sequence[Wish], *, preview: bool, once: Once | None
    ) -> list[Outcome]:
        set_products(context, person, wishes, preview=preview, once=once)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_imports(cast.context, break_off)
    assert cast.devi.person
    an_order(cast.context, cast.devi.person, {cast.dal.id: 2})
    assert run_imports(cast.context, set_products) == 1
    row = cast.asha.get(f"/api/products/{cast.dal.id}").json
    assert (row["stock"], row["held"], row["price"]) == (5, 2, 125)
    done = cast.asha.get(f"/api/imports/{sent['id']}").json
    assert (done["status"], counts(done)) == ("done", (0, 1, 0, 1))
    changed, refused = rows_of(cast, done)
    assert changed["changes"] == [
        {"field": "price", "before": "120.00", "after": "125.00"},
        {"field": "quantity", "before": "10", "after": "7"},
    ]
    assert (refused["row"], refused["outcome"]) == (3, "refused")
    assert verify_records(cast.context) == []


def part_with(cast: Cast, user_id: str) -> None:
    assert cast.asha.delete(f"/api/shopkeeper/staff/{user_id}").status == 204


def suspend(cast: Cast, user_id: str) -> None:
    cast.context.users.change(user_id, {"suspended": True})


def let_her_do_orders_only(cast: Cast, user_id: str) -> None:
    assert cast.asha.patch(f"/api/shopkeeper/staff/{user_id}", {"permissions": ["orders"]}).status == 200


@pytest.mark.parametrize(
    ("lose", "words"),
    [
        (part_with, "does not work here any more"),
        (suspend, "is suspended now"),
        (let_her_do_orders_only, "may not change goods any more"),
    ],
)
def test_an_import_ends_where_whoever_sent_it_loses_her_rights(
    cast: Cast, lose: Callable[[Cast, str], None], words: str
) -> None:
    keeper = a_cashier(cast.context, cast.kirana, "inventory", "prices")
    bharat = signed_in(cast.context, cast.asha.port, keeper, has_permit=True)
    many = 2 * ROWS_AT_ONCE
    file = "name,quantity,category,price\n" + "".join(f"Thing {number},1,Dal,10\n" for number in range(many))
    sent = bharat.post("/api/products/import", file.encode()).json

    def set_and_lose(
        context: Context, person: Person, wishes: Sequence[Wish], *, preview: bool, once: Once | None
    ) -> list[Outcome]:
        outcomes = set_products(context, person, wishes, preview=preview, once=once)
        lose(cast, keeper.user_id)
        return outcomes

    assert run_imports(cast.context, set_and_lose) == 0
    done = cast.asha.get(f"/api/imports/{sent['id']}").json
    assert (done["status"], counts(done)) == ("failed", (ROWS_AT_ONCE, 0, 0, 0))
    assert words in done["error"]
    assert len([name for name in goods(cast) if name.startswith("Thing")]) == ROWS_AT_ONCE
    assert run_imports(cast.context, set_products) == 0, "it was given up for good"


def test_an_import_changes_prices_only_while_whoever_sent_it_may(cast: Cast) -> None:
    keeper = a_cashier(cast.context, cast.kirana, "inventory", "prices")
    bharat = signed_in(cast.context, cast.asha.port, keeper, has_permit=True)
    sent = bharat.post("/api/products/import", b"name,quantity,price\nToor dal,3,\nToned milk,,99\n").json
    assert cast.asha.patch(f"/api/shopkeeper/staff/{keeper.user_id}", {"permissions": ["inventory"]}).status == 200
    run_imports(cast.context, set_products)
    done = cast.asha.get(f"/api/imports/{sent['id']}").json
    assert (done["status"], counts(done)) == ("done", (0, 1, 0, 1))
    after = goods(cast)
    assert (after["Toor dal"]["stock"], after["Toned milk"]["price"]) == (3, 28.5)


def test_an_import_goes_on_after_whoever_sent_it_has_signed_out(cast: Cast) -> None:
    keeper = a_cashier(cast.context, cast.kirana, "inventory")
    bharat = signed_in(cast.context, cast.asha.port, keeper, has_permit=True)
    sent = bharat.post("/api/products/import", b"name,quantity\nToor dal,3\n").json
    assert bharat.post("/api/auth/logout").status < 300
    run_imports(cast.context, set_products)
    assert counts(cast.asha.get(f"/api/imports/{sent['id']}").json) == (0, 1, 0, 0)


def test_the_same_list_sent_twice_under_one_key_is_one_import(cast: Cast) -> None:
    first, again = (cast.asha.post("/api/products/import", LIST.encode(), Idempotency_Key="k") for _ in range(2))
    assert first.json["id"] == again.json["id"]
    assert run_imports(cast.context, set_products) == 1
    assert cast.asha.post("/api/products/import?preview=true", LIST.encode(), Idempotency_Key="k").status == 422
