"""The dashboard over HTTP: the shop at a glance, its reports, its customers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from shop_server.actions.read_dashboard import Customer, Period, list_customers, read_report, read_stats
from shop_server.context import Context
from shop_server.rules.analytics import LONGEST_PERIOD_DAYS, Share, label
from shop_server.web.access import shop_of
from shop_server.web.fields import OptionalDate, QueryNumber, instant, rupees
from shop_server.web.pages import next_page, page_after
from shop_server.web.reading import Answer, Query, read_query
from shop_server.web.request import Request
from shop_server.web.response import Response, json_response


class ReportQuery(Query):
    days: Annotated[QueryNumber, Field(ge=1, le=LONGEST_PERIOD_DAYS)] = 7
    from_: Annotated[OptionalDate, Field(alias="from")] = None
    to: OptionalDate = None


class CustomersQuery(Query):
    limit: str | None = None
    cursor: str | None = None


class StatsAnswer(Answer):
    today_sales: float
    today_orders: int
    total_products: int
    low_stock_count: int
    out_of_stock: int
    total_customers: int
    total_orders: int
    total_revenue: float
    to_confirm: int
    expiring_soon: int
    profit_today: float
    month_sales: float
    previous_month_sales: float


class TopProduct(Answer):
    id: str
    name: str
    quantity: int
    revenue: float


class StockRow(Answer):
    id: str
    name: str
    stock: int


class ShareRow(Answer):
    id: str
    name: str
    share: float


class CategoryShares(Answer):
    category: str
    products: list[ShareRow]


class ReportAnswer(Answer):
    days: list[date]
    sales_labels: list[str]
    sales_data: list[float]
    orders_data: list[int]
    category_labels: list[str]
    category_data: list[int]
    category_revenue: list[float]
    top_products: list[TopProduct]
    stock_by_product: list[StockRow]
    weekday_orders: list[int]
    hour_orders: list[int]
    payment_mix: dict[str, int]
    product_share: list[ShareRow]
    category_product_share: list[CategoryShares]
    profit: float
    executed_orders: int


class CustomerRow(Answer):
    id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    address: str
    city: str
    pincode: str
    date_of_birth: date | None
    total_orders: int
    total_spent: float
    last_order_at: datetime | None
    created_at: datetime


def stats(request: Request, context: Context) -> Response:
    found = read_stats(context, shop_of(request))
    return json_response(
        {
            "todaySales": rupees(found.today_sales_paise),
            "todayOrders": found.today_orders,
            "totalProducts": found.total_products,
            "lowStockCount": found.low_stock_count,
            "outOfStock": found.out_of_stock,
            "totalCustomers": found.total_customers,
            "totalOrders": found.total_orders,
            "totalRevenue": rupees(found.total_revenue_paise),
            "toConfirm": found.to_confirm,
            "expiringSoon": found.expiring_soon,
            "profitToday": rupees(found.profit_today_paise),
            "monthSales": rupees(found.month_sales_paise),
            "previousMonthSales": rupees(found.previous_month_sales_paise),
        }
    )


def report(request: Request, context: Context) -> Response:
    query = read_query(request, ReportQuery)
    period = Period(
        query.days,
        query.from_.isoformat() if query.from_ else None,
        query.to.isoformat() if query.to else None,
    )
    found, lowest = read_report(context, shop_of(request), period)
    return json_response(
        {
            "days": found.days,
            "salesLabels": [label(day) for day in found.days],
            "salesData": [rupees(paise) for paise in found.sales_paise],
            "ordersData": found.orders,
            "categoryLabels": [category.name for category in found.categories],
            "categoryData": [category.products for category in found.categories],
            "categoryRevenue": [rupees(category.revenue_paise) for category in found.categories],
            "topProducts": [
                {
                    "id": sold.product_id,
                    "name": sold.name,
                    "quantity": sold.quantity,
                    "revenue": rupees(sold.revenue_paise),
                }
                for sold in found.top_products
            ],
            "stockByProduct": [{"id": product.id, "name": product.name, "stock": product.stock} for product in lowest],
            "weekdayOrders": found.weekday_orders,
            "hourOrders": found.hour_orders,
            "paymentMix": found.orders_by_method,
            "productShare": [_share(share) for share in found.shares],
            "categoryProductShare": [
                {"category": category.name, "products": [_share(share) for share in category.shares]}
                for category in found.categories
            ],
            "profit": rupees(found.profit_paise),
            "executedOrders": found.executed,
        }
    )


def show_customers(request: Request, context: Context) -> Response:
    limit, after = page_after(request)
    found = list_customers(context, shop_of(request), limit + 1, after)
    customers, headers = next_page(request, found, limit, lambda customer: customer.since)
    return json_response([_customer(customer) for customer in customers], headers=headers)


def _share(share: Share) -> dict[str, Any]:
    return {"id": share.product_id, "name": share.name, "share": share.percent}


def _customer(customer: Customer) -> dict[str, Any]:
    """A customer who has closed her account is without a name; what she bought stays."""
    user = customer.user
    return {
        "id": customer.id,
        "firstName": user.first_name if user else "",
        "lastName": user.last_name if user else "",
        "email": user.email if user else "",
        "phone": user.phone if user else "",
        "address": user.address if user else "",
        "city": user.city if user else "",
        "pincode": user.pincode if user else "",
        "dateOfBirth": user.date_of_birth if user else None,
        "totalOrders": customer.orders,
        "totalSpent": rupees(customer.spent_paise),
        "lastOrderAt": instant(customer.last_order_at) if customer.last_order_at else None,
        "createdAt": instant(user.created_at if user else customer.since),
    }
