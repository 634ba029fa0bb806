"""The admin's work over HTTP: all accounts and all shops of the installation."""

from __future__ import annotations

from typing import Any

from shop_server.actions.look_after_accounts import (
    RightsWish,
    change_rights,
    end_sessions_of,
    list_accounts,
    read_account,
)
from shop_server.actions.look_after_shops import change_shop_state, list_shops_with_owners, read_shop_with_owner
from shop_server.actions.register import open_account_for
from shop_server.context import Context
from shop_server.rules.account import User
from shop_server.rules.person import SHOPKEEPER
from shop_server.rules.shop import Shop
from shop_server.web.access import asker
from shop_server.web.accounts import account_row, registration
from shop_server.web.admin_forms import (
    ChangeShopStateBody,
    ChangeUserBody,
    NewShopkeeperBody,
    NewUserBody,
    ShopsQuery,
    UsersQuery,
)
from shop_server.web.fields import instant
from shop_server.web.once import once_of
from shop_server.web.pages import next_page, page_after
from shop_server.web.reading import check, read_body, read_json, read_query
from shop_server.web.request import Request
from shop_server.web.response import Response, empty_response, json_response

_STATES: dict[str | None, dict[str, Any]] = {
    None: {},
    "admin": {"is_admin": True},
    "suspended": {"suspended": True},
    "waiting": {"approved": False},
}


def show_users(request: Request, context: Context) -> Response:
    query = read_query(request, UsersQuery)
    limit, after = page_after(request)
    state = {**_STATES[query.state], **({"role": query.role} if query.role else {})}
    found, shops = list_accounts(context, query.q, state, limit + 1, after)
    users, headers = next_page(request, found, limit, lambda user: user.created_at)
    return json_response([_user_row(user, shops.get(user.shop_id or "")) for user in users], headers=headers)


def add_user(request: Request, context: Context) -> Response:
    data = read_json(request.body)
    by_shopkeeper = isinstance(data, dict) and data.get("role") == SHOPKEEPER
    body = check(data, NewShopkeeperBody if by_shopkeeper else NewUserBody)
    user = open_account_for(context, asker(request), registration(body), is_admin=body.is_admin, once=once_of(request))
    return json_response(_user_row(user, body.shop_name), 201)


def change_user(request: Request, context: Context) -> Response:
    user_id = request.params["id"]
    read_account(context, user_id)
    wish = RightsWish(**read_body(request, ChangeUserBody).model_dump())
    change_rights(context, asker(request), user_id, wish)
    return json_response(_user_row(*read_account(context, user_id)))


def end_sessions(request: Request, context: Context) -> Response:
    end_sessions_of(context, asker(request), request.params["id"])
    return empty_response()


def show_shops(request: Request, context: Context) -> Response:
    query = read_query(request, ShopsQuery)
    limit, after = page_after(request)
    found, owners = list_shops_with_owners(context, _STATES[query.state], limit + 1, after)
    shops, headers = next_page(request, found, limit, lambda shop: shop.created_at)
    return json_response([_shop_row(shop, owners.get(shop.owner_id)) for shop in shops], headers=headers)


def change_shop(request: Request, context: Context) -> Response:
    shop_id = request.params["id"]
    read_shop_with_owner(context, shop_id)
    wanted = read_body(request, ChangeShopStateBody).model_dump(exclude_none=True)
    change_shop_state(context, asker(request), shop_id, wanted)
    return json_response(_shop_row(*read_shop_with_owner(context, shop_id)))


def _user_row(user: User, shop_name: str | None) -> dict[str, Any]:
    return {
        **account_row(user),
        "isAdmin": user.is_admin,
        "suspended": user.suspended,
        "shopId": user.shop_id,
        "shopName": shop_name,
    }


def _shop_row(shop: Shop, owner: User | None) -> dict[str, Any]:
    return {
        "id": shop.id,
        "name": shop.name,
        "address": shop.address,
        "city": shop.city,
        "phone": shop.phone,
        "gstNumber": shop.gst_number,
        "approved": shop.approved,
        "suspended": shop.suspended,
        "open": shop.open,
        "ownerId": shop.owner_id,
        "ownerName": owner.name if owner else None,
        "ownerEmail": owner.email if owner else None,
        "createdAt": instant(shop.created_at),
    }
