"""Rows of an engine's database on a server, read where they are: one read-only transaction, nothing is copied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Final

from psycopg import sql
from psycopg.rows import dict_row

from libraries.world.servers.database import Connection, Database

ORDERED: Final = "rowid"
"""The column in which PostgreSQL keeps what SQLite keeps in every table: the order in which rows came."""
TABLES: Final = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name"
_COLUMNS: Final = (
    "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s ORDER BY ordinal_position"
)


class Reading:
    """What one transaction sees (REPEATABLE READ). Names are the caller's to check; values are bound."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def tables(self) -> list[str]:
        return [str(name) for (name,) in self._connection.execute(TABLES).fetchall()]

    def columns(self, table: str) -> list[str]:
        """Those that a file has, too."""
        return [name for name in self._all_columns(table) if name != ORDERED]

    def _all_columns(self, table: str) -> list[str]:
        return [str(name) for (name,) in self._connection.execute(_COLUMNS, (table,)).fetchall()]

    def rows(self, table: str, conditions: Mapping[str, str], order_by: str) -> list[dict[str, Any]]:
        """Rows whose columns equal the conditions, as text compares. `order_by` `rowid`: as they came."""
        columns = self._all_columns(table)
        order = order_by if order_by in columns else columns[0]
        clauses = [sql.SQL("{}::text = {}").format(sql.Identifier(column), sql.Placeholder(column)) for column in conditions]
        statement = sql.SQL("SELECT {} FROM {}{} ORDER BY {}").format(
            sql.SQL(", ").join(sql.Identifier(column) for column in columns if column != ORDERED),
            sql.Identifier(table),
            sql.SQL(" WHERE ") + sql.SQL(" AND ").join(clauses) if clauses else sql.SQL(""),
            sql.Identifier(order),
        )
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement, dict(conditions)).fetchall()


@contextmanager
def reading(database: Database) -> Iterator[Reading]:
    """One look at it.

    Raises:
        psycopg.Error: the server does not answer.
    """
    with closing(database.connect()) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield Reading(connection)
