"""Each bill and credit note goes to its customer by mail, once, as text and as HTML."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

import pytest

from shop_server.actions.cancel_order import cancel_order
from shop_server.actions.move_order import move_order
from shop_server.actions.send_mails import send_mails
from shop_server.context import Context
from shop_server.rules.shop import Shop
from shop_server.settings import Settings
from tests.builders import a_customer, a_product, a_shop, a_shopkeeper, an_order
from tests.mailbox import Mailbox, html_of
from tests.mailbox import text_of as raw_text_of


@pytest.fixture
def settings(settings: Settings, mailbox: Mailbox) -> Settings:
    return replace(settings, smtp_url=mailbox.url)


def a_tax_shop(context: Context) -> Shop:
    return a_shop(context, "Asha & Sons", gst_number="27AAPFU0939F1ZV", address="1 Main Road", city="Pune")


def text_of(mail: EmailMessage) -> str:
    return raw_text_of(mail).replace("\r\n", "\n")


def papers(mailbox: Mailbox) -> list[EmailMessage]:
    """What Devi got of bills and credit notes, among her other mails."""
    return [mail for mail in mailbox.of("devi@example.in") if mail["Subject"].startswith(("Tax", "Bill", "Credit"))]


def test_the_bill_comes_by_mail_when_the_order_is_packed_and_the_credit_note_when_it_is_cancelled(
    context: Context, mailbox: Mailbox
) -> None:
    shop = a_tax_shop(context)
    asha, devi = a_shopkeeper(context, shop), a_customer(context, email="devi@example.in")
    dal = a_product(context, shop, "<b>Dal</b>", price_paise=105_00, tax_basis_points=500, hsn="0713")
    order = an_order(context, devi, {dal.id: 2}, "Card", gst_number="29AABCU9603R1ZJ")
    send_mails(context)
    assert papers(mailbox) == []
    for _ in range(2):
        move_order(context, order.id, asha, "packed")
        send_mails(context)
    (bill,) = papers(mailbox)
    assert bill["Subject"] == "Tax invoice 26-27/000001 from Asha & Sons"
    for said in (
        "GSTIN 27AAPFU0939F1ZV",
        "GSTIN 29AABCU9603R1ZJ",
        "Rupees two hundred ten only",
        "HSN 0713 · GST 5%",
        "Maharashtra (27)",
    ):
        assert said in text_of(bill)
        assert said in html_of(bill)
    assert "Taxable value: 200.00\nCGST: 5.00\nSGST: 5.00\nTotal: 210.00\nRound-off: 0.00" in text_of(bill)
    assert "2 x <b>Dal</b>" in text_of(bill)
    assert "&lt;b&gt;Dal&lt;/b&gt;" in html_of(bill)

    cancel_order(context, order.id, asha, "van broke down")
    send_mails(context)
    _, note = papers(mailbox)
    assert note["Subject"] == "Credit note CN/26-27/000001 from Asha & Sons"
    for said in ("26-27/000001", "To your credit", "van broke down"):
        assert said in text_of(note)
        assert said in html_of(note)


def test_a_plain_bill_speaks_of_no_tax(context: Context, mailbox: Mailbox) -> None:
    shop = a_shop(context)
    asha, devi = a_shopkeeper(context, shop), a_customer(context, email="devi@example.in")
    order = an_order(context, devi, {a_product(context, shop, price_paise=28_50).id: 1})
    move_order(context, order.id, asha, "packed")
    send_mails(context)
    (bill,) = papers(mailbox)
    assert bill["Subject"] == "Bill 26-27/000001 from Asha Kirana"
    assert "Total: 28.50\nRound-off: 0.50\nTo pay: ₹29.00" in text_of(bill)
    assert "GST" not in text_of(bill) + html_of(bill)


def test_who_has_no_address_gets_no_mail_and_her_order_is_packed_all_the_same(
    context: Context, mailbox: Mailbox
) -> None:
    shop = a_shop(context)
    asha, devi = a_shopkeeper(context, shop), a_customer(context, email="")
    order = an_order(context, devi, {a_product(context, shop).id: 1})
    assert move_order(context, order.id, asha, "packed").status == "packed"
    send_mails(context)
    assert papers(mailbox) == []
    assert not [mail for mail in context.outbox.list_newest(50) if mail.template == "paper"]
