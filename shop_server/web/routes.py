"""The whole URL table of the shop: who may ask what, and which page of code answers."""

from __future__ import annotations

from shop_server.web import cart, orders, payments
from shop_server.web.access import CUSTOMER, OWNER, SIGNED_IN, shopkeeper
from shop_server.web.router import Route

ROUTES: tuple[Route, ...] = (
    # Orders
    Route(
        "POST", "/api/orders", orders.place, access=CUSTOMER, status=201,
        body=orders.PlaceOrderBody, answer=orders.PlacedAnswer, summary="Place an order",
    ),
    Route(
        "GET", "/api/orders/{id}", orders.show, access=SIGNED_IN,
        answer=orders.OrderAnswer, summary="One order",
    ),
    Route(
        "PATCH", "/api/orders/{id}", orders.change, access=CUSTOMER,
        body=orders.ChangeOrderBody, answer=orders.OrderAnswer, summary="Change an order's items",
    ),
    Route(
        "POST", "/api/orders/{id}/cancellation", orders.cancel, access=SIGNED_IN,
        body=orders.CancelBody, answer=orders.OrderAnswer, summary="Cancel an order",
    ),
    Route(
        "POST", "/api/orders/{id}/return", orders.ask_return, access=CUSTOMER,
        body=orders.CancelBody, answer=orders.OrderAnswer, summary="Ask to return a delivered order",
    ),
    Route(
        "PUT", "/api/orders/{id}/status", orders.move, access=shopkeeper("orders"),
        body=orders.MoveBody, answer=orders.OrderAnswer, summary="The next step of an order",
    ),
    Route(
        "POST", "/api/orders/{id}/reorder", orders.order_again, access=CUSTOMER,
        answer=orders.ReorderAnswer, summary="An old order as a new cart",
    ),
    Route(
        "GET", "/api/customer/orders", orders.list_mine, access=CUSTOMER,
        query=orders.CustomerOrdersQuery, answer=list[orders.OrderRow], summary="My orders",
    ),
    Route(
        "GET", "/api/shopkeeper/orders", orders.list_shop, access=shopkeeper("orders"),
        query=orders.ShopOrdersQuery, answer=list[orders.ShopOrderRow], summary="The shop's orders",
    ),
    Route("GET", "/api/cart", cart.show, access=CUSTOMER, answer=cart.CartAnswer, summary="My cart"),
    Route(
        "PUT", "/api/cart", cart.keep, access=CUSTOMER,
        body=cart.CartBody, answer=cart.CartAnswer, summary="Keep my cart",
    ),
    # Payment
    Route(
        "GET", "/api/orders/{id}/payment", payments.show, access=SIGNED_IN,
        answer=payments.PaymentAnswer, summary="What is owed, and how to pay it",
    ),
    Route(
        "GET", "/api/orders/{id}/payment/qr.svg", payments.show_qr, access=SIGNED_IN,
        answer_type="image/svg+xml", summary="The QR to scan",
    ),
    Route(
        "POST", "/api/orders/{id}/payment/claim", payments.claim, access=CUSTOMER,
        body=payments.ClaimBody, answer=payments.PaymentAnswer, summary="I have paid: the UTR",
    ),
    Route(
        "POST", "/api/orders/{id}/payment/confirmation", payments.confirm, access=shopkeeper("payments"),
        body=payments.ConfirmBody, answer=payments.MovedAnswer, summary="The money is there",
    ),
    Route(
        "POST", "/api/orders/{id}/payment/rejection", payments.reject, access=shopkeeper("payments"),
        body=payments.RejectBody, answer=payments.MovedAnswer, summary="The money did not come",
    ),
    Route(
        "POST", "/api/orders/{id}/payment/refund", payments.refund, access=shopkeeper("payments"),
        body=payments.RefundBody, answer=payments.MovedAnswer, summary="The money was paid back",
    ),
    Route(
        "GET", "/api/shopkeeper/payments", payments.list_at_desk, access=shopkeeper("payments"),
        query=payments.DeskQuery, answer=list[payments.DeskRow], summary="The payment desk",
    ),
    Route(
        "GET", "/api/shopkeeper/payments/log", payments.list_log, access=OWNER,
        query=payments.LogQuery, answer=list[payments.LogRow], summary="The sealed payment log",
    ),
    Route(
        "GET", "/api/shopkeeper/payments/log/verification", payments.verify_log, access=OWNER,
        answer=payments.LogVerdict, summary="Is the log whole?",
    ),
)  # fmt: skip
