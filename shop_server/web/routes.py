"""The whole URL table of the shop: who may ask what, and which page of code answers."""

from __future__ import annotations

from shop_server.web import (
    account_codes,
    account_forms,
    accounts,
    admin,
    admin_forms,
    audit,
    cart,
    categories,
    category_requests,
    dashboard,
    exports,
    imports,
    mails,
    notices,
    order_forms,
    orders,
    papers,
    payments,
    pictures,
    product_forms,
    product_history,
    products,
    reports,
    shop_forms,
    shops,
    staff,
    stock,
)
from shop_server.web.access import (
    ADMIN,
    CUSTOMER,
    GOODS_OR_PRICES,
    KEEPS_GOODS,
    OWNER,
    SHOP,
    SIGNED_IN,
    STOCKING,
    shopkeeper,
)
from shop_server.web.catalogue_cache import CatalogueCache
from shop_server.web.pages import PageQuery
from shop_server.web.router import IMPORT_BODY_LIMIT, PICTURE_BODY_LIMIT, Route

ROUTES: tuple[Route, ...] = (
    # Accounts
    Route(
        "POST", "/api/auth/register", accounts.open_account, status=201, body_limit=PICTURE_BODY_LIMIT,
        body=account_forms.RegisterBody, answer=account_forms.SignedInAnswer, summary="Open an account",
    ),
    Route(
        "POST", "/api/auth/login", accounts.login,
        body=account_forms.LoginBody, answer=account_forms.SignedInAnswer, summary="Sign in",
    ),
    Route(
        "POST", "/api/auth/refresh", accounts.refresh,
        body=account_forms.RefreshBody, answer=account_forms.SignedInAnswer, summary="Stay signed in",
    ),
    Route("POST", "/api/auth/logout", accounts.logout, access=SIGNED_IN, status=204, summary="Sign out"),
    Route(
        "GET", "/api/auth/me", accounts.me, access=SIGNED_IN,
        answer=account_forms.MeAnswer, summary="Who am I?",
    ),
    Route(
        "PATCH", "/api/account", accounts.change, access=SIGNED_IN,
        body=account_forms.ProfileBody, answer=account_forms.ProfileAnswer, summary="Change my profile",
    ),
    Route(
        "PUT", "/api/account/password", accounts.replace_password, access=SIGNED_IN, status=204,
        body=account_forms.PasswordBody, summary="Change my password",
    ),
    Route(
        "GET", "/api/account", accounts.show_own, access=SIGNED_IN,
        answer=account_forms.ProfileAnswer, summary="My account",
    ),
    Route(
        "DELETE", "/api/account", accounts.leave, access=SIGNED_IN, status=204,
        body=account_forms.LeaveBody, summary="Delete my account",
    ),
    Route(
        "POST", "/api/auth/forgot-password", account_codes.forgot, status=202,
        body=account_codes.ForgotBody, answer=account_codes.MailedAnswer, summary="Mail me a code for a new password",
    ),
    Route(
        "POST", "/api/auth/reset-password", account_codes.reset, status=204,
        body=account_codes.ResetBody, summary="Set a new password with a code",
    ),
    Route(
        "POST", "/api/unsubscribe/{token}", account_codes.unsubscribe,
        answer=account_codes.MailedAnswer, summary="No more reminders, by the link in one",
    ),
    Route(
        "GET", "/api/unsubscribe/{token}", account_codes.open_unsubscribe, answer_type="text/html",
        summary="The page of that link",
    ),
    Route(
        "POST", "/api/account/email/code", account_codes.prove, access=SIGNED_IN, status=202,
        answer=account_codes.MailedAnswer, summary="Mail me a code to confirm my address",
    ),
    Route(
        "POST", "/api/account/email", account_codes.change_email, access=SIGNED_IN, status=202,
        body=account_codes.EmailBody, answer=account_codes.MailedAnswer, summary="Change my email address",
    ),
    Route(
        "POST", "/api/account/email/confirmation", account_codes.take_email_code, access=SIGNED_IN,
        body=account_codes.CodeBody, answer=account_forms.ProfileAnswer, summary="Confirm my email address",
    ),
    Route(
        "POST", "/api/account/phone", account_codes.change_phone, access=SIGNED_IN, status=202,
        body=account_codes.PhoneBody, answer=account_codes.MailedAnswer, summary="Change my phone number",
    ),
    Route(
        "POST", "/api/account/phone/confirmation", account_codes.take_phone_code, access=SIGNED_IN,
        body=account_codes.CodeBody, answer=account_forms.ProfileAnswer, summary="Confirm my phone number",
    ),
    Route(
        "GET", "/api/account/sessions", accounts.list_mine, access=SIGNED_IN,
        query=PageQuery, answer=list[account_forms.SessionAnswer], summary="Where I am signed in",
    ),
    Route(
        "DELETE", "/api/account/sessions/{id}", accounts.end_one, access=SIGNED_IN, status=204,
        summary="Sign out somewhere",
    ),
    Route(
        "GET", "/api/customer/profile", accounts.show_customer, access=CUSTOMER,
        answer=account_forms.CustomerProfileAnswer, summary="My profile",
    ),
    # Staff
    Route(
        "GET", "/api/shopkeeper/staff", staff.show_list, access=OWNER,
        query=PageQuery, answer=list[staff.StaffRow], summary="Who works here, and who is invited",
    ),
    Route(
        "POST", "/api/shopkeeper/staff", staff.ask_in, access=OWNER, status=201,
        body=staff.InviteBody, answer=staff.StaffRow, summary="Invite somebody to work here",
    ),
    Route(
        "PATCH", "/api/shopkeeper/staff/{id}", staff.change, access=OWNER,
        body=staff.PermissionsBody, answer=staff.StaffRow, summary="What somebody may do",
    ),
    Route(
        "DELETE", "/api/shopkeeper/staff/{id}", staff.remove, access=OWNER, status=204,
        summary="Part from somebody, or take an invitation back",
    ),
    Route(
        "POST", "/api/staff/invitations/accept", staff.accept, status=201,
        body=staff.AcceptBody, answer=account_forms.SignedInAnswer, summary="Accept an invitation",
    ),
    Route(
        "POST", "/api/staff/permits", staff.ask_permit, access=KEEPS_GOODS, status=202,
        answer=staff.PermitAskedAnswer, summary="Ask to write the goods",
    ),
    Route(
        "POST", "/api/staff/permits/confirm", staff.give_permit, access=KEEPS_GOODS,
        body=account_codes.CodeBody, answer=staff.PermitAnswer, summary="Write the goods with the shopkeeper's code",
    ),
    # Shops
    Route(
        "GET", "/api/shops", shops.list_all,
        query=PageQuery, answer=list[shop_forms.ShopRow], summary="All shops",
    ),
    Route("GET", "/api/shops/{id}", shops.show, answer=shop_forms.ShopAnswer, summary="One shop"),
    Route(
        "GET", "/api/shopkeeper/shop", shops.show_own, access=shopkeeper("settings"),
        answer=shop_forms.OwnShopAnswer, summary="My shop's settings",
    ),
    Route(
        "PUT", "/api/shopkeeper/shop", shops.change_own, access=shopkeeper("settings"),
        body=shop_forms.ShopBody, answer=shop_forms.OwnShopAnswer, summary="Change my shop's settings",
    ),
    Route(
        "GET", "/api/shop/qr", shops.show_qr, access=SIGNED_IN,
        query=shop_forms.QrQuery, answer=shop_forms.QrAnswer, summary="A shop's QR to pay",
    ),
    Route(
        "PUT", "/api/shopkeeper/update-qr", shops.change_own_qr, access=OWNER,
        body_limit=PICTURE_BODY_LIMIT, body=shop_forms.QrBody, answer=shop_forms.ChangedQrAnswer,
        summary="Where customers pay",
    ),
    Route(
        "GET", "/api/shopkeeper/address", shops.show_reach, access=shopkeeper("settings"),
        answer=shop_forms.ReachAnswer, summary="How customers' phones reach the shop",
    ),
    # Catalogue; what visitors read of it is in `all_routes`
    Route(
        "POST", "/api/categories", categories.add, access=OWNER, status=201,
        body=product_forms.CategoryBody, answer=product_forms.CategoryRow, summary="Make a category",
    ),
    Route(
        "PUT", "/api/categories/{id}", categories.rename, access=OWNER,
        body=product_forms.CategoryBody, answer=product_forms.CategoryRow, summary="Rename a category",
    ),
    Route(
        "DELETE", "/api/categories/{id}", categories.remove, access=OWNER,
        answer=product_forms.DeletedCategoryAnswer, summary="Delete a category and take its products from sale",
    ),
    Route(
        "POST", "/api/category-requests", category_requests.ask, access=KEEPS_GOODS, status=201,
        body=product_forms.CategoryBody, answer=category_requests.CategoryRequestRow, summary="Ask for a category",
    ),
    Route(
        "GET", "/api/category-requests", category_requests.show_list, access=shopkeeper("inventory"),
        query=category_requests.RequestsQuery, answer=list[category_requests.CategoryRequestRow],
        summary="What categories staff have asked for",
    ),
    Route(
        "PUT", "/api/category-requests/{id}", category_requests.answer, access=OWNER,
        body=category_requests.AnswerBody, answer=category_requests.CategoryRequestRow,
        summary="Approve or decline a category",
    ),
    Route(
        "POST", "/api/products", products.add, access=STOCKING, status=201,
        body=product_forms.NewProductBody, answer=product_forms.ProductRow, summary="Enter a product",
    ),
    Route(
        "PATCH", "/api/products", products.change_many, access=GOODS_OR_PRICES,
        body=product_forms.ChangeManyBody, answer=list[product_forms.ChangedRow], summary="Change many products",
    ),
    Route(
        "POST", "/api/products/import", imports.order, access=STOCKING, status=202, body_limit=IMPORT_BODY_LIMIT,
        body=imports.ImportBody, query=imports.ImportQuery, answer=imports.ImportAnswer, summary="Bring a list of goods",
    ),
    Route(
        "GET", "/api/imports/{id}", imports.show, access=shopkeeper("inventory"),
        answer=imports.ImportAnswer, summary="How far a list is",
    ),
    Route(
        "GET", "/api/imports/{id}/rows", imports.show_rows, access=shopkeeper("inventory"),
        query=imports.RowsQuery, answer=list[imports.ImportRow], summary="What became of each row",
    ),
    Route(
        "GET", "/api/products/export.csv", exports.fetch_inventory, access=shopkeeper("inventory"),
        query=exports.FileQuery, answer_type="text/csv", summary="The inventory, for a spreadsheet program",
    ),
    Route(
        "PUT", "/api/products/{id}", products.change, access=GOODS_OR_PRICES,
        body=product_forms.ChangeProductBody, answer=product_forms.ChangedAnswer, summary="Change a product",
    ),
    Route(
        "DELETE", "/api/products/{id}", products.remove, access=STOCKING,
        answer=product_forms.DeletedAnswer, summary="Take a product from sale",
    ),
    Route(
        "PUT", "/api/products/{id}/image", products.put_picture, access=STOCKING,
        body=product_forms.PictureBody, body_limit=PICTURE_BODY_LIMIT,
        answer=product_forms.PictureAnswer, summary="Give a product a picture",
    ),
    Route(
        "POST", "/api/products/{id}/back-in-stock", products.tell_when_back, access=SIGNED_IN, status=201,
        answer=product_forms.ToldWhenBackAnswer, summary="Tell me when it is back",
    ),
    Route(
        "POST", "/api/products/{id}/batches", stock.receive, access=STOCKING, status=201,
        body=product_forms.BatchBody, answer=product_forms.ProductRow, summary="Receive a batch",
    ),
    Route(
        "PATCH", "/api/products/{id}/batches/{batch_id}", stock.edit_batch, access=STOCKING,
        body=product_forms.ChangeBatchBody, answer=product_forms.ProductRow, summary="Correct a batch",
    ),
    Route(
        "POST", "/api/products/{id}/counts", stock.count, access=STOCKING, status=201,
        body=product_forms.CountBody, answer=product_forms.ProductRow, summary="Count what lies on the shelf",
    ),
    Route(
        "POST", "/api/products/{id}/wastage", stock.waste, access=STOCKING, status=201,
        body=product_forms.WastageBody, answer=product_forms.ProductRow, summary="Write off what is spoilt",
    ),
    Route(
        "GET", "/api/products/{id}/movements", stock.list_book, access=shopkeeper("inventory"),
        query=PageQuery, answer=list[product_forms.MovementRow], summary="A product's stock book",
    ),
    Route(
        "GET", "/api/products/{id}/history", product_history.show, access=shopkeeper("inventory"),
        query=PageQuery, answer=list[product_history.DeedRow], summary="Who did what to a product",
    ),
    Route(
        "GET", "/api/pictures/{id}/{size}", pictures.show, answer_type="image/webp", summary="A product's picture",
    ),
    # Orders
    Route(
        "POST", "/api/orders", orders.place, access=CUSTOMER, status=201,
        body=order_forms.PlaceOrderBody, answer=order_forms.PlacedAnswer, summary="Place an order",
    ),
    Route(
        "GET", "/api/orders/{id}", orders.show, access=SIGNED_IN,
        answer=order_forms.OrderAnswer, summary="One order",
    ),
    Route(
        "PATCH", "/api/orders/{id}", orders.change, access=CUSTOMER,
        body=order_forms.ChangeOrderBody, answer=order_forms.OrderAnswer, summary="Change an order's items",
    ),
    Route(
        "POST", "/api/orders/{id}/cancellation", orders.cancel, access=SIGNED_IN,
        body=order_forms.CancelBody, answer=order_forms.OrderAnswer, summary="Cancel an order",
    ),
    Route(
        "POST", "/api/orders/{id}/return", orders.ask_return, access=CUSTOMER,
        body=order_forms.CancelBody, answer=order_forms.OrderAnswer, summary="Ask to return a delivered order",
    ),
    Route(
        "PUT", "/api/orders/{id}/status", orders.move, access=shopkeeper("orders"),
        body=order_forms.MoveBody, answer=order_forms.OrderAnswer, summary="The next step of an order",
    ),
    Route(
        "POST", "/api/orders/{id}/reorder", orders.order_again, access=CUSTOMER,
        answer=order_forms.ReorderAnswer, summary="An old order as a new cart",
    ),
    Route(
        "GET", "/api/orders/{id}/invoice", papers.show_invoice, access=SIGNED_IN, query=papers.PaperQuery,
        answer_type="text/html", summary="An order's bill, to print",
    ),
    Route(
        "GET", "/api/orders/{id}/credit-note", papers.show_credit_note, access=SIGNED_IN, query=papers.PaperQuery,
        answer_type="text/html", summary="An order's credit note, to print",
    ),
    Route(
        "GET", "/api/customer/orders", orders.list_mine, access=CUSTOMER,
        query=order_forms.CustomerOrdersQuery, answer=list[order_forms.OrderRow], summary="My orders",
    ),
    Route(
        "GET", "/api/shopkeeper/orders", orders.list_shop, access=shopkeeper("orders"),
        query=order_forms.ShopOrdersQuery, answer=list[order_forms.ShopOrderRow], summary="The shop's orders",
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
    # Dashboard
    Route(
        "GET", "/api/shopkeeper/stats", dashboard.stats, access=SHOP,
        answer=dashboard.StatsAnswer, summary="The shop at a glance",
    ),
    Route(
        "GET", "/api/shopkeeper/analytics", dashboard.report, access=shopkeeper("reports"),
        query=dashboard.ReportQuery, answer=dashboard.ReportAnswer, summary="What was sold over some days",
    ),
    Route(
        "GET", "/api/shopkeeper/sales", reports.sales, access=shopkeeper("reports"),
        query=reports.SalesQuery, answer=reports.SalesAnswer, summary="Sales by product and by category",
    ),
    Route(
        "GET", "/api/reports/monthly", reports.monthly, access=reports.READS_REPORTS,
        query=reports.MonthQuery, answer_type="text/html", summary="The report of a month, to print",
    ),
    Route(
        "GET", "/api/shopkeeper/customers", dashboard.show_customers, access=shopkeeper("customers"),
        query=dashboard.CustomersQuery, answer=list[dashboard.CustomerRow], summary="Who bought here",
    ),
    Route(
        "POST", "/api/exports", exports.order, access=shopkeeper("reports"), status=202,
        body=exports.ExportBody, answer=exports.ExportAnswer, summary="Have a file written",
    ),
    Route(
        "GET", "/api/exports", exports.show_list, access=shopkeeper("reports"),
        query=PageQuery, answer=list[exports.ExportAnswer], summary="The files of the last day",
    ),
    Route(
        "GET", "/api/exports/{id}", exports.show, access=shopkeeper("reports"),
        answer=exports.ExportAnswer, summary="How far a file is",
    ),
    Route(
        "GET", "/api/exports/{id}/file", exports.fetch, access=shopkeeper("reports"), query=exports.FileQuery,
        answer_type="text/csv", summary="A file, to keep",
    ),
    Route(
        "GET", "/api/notifications", notices.show_list, access=SIGNED_IN,
        query=PageQuery, answer=list[notices.NoticeRow], summary="My notices",
    ),
    Route(
        "PUT", "/api/notifications/{id}/read", notices.mark_read, access=SIGNED_IN, status=204,
        summary="I have read a notice",
    ),
    # The installation
    Route(
        "GET", "/api/admin/users", admin.show_users, access=ADMIN,
        query=admin_forms.UsersQuery, answer=list[admin_forms.UserRow], summary="All accounts",
    ),
    Route(
        "POST", "/api/admin/users", admin.add_user, access=ADMIN, status=201, body_limit=PICTURE_BODY_LIMIT,
        body=admin_forms.NewUserBody, answer=admin_forms.UserRow, summary="Open an account for somebody",
    ),
    Route(
        "PATCH", "/api/admin/users/{id}", admin.change_user, access=ADMIN,
        body=admin_forms.ChangeUserBody, answer=admin_forms.UserRow, summary="Change a role, suspend, reactivate",
    ),
    Route(
        "DELETE", "/api/admin/users/{id}/sessions", admin.end_sessions, access=ADMIN, status=204,
        summary="Sign somebody out everywhere",
    ),
    Route(
        "GET", "/api/admin/shops", admin.show_shops, access=ADMIN,
        query=admin_forms.ShopsQuery, answer=list[admin_forms.AdminShopRow], summary="All shops, whatever their state",
    ),
    Route(
        "PATCH", "/api/admin/shops/{id}", admin.change_shop, access=ADMIN,
        body=admin_forms.ChangeShopStateBody, answer=admin_forms.AdminShopRow, summary="Approve or suspend a shop",
    ),
    Route(
        "GET", "/api/admin/outbox", mails.show_list, access=ADMIN,
        query=mails.MailsQuery, answer=list[mails.MailRow], summary="Mails that wait, went out, or could not",
    ),
    Route(
        "GET", "/api/admin/audit", audit.show_log, access=ADMIN,
        query=audit.AuditQuery, answer=list[audit.AuditRow], summary="Who did what",
    ),
)  # fmt: skip


def all_routes(catalogue: CatalogueCache) -> tuple[Route, ...]:
    """The whole table; what every visitor reads of the catalogue goes through the cache."""
    return (
        *ROUTES,
        Route(
            "GET", "/api/categories", catalogue.through(categories.show_list), at_once=catalogue.at_once,
            query=product_forms.ShopQuery, answer=list[product_forms.CategoryRow], summary="The categories of a shop",
        ),
        Route(
            "GET", "/api/products", catalogue.through(products.show_list), at_once=catalogue.at_once,
            query=product_forms.ProductsQuery, answer=list[product_forms.ProductRow], summary="A page of products",
        ),
        Route(
            "GET", "/api/products/{id}", catalogue.through(products.show), at_once=catalogue.at_once,
            answer=product_forms.ProductRow, summary="One product",
        ),
    )  # fmt: skip
