"""The shop's settings: from the environment, else from `.env`, else a default. Bad ones stop the start, by name."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from email.utils import getaddresses
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class BadSettings(Exception):
    """One line per wrong setting, each naming it."""


@dataclass(frozen=True)
class Settings:
    """Every setting, each documented in the README's table."""

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path = Path("data")
    mongodb_uri: str | None = field(default=None, repr=False)
    mongod: Path | None = None
    database_name: str = "shop"
    jwt_secret: str | None = field(default=None, repr=False)
    workers: int = 1
    public_url: str | None = None
    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    shopkeeper_signup: str = "open"
    access_token_minutes: int = 15
    session_days: int = 7
    rate_limits: bool = True
    metrics_token: str | None = field(default=None, repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str = "shop@localhost"
    log_level: str = "INFO"


def read_settings(environment: Mapping[str, str] | None = None, env_file: Path | None = None) -> Settings:
    """Reads the settings. `.env` may hold only names of the table; the environment wins over it. Raises BadSettings."""
    given = os.environ if environment is None else environment
    problems: list[str] = []
    raw = _read_env_file(env_file, problems) if env_file else {}
    raw.update({name: given[name] for name in _READERS if name in given})
    values: dict[str, Any] = {}
    for name, text in raw.items():
        try:
            if text.strip():
                values[name.lower()] = _READERS[name](text.strip())
        except ValueError as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise BadSettings("\n".join(problems))
    return Settings(**values)


def _read_env_file(path: Path, problems: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    if not path.is_file():
        return found
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        name = name.strip().removeprefix("export ").strip()
        if not equals:
            problems.append(f"{path.name} line {number}: write NAME=value")
        elif name not in _READERS:
            problems.append(f"{path.name} line {number}: {name} is not a setting of the shop")
        else:
            found[name] = value.strip().strip("\"'")
    return found


def _text(value: str) -> str:
    return value


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not re.fullmatch(r"\d{1,9}", value) or not low <= int(value) <= high:
            raise ValueError(f"a whole number from {low} to {high}, not {value!r}")
        return int(value)

    return read


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}, not {value!r}")
        return value

    return read


def _switch(value: str) -> bool:
    if value.lower() in ("on", "true", "1", "yes"):
        return True
    if value.lower() in ("off", "false", "0", "no"):
        return False
    raise ValueError(f"on or off, not {value!r}")


def _mongodb_uri(value: str) -> str:
    if not value.startswith(("mongodb://", "mongodb+srv://")):
        raise ValueError("starts with mongodb:// or mongodb+srv://")
    return value


def _database_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,38}", value):
        raise ValueError("up to 38 letters, digits, _ and -")
    return value


def _jwt_secret(value: str) -> str:
    if re.search(r"secret|changeme|change-me|password|example|default", value, re.IGNORECASE):
        raise ValueError("is a well-known word; leave it out and the shop makes its own, or use 32 random characters")
    if len(value.encode()) < 32 or len(set(value)) < 10:
        raise ValueError("needs at least 32 random characters; leave it out and the shop makes its own")
    return value


def _metrics_token(value: str) -> str:
    if not re.fullmatch(r"[!-~]{16,}", value):
        raise ValueError("needs at least 16 letters, digits and signs, without spaces")
    return value


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise ValueError(f"like https://shop.example.in, not {value!r}")
    return f"{parts.scheme}://{parts.netloc}"


def _origins(value: str) -> tuple[str, ...]:
    return tuple(_origin(part.strip()) for part in value.split(",") if part.strip())


def _networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part.strip(), strict=False) for part in value.split(",") if part.strip())


def _smtp_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not 0 < (parts.port or 25) < 65536:
        raise ValueError("like smtp://user:password@mail.example.in:587 or smtps://…")
    return value


def _sender(value: str) -> str:
    addresses = getaddresses([value])
    address = addresses[0][1] if len(addresses) == 1 else ""
    if not re.fullmatch(r"[^\s@<>,]+@[^\s@<>,]+", address) or not value.isprintable():
        raise ValueError(f"like shop@example.in or Asha Kirana <shop@example.in>, not {value!r}")
    return value


_READERS: dict[str, Callable[[str], Any]] = {
    "HOST": _text,
    "PORT": _whole(0, 65535),
    "DATA_DIR": Path,
    "MONGODB_URI": _mongodb_uri,
    "MONGOD": Path,
    "DATABASE_NAME": _database_name,
    "JWT_SECRET": _jwt_secret,
    "WORKERS": _whole(1, 64),
    "PUBLIC_URL": _origin,
    "ALLOWED_ORIGINS": _origins,
    "TRUSTED_PROXIES": _networks,
    "SHOPKEEPER_SIGNUP": _one_of("open", "approval", "closed"),
    "ACCESS_TOKEN_MINUTES": _whole(1, 1440),
    "SESSION_DAYS": _whole(1, 365),
    "RATE_LIMITS": _switch,
    "METRICS_TOKEN": _metrics_token,
    "SMTP_URL": _smtp_url,
    "MAIL_FROM": _sender,
    "LOG_LEVEL": _one_of("DEBUG", "INFO", "WARNING", "ERROR"),
}
SETTING_NAMES = tuple(_READERS)
assert {name.lower() for name in SETTING_NAMES} == {entry.name for entry in fields(Settings)}
