"""The journal's writer on PostgreSQL. A primary that is lost costs nothing but time: the next session goes to whichever node takes writes.

What a fresh connection says is believed only after a commit of this writer's own has returned there without a warning: where standbys are
synchronous they have by then everything that came before it, too. A node on an older timeline than one that was seen is no primary.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final

import psycopg

from genesis import hooks
from genesis.data import statements
from genesis.data.anchor import Place
from genesis.data.postgres import lease
from genesis.data.postgres.connection import Session, connect_newest, must_be_durable, place_of
from genesis.data.postgres.settings import PostgresSettings
from genesis.data.rows import Row
from genesis.data.store import Execute, StoreError, nothing
from genesis.engine.ports import Head, Sizes

_MEASURED_EVERY_S: Final = 30.0


@lru_cache(maxsize=64)
def placed(statement: str) -> bytes:
    """A statement of `genesis.data.statements` with the placeholders of this driver."""
    return statement.replace("?", "%s").encode()


class PostgresStore:
    """Implements `genesis.data.store.Store`. `epoch` is the one that `lease.raise_epoch` gave."""

    def __init__(self, settings: PostgresSettings, session: Session, epoch: int) -> None:
        self._settings = settings
        self._session = session
        self._epoch = epoch
        self._backend = (session.host, session.backend)
        self._place = place_of(session)
        self._next_host = session.host
        self._database_bytes = 0
        self._measured_s = 0.0

    @property
    def name(self) -> str:
        return self._settings.url

    @property
    def patient(self) -> bool:
        return True

    @property
    def place(self) -> Place | None:
        return self._place

    @property
    def sizes(self) -> Sizes:
        return Sizes(self._database_bytes, 0)

    @property
    def log_trouble(self) -> str:
        return ""

    @property
    def busy(self) -> bool:
        return False

    def newest_day(self) -> int:
        return int(self._session.ask("SELECT coalesce(max(number), -1) FROM days")[0][0])

    def write(self, work: Callable[[Execute], object], done: Callable[[], object] = nothing) -> None:
        def transaction(cursor: psycopg.Cursor[Any]) -> None:
            lease.hold(cursor, self._epoch)
            with _forced_faults():
                work(lambda statement, rows: _execute(cursor, statement, rows))

        self._session.write(transaction)
        with _forced_faults():
            done()

    def settle(self, head: Head) -> bool:
        return self.reopen() == head

    def reopen(self) -> Head:
        with _forced_faults():
            hooks.reached("CP-O3d")
        self._session.close()
        session = self._connected()
        self._session = session
        found: list[Head] = []

        def confirm(cursor: psycopg.Cursor[Any]) -> None:
            lease.hold(cursor, self._epoch)
            found.append(lease.head_of(cursor))
            cursor.execute(placed(statements.UPSERT_META), ("timeline", str(self._place.timeline)))

        session.write(confirm)
        return found[0]

    def _connected(self) -> Session:
        """A session with a node that takes writes, is no older than one seen before, and lets this engine write alone."""
        session, there = connect_newest(self._settings, self._place, self._next_host)
        self._next_host = (session.host + 1) % len(self._settings.hosts)  # whichever fails now is tried last
        try:
            must_be_durable(session, self._settings)
            lease.must_be_ours(session, self._epoch)
            self._lock(session)
            lease.sign(session, self._epoch)
        except BaseException:
            session.close()
            raise
        self._place, self._next_host = there, session.host
        self._backend = (session.host, session.backend)
        return session

    def _lock(self, session: Session) -> None:
        """Where the former session of this engine still holds the lock (a commit of it waits for a standby) it is ended: its outcome is
        decided by the chain."""
        if lease.lock(session):
            return
        process, client = lease.holder(session)
        if (session.host, process) == self._backend:
            lease.end(session, process)
        raise StoreError(f"{session.where}: server process {process} still holds the engine's lock for a client at {client}", locked=True)

    def tidy(self, *, step: bool) -> None:
        if step and time.monotonic() - self._measured_s > _MEASURED_EVERY_S:
            self._measured_s = time.monotonic()
            self._database_bytes = int(self._session.ask("SELECT pg_database_size(current_database())")[0][0])

    def due(self) -> None:
        """Nothing is archived here: all events stay in the table."""

    def finish(self) -> None:
        """PostgreSQL keeps its own log."""

    def close(self) -> None:
        self._session.close()


@contextlib.contextmanager
def _forced_faults() -> Iterator[None]:
    """A fault that a test forces has the name that SQLite would give it."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{type(error).__name__}: {error}") from error


def _execute(cursor: psycopg.Cursor[Any], statement: str, rows: list[Row]) -> None:
    if len(rows) == 1:
        cursor.execute(placed(statement), rows[0])
    else:
        cursor.executemany(placed(statement), rows)
