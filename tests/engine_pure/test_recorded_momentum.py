"""Momentum (R17) on recorded trades: BTCUSDT of 2021-01-08, 46 seconds as one-second bars, with parameters for so short a time."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from genesis.analytics.bars import BarBuilder
from genesis.core.models import Bar, MarketState, Purpose, Side
from genesis.core.strategy_settings import MomentumSettings
from genesis.strategies.mandated import Mandate
from genesis.strategies.parameters import read
from genesis.strategies.sniper.momentum import Momentum
from tests.builders import SYMBOL, VENUE
from tests.engine_pure import oracle
from tests.engine_pure.bar_kit import Desk

SECOND_MS = 1_000
PARAMETERS = {
    "lookback_bars": "10",
    "breakout": "0.0001",
    "volume_ratio": "1.2",
    "adx_period": "7",
    "adx_above": "25",
    "confirm_bars": "2",
    "exit_bars": "5",
    "smoothing_bars": "40",
}
SETTINGS = read(MomentumSettings, PARAMETERS)

Row = dict[str, str]
Signal = tuple[int, Purpose, Side]
"""(second since the recording's first, purpose, side)"""


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    folder = os.environ.get("GENESIS_DATA_DIR")
    path = Path(folder or "") / "BTCUSDT-trades-2021-01-08.csv"
    if not folder or not path.is_file():
        pytest.skip("the recorded trades BTCUSDT-trades-2021-01-08.csv are not here; GENESIS_DATA_DIR names their folder")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def bars(rows: list[Row]) -> list[Bar]:
    builder = BarBuilder(VENUE, SYMBOL, SECOND_MS)
    closed = [bar for row in rows for bar in builder.on_trade(Decimal(row["price"]), Decimal(row["qty"]), int(row["time"]))]
    closed += builder.on_time(int(rows[-1]["time"]) + SECOND_MS)
    assert builder.late == 0
    return closed


def test_the_bars_are_the_recorded_seconds(rows: list[Row], bars: list[Bar]) -> None:
    seconds: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        seconds[int(row["time"]) // SECOND_MS * SECOND_MS].append(row)
    assert [bar.open_ms for bar in bars] == list(range(min(seconds), max(seconds) + 1, SECOND_MS))
    assert sum(bar.trades for bar in bars) == len(rows) == 2001
    for bar in bars:
        mine = seconds[bar.open_ms]
        prices = [Decimal(row["price"]) for row in mine]
        assert (bar.open, bar.high, bar.low, bar.close) == (prices[0], max(prices), min(prices), prices[-1])
        assert bar.volume == sum((Decimal(row["qty"]) for row in mine), Decimal(0))


def test_the_signals_of_the_recording(bars: list[Bar]) -> None:
    """What the strategy wished, what the rule says of all bars at once, and what a reader can check on the chart."""
    found = signals(bars)
    assert found == expected(bars)
    assert found == [
        (23, Purpose.ENTRY, Side.BUY),
        (29, Purpose.EXIT, Side.SELL),
        (39, Purpose.ENTRY, Side.SELL),
        (44, Purpose.EXIT, Side.BUY),
    ]


def signals(bars: list[Bar]) -> list[Signal]:
    strategy = Momentum(Mandate(name="recorded", symbols=((VENUE, SYMBOL),), interval_ms=SECOND_MS), SETTINGS)
    desk, found = Desk(MarketState.TRENDING), []
    for index, bar in enumerate(bars):
        wishes = strategy.on_bar(bar, desk)
        desk.obey(wishes, [bar])
        found += [(index, wish.purpose, wish.side) for wish in wishes]
    return found


def expected(bars: list[Bar]) -> list[Signal]:
    held, found = 0, []
    for index in range(len(bars)):
        seen = bars[: index + 1]
        if held and oracle.momentum_leaves(seen, SETTINGS, long=held > 0):
            found.append((index, Purpose.EXIT, Side.SELL if held > 0 else Side.BUY))
            held = 0
        elif not held and (side := oracle.momentum(seen, SETTINGS)) is not None:
            found.append((index, Purpose.ENTRY, side))
            held = 1 if side is Side.BUY else -1
    return found
