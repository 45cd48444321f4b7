"""A PostgreSQL server that somebody else runs, shared by suites of many processes and machines: every engine gets a database of its own."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from libraries.evidence.redaction import register_secret
from libraries.world.errors import WorldError
from libraries.world.processes import Child
from libraries.world.servers import database
from libraries.world.servers.database import Connection, Database

PASSWORD_VARIABLE = "GENESIS_SERVER_PASSWORD"  # noqa: S105 - a name
CA_VARIABLE = "GENESIS_SERVER_CA"
"""A file with the authority that signed the server's certificate, where it is on another machine: engines speak TLS to those."""
SCHEME = "postgresql://"
_USAGE = f"write --variable DATABASE:{SCHEME}user@host:5432 and put the user's password into {PASSWORD_VARIABLE}"


class ServerElsewhere:
    """`url`: `postgresql://user@host:port`, of a user that may create roles and databases. What is created here is dropped by `close`."""

    def __init__(self, url: str) -> None:
        """
        Raises:
            WorldError: the address cannot be read, or its password is not in the environment.
        """
        try:
            parts = urlsplit(url)
            host, port, user = parts.hostname, parts.port or 5432, parts.username
        except ValueError as error:
            raise WorldError(f"DATABASE: expected an address such as {SCHEME}user@host:5432, got {url!r} ({error}); {_USAGE}") from None
        if not host or not user or parts.password is not None or parts.path.strip("/"):
            raise WorldError(f"DATABASE: expected {SCHEME}user@host:port, without password and name, got another form; {_USAGE}")
        password = os.environ.get(PASSWORD_VARIABLE, "")
        if not password:
            raise WorldError(f"DATABASE: expected the password of {user} in {PASSWORD_VARIABLE}, got none; {_USAGE}")
        self.addresses = ((host, port),)
        self._user = user
        self._password = register_secret(password)
        self._ca_file = os.environ.get(CA_VARIABLE, "")
        self._created: list[Database] = []

    def children(self) -> list[Child]:
        """It is nobody's child."""
        return []

    def create_database(self, label: str) -> Database:
        """A fresh database with an owner of its own; no other process and machine makes one of that name.

        Raises:
            WorldError: the server cannot be reached, or does not let this user create it.
        """
        try:
            with self._connect() as admin:
                made = replace(database.create(admin, self.addresses, label, secrets.token_hex(6)), ca_file=self._ca_file)
        except psycopg.Error as error:
            raise WorldError(f"no database could be created on {self._where}: {str(error).strip()}; {_USAGE}") from error
        self._created.append(made)
        return made

    def close(self) -> None:
        """Nothing of ours stays on the server.

        Raises:
            WorldError: something does.
        """
        try:
            with self._connect() as admin:
                for made in self._created:
                    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(made.name)))
                    admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(made.user)))
        except psycopg.Error as error:
            names = ", ".join(made.name for made in self._created)
            raise WorldError(f"databases and roles may be left on {self._where}: {names}: {str(error).strip()}; drop them") from error
        self._created.clear()

    @property
    def _where(self) -> str:
        ((host, port),) = self.addresses
        return f"{SCHEME}{self._user}@{host}:{port}"

    def _connect(self) -> Connection:
        return database.connect(self.addresses, "postgres", self._user, self._password, self._ca_file)
