"""Schemathesis reads the shop's own description of its calls and tries each of them, at its limits, beyond, and in turn.

Nothing may end in a 500, and every answer must be what the description says. What is described as forbidden must be
refused, and nobody gets in without her sign-in. Each call is made as somebody who may; the tool leaves the sign-in out
by itself to see what happens. It runs as a program of its own, so that its work does not slow the shop's.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shop_server.actions.verify_records import verify_records
from tests.faults.asks import ASKS
from tests.faults.effort import TIMES
from tests.faults.town import Town

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
ROWS_JUDGED_INSIDE = {"PATCH /api/products"}
"""Here each row has an answer of its own, so that a list with a wrong row in it is not refused as a whole."""
ENDS_SIGN_INS = {
    *("POST /api/auth/logout", "PUT /api/account/password", "DELETE /api/account", "DELETE /api/account/sessions/{id}"),
}


@pytest.fixture(scope="module", autouse=True)
def records_stay_whole(town: Town) -> Iterator[None]:
    yield
    assert verify_records(town.context) == []


def test_every_call_at_the_limits_of_its_description(town: Town, tmp_path: Path) -> None:
    phases = "examples,coverage" if TIMES == 1 else f"examples,coverage,fuzzing --max-examples {5 * TIMES}"
    report = run(town, tmp_path, "--phases", *phases.split(), named=True)
    assert report["operations"]["tested"] == len(called(ASKS))
    assert report["test_cases"]["generated"] > 10 * len(called(ASKS))


def test_calls_one_after_the_other_about_what_the_answers_before_named(town: Town, tmp_path: Path) -> None:
    report = run(town, tmp_path, "--phases", "stateful", "--max-examples", str(20 * TIMES), named=False)
    assert report["phases"]["stateful"]["status"] == "success"
    assert report["test_cases"]["generated"] > len(called(ASKS))


def run(town: Town, folder: Path, *options: str, named: bool) -> dict[str, Any]:
    """What the tool reports. Fails with all that it printed when it found something."""
    config = folder / "schemathesis.toml"
    config.write_text("\n".join(configuration(town, named=named)))
    seed = "1" if TIMES == 1 else str(secrets.randbelow(2**32))
    url = f"http://127.0.0.1:{town.port}/api/openapi.json"
    # An event stream has no end that could be waited for; tests/api/test_events.py listens to it.
    without = ["--exclude-path", "/api/events"]
    reporting = ["--report", "json", "--report-json-path", str(folder / "report.json"), "--continue-on-failure"]
    ran = subprocess.run(
        [SCHEMATHESIS, "--config-file", config, "run", url, "--seed", seed, *without, *options, *reporting],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300 * TIMES,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def configuration(town: Town, *, named: bool) -> Iterator[str]:
    """Who makes each call; `named`: about which of her things. Otherwise the tool follows the ids in the answers."""
    # A phone, a GST number, a name that is taken: what is refused beyond the description is not a fault of it.
    yield "checks.positive_data_acceptance.enabled = false"
    # Of the methods that a path does not have, two will do.
    yield 'phases.coverage.unexpected-methods = ["TRACE", "DELETE"]'
    tokens: dict[str, str | None] = {}
    for call in called(ASKS):
        ask = ASKS[call]
        # Who ends sign-ins must not end those that the other calls are made with.
        is_eshans = call in ENDS_SIGN_INS and not (named and ask.about)
        name = "Eshan" if is_eshans else ask.rightful()
        if name not in tokens:
            tokens[name] = town.caller(name).token
        token = town.caller(name).token if call in ENDS_SIGN_INS else tokens[name]
        lines = [f'headers = {{ Authorization = "Bearer {token}" }}'] if token else []
        if call in ROWS_JUDGED_INSIDE:
            lines.append("checks.negative_data_rejection.enabled = false")
        if named and ask.about:
            things = ", ".join(f'"path.{part}" = "{id_}"' for part, id_ in ask.about(town).items())
            lines.append(f"parameters = {{ {things} }}")
        if lines:
            yield from ("[[operations]]", f'include-name = "{call}"', *lines)


def called(asks: Any) -> list[str]:
    """The calls of the description that are tried here; it does not describe itself."""
    return [call for call in asks if " /api/" in call and call not in ("GET /api/openapi.json", "GET /api/events")]
