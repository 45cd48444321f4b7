"""A database on PostgreSQL as a SQLite file of the same layout, as of one moment: whatever verifies, folds or audits reads that file.

A start needs the tail of the journal only: the snapshots, what follows the oldest of them, and the rows that are compared with the state.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import psycopg

from genesis.core.errors import MIGRATION, DamagedDatabase, DatabaseError
from genesis.core.models import OrderState
from genesis.data import files, migrate
from genesis.data.postgres.connection import Session
from genesis.data.postgres.settings import PostgresSettings

_TABLES: Final = (
    "events",
    "commits",
    "snapshots",
    "meta",
    "orders",
    "fills",
    "positions",
    "balances",
    "multi_leg_trades",
    "strategies",
    "archives",
    "days",
)
_NOT_FOR_A_START: Final = ("commits", "fills", "multi_leg_trades", "days")
_BY_INSERTION: Final = ("orders", "fills", "multi_leg_trades")
_AT_ONCE: Final = 5_000
_OVER: Final = [state.value for state in OrderState if state.terminal]


def revision_of(session: Session) -> str | None:
    """The schema's revision as the database has it, None for one without tables."""
    if session.ask("SELECT to_regclass('alembic_version')")[0][0] is None:
        return None
    found = session.ask("SELECT version_num FROM alembic_version")
    return str(found[0][0]) if found else ""


def must_be_known(session: Session, settings: PostgresSettings) -> None:
    """It holds an engine's schema of this version.

    Raises:
        DatabaseError: it does not.
    """
    revision = revision_of(session)
    if revision != migrate.HEAD:
        found = revision or ("a database without tables" if revision is None else "none")
        raise DatabaseError(f"{settings.url}: expected an engine's database of schema revision {migrate.HEAD}, got {found}", MIGRATION)


def must_be_upgradable(revision: str, settings: PostgresSettings) -> None:
    """It holds the schema of an older version of the engine.

    Raises:
        DamagedDatabase: of a newer one, or of something else.
    """
    if revision not in migrate.REVISIONS:
        raise DamagedDatabase(
            f"{settings.url}: expected a schema revision up to {migrate.HEAD}, got {revision or 'none'}",
            MIGRATION,
            way_out="start the version of the engine that wrote it, nothing was changed",
        )


def copy_whole(session: Session, path: Path) -> None:
    """All rows of all tables."""
    _copy(session, path, None)


def copy_for_a_start(session: Session, path: Path, anchored: int) -> None:
    """What a start looks at. `anchored`: the last event that the anchor file names."""
    _copy(session, path, anchored)


def _copy(session: Session, path: Path, anchored: int | None) -> None:
    files.forget(path)
    path.touch(0o600)
    with closing(sqlite3.connect(path, isolation_level=None)) as target:
        target.execute("PRAGMA journal_mode=OFF")  # it is thrown away
        target.execute("PRAGMA synchronous=OFF")
        target.executescript(migrate.HEAD_SCRIPT.read_text(encoding="utf-8"))
        (trigger,) = target.execute("SELECT sql FROM sqlite_master WHERE name = 'events_chain'").fetchone()
        target.execute("DROP TRIGGER events_chain")
        target.execute("BEGIN")
        session.supervised(lambda: session.raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        try:
            first = 1 if anchored is None else _first_needed(session, anchored)
            for table in _TABLES:
                if anchored is None or table not in _NOT_FOR_A_START:
                    _copy_table(session, target, table, first, whole=anchored is None)
        finally:
            session.supervised(lambda: session.raw.execute("ROLLBACK"))
        target.execute("COMMIT")
        target.execute(trigger)


def _first_needed(session: Session, anchored: int) -> int:
    """The oldest snapshot's event, or the anchored one if that is older; without a snapshot all are needed."""
    oldest = session.ask("SELECT min(seq) FROM snapshots")[0][0]
    return 1 if oldest is None else min(int(oldest), anchored or int(oldest))


def _copy_table(session: Session, target: sqlite3.Connection, table: str, first: int, *, whole: bool) -> None:
    columns = [row[1] for row in target.execute(f"PRAGMA table_info({table})")]
    names = ", ".join(columns)
    insert = f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - names of the schema
    for rows in _rows(session, f"SELECT {names} FROM {table} {_which(table, first, whole=whole)}"):  # noqa: S608
        target.executemany(insert, rows)


def _which(table: str, first: int, *, whole: bool) -> str:
    if table == "events":
        return f"WHERE seq >= {first} ORDER BY seq"
    over = ", ".join(f"'{state}'" for state in _OVER)
    condition = f"WHERE state NOT IN ({over}) " if table == "orders" and not whole else ""
    return condition + ("ORDER BY rowid" if table in _BY_INSERTION else "ORDER BY 1")


def _rows(session: Session, question: str) -> Iterator[list[Any]]:
    cursor: psycopg.ServerCursor[Any] = session.supervised(lambda: _declared(session, question))
    while rows := session.supervised(lambda: cursor.fetchmany(_AT_ONCE)):
        yield rows
    session.supervised(cursor.close)


def _declared(session: Session, question: str) -> psycopg.ServerCursor[Any]:
    cursor = session.raw.cursor(name="copied")
    cursor.execute(question.encode())
    return cursor
