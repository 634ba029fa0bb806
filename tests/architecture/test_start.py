"""Opening the shop reads in what opening takes, and nothing that only a few requests ever need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LATER = ("PIL", "zxingcpp", "segno", "email_validator", "chartkick", "openpyxl", "jinja2", "shop_server.demo")
"""What is read in with the first picture, QR code, address, spreadsheet or invoice."""


def modules_after(reading: str) -> list[str]:
    """What is read in when a fresh process reads this in."""
    script = f"import sys, {reading}; print(*sys.modules, sep='\\n')"
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()


def test_whoever_only_supervises_reads_in_no_shop() -> None:
    assert "shop_server.app" not in modules_after("run_server")


def test_what_only_some_requests_need_is_not_read_in_at_the_start() -> None:
    said = modules_after("run_server, shop_server.app")
    assert "shop_server.app" in said
    assert [name for name in said if name in LATER] == []
