"""Opening the shop reads in what opening takes, and nothing that only a few requests ever need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LATER = ("PIL", "zxingcpp", "segno", "email_validator", "chartkick", "openpyxl", "jinja2", "shop_server.demo")
"""What is read in with the first picture, QR code, address, spreadsheet or invoice."""


def test_what_only_some_requests_need_is_not_read_in_at_the_start() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import sys, run_server, shop_server.app; print(*sys.modules, sep='\\n')"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert [name for name in said if name in LATER] == []
