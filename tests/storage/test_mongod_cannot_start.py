"""Every way in which the shop's mongod cannot start ends in one sentence that says what to do."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from shop_server.errors import CannotStart
from shop_server.storage import mongod_program
from shop_server.storage.bundled import Bundled
from shop_server.storage.data_lock import is_locked


def refusal(data_dir: Path, program: Path | None = None) -> str:
    """What a start on this folder is refused with."""
    with pytest.raises(CannotStart) as caught:
        Bundled(data_dir, program).start()
    assert not is_locked(data_dir / "shop.lock"), "a refused start gives the data folder back"
    assert "\n" not in str(caught.value)
    return str(caught.value)


def program_that(folder: Path, does: str) -> Path:
    program = folder / "mongod"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("does", "says"),
    [
        (
            "echo 'mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file' >&2;"
            " exit 127",
            "mongod needs libcurl.so.4, which this machine lacks: apt-get install libcurl4.",
        ),
        (
            "echo 'mongod: error while loading shared libraries: libother.so.9: cannot open shared object file' >&2;"
            " exit 127",
            "mongod needs libother.so.9, which this machine lacks: install the package that has it, or set MONGODB_URI",
        ),
        ("kill -ILL $$", "This machine's processor is too old for mongod (it has no AVX): set MONGODB_URI"),
        ("exit 132", "This machine's processor is too old for mongod (it has no AVX): set MONGODB_URI"),
        (
            'echo "mongod: version \\`GLIBC_2.34\' not found (required by mongod)" >&2; exit 1',
            "This system is too old for the mongod that comes with the shop",
        ),
        ("echo '... write: No space left on device'; exit 14", "is full: make some room on it, or set DATA_DIR"),
        ("echo 'Attempted to create a lock file on a read-only directory'; exit 100", "mongod may not write to"),
        (
            "echo 'UPGRADE PROBLEM: Found an invalid featureCompatibilityVersion document'; exit 62",
            "were written by another version of MongoDB",
        ),
        ("echo 'Error parsing command line'; exit 2", "mongod ended at once (exit 2): Error parsing command line"),
        ("exit 3", "mongod ended at once (exit 3): it said nothing."),
    ],
    ids=[
        "libcurl missing",
        "another library missing",
        "no AVX",
        "no AVX, through a shell",
        "old system",
        "disk full",
        "read-only",
        "other version",
        "unknown reason",
        "no reason",
    ],
)
def test_says_why_mongod_ended(tmp_path: Path, does: str, says: str) -> None:
    assert says in refusal(tmp_path / "data", program_that(tmp_path, does))


def test_reads_the_reason_in_the_log_of_this_start_only(tmp_path: Path) -> None:
    log = tmp_path / "data" / "mongodb" / "mongod.log"
    log.parent.mkdir(parents=True)
    log.write_text("No space left on device, last year\n")

    assert "exit 3" in refusal(tmp_path / "data", program_that(tmp_path, "exit 3"))
    said = refusal(tmp_path / "data", program_that(tmp_path, f"echo 'No space left on device' >> '{log}'; exit 14"))
    assert "is full" in said


def test_refuses_a_program_that_is_not_there(tmp_path: Path) -> None:
    assert "there is no such file" in refusal(tmp_path / "data", tmp_path / "nothing")


def test_refuses_a_program_that_may_not_be_run(tmp_path: Path) -> None:
    program = program_that(tmp_path, "exit 0")
    program.chmod(0o644)

    assert "may not be run: chmod +x it" in refusal(tmp_path / "data", program)


def test_refuses_a_program_for_another_machine(tmp_path: Path) -> None:
    program = tmp_path / "mongod"
    program.write_bytes(b"\x00 made for something else")
    program.chmod(0o755)

    assert "cannot be run on this machine" in refusal(tmp_path / "data", program)


def test_says_what_to_set_where_no_mongod_comes_with_the_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongod_program, "PACKAGES", ("a-package-for-another-machine",))
    monkeypatch.setenv("PATH", str(tmp_path))

    said = refusal(tmp_path / "data")

    assert said.startswith("No mongod comes with the shop for this machine")
    assert "set MONGODB_URI" in said


def test_takes_the_mongod_on_the_path_where_none_comes_with_the_shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongod_program, "PACKAGES", ("a-package-for-another-machine",))
    monkeypatch.setenv("PATH", str(tmp_path))
    program = program_that(tmp_path, "exit 0")

    assert mongod_program.find_program(None) == program


def test_refuses_a_data_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotStart, match=r"cannot be used \(Not a directory\): set DATA_DIR"):
        Bundled(tmp_path / "file" / "data").start()


def test_refuses_a_data_folder_of_another_user(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "mongodb"
    folder.mkdir(parents=True)
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(folder, 65534, 65534)

    assert "belongs to another user: start the shop as that user" in refusal(tmp_path / "data")


def test_refuses_records_of_another_major_version_and_leaves_them_as_they_are(tmp_path: Path) -> None:
    bundled = Bundled(tmp_path / "data")
    bundled.start()
    older = make_older(bundled)
    bundled.stop()

    for _ in range(2):
        said = refusal(tmp_path / "data")
        assert f"were written by MongoDB {older}" in said
        assert "make a backup, and restore it into a new DATA_DIR" in said
        assert not is_locked(tmp_path / "data" / "mongodb" / "mongod.lock")


def make_older(bundled: Bundled) -> str:
    with MongoClient[dict[str, Any]](bundled.uri) as client:
        major = int(client.server_info()["version"].split(".")[0])
        confirm = {"confirm": True} if major >= 7 else {}
        client.admin.command({"setFeatureCompatibilityVersion": f"{major - 1}.0", **confirm})
    return f"{major - 1}.0"


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6M", "tmpfs", folder], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("only root can make a tiny disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_refuses_a_disk_that_is_almost_full_before_anything_breaks(tiny_disk: Path) -> None:
    assert "is full: make some room on it" in refusal(tiny_disk / "data")
    assert not (tiny_disk / "data" / "mongodb" / "mongod.lock").exists()
