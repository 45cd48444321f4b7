"""The engine itself trades recorded BTCUSDT trades as one-second bars, with stated parameters; what it did is what the rule says."""

from __future__ import annotations

import csv
import json
import os
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from genesis.core.models import Bar, Side
from genesis.core.strategy_settings import MomentumSettings
from genesis.strategies.parameters import read
from tests.backtesting.test_command import backtest
from tests.builders import SYMBOL, VENUE
from tests.engine_pure import oracle

RECORDING = Path(os.environ.get("GENESIS_DATA_DIR", ".")) / "BTCUSDT-trades-2021-01-08.csv"
PARAMETERS = {
    "lookback_bars": "5",
    "breakout": "0",
    "volume_ratio": "1",
    "adx_period": "3",
    "adx_above": "20",
    "confirm_bars": "2",
    "exit_bars": "5",
    "smoothing_bars": "12",
    "trades_in": "RANGING TRENDING VOLATILE",
}
CONFIG = f"""
[[venue]]
name = "binance"
symbols = ["BTCUSDT"]
targets = {{ BTC = "1" }}
[backtest]
balances = {{ USDT = "20000", BTC = "1" }}
[market_states]
atr_period = 3
adx_period = 3
smoothing_bars = 12
[[strategy]]
name = "recorded"
kind = "momentum"
symbols = ["BTCUSDT"]
interval = "1s"
[strategy.parameters]
{chr(10).join(f'{name} = "{value}"' for name, value in PARAMETERS.items())}
"""
SETTINGS = read(MomentumSettings, PARAMETERS)

Trade = tuple[int, str, int]
"""(end of the bar at which it was entered, side, end of the bar at which it was left)"""


@pytest.mark.skipif(not RECORDING.is_file(), reason=f"recorded data is absent: no {RECORDING}; set GENESIS_DATA_DIR")
def test_the_engine_trades_the_recording_as_the_rule_says(tmp_path: Path) -> None:
    done = backtest(tmp_path, "--data", str(RECORDING), "--out", str(tmp_path / "out"), "--quiet", config=CONFIG)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert result["denials"] == {}
    made = [traded(trade) for trade in result["trades"]]
    assert made == expected(recorded_bars())
    assert len(made) >= 3


def traded(trade: dict[str, Any]) -> Trade:
    """A fill comes within the second after the bar that it was decided at."""
    return int(trade["name"].split("-")[2]), trade["side"], trade["closed_ms"] // 1_000 * 1_000 - 1


def recorded_bars() -> list[Bar]:
    """The seconds of the recording, made by other means than the engine's."""
    with RECORDING.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    bars = []
    for second, group in groupby(rows, lambda row: int(row["time"]) // 1_000):
        mine = list(group)
        prices = [Decimal(row["price"]) for row in mine]
        bars.append(
            Bar(
                venue=VENUE,
                symbol=SYMBOL,
                open_ms=second * 1_000,
                close_ms=second * 1_000 + 999,
                open=prices[0],
                high=max(prices),
                low=min(prices),
                close=prices[-1],
                volume=sum((Decimal(row["qty"]) for row in mine), Decimal(0)),
                trades=len(mine),
            )
        )
    return bars


def expected(bars: list[Bar]) -> list[Trade]:
    trades: list[Trade] = []
    entered: tuple[int, Side] | None = None
    for count in range(SETTINGS.smoothing_bars, len(bars) + 1):
        seen, end_ms = bars[:count], bars[count - 1].close_ms
        if entered is None:
            side = oracle.momentum(seen, SETTINGS)
            entered = None if side is None else (end_ms, side)
        elif oracle.momentum_leaves(seen, SETTINGS, long=entered[1] is Side.BUY):
            trades.append((entered[0], entered[1].value, end_ms))
            entered = None
    return trades
