"""Pages name at their head all modules that they load, followed through the imports in the files."""

from __future__ import annotations

from pathlib import Path

import pytest

from shop_server.web.page_modules import announce_modules, modules_of
from shop_server.web.static_files import read_files

PUBLIC = Path(__file__).resolve().parents[2] / "public"
PAGES = sorted(file.name for file in PUBLIC.glob("*.html"))

FILES = {
    "/pages/shop.js": b'// @ts-check\n/** @type {import("../shared/types.js").Row} */\n'
    b'import {\n  one,\n  two,\n} from "../shared/one.js";\nimport "./beside.js";\nconst later = () => import("./later.js");',
    "/pages/beside.js": b'export { x } from "./deep/x.js";\nexport const from = "./none.js";',
    "/pages/deep/x.js": b'import { one } from "../../shared/one.js";',
    "/pages/later.js": b"",
    "/shared/one.js": b'import { x } from "../pages/deep/x.js";\nimport { gone } from "./gone.js";',
    "/shared/types.js": b"",
}


def test_follows_imports_and_those_of_the_imported_but_not_what_is_loaded_later() -> None:
    assert modules_of("/pages/shop.js", FILES) == [
        "/pages/beside.js",
        "/pages/deep/x.js",
        "/pages/shop.js",
        "/shared/one.js",
    ]


def test_names_before_its_script_what_the_page_does_not_name_itself() -> None:
    page = (
        '<head>\n<link rel="modulepreload" href="/shared/one.js">\n<script type="module" src="/pages/shop.js"></script>'
    )
    assert announce_modules(page, FILES).splitlines() == [
        "<head>",
        '<link rel="modulepreload" href="/shared/one.js">',
        '<link rel="modulepreload" href="/pages/beside.js">',
        '<link rel="modulepreload" href="/pages/deep/x.js">',
        '<script type="module" src="/pages/shop.js"></script>',
    ]


def test_a_page_without_modules_stays_as_it_is() -> None:
    assert announce_modules("<p>Closed</p>", FILES) == "<p>Closed</p>"


@pytest.mark.parametrize("name", PAGES)
def test_each_page_of_the_shop_announces_its_modules_and_its_words(name: str) -> None:
    files = read_files(PUBLIC)
    announced = announce_modules((PUBLIC / name).read_text(), files)
    for module in ("/shared/dom.js", "/shared/messages.js", "/shared/messages/en.js", "/shared/store.js"):
        assert announced.count(f'"{module}"') == 1
