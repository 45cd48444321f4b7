"""Questions to a database of a million orders, asked as the control API asks them: through `Repository`, its thread and its connection."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from genesis.core.models import Order, OrderState, OrderType, Purpose, Side
from genesis.core.money import install_context
from genesis.data import anchor, statements
from genesis.data.recovery import recover
from genesis.data.repository import Repository, SqliteAnswers
from genesis.data.rows import Row, order_row

from .table import Line

ROWS, OPEN = 1_000_000, 20
A_TRANSACTION: Final = 20_000
QUESTIONS: Final = 2_000
FEW: Final = 20
"""Of what is not asked by an index, so that a slow answer does not take minutes."""
REQUIRED_MS, GOAL_MS = 10.0, 1.0


def measured(rows: int = ROWS) -> list[Line]:
    """p99 of one order by its id, and of the open orders among all; the answers are looked at."""
    install_context()
    with tempfile.TemporaryDirectory(prefix="bench-database-") as folder:
        path = Path(folder) / "engine.db"
        _filled(path, rows)
        return asyncio.run(_asked(path, rows))


def _filled(path: Path, rows: int) -> None:
    connection = recover(path, anchor.beside(path)).connection
    try:
        for first in range(0, rows, A_TRANSACTION):
            connection.execute("BEGIN")
            connection.executemany(statements.UPSERT_ORDER, _orders(first, min(A_TRANSACTION, rows - first), rows))
            connection.execute("COMMIT")
    finally:
        connection.close()


def _orders(first: int, count: int, rows: int) -> Iterator[Row]:
    """All but a few are filled; the open ones lie among the others, evenly."""
    every = max(rows // OPEN, 1)
    order = Order(
        client_order_id="",
        venue="binance",
        symbol="BTCUSDT",
        side=Side.BUY,
        order_type=OrderType.MARKET,
        quantity=Decimal("0.2"),
        purpose=Purpose.ENTRY,
        strategy="load",
        correlation_id="",
        state=OrderState.FILLED,
        reserved_asset="USDT",
        created_ms=1_700_000_000_000,
        updated_ms=1_700_000_000_000,
    )
    for number in range(first, first + count):
        state = OrderState.OPEN if number % every == 0 else OrderState.FILLED
        made = msgspec.structs.replace(order, client_order_id=_name(number), correlation_id=f"s{number}", state=state)
        yield order_row(made, 1)


def _name(number: int) -> str:
    return f"gbench001-{number}"


async def _asked(path: Path, rows: int) -> list[Line]:
    repository = Repository(lambda: SqliteAnswers(path))
    dice = random.Random(1)  # noqa: S311 - the same questions in each run
    try:
        by_id = await _times(lambda: _one(repository, _name(dice.randrange(rows))), QUESTIONS)
        open_ones = await _times(lambda: _open(repository, rows), FEW)
    finally:
        repository.close()
    what = f"database query on {rows:,} rows"
    return [
        _line("database.by_id", f"{what}: an order by its id, p99", by_id),
        _line("database.open", f"{what}: the open orders, p99", open_ones),
    ]


async def _times(ask: Callable[[], Coroutine[Any, Any, None]], count: int) -> list[float]:
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - begun) * 1_000)
    return sorted(times)


async def _one(repository: Repository, name: str) -> None:
    found = await repository.order(name)
    assert found is not None, f"order {name} is in the database, it was not found"
    assert found["client_order_id"] == name, f"asked for {name}, got {found['client_order_id']}"


async def _open(repository: Repository, rows: int) -> None:
    found = await repository.orders(OrderState.OPEN.value)
    assert len(found) == min(OPEN, rows), f"{min(OPEN, rows)} orders are open, got {len(found)}"


def _line(key: str, what: str, times: list[float]) -> Line:
    p50, p99 = times[len(times) // 2], times[min(len(times) - 1, int(len(times) * 0.99))]
    return Line(key=key, what=what, unit="ms", reached=p99, required=REQUIRED_MS, goal=GOAL_MS, more=False, note=f"p50 {p50:.3f} ms")
