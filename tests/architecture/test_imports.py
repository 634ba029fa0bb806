"""Holds the shop's floor plan: which drawer may import which."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOP = ROOT / "shop_server"

EVERYBODY = {"errors", "logs"}
MAY_IMPORT: dict[str, set[str]] = {
    "settings": set(),
    "clock": set(),
    "errors": set(),
    "logs": set(),
    "rules": {"rules", "errors"},
    "storage": {"storage", "rules", "clock"},
    "gateways": {"gateways", "rules"},
    "security": {"security", "rules"},
    "context": {"storage", "gateways", "security", "clock", "settings"},
    "actions": {"rules", "context"},
    "web": {"web", "actions", "rules", "context"},
    "jobs": {"jobs", "actions", "context", "clock"},
}
LIBRARIES: dict[str, set[str]] = {
    "rules": set(),
    "storage": {"pymongo", "bson"},
    "security": {"bcrypt", "jwt"},
    "gateways": {"jinja2", "segno", "PIL", "zxingcpp", "openpyxl"},
    "web": {"pydantic", "pydantic_core", "email_validator"},
    "jobs": {"apscheduler"},
}


def modules() -> list[Path]:
    return sorted(SHOP.rglob("*.py"))


def drawer_of(path: Path) -> str:
    return path.relative_to(SHOP).parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written out in full"
            module = node.module or ""
            yield from (f"{module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SHOP)))
def test_a_drawer_imports_only_what_the_plan_allows(path: Path) -> None:
    drawer = drawer_of(path)
    if drawer not in MAY_IMPORT:
        return
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] == "shop_server":
            target = parts[1] if len(parts) > 1 else ""
            assert target in MAY_IMPORT[drawer] | EVERYBODY, f"{drawer} imports {name}"
        elif parts[0] not in sys.stdlib_module_names:
            assert parts[0] in LIBRARIES.get(drawer, set()), f"{drawer} imports {name}"


@pytest.mark.parametrize("path", sorted((SHOP / "actions").glob("*.py")), ids=lambda path: path.name)
def test_actions_do_not_import_each_other(path: Path) -> None:
    assert not [name for name in imports_of(path) if name.startswith("shop_server.actions")]


@pytest.mark.parametrize("path", sorted((SHOP / "rules").glob("*.py")), ids=lambda path: path.name)
def test_rules_know_no_clock_no_chance_and_no_files(path: Path) -> None:
    text = path.read_text()
    for forbidden in ("datetime.now(", "time.time(", "import random", "import secrets", "open(", "import os"):
        assert forbidden not in text


def test_nothing_is_called_a_helper() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert not [path for path in modules() if path.stem in vague]


def test_every_module_says_what_it_is_for() -> None:
    assert not [str(path) for path in modules() if not ast.get_docstring(ast.parse(path.read_text()))]
