"""Rows of an engine's database, read-only."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import psycopg

from libraries.common.component import Component, member
from libraries.common.errors import NotYet, WrongArgument
from libraries.world.directories import read_only
from libraries.world.engine import Engine
from libraries.world.servers.database import Database
from libraries.world.servers.reading import reading

Row = dict[str, Any]


class DatabaseReader(Component):
    """Base of the keywords that read tables. Values are always bound, names always checked against the schema."""

    def rows(self, engine: str | None, table: str, conditions: dict[str, str] | None = None, order_by: str = "rowid") -> list[Row]:
        """All rows of `table` whose columns equal the conditions, as text compares.

        Raises:
            WrongArgument: no such table or column; lists those that are.
            NotYet: the engine has not created its database yet, or the server does not answer.
        """
        used = self.engine(engine)
        if used.database is not None:
            return _server_rows(used.alias, used.database, table, conditions or {}, order_by)
        with closing(_connection(used)) as connection:
            found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            member("table", table, [name for (name,) in found])
            columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
            for column in conditions or {}:
                member(f"column of {table}", column, columns)
            clauses = " AND ".join(f'CAST("{column}" AS TEXT) = :{column}' for column in conditions or {})
            statement = f'SELECT * FROM "{table}"{" WHERE " + clauses if clauses else ""} ORDER BY {order_by}'  # noqa: S608 - names checked
            return [dict(row) for row in connection.execute(statement, conditions or {})]

    def facts(self, engine: str | None, kind: str | None = None, correlation_id: str | None = None) -> list[Row]:
        """Facts of the journal since the test began, in order; `payload` is parsed."""
        conditions = {name: value for name, value in (("kind", kind), ("correlation_id", correlation_id)) if value is not None}
        rows = self.rows(engine, "events", conditions, order_by="seq")
        first = self.mark(self.engine(engine).alias).seq
        return [row | {"payload": json.loads(row["payload"])} for row in rows if row["seq"] > first]


def _connection(engine: Engine) -> sqlite3.Connection:
    """A read-only connection; the engine's own locks are never taken."""
    if not engine.database_path.exists():
        raise NotYet(f"the database of engine {engine.alias} does not exist yet")
    return read_only(engine.database_path)


def _server_rows(alias: str, database: Database, table: str, conditions: dict[str, str], order_by: str) -> list[Row]:
    """The same of a database on a server."""
    try:
        with reading(database) as seen:
            tables = seen.tables()
            if not tables:
                raise NotYet(f"engine {alias} has not made its tables yet")
            member("table", table, tables)
            columns = seen.columns(table)
            for column in conditions:
                member(f"column of {table}", column, columns)
            return seen.rows(table, conditions, order_by)
    except psycopg.Error as error:
        raise NotYet(f"the database of engine {alias} cannot be read: {error}") from error


def condition(text: str | None) -> dict[str, str]:
    """`column=value` of a `where=` argument.

    Raises:
        WrongArgument: another form.
    """
    if text is None:
        return {}
    column, equals, value = text.partition("=")
    if not equals or not column.strip():
        raise WrongArgument(f"where must be text such as state=FILLED (column, equals sign, value), got {text!r}")
    return {column.strip(): value.strip()}
