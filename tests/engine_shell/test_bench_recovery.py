"""The benchmark of starts builds what an engine leaves, and a start's cost does not grow with history."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import msgspec
import pytest

from benchmarks.recovery import database
from benchmarks.recovery.__main__ import measured
from benchmarks.recovery.database import Built
from benchmarks.recovery.life import BEGAN_MS, SETTINGS, Lives
from genesis.core.settings import HistorySettings
from genesis.core.state import State
from genesis.data import anchor
from genesis.data.archive import archives_in
from genesis.data.audit import audit
from genesis.data.recovery import recover

SHARED_MACHINE = 2.5


def test_trips_follow_one_another_and_leave_the_account_as_it_was() -> None:
    lives, state = Lives(), State()
    for fact in lives.opening:
        state.apply(fact)
    before = {key: (balance.total, balance.locked) for key, balance in state.balances.items()}
    for number in range(3):
        for fact in lives.trip(number, BEGAN_MS):
            state.apply(fact)
    assert {key: (balance.total, balance.locked) for key, balance in state.balances.items()} == before
    assert (len(state.orders), len(state.fills), len(state.signals), len(state.open.by_id)) == (6, 6, 6, 0)
    assert all(position.quantity == 0 for position in state.positions.values())


def test_what_it_builds_holds_and_ends_without_a_stop(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    asyncio.run(Built(path, facts=30_000, days=5, later=3_000).write())
    report = audit(path)
    assert report.violations == []
    assert report.events > 33_000
    with sqlite3.connect(path) as connection:
        assert archives_in(connection)
        (kind,) = connection.execute("SELECT kind FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    connection.close()
    assert kind != "EngineStopped"
    found = recover(path, anchor.beside(path))
    assert found.state.digest() == report.digest_journal
    found.connection.close()


def test_cost_is_flat_in_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the whole benchmark, smaller: what is remembered is small as well. Folding ten times the history takes four times as long; a start
    that is flat in history takes as long as before, and half as long again where others use the machine too."""
    monkeypatch.setattr(database, "SETTINGS", msgspec.structs.replace(SETTINGS, history=HistorySettings(remembered=200)))
    rows = measured(20_000, 100_000)
    assert [row.kind for row in rows] == ["figure", "figure", "figure", "ratio"]
    times = float(rows[-1].reached.removesuffix(" x"))
    assert times < SHARED_MACHINE, rows[-1].reached
