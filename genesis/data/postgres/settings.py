"""Where the database is and how long it may take. Imports no driver: the configuration needs it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import msgspec

from genesis.core.secret import Secret

URL: Final = re.compile(
    r"postgresql://(?P<user>[A-Za-z0-9_.-]{1,63})@(?P<hosts>[A-Za-z0-9._-]+:\d{1,5}(?:,[A-Za-z0-9._-]+:\d{1,5}){0,8})/(?P<name>[A-Za-z0-9_-]{1,63})"
)
"""No password: it comes by environment variable."""
LOOPBACK: Final = ("127.0.0.1", "localhost")


class PostgresSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`[database]` of a `postgresql://` URL. `password` empty = whatever libpq finds (PGPASSWORD, ~/.pgpass). Times of one attempt."""

    user: str
    hosts: tuple[tuple[str, int], ...]
    name: str
    password: Secret = Secret("")
    ca_file: Path | None = None
    commit_timeout_ms: int = 2_000
    connect_timeout_s: int = 2
    standbys: int = 0
    """How many synchronous standbys there must be while entries are made."""

    @property
    def url(self) -> str:
        """For messages."""
        return f"postgresql://{self.user}@{','.join(f'{host}:{port}' for host, port in self.hosts)}/{self.name}"


class StandbySettings(msgspec.Struct, frozen=True, kw_only=True):
    """`[standby]`: two or more engines on one database, one of which trades. `role` is the one it begins with."""

    role: str = "primary"
    lease_ms: int = 3_000
    poll_ms: int = 100


def from_url(url: str, **more: object) -> PostgresSettings | None:
    """The settings of a URL, None if it is none."""
    found = URL.fullmatch(url)
    if found is None:
        return None
    pairs = (host.rpartition(":") for host in found["hosts"].split(","))
    hosts = tuple((name, int(port)) for name, _, port in pairs)
    return PostgresSettings(user=found["user"], hosts=hosts, name=found["name"], **more)  # type: ignore[arg-type]
