"""The address under which phones find the shop."""

from __future__ import annotations

import pytest

from shop_server.gateways import local_network
from shop_server.gateways.local_network import address_for_phones, qr_for_terminal


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.1.1", "::1", "localhost"])
def test_phones_do_not_reach_a_shop_that_listens_to_this_machine_only(host: str) -> None:
    assert address_for_phones(host, 8000) is None


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.168.1.7", "http://192.168.1.7:8000"),
        ("fd00::7", "http://[fd00::7]:8000"),
        ("shop.lan", "http://shop.lan:8000"),
    ],
)
def test_phones_open_the_host_that_is_set(host: str, address: str) -> None:
    assert address_for_phones(host, 8000) == address


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
def test_phones_open_this_machines_own_address_when_the_shop_listens_everywhere(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_network, "_own_address", lambda: "192.168.1.7")

    assert address_for_phones(host, 8000) == "http://192.168.1.7:8000"


def test_there_is_no_address_for_phones_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_network, "SOMEWHERE_ELSE", ("255.255.255.255", 9))

    assert address_for_phones("0.0.0.0", 8000) is None


def test_the_qr_fits_a_terminal_of_80_columns() -> None:
    lines = qr_for_terminal("http://192.168.100.200:8000").splitlines()

    assert 10 < len(lines) < 24
