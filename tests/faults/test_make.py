"""`make run` on a machine where something is missing says what, in one sentence, and leaves nothing half-made."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.storage.processes import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make on this machine")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh copy of what `make run` begins with."""
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make_run(clone: Path, python: str) -> tuple[int, str]:
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["make", "run", f"PYTHON={python}"], cwd=clone, env=environment, capture_output=True, text=True, timeout=30
    )
    return done.returncode, done.stdout


def python_that(clone: Path, does: str) -> str:
    program = clone / "python"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    return str(program)


def test_names_the_package_when_there_is_no_python(clone: Path) -> None:
    code, said = make_run(clone, "python-that-is-not-there")

    assert code != 0
    assert said == "The shop needs Python 3.11 or newer: apt-get install python3 python3-venv\n"


def test_names_the_version_when_python_is_too_old(clone: Path) -> None:
    code, said = make_run(clone, python_that(clone, 'if [ "$1" = --version ]; then echo Python 3.9.2; else exit 1; fi'))

    assert code != 0
    assert said.startswith("The shop needs Python 3.11 or newer, and ")
    assert "is Python 3.9.2: make run PYTHON=python3.11" in said


def test_names_the_package_when_python_has_no_venv(clone: Path) -> None:
    code, said = make_run(clone, python_that(clone, 'case "$2" in *venv*) exit 1;; esac'))

    assert code != 0
    assert said == "Python's venv module is missing: apt-get install python3-venv\n"
    assert not (clone / ".venv").exists()


def test_installs_again_when_the_first_time_was_broken_off(clone: Path) -> None:
    broken = python_that(clone, 'case "$2" in venv) mkdir .venv; exit 1;; esac')

    first, _ = make_run(clone, broken)
    second, said = make_run(clone, broken)

    assert first != 0
    assert second != 0
    assert "Installing what the shop needs" in said
