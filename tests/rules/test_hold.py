"""What an order keeps from sale: all of its lines, or none."""

from __future__ import annotations

import pytest

from shop_server.errors import Conflict, OutOfStock
from shop_server.rules import hold
from shop_server.rules.order import Line
from shop_server.rules.product import WEIGHT, Product
from tests.rules.shelf import MORNING, TODAY, TOMORROW, YESTERDAY, a_batch, a_cause, a_line, a_product, sums


def dal_and_rice(dal: int = 10, rice: int = 10, held: int = 0) -> dict[str, Product]:
    return {
        "dal": a_product(a_batch("d", dal, TOMORROW, cost_paise=90_00), held=held, id_="dal"),
        "rice": a_product(a_batch("r", rice, cost_paise=40_00), held=held, id_="rice", name="Rice", price_paise=60_00),
    }


def lines_of(products: dict[str, Product], quantity: int) -> tuple[Line, ...]:
    return tuple(a_line(product, quantity) for product in products.values())


def test_the_same_product_on_two_lines_is_summed_in_the_order_it_was_asked_for() -> None:
    assert list(hold.quantities([("rice", 1), ("dal", 2), ("rice", 3)]).items()) == [("rice", 4), ("dal", 2)]


def test_two_lines_of_one_product_cannot_take_more_than_there_is() -> None:
    with pytest.raises(OutOfStock):
        hold.hold_all(hold.quantities([("dal", 6), ("dal", 6)]), dal_and_rice(), a_cause())


def test_every_line_is_held() -> None:
    goods = hold.hold_all({"dal": 3, "rice": 10}, dal_and_rice(), a_cause())

    assert {id_: (product.stock, product.held) for id_, product in goods.products.items()} == {
        "dal": (7, 3),
        "rice": (0, 10),
    }
    assert sums(goods.movements) == (-13, 13)


def test_names_every_short_line_at_once() -> None:
    products = {
        **dal_and_rice(dal=2, rice=0),
        "ghee": a_product(a_batch("g", 300), id_="ghee", name="Ghee", sold_by=WEIGHT),
    }

    with pytest.raises(OutOfStock) as refused:
        hold.hold_all({"dal": 3, "rice": 1, "ghee": 500}, products, a_cause())

    assert refused.value.detail == "Only 2 of Toor dal left. Rice is sold out. Only 300 g of Ghee left."
    assert refused.value.extra["lines"] == [
        {"id": "dal", "requested": 3, "available": 2},
        {"id": "rice", "requested": 1, "available": 0},
        {"id": "ghee", "requested": 500, "available": 300},
    ]


def test_what_was_taken_from_sale_cannot_be_had_however_much_of_it_lies_there() -> None:
    products = {"dal": a_product(a_batch("d", 10), deleted_at=MORNING)}

    with pytest.raises(OutOfStock, match="Toor dal is sold out"):
        hold.hold_all({"dal": 1}, products, a_cause())


def test_refuses_order_when_only_expired_batches_remain() -> None:
    with pytest.raises(OutOfStock, match="Toor dal is sold out"):
        hold.hold_all({"dal": 1}, {"dal": a_product(a_batch("d", 10, YESTERDAY))}, a_cause())


def test_releasing_gives_back_exactly_what_was_held() -> None:
    before = dal_and_rice()
    held = hold.hold_all({"dal": 4, "rice": 4}, before, a_cause())

    goods = hold.release_all(lines_of(before, 4), held.products, a_cause("order:2"))

    assert {id_: (product.stock, product.held) for id_, product in goods.products.items()} == {
        "dal": (10, 0),
        "rice": (10, 0),
    }
    assert sums(held.movements + goods.movements) == (0, 0)


def test_packing_takes_all_lines_out_of_their_batches_and_notes_what_they_cost() -> None:
    products = dal_and_rice(held=4)

    packed = hold.pack_all(lines_of(products, 4), products, a_cause())

    assert [(line.quantity, line.cost_paise, [pick.batch_id for pick in line.picks]) for line in packed.lines] == [
        (4, 4 * 90_00, ["d"]),
        (4, 4 * 40_00, ["r"]),
    ]
    assert packed.missing == {}
    assert all(product.held == 0 for product in packed.goods.products.values())


def test_packing_shortens_a_line_of_which_some_has_expired_and_drops_one_that_has_gone() -> None:
    products = {
        "dal": a_product(a_batch("old", 3, YESTERDAY), a_batch("new", 2, TOMORROW), held=5, id_="dal"),
        "rice": a_product(a_batch("r", 5, YESTERDAY), held=5, id_="rice", name="Rice"),
        "ghee": a_product(a_batch("g", 5, TODAY), held=5, id_="ghee", name="Ghee"),
    }

    packed = hold.pack_all(lines_of(products, 5), products, a_cause())

    assert [(line.product_id, line.quantity, line.line_total_paise) for line in packed.lines] == [
        ("dal", 2, 2 * 120_00),
        ("ghee", 5, 5 * 120_00),
    ]
    assert packed.missing == {"dal": 3, "rice": 5}
    assert {id_: (product.stock, product.held) for id_, product in packed.goods.products.items()} == dict.fromkeys(
        products, (0, 0)
    )


def test_refuses_to_pack_an_order_of_which_nothing_is_good_any_more() -> None:
    products = {"dal": a_product(a_batch("old", 3, YESTERDAY), held=3)}

    with pytest.raises(Conflict, match="Cancel it"):
        hold.pack_all(lines_of(products, 3), products, a_cause())


def test_what_was_packed_comes_back_as_it_was() -> None:
    before = dal_and_rice(held=4)
    packed = hold.pack_all(lines_of(before, 4), before, a_cause())

    goods = hold.take_back_all(packed.lines, packed.goods.products, a_cause("order:2"))

    for id_, product in goods.products.items():
        assert product.batches == before[id_].batches
        assert (product.stock, product.held) == (10, 0)
