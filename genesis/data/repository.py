"""Questions to the database, on a read-only connection and a thread of its own: they never delay a commit."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from genesis.core.errors import DATABASE_LOCKED, DatabaseError
from genesis.data import schema
from genesis.data.sqlite import open_reader

MOST_ROWS: Final = 10_000
"""Longest answer: the newest rows, in the order of their creation."""


class Repository:
    """Implements `genesis.engine.ports.Questions`. Every method raises DatabaseError when the database does not answer."""

    def __init__(self, path: Path) -> None:
        self._engine = sa.create_engine("sqlite://", creator=lambda: open_reader(path), poolclass=sa.StaticPool)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="questions")

    async def orders(self, state: str | None) -> list[dict[str, Any]]:
        question = sa.select(schema.orders)
        if state is not None:
            question = question.where(schema.orders.c.state == state)
        return await self._newest(question)

    async def order(self, client_order_id: str) -> dict[str, Any] | None:
        rows = await self._rows(sa.select(schema.orders).where(schema.orders.c.client_order_id == client_order_id))
        return rows[0] if rows else None

    async def positions(self) -> list[dict[str, Any]]:
        return await self._rows(sa.select(schema.positions).order_by(schema.positions.c.venue, schema.positions.c.symbol))

    async def fills(self) -> list[dict[str, Any]]:
        rows = await self._newest(sa.select(schema.fills))
        return [{**row, "maker": bool(row["maker"])} for row in rows]

    async def trades(self) -> list[dict[str, Any]]:
        rows = await self._newest(sa.select(schema.multi_leg_trades))
        return [{**row, "legs": msgspec.json.decode(row["legs"])} for row in rows]

    def close(self) -> None:
        """Close the connection and end the thread."""
        self._thread.submit(self._engine.dispose)
        self._thread.shutdown(wait=True)

    async def _newest(self, question: sa.Select[Any]) -> list[dict[str, Any]]:
        rows = await self._rows(question.order_by(sa.text("rowid DESC")).limit(MOST_ROWS))
        return rows[::-1]

    async def _rows(self, question: sa.Select[Any]) -> list[dict[str, Any]]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._ask, question)

    def _ask(self, question: sa.Select[Any]) -> list[dict[str, Any]]:
        try:
            with self._engine.connect() as connection:
                return [dict(row) for row in connection.execute(question).mappings()]
        except sa.exc.SQLAlchemyError as error:
            raise DatabaseError(f"the database does not answer: {error.__class__.__name__}; ask again", DATABASE_LOCKED) from error
