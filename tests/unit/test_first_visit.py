"""The first visit of the shop is light enough for a phone at the edge of its network."""

from __future__ import annotations

from shop_server.web.static_files import read_static_files
from tests.bench.first_visit import MOST_BYTES, PUBLIC, first_visit


def test_the_start_page_and_all_that_it_loads_stay_below_80_kilobytes() -> None:
    sizes = first_visit(read_static_files(PUBLIC))
    assert sizes.keys() >= {
        "/",
        "/styles/main.css",
        "/shared/theme.js",
        "/pages/index.js",
        "/shared/store.js",
        "/shared/messages/en.js",
        "/icons/sprite.svg",
    }
    assert sum(sizes.values()) < MOST_BYTES, sizes
