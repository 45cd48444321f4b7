"""The write-ahead log stays small; where a reader keeps it from that, an operator is told, until it is small again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog

from genesis.clock import SystemClock
from genesis.config import _storage
from genesis.core.commands import Command, ExitProcess
from genesis.core.events import EngineBooted, Event, Now, StopRequested, TimerFired
from genesis.core.facts import EngineStopped, ErrorRecorded, Fact
from genesis.core.models import EngineState
from genesis.core.settings import TimingSettings
from genesis.core.state import State
from genesis.core.strict import Table
from genesis.data import storage, writer
from genesis.data.storage import MIB, StorageSettings
from genesis.engine.loop import EngineLoop
from genesis.monitoring.metrics import Metrics
from tests.engine_shell.support import Book, NotedAlerts, NotedGateway, ObedientEngine, opening_facts

SMALL = StorageSettings(wal_checkpoint_mb=1, wal_alarm_mb=3)
PIECE = 100_000


def large() -> list[Fact]:
    return [ErrorRecorded(code="GENESIS-5000", detail="x" * PIECE)]


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Another process in the middle of a long question."""
    reader = sqlite3.connect(path, isolation_level=None)
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchone()
        yield reader
    finally:
        reader.close()


async def until(loop: EngineLoop, reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        await loop.callers.until(reached)


async def test_the_log_is_emptied_as_it_grows(tmp_path: Path) -> None:
    book = Book(tmp_path, SMALL)
    sizes = []
    for _ in range(60):
        await book.write(large())
        sizes.append(book.journal.sizes.wal)
    assert max(sizes) < 2 * MIB
    assert book.journal.sizes.database > 60 * PIECE
    assert book.journal.log_trouble == ""
    await book.close()


async def test_without_it_the_log_would_be_larger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage.LogKeeper, "tidy", lambda *_: None)
    book = Book(tmp_path, SMALL)
    for _ in range(60):
        await book.write(large())
    assert book.journal.sizes.wal > 2 * MIB
    await book.close()


async def test_a_reader_keeps_it_and_that_is_said_until_it_is_small_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written after the reader has left: the writer looks after its files all the same."""
    tidied, running, tidy = asyncio.Event(), asyncio.get_running_loop(), storage.LogKeeper.tidy

    def told(keeper: storage.LogKeeper, connection: sqlite3.Connection) -> None:
        tidy(keeper, connection)
        running.call_soon_threadsafe(tidied.set)

    monkeypatch.setattr(storage.LogKeeper, "tidy", told)
    book = Book(tmp_path, SMALL)
    await book.write(opening_facts())
    with reading(book.path):
        for _ in range(40):
            await book.write(large())
        assert book.journal.sizes.wal > 3 * MIB
        assert "expected at most 3145728: a reader keeps it from being emptied" in book.journal.log_trouble
    async with asyncio.timeout(10):
        while book.journal.sizes.wal:
            tidied.clear()
            await tidied.wait()
    assert book.journal.log_trouble == ""
    await book.close()


async def test_a_busy_reader_costs_the_writer_no_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is copied whole, but a reader stands at its end: it cannot be cut, and nobody waits for that."""
    monkeypatch.setattr(writer, "IDLE_S", 60.0)
    book = Book(tmp_path, SMALL)
    for _ in range(5):
        await book.write(large())
    with reading(book.path):
        keeper, connection = book.journal._store._log, sqlite3.connect(book.path, isolation_level=None)
        keeper._settings = StorageSettings(wal_checkpoint_mb=0)
        began = asyncio.get_running_loop().time()
        keeper.tidy(connection)
        assert asyncio.get_running_loop().time() - began < 2.5  # half of what it would wait
        assert book.journal.sizes.wal > 0
        assert connection.execute("PRAGMA busy_timeout").fetchone() == (5_000,)
        connection.close()
    await book.close()


async def test_the_alarm_is_a_condition_that_ends(tmp_path: Path) -> None:
    book = Book(tmp_path, SMALL)
    grow = True

    def answer(event: Event, _now: Now) -> tuple[list[Fact], list[Command]]:
        if isinstance(event, EngineBooted):
            return opening_facts(), []
        if isinstance(event, StopRequested):
            return [EngineStopped(digest=book.state.digest(), clean=True)], [ExitProcess(code=0)]
        return (large() * 4 if grow and isinstance(event, TimerFired) else []), []

    engine: Any = ObedientEngine(book.state, answer)
    loop = EngineLoop(
        engine=engine, journal=book.journal, clock=SystemClock(), timing=TimingSettings(), gauge=Metrics(), alerts=NotedAlerts()
    )
    with reading(book.path), structlog.testing.capture_logs() as said:
        boot = EngineBooted(epoch=1, version="test", config_digest="0" * 64, test_hooks=False)
        running = asyncio.ensure_future(loop.run(boot, [NotedGateway(lambda: 0)]))
        await until(loop, lambda: book.state.conditions.get("database-log") == "DOWN")
        grow = False
    assert [line["text"] for line in said if "write-ahead log" in line.get("text", "")]
    await until(loop, lambda: book.state.conditions.get("database-log") == "UP")
    loop.stop("SIGTERM")
    assert await running == 0


def test_the_metrics_show_the_sizes() -> None:
    metrics = Metrics()
    metrics.sizes(storage.Sizes(database=4096, wal=32))
    text = metrics.text(State(), EngineState.RUNNING, 0).decode()
    assert "genesis_database_bytes 4096.0" in text
    assert "genesis_wal_bytes 32.0" in text


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"wal_checkpoint_mb": 0}, "database.wal_checkpoint_mb: expected an integer from 1"),
        ({"wal_alarm_mb": "x"}, "database.wal_alarm_mb: expected an integer"),
        ({"wal_alarm_mb": 31}, "database.wal_alarm_mb: expected at least twice wal_checkpoint_mb (16), got 31"),
    ],
)
def test_a_bad_value_is_named(said: dict[str, Any], expected: str) -> None:
    errors: list[str] = []
    _storage(Table(said, "database", errors))
    assert errors[0].startswith(expected)
