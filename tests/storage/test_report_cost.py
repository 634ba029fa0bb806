"""The dashboard's cost follows what it shows: an archive three times as long makes it look at not one row more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.database import Database

from shop_server.actions.read_dashboard import Period, list_customers, read_report, read_stats
from shop_server.actions.roll_up import roll_up
from shop_server.context import Context
from shop_server.rules.shop import Shop
from shop_server.rules.shop_time import add_days
from tests.builders import a_customer, a_product, a_shop, an_order, new_id
from tests.fake_clock import FakeClock

Records = Database[dict[str, Any]]
TODAY = "2026-11-02"


def cost_of(records: Records, read: Callable[[], Any]) -> dict[str, int]:
    """How many keys and documents of each collection mongod looks at when this is read not for the first time."""
    read()
    records.command("profile", 2)
    try:
        read()
    finally:
        records.command("profile", 0)
    cost: dict[str, int] = {}
    for row in records["system.profile"].find({"op": {"$in": ["query", "command"]}}):
        collection = row["ns"].partition(".")[2]
        cost[collection] = cost.get(collection, 0) + row.get("keysExamined", 0) + row.get("docsExamined", 0)
    records.drop_collection("system.profile")
    assert cost
    return cost


def lengthen(records: Records, first: int, last: int) -> None:
    """Copies today's orders to each of the days that lie so many days back."""
    rows = list(records["orders"].find({"business_day": TODAY}))
    for back in range(first, last):
        earlier = {"business_day": add_days(TODAY, -back)}
        records["orders"].insert_many(
            [{**row, **earlier, "_id": new_id(), "placed_at": row["placed_at"] - timedelta(days=back)} for row in rows]
        )


def a_busy_shop(context: Context) -> Shop:
    shop = a_shop(context)
    goods = [a_product(context, shop, f"Product {number}", stock=50) for number in range(4)]
    for number in range(5):
        customer = a_customer(context, f"Customer {number}")
        an_order(context, customer, {product.id: 1 for product in goods[: number + 1]})
    return shop


def test_looks_at_as_much_in_a_long_archive_as_in_a_short_one(
    context: Context, clock: FakeClock, database: Records
) -> None:
    clock.set(datetime(2026, 11, 2, 6, 0, tzinfo=UTC))
    shop = a_busy_shop(context)

    def costs() -> list[dict[str, int]]:
        return [
            cost_of(database, lambda: read_stats(context, shop.id)),
            cost_of(database, lambda: read_report(context, shop.id, Period(7))),
            cost_of(database, lambda: list_customers(context, shop.id, 25, None)),
        ]

    # Both archives reach over the whole month before, of which the stats tell.
    lengthen(database, 1, 35)
    roll_up(context, clock.now())
    short = costs()
    lengthen(database, 35, 100)
    for name in ("analytics", "shop_totals", "shop_customers"):
        database[name].delete_many({})
    roll_up(context, clock.now())

    assert costs() == short
    assert read_stats(context, shop.id).total_orders == 100 * 5
