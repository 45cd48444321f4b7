"""A database of one's own on a server or a cluster, as its user knows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from libraries.common.canary import canary
from libraries.evidence.redaction import register_secret

Connection = psycopg.Connection[tuple[Any, ...]]
Address = tuple[str, int]
CONNECT_S = 2
"""The least that the client library takes seriously."""


@dataclass(frozen=True)
class Database:
    """`addresses`: every node's; whoever connects looks for the one that takes writes."""

    name: str
    user: str
    password: str = field(repr=False)
    addresses: tuple[Address, ...]
    ca_file: str = ""
    """The authority (PEM) by which a server on another machine is believed; "" = the system's."""

    @property
    def url(self) -> str:
        """Without password."""
        return f"postgresql://{self.user}@{self._hosts}/{self.name}"

    @property
    def url_with_password(self) -> str:
        return f"postgresql://{self.user}:{self.password}@{self._hosts}/{self.name}"

    @property
    def _hosts(self) -> str:
        return ",".join(f"{host}:{port}" for host, port in self.addresses)

    def connect(self) -> Connection:
        """A connection of its owner that commits each statement."""
        return connect(self.addresses, self.name, self.user, self.password, self.ca_file)


def connect(addresses: Sequence[Address], name: str, user: str, password: str, ca_file: str = "") -> Connection:
    """A connection to the node that takes writes; each statement commits. `ca_file`: as in `Database`; with one it speaks TLS."""
    trust: dict[str, Any] = {"sslmode": "verify-full", "sslrootcert": ca_file} if ca_file else {}
    return psycopg.connect(
        host=",".join(host for host, _ in addresses),
        port=",".join(str(port) for _, port in addresses),
        dbname=name,
        user=user,
        password=password,
        target_session_attrs="read-write",
        connect_timeout=CONNECT_S,
        autocommit=True,
        **trust,
    )


def create(admin: Connection, addresses: Sequence[Address], label: str, number: int | str) -> Database:
    """A fresh database whose owner is a role of its own: no superuser, but it may read the server's statistics."""
    name = f"{re.sub(r'[^a-z0-9]+', '_', label.lower()).strip('_')[:40] or 'x'}_{number}"
    password = register_secret(canary())
    role = sql.Identifier(name)
    admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE pg_monitor").format(role, sql.Literal(password)))
    admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
    return Database(name, name, password, tuple(addresses))
