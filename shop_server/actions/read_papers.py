"""Bills and credit notes, as the customer and the shop look at them and print them."""

from __future__ import annotations

from shop_server.context import Context
from shop_server.errors import NotFound
from shop_server.rules import paper, paper_text
from shop_server.rules.order import Order


def print_invoice(context: Context, order: Order, *, size: str, path: str) -> str:
    """The bill of an order as it was given, or what is ordered while it has none, as a page to print."""
    given = context.papers.find_invoice(order.id)
    if given is None:
        given = paper.slip(order, context.shops.get(order.shop_id), context.clock.now())
    return context.printer.set(paper_text.say(given), size=size, path=path)


def print_credit_note(context: Context, order: Order, *, size: str, path: str) -> str:
    """The credit note of an order, as a page to print. Raises NotFound when it has none."""
    given = context.papers.find_credit_note(order.id)
    if given is None:
        raise NotFound("There is no credit note for this order.")
    return context.printer.set(paper_text.say(given), size=size, path=path)
