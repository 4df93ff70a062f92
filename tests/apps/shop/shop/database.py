# SPDX-License-Identifier: Apache-2.0
"""Which database the shop uses: SQLite in the data directory, or what a URL says."""

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# Write-ahead logging lets readers go on while one request writes.
SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"


def sqlite(path: Path) -> dict:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            # A transaction that begins as a reader cannot wait for the write lock later.
            "transaction_mode": "IMMEDIATE",
            "init_command": SQLITE_PRAGMAS,
        },
    }


def whole_number(options: dict, name: str, default: int) -> int:
    text = options.pop(name, str(default))
    if not text.isdecimal():
        raise ImproperlyConfigured(f"SHOP_DATABASE_URL: {name} must be a number, not {text!r}")
    return int(text)


def postgresql(url: str) -> dict:
    """`postgres://user:password@host:port/name?option=value`; every part may be left out. Options are
    libpq's, and two of the shop's: `conn_max_age` (60; seconds), and `pool`, a pool of at most so many
    connections for each process."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(f"SHOP_DATABASE_URL: unknown scheme {parts.scheme!r}")
    options = dict(parse_qsl(parts.query))
    pool = whole_number(options, "pool", 0)
    # Django refuses a pool whose connections are also kept by threads.
    age = whole_number(options, "conn_max_age", 0 if pool else 60)
    if pool:
        options["pool"] = {"min_size": 1, "max_size": pool}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "shop",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": parts.port or "",
        "CONN_MAX_AGE": age,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
