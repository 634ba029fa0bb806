"""How customers reach the shop: the address their phones open, and a QR of it for the counter."""

from __future__ import annotations

from shop_server.context import Context


def read_reach(context: Context, port: int) -> tuple[str | None, str | None]:
    """The address and the picture of its QR (a data URL); None, None when only this machine reaches the shop.

    PUBLIC_URL when it is set, else this machine's address in the local network; `port` is where the shop was asked.
    """
    settings = context.settings
    address = settings.public_url or context.address_for_phones(settings.host, settings.port or port)
    return (address, context.upi_qr.data_url(address)) if address else (None, None)
