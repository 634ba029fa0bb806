"""Low stock is told once per crossing, not again and again."""

from __future__ import annotations

from shop_server.actions.notice_low_stock import notice_low_stock
from shop_server.actions.read_notices import list_notices
from shop_server.context import Context
from shop_server.rules.person import Person
from shop_server.rules.shop import Shop
from tests.builders import a_batch, a_customer, a_product, a_shop, a_shopkeeper, an_order


def texts(context: Context, asha: Person) -> list[str]:
    return [notice.text for notice in list_notices(context, asha, 50, None) if notice.kind == "stock"]


def a_kirana(context: Context, low_stock_at: int = 3) -> tuple[Shop, Person]:
    shop = a_shop(context, low_stock_at=low_stock_at)
    return shop, a_shopkeeper(context, shop)


def test_tells_once_when_a_product_runs_low_and_again_after_it_was_restocked(context: Context) -> None:
    shop, asha = a_kirana(context)
    dal = a_product(context, shop, "Toor dal", stock=5)
    devi = a_customer(context)
    assert notice_low_stock(context) == 0

    an_order(context, devi, {dal.id: 2})
    assert [notice_low_stock(context) for _ in range(3)] == [1, 0, 0]
    an_order(context, devi, {dal.id: 1})
    assert notice_low_stock(context) == 0
    assert texts(context, asha) == ["Running low: Toor dal (3 left)."]

    a_batch(context, shop, dal.id, 10)
    assert notice_low_stock(context) == 0
    an_order(context, devi, {dal.id: 12})
    assert notice_low_stock(context) == 1
    assert sorted(texts(context, asha)) == ["Running low: Toor dal (3 left).", "Running low: Toor dal (sold out)."]


def test_a_product_has_its_own_level_when_it_was_given_one(context: Context) -> None:
    shop, asha = a_kirana(context)
    a_product(context, shop, "Rice", stock=50, low_stock_at=50, sold_by="weight")
    a_product(context, shop, "Salt", stock=3, low_stock_at=2)

    assert notice_low_stock(context) == 1
    assert texts(context, asha) == ["Running low: Rice (50 g left)."]


def test_many_at_once_are_one_notice(context: Context) -> None:
    shop, asha = a_kirana(context)
    for number in range(5):
        a_product(context, shop, f"Product {number}", stock=number % 2)

    assert notice_low_stock(context) == 5
    (text,) = texts(context, asha)
    assert text.startswith("Running low: Product ")
    assert text.endswith(" and 2 more.")


def test_each_shop_hears_of_its_own(context: Context) -> None:
    _, asha = a_kirana(context)
    rival = a_shop(context, "Chitra Stores")
    a_product(context, rival, "Tea", stock=0)
    chitra = a_shopkeeper(context, rival, "Chitra")

    notice_low_stock(context)
    assert texts(context, asha) == []
    assert texts(context, chitra) == ["Running low: Tea (sold out)."]
