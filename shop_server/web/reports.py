"""Sales by product and by category, and the report of a month, over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from shop_server.actions.read_sales import print_monthly_report, read_sales
from shop_server.context import Context
from shop_server.rules import person as people
from shop_server.web.access import Access, asker, shop_of
from shop_server.web.fields import OptionalDate, blank_is_absent, rupees
from shop_server.web.reading import Answer, Query, read_query
from shop_server.web.request import Request
from shop_server.web.response import Response, json_response

MOST_ROWS = 200

READS_REPORTS = Access(
    "customers, the shopkeeper, and staff allowed: reports",
    lambda person: person.role == people.CUSTOMER or person.may("reports"),
)


class SalesQuery(Query):
    """Two of the shop's days; the last 30 unless said."""

    from_: Annotated[OptionalDate, Field(alias="from")] = None
    to: OptionalDate = None


class MonthQuery(Query):
    """A month as 2026-10; the last one that is over unless said."""

    month: Annotated[Annotated[str, Field(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$")] | None, blank_is_absent] = (
        None
    )


class ProductSalesRow(Answer):
    """`quantity` is pieces, or grams when sold by weight; the shares are in percent of all and of its category."""

    id: str
    name: str
    category: str
    sold_by: Literal["piece", "weight"]
    orders: int
    quantity: int
    revenue: float
    profit: float
    share: float
    category_share: float


class CategorySalesRow(Answer):
    """`products` is how many different ones were sold."""

    id: str
    name: str
    products: int
    revenue: float
    profit: float
    share: float


class SalesAnswer(Answer):
    """Best first. Of very many products only the best are here (`productCount` says how many); an export has all."""

    from_: Annotated[date, Field(alias="from")]
    to: date
    revenue: float
    profit: float
    product_count: int
    products: list[ProductSalesRow]
    categories: list[CategorySalesRow]


def sales(request: Request, context: Context) -> Response:
    query = read_query(request, SalesQuery)
    first, last, found = read_sales(context, shop_of(request), _iso(query.from_), _iso(query.to))
    answer: dict[str, Any] = {
        "from": first,
        "to": last,
        "revenue": rupees(found.revenue_paise),
        "profit": rupees(found.profit_paise),
        "productCount": len(found.products),
        "products": [
            {
                "id": row.goods.product_id,
                "name": row.goods.name,
                "category": row.goods.category,
                "soldBy": row.goods.sold_by,
                "orders": row.goods.orders,
                "quantity": row.goods.quantity,
                "revenue": rupees(row.goods.revenue_paise),
                "profit": rupees(row.goods.profit_paise),
                "share": row.share,
                "categoryShare": row.category_share,
            }
            for row in found.products[:MOST_ROWS]
        ],
        "categories": [
            {
                "id": row.category_id,
                "name": row.name,
                "products": row.products,
                "revenue": rupees(row.revenue_paise),
                "profit": rupees(row.profit_paise),
                "share": row.share,
            }
            for row in found.categories
        ],
    }
    return json_response(answer)


def monthly(request: Request, context: Context) -> Response:
    month = read_query(request, MonthQuery).month
    page = print_monthly_report(context, asker(request), month, request.path)
    return Response(200, page.encode(), {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"})


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
