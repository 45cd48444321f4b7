"""`genesis audit` and `genesis rebuild` on PostgreSQL: on a copy, as of one moment, in a folder of its own that is gone afterwards."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg

from genesis.data import anchor, audit, rebuild, statements, waterline
from genesis.data.audit import Report
from genesis.data.postgres import copying
from genesis.data.postgres.connection import Session, connect
from genesis.data.postgres.database import PostgresDatabase, renew_identity, told
from genesis.data.postgres.settings import PostgresSettings
from genesis.data.rebuild import Rebuilt

_CHILDREN_FIRST: Final = ("snapshots", "fills", "orders", "positions", "balances", "multi_leg_trades", "strategies")


def audited(settings: PostgresSettings) -> Report:
    """See `genesis.data.audit.audit`; without an anchor file, which is another machine's, perhaps.

    Raises:
        DatabaseError: it does not answer, or holds no engine's schema.
    """
    with told(settings), _connected(settings) as session, tempfile.TemporaryDirectory(prefix="genesis-audit-") as folder:
        copying.must_be_known(session, settings)
        copy = Path(folder) / "engine.db"
        copying.copy_whole(session, copy)
        report = audit.audit(copy)
    report.violations = [line.replace(str(copy), settings.url) for line in report.violations]
    return report


def rebuilt(settings: PostgresSettings, anchor_path: Path, *, accept_loss: bool) -> Rebuilt:
    """See `genesis.data.rebuild.rebuild`: every table is written anew in one transaction; the events stay as they are. What differed is
    kept in `<anchor's name>.quarantine`.

    Raises:
        DatabaseError: an engine runs on it, it does not answer, or its journal is not whole.
    """
    base = anchor_path.with_suffix("")
    database = PostgresDatabase(settings, anchor_path, base)
    database.lock(accept_loss=accept_loss)
    try:
        with told(settings), database.renamed():
            session = database.session
            copying.must_be_known(session, settings)
            copying.copy_whole(session, database.copy)
            report = rebuild.rebuild(database.copy, anchor_path, accept_loss=accept_loss)
            session.patient().write(lambda cursor: _write_back(cursor, database.copy))
            if accept_loss:
                report.accepted += database.behind()
            if report.accepted:
                report.instance_id = renew_identity(session)
                anchor.replace(anchor_path, seq=report.events, chain_hash=report.head_hash, reason="accepted")
                waterline.forget(anchor_path)
    finally:
        database.forget_copy()
        database.release()
    return report


@contextlib.contextmanager
def _connected(settings: PostgresSettings) -> Iterator[Session]:
    session = connect(settings)
    try:
        yield session
    finally:
        session.close()


def _write_back(cursor: psycopg.Cursor[Any], copy: Path) -> None:
    """The rows of the rebuilt file, in place of those that are there."""
    for table in _CHILDREN_FIRST:
        cursor.execute(f"DELETE FROM {table}".encode())  # noqa: S608 - names of the schema
    with contextlib.closing(sqlite3.connect(copy)) as source:
        for table in reversed(_CHILDREN_FIRST):
            columns = statements.PROJECTIONS.get(table) or ("seq", "hash", "digest", "wall_ms", "document")
            names = ", ".join(columns)
            rows = source.execute(f"SELECT {names} FROM {table} ORDER BY rowid").fetchall()  # noqa: S608
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})".encode(), rows)  # noqa: S608
