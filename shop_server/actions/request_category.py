"""Staff ask for a category, and the shopkeeper approves or declines it; both are told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shop_server.context import Context, Once, Page
from shop_server.errors import Duplicate, NotFound
from shop_server.rules.category import Category
from shop_server.rules.category_request import APPROVED, CategoryRequest, answered
from shop_server.rules.person import Person
from shop_server.rules.text import name_key

_PLACE = "/dashboard.html#inventory/requests"


def ask_for_category(context: Context, person: Person, name: str, once: Once | None) -> dict[str, Any]:
    """Asks the shopkeeper for a category; gives the request's fields.

    Raises Duplicate when the shop has one of this name, or it is asked for already.
    """
    assert person.shop_id is not None
    request_id, shop_id, key = context.new_id(), person.shop_id, name_key(name)

    def decide(page: Page) -> dict[str, Any]:
        _check_is_new(page, shop_id, name)
        if page.find_asked_category(shop_id, key) is not None:
            raise Duplicate(f"{name} is asked for already.", extra={"field": "name"})
        request = CategoryRequest(request_id, shop_id, name, key, person.user_id, page.now)
        page.keep_category_request(request, is_new=True)
        page.notify(f"{person.name} asks for the category {name}.", _PLACE, kind="category-request", shop_id=shop_id)
        return request._asdict()

    return context.books.write(decide, once=once, asked_categories=(Page.named(shop_id, key),))


def list_requests(
    context: Context, person: Person, status: str | None, limit: int, after: tuple[datetime, str] | None
) -> tuple[list[CategoryRequest], dict[str, str]]:
    """What staff of her shop have asked for, newest first, and the names of the people in it by id."""
    assert person.shop_id is not None
    requests = context.category_requests.list_of_shop(person.shop_id, status, limit, after)
    people = {request.asked_by for request in requests} | {request.answered_by or "" for request in requests}
    return requests, context.users.names(people)


def find_own_request(context: Context, person: Person, request_id: str) -> CategoryRequest:
    """A request in her own shop. Raises NotFound."""
    request = context.category_requests.get(request_id)
    if request.shop_id != person.shop_id:
        raise NotFound("There is no such request.")
    return request


def answer_request(context: Context, owner: Person, request_id: str, status: str) -> tuple[CategoryRequest, str]:
    """Approves (the category is there at once) or declines it, and tells who asked; gives it with her name.

    The same answer again changes nothing. Raises NotFound; WrongState when it was answered otherwise, Duplicate when there
    is a category of this name by now.
    """
    category_id = context.new_id()

    def decide(page: Page) -> CategoryRequest:
        before = page.category_request(request_id)
        if before.shop_id != owner.shop_id:
            raise NotFound("There is no such request.")
        request = answered(before, status, owner.user_id, page.now)
        if request is before:
            return request
        if status == APPROVED:
            _check_is_new(page, request.shop_id, request.name)
            page.keep_category(Category(category_id, request.shop_id, request.name, request.name_key, page.now))
        page.keep_category_request(request)
        page.audit(owner.user_id, f"category-request-{status}", request.id, request.shop_id, name=request.name)
        words = f"Your category {request.name} is {status}."
        page.notify(words, _PLACE, kind="category-request", user_id=request.asked_by)
        return request

    request = context.books.write(decide, category_requests=(request_id,))
    return request, context.users.names([request.asked_by]).get(request.asked_by, "")


def _check_is_new(page: Page, shop_id: str, name: str) -> None:
    if page.find_category_named(shop_id, name_key(name)) is not None:
        raise Duplicate(f"There is a category called {name} already.", extra={"field": "name"})
