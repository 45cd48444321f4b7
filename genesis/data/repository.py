"""Questions to the database, on a read-only connection and a thread of its own: they never delay a commit."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from genesis.core.errors import DATABASE_LOCKED, DatabaseError
from genesis.data import statements
from genesis.data.sqlite import open_reader
from genesis.data.store import StoreError

Rows = list[dict[str, Any]]
_FIRST_LOOK: Final = "SELECT key FROM meta LIMIT 1"


class Answering(Protocol):
    """A connection that only reads."""

    def rows(self, question: str, values: tuple[str, ...]) -> Rows:
        """Raises StoreError: no answer."""

    def close(self) -> None: ...


class SqliteAnswers:
    """Answers out of a file."""

    def __init__(self, path: Path) -> None:
        self._connection = open_reader(path)

    def rows(self, question: str, values: tuple[str, ...]) -> Rows:
        try:
            cursor = self._connection.execute(question, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]
        except sqlite3.Error as error:
            raise StoreError(str(error)) from error

    def close(self) -> None:
        self._connection.close()


class Repository:
    """Implements `genesis.engine.ports.Questions`. Every method raises DatabaseError when the database does not answer."""

    def __init__(self, opening: Callable[[], Answering]) -> None:
        self._opening = opening
        self._connection: Answering | None = None
        self._closed = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="questions")
        self._thread.submit(self._ask, _FIRST_LOOK, ())  # opens all that questions need, while there are descriptors

    async def orders(self, state: str | None) -> Rows:
        if state is None:
            return (await self._rows(statements.SELECT_ORDERS))[::-1]
        return (await self._rows(statements.SELECT_ORDERS_IN_STATE, state))[::-1]

    async def order(self, client_order_id: str) -> dict[str, Any] | None:
        rows = await self._rows(statements.SELECT_ORDER, client_order_id)
        return rows[0] if rows else None

    async def positions(self) -> Rows:
        return await self._rows(statements.SELECT_POSITIONS)

    async def fills(self) -> Rows:
        rows = await self._rows(statements.SELECT_FILLS)
        return [{**row, "maker": bool(row["maker"])} for row in reversed(rows)]

    async def trades(self) -> Rows:
        rows = await self._rows(statements.SELECT_TRADES)
        return [{**row, "legs": msgspec.json.decode(row["legs"])} for row in reversed(rows)]

    def close(self) -> None:
        """Close the connection and end the thread; the second time does nothing."""
        if not self._closed:
            self._closed = True
            self._thread.submit(self._disconnect)
            self._thread.shutdown(wait=True)

    async def _rows(self, question: str, *values: str) -> Rows:
        if self._closed:
            raise DatabaseError("the engine is leaving; read the database itself", DATABASE_LOCKED)
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._ask, question, values)

    def _ask(self, question: str, values: tuple[str, ...]) -> Rows:
        try:
            if self._connection is None:
                self._connection = self._opening()
            return self._connection.rows(question, values)
        except (StoreError, sqlite3.Error) as error:
            self._disconnect()
            raise DatabaseError(f"the database does not answer: {error}; ask again", DATABASE_LOCKED) from error

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
