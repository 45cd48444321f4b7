"""One connection to the node that takes writes, with every wait bounded and every doubt about a commit kept."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from typing import Any, Final, TypeVar

import psycopg
from psycopg import errors

from genesis.core.errors import DatabaseError
from genesis.data.anchor import Place
from genesis.data.postgres.settings import LOOPBACK, PostgresSettings
from genesis.data.postgres.supervised import Occupied, Overdue, within
from genesis.data.rows import Row
from genesis.data.store import Refused, StoreError

_SPARE_S: Final = 1.0
"""How much longer than the driver's own limit a connection attempt may take."""
_SESSION: Final = {
    "search_path": "public",
    "client_min_messages": "warning",  # the warning that a commit is on this node only comes as one
    "lock_timeout": "1000",
    "idle_in_transaction_session_timeout": "10000",  # of an engine that froze within a transaction: what it locks is free again
}
_BULK_S: Final = 600.0
_DURABLE: Final = ("on", "remote_apply")
Result = TypeVar("Result")


class IndeterminateCommit(StoreError):
    """The server says that it committed, but only on this node: a standby need not have it."""


class ServerBehind(StoreError):
    """It takes writes, and does not have what was acknowledged elsewhere."""


class Session:
    """A connection. Every method raises StoreError (Refused for a broken rule) for whatever the outside does."""

    def __init__(self, settings: PostgresSettings, connection: psycopg.Connection[Any], host: int) -> None:
        self.host = host
        """Index of the host in the settings."""
        self._settings = settings
        self._limit_s = settings.commit_timeout_ms / 1_000
        self._connection = connection
        self._occupied = Occupied(self._free)
        self._plug = socket.socket(fileno=os.dup(connection.fileno()))
        self._warnings: list[str] = []
        connection.add_notice_handler(self._notice)

    def _notice(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        if diagnostic.severity_nonlocalized == "WARNING" or (diagnostic.sqlstate or "").startswith("01"):
            self._warnings.append(f"{diagnostic.sqlstate} {diagnostic.message_primary}")

    @property
    def backend(self) -> int:
        """Process id of its server process."""
        return self._connection.info.backend_pid

    def patient(self) -> Session:
        """The same session; from now on a call may take ten minutes: work in bulk."""
        self._limit_s = _BULK_S
        return self

    def ask(self, question: str, values: Row = ()) -> list[Any]:
        """The rows of one statement, outside of any transaction."""
        return self.supervised(lambda: self._connection.execute(question.encode(), values).fetchall())

    def run(self, script: str) -> None:
        """A script of several statements with its own BEGIN and COMMIT."""
        self._surely(lambda: self._connection.execute(script.encode(), prepare=False))

    def write(self, work: Callable[[psycopg.Cursor[Any]], object]) -> None:
        """`work` in one transaction. Returns when it is durable wherever it has to be."""

        def transaction() -> None:
            with self._connection.cursor() as cursor:
                cursor.execute("BEGIN")
                try:
                    work(cursor)
                    cursor.execute("COMMIT")
                except BaseException:
                    with contextlib.suppress(psycopg.Error):
                        self._connection.rollback()
                    raise
                if cursor.statusmessage != "COMMIT":
                    raise StoreError(f"expected COMMIT, the server says {cursor.statusmessage}")

        self._surely(transaction)

    def _surely(self, call: Callable[[], object]) -> None:
        self._warnings.clear()
        self.supervised(call)
        if self._warnings:
            raise IndeterminateCommit(f"committed on one node only: {self._warnings[0]}")

    def supervised(self, call: Callable[[], Result]) -> Result:
        """What `call` returns; it may take `commit_timeout_ms`."""
        try:
            return self._occupied.within(self._limit_s, call, self._cut)
        except Overdue as error:
            raise StoreError(f"{self.where}: {error}") from error
        except psycopg.IntegrityError as error:
            raise Refused(f"IntegrityError: {_line(error)}") from error
        except psycopg.Error as error:
            locked = isinstance(error, errors.LockNotAvailable)
            said = "locked by another writer: " if locked else ""
            raise StoreError(f"{said}{self.where}: {type(error).__name__}: {_line(error)}", locked=locked) from error

    @property
    def where(self) -> str:
        """Host and port."""
        return "{}:{}".format(*self._settings.hosts[self.host])

    @property
    def raw(self) -> psycopg.Connection[Any]:
        """The driver's connection, for what is read in bulk."""
        return self._connection

    def _cut(self) -> None:
        with contextlib.suppress(OSError):
            self._plug.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close it; a server that does not answer is not waited for, and a call that was left behind closes it when it is over."""
        self._occupied.close()

    def _free(self) -> None:
        self._connection.close()
        self._plug.close()


def connect(settings: PostgresSettings, first: int = 0) -> Session:
    """A session with the first host, from `first` on, that takes writes.

    Raises:
        StoreError: none does; each host's own word.
    """
    said = []
    for step in range(len(settings.hosts)):
        index = (first + step) % len(settings.hosts)
        try:
            return _connected(settings, index)
        except (psycopg.Error, Overdue, OSError) as error:
            said.append(f"{settings.hosts[index][0]}:{settings.hosts[index][1]}: {_line(error)}")
    raise StoreError(f"no host of {settings.url} takes writes: {'; '.join(said)}")


def _connected(settings: PostgresSettings, index: int) -> Session:
    host, port = settings.hosts[index]
    parameters: dict[str, Any] = {
        "host": host,
        "port": port,
        "user": settings.user,
        "dbname": settings.name,
        "connect_timeout": settings.connect_timeout_s,
        "target_session_attrs": "read-write",
        "application_name": "genesis",
        "options": " ".join(f"-c {name}={value}" for name, value in _SESSION.items()),
    }
    if settings.password.reveal():
        parameters["password"] = settings.password.reveal()
    if host not in LOOPBACK:
        parameters |= {"sslmode": "verify-full", "sslrootcert": str(settings.ca_file) if settings.ca_file else "system"}
    call = lambda: psycopg.connect(autocommit=True, **parameters)  # noqa: E731 - named for the line below
    connection = within(settings.connect_timeout_s + _SPARE_S, call, lambda: None)
    return Session(settings, connection, index)


def must_be_durable(session: Session, settings: PostgresSettings) -> None:
    """What makes a commit durable is switched on (I18).

    Raises:
        DatabaseError: it is not.
    """
    fsync, commit, full = (session.ask(f"SHOW {name}")[0][0] for name in ("fsync", "synchronous_commit", "full_page_writes"))
    if fsync != "on" or full != "on" or commit not in _DURABLE:
        raise DatabaseError(
            f"{settings.url}: expected fsync=on, full_page_writes=on and synchronous_commit on or remote_apply, "
            f"got {fsync}, {full} and {commit}; correct postgresql.conf, or the settings of this role and database"
        )


def place_of(session: Session) -> Place:
    """The server, and the timeline that the node writes to, which grows with every promotion. `pg_control_checkpoint()` would tell it only
    after the checkpoint that follows a promotion."""
    server, name = session.ask("SELECT system_identifier::text, pg_walfile_name(pg_current_wal_insert_lsn()) FROM pg_control_system()")[0]
    return Place(str(server), int(str(name)[:8], 16))


def connect_newest(settings: PostgresSettings, known: Place | None, first: int = 0) -> tuple[Session, Place]:
    """As `connect`, and the node is on no older timeline than one that was seen before: an old primary that came back is passed by.

    Raises:
        ServerBehind: only older ones take writes.
        StoreError: none does.
    """
    behind = []
    for step in range(len(settings.hosts)):
        session = connect(settings, (first + step) % len(settings.hosts))
        try:
            place = place_of(session)
        except BaseException:
            session.close()
            raise
        if not place.behind(known):
            return session, place
        behind.append(f"{session.where} is on timeline {place.timeline}")
        session.close()
    assert known is not None
    raise ServerBehind(
        f"expected timeline {known.timeline} of server {known.server}, which was seen already, got an old primary: {behind[0]}"
    )


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
