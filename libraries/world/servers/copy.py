"""A database on PostgreSQL as a SQLite file of the layout that an engine's own file has, as of one moment.

Nothing is added: a trigger, a key or an index that the server does not have, the copy does not have either. It is in WAL mode only if the
server's commits are durable.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from libraries.world.servers.database import Connection, Database
from libraries.world.servers.reading import ORDERED, TABLES

_TYPES = {"bigint": "INTEGER", "text": "TEXT", "character varying": "VARCHAR(32)"}
_COLUMNS = (
    "SELECT column_name, data_type, is_nullable FROM information_schema.columns "
    "WHERE table_schema = 'public' AND table_name = %s ORDER BY ordinal_position"
)
_KEYS = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('p', 'f') ORDER BY contype DESC"
_INDICES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint)"
_TRIGGERS = (
    "SELECT tgname, pg_get_triggerdef(t.oid), prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = tgfoid "
    "WHERE NOT tgisinternal AND tgenabled <> 'D'"
)
_DURABLE = ("on", "remote_apply")


def copy_of(database: Database, target: Path) -> Path:
    """Write it anew; the file.

    Raises:
        psycopg.Error: the server does not answer.
    """
    partial = target.with_name(target.name + ".copying")
    partial.unlink(missing_ok=True)
    with closing(database.connect()) as source, closing(sqlite3.connect(partial, isolation_level=None)) as copy:
        source.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        copy.execute("PRAGMA synchronous=OFF")
        copy.execute("BEGIN")
        for (table,) in source.execute(TABLES).fetchall():
            _copy_table(source, copy, str(table))
        for (index,) in source.execute(_INDICES).fetchall():
            copy.execute(re.sub(rf"public\.| USING btree|, {ORDERED}(?=\))", "", str(index)))  # SQLite's index ends with it by itself
        for name, definition, body in source.execute(_TRIGGERS).fetchall():
            _copy_trigger(copy, str(name), str(definition), str(body))
        copy.execute("COMMIT")
        durable = _says(source, "fsync") == "on" and _says(source, "synchronous_commit") in _DURABLE
        copy.execute(f"PRAGMA journal_mode={'WAL' if durable else 'DELETE'}")
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    partial.replace(target)
    return target


def _says(source: Connection, setting: str) -> str:
    row = source.execute(f"SHOW {setting}".encode()).fetchone()
    return str(row[0]) if row else ""


def _copy_table(source: Connection, copy: sqlite3.Connection, table: str) -> None:
    columns = source.execute(_COLUMNS, (table,)).fetchall()
    shown = [column for column in columns if column[0] != ORDERED]
    lines = [f'"{name}" {_TYPES[kind]}{"" if nullable == "YES" else " NOT NULL"}' for name, kind, nullable in shown]
    lines += [str(key) for (key,) in source.execute(_KEYS, (table,)).fetchall()]
    strict = " STRICT" if all(_TYPES[kind] in ("INTEGER", "TEXT") for _, kind, _ in shown) else ""
    copy.execute(f'CREATE TABLE "{table}" ({", ".join(lines)}){strict}')
    names = ", ".join(f'"{column[0]}"' for column in shown)
    order = ORDERED if len(shown) < len(columns) else "1"
    rows: Any = source.execute(f'SELECT {names} FROM "{table}" ORDER BY {order}'.encode())  # noqa: S608 - names out of the catalogue
    copy.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(shown))})', rows)  # noqa: S608


def _copy_trigger(copy: sqlite3.Connection, name: str, definition: str, body: str) -> None:
    """One that refuses rows, as SQLite says it; others have nothing to say there."""
    found = re.search(r"BEFORE (UPDATE|DELETE|INSERT) ON public\.(\w+) FOR EACH ROW", definition)
    refusal = re.search(r"(?:IF (?P<when>.*) THEN )?RAISE EXCEPTION '(?P<why>[^']*)'", body, re.DOTALL)
    if found is None or refusal is None:
        return
    when = f" WHEN {refusal['when']}".replace("repeat('0', 64)", "printf('%064d', 0)") if refusal["when"] else ""
    why = refusal["why"]
    copy.execute(f"CREATE TRIGGER {name} BEFORE {found[1]} ON {found[2]}{when} BEGIN SELECT RAISE(ABORT, '{why}'); END")
