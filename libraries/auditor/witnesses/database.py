"""Witness E: the engine's SQLite file, read with plain SQL and never written (docs/engine.md, Database).

A live database is read in one read transaction, so that all tables show one instant. A stopped or dead engine's files
are copied first: SQLite would replay the log of a dead writer, and even a read-only connection leaves files behind.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from libraries.auditor.witnesses.archives import Archives, read_archives
from libraries.auditor.witnesses.errors import WitnessError
from libraries.auditor.witnesses.journal import Commit, Journal, event_from
from libraries.auditor.witnesses.rows import BalanceRow, FillRow, MultiLegRow, OrderRow, PositionRow, Row, legs_from, row_from

TABLES = ("events", "commits", "orders", "fills", "positions", "balances", "multi_leg_trades", "strategies", "snapshots", "meta")
BUSY_SECONDS = 1.0


@dataclass(frozen=True)
class Column:
    name: str
    declared: str
    nullable: bool
    key: int  # its place in the primary key, 0 = none


@dataclass
class Table:
    """A table as it is stored: declared columns, whether STRICT, and the cells untouched."""

    name: str
    strict: bool
    columns: list[Column]
    rows: list[dict[str, Any]]


@dataclass
class Health:
    """What SQLite says about the file."""

    journal_mode: str
    integrity: list[str]
    foreign_keys: list[str]
    event_triggers: str  # the SQL of all triggers on `events`
    beside: dict[str, str]  # what the schema has beside its tables: name -> index, trigger or view


@dataclass
class Store:
    """The whole database: raw tables (I06, I18) and typed rows."""

    tables: dict[str, Table]
    health: Health
    journal: Journal
    archives: Archives
    orders: list[OrderRow]
    fills: list[FillRow]
    positions: list[PositionRow]
    balances: list[BalanceRow]
    multi_legs: list[MultiLegRow]
    strategies: dict[str, str]

    @cached_property
    def order_by_id(self) -> dict[str, OrderRow]:
        return {order.client_order_id: order for order in self.orders}


def read_store(path: Path, *, live: bool) -> Store:
    """Read everything.

    Args:
        path: the database file.
        live: the engine runs and is quiet: open in place; else work on a copy of the file, its -wal and -shm.

    Raises:
        WitnessError: missing, locked, not a database, or without the engine's tables.
    """
    if not path.is_file():
        raise WitnessError(f"database {path}: no such file")
    try:
        with _connection(path, live) as connection:
            return _read(connection, path)
    except sqlite3.Error as error:
        raise WitnessError(f"database {path}: {error}") from error
    except OSError as error:
        raise WitnessError(f"database {path}: {error.strerror or error}") from error
    except (KeyError, IndexError) as error:
        raise WitnessError(f"database {path}: expected the columns of docs/engine.md, Database, missing: {error}") from error


@contextmanager
def _connection(path: Path, live: bool) -> Iterator[sqlite3.Connection]:
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        target = path if live else _copy(path, Path(folder))
        mode = "ro" if live else "rw"
        connection = sqlite3.connect(f"{target.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            yield connection
        finally:
            connection.close()


def _copy(path: Path, folder: Path) -> Path:
    for suffix in ("", "-wal", "-shm"):
        source = path.with_name(path.name + suffix)
        if source.exists():
            shutil.copyfile(source, folder / source.name)
    return folder / path.name


def _read(connection: sqlite3.Connection, path: Path) -> Store:
    tables = _tables(connection)
    missing = [name for name in TABLES if name not in tables]
    if missing:
        raise WitnessError(f"database {path}: expected the engine's tables, missing: {', '.join(missing)}")
    rows = {name: table.rows for name, table in tables.items()}
    archives = read_archives(rows.get("archives", []), path)
    events = [*archives.events, *sorted((event_from(raw) for raw in rows["events"]), key=lambda event: event.seq)]
    durable = [*archives.commits, *(Commit(raw["last_seq"], raw["committed_ns"]) for raw in rows["commits"])]
    commits = sorted(durable, key=lambda commit: commit.last_seq)
    return Store(
        tables=tables,
        health=_health(connection),
        journal=Journal(events, commits),
        archives=archives,
        orders=_typed(OrderRow, [{"stop_price": None, **raw} for raw in rows["orders"]]),  # revision 0001 has no such column
        fills=_typed(FillRow, rows["fills"]),
        positions=_typed(PositionRow, rows["positions"]),
        balances=_typed(BalanceRow, rows["balances"]),
        multi_legs=_typed(MultiLegRow, [{**raw, "legs": legs_from(raw["legs"])} for raw in rows["multi_leg_trades"]]),
        strategies={raw["name"]: raw["state"] for raw in rows["strategies"]},
    )


def _typed(kind: type[Row], raws: list[dict[str, Any]]) -> list[Row]:
    return [row_from(kind, raw) for raw in raws]


def _tables(connection: sqlite3.Connection) -> dict[str, Table]:
    found = connection.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'").fetchall()
    tables: dict[str, Table] = {}
    for name, strict in found:
        if str(name).startswith("sqlite_"):
            continue
        columns = [
            Column(row["name"], str(row["type"]).upper(), not row["notnull"], row["pk"])
            for row in connection.execute('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', (name,))
        ]
        quoted = str(name).replace('"', '""')
        cells = [dict(row) for row in connection.execute(f'SELECT * FROM "{quoted}"')]  # noqa: S608 - a table's name cannot be bound
        tables[name] = Table(name, bool(strict), columns, cells)
    return tables


def _health(connection: sqlite3.Connection) -> Health:
    triggers = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'events'").fetchall()
    beside = connection.execute("SELECT name, type FROM sqlite_master WHERE type <> 'table' AND name NOT LIKE 'sqlite_%'").fetchall()
    return Health(
        journal_mode=str(connection.execute("PRAGMA journal_mode").fetchone()[0]),
        integrity=[str(row[0]) for row in connection.execute("PRAGMA integrity_check")],
        foreign_keys=[f"{row[0]} rowid {row[1]} -> {row[2]}" for row in connection.execute("PRAGMA foreign_key_check")],
        event_triggers="\n".join(str(row[0]) for row in triggers),
        beside={str(name): str(kind) for name, kind in beside},
    )
