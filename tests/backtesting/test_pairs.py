"""Pairs trading in a backtest (R19): the same trade of two legs as at the venue, told as one round trip."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from tests.backtesting.kit import MINUTE_MS, START_MS
from tests.backtesting.test_command import backtest

BTC = ("100.00", "100.40", "100.80", "100.40")
SWINGS = (2, -2, -2, 2, -2, 2, 2, -2)
BARS = 80
WIDE, BACK = 50, 56
"""The minute in which ETHUSDT becomes nine cents too dear, and the first in which it is not any more."""
CONFIG = """
[[venue]]
name = "binance"
symbols = ["ETHUSDT", "BTCUSDT"]
targets = { ETH = "10", BTC = "1" }
[backtest]
balances = { USDT = "5000", ETH = "10", BTC = "1" }
slippage = "0"
impact = "0"
[market_states]
atr_period = 5
adx_period = 5
smoothing_bars = 20
[[strategy]]
name = "pair"
kind = "pairs_trading"
symbols = ["ETHUSDT", "BTCUSDT"]
interval = "1m"
[strategy.parameters]
window_bars = "16"
"""


def closes(number: int) -> tuple[Decimal, Decimal]:
    """ETHUSDT and BTCUSDT: 50 + 1.5 x (BTCUSDT - 100), a deviation off; from `WIDE` on until `BACK` nine cents too dear."""
    btc = Decimal(BTC[number % 4])
    dear = 9 if WIDE <= number < BACK else SWINGS[number % 8]
    return 50 + Decimal("1.5") * (btc - 100) + Decimal(dear) / 100, btc


def dumps(folder: Path) -> list[str]:
    """Two files of klines; a bar opens where the one before it closed."""
    paths = []
    for index, symbol in enumerate(("ETHUSDT", "BTCUSDT")):
        rows = []
        for number in range(BARS):
            opened, close = closes(max(number - 1, 0))[index], closes(number)[index]
            open_ms = START_MS + number * MINUTE_MS
            ends = f"{opened},{max(opened, close)},{min(opened, close)},{close}"
            rows.append(f"{open_ms},{ends},40,{open_ms + MINUTE_MS - 1},4000,4,20,2000,0")
        path = folder / f"{symbol}-1m-2023-11-15.csv"
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
        paths.append(str(path))
    return paths


def test_a_pair_is_one_round_trip(tmp_path: Path) -> None:
    done = backtest(tmp_path, "--data", *dumps(tmp_path), "--out", str(tmp_path / "out"), "--quiet", config=CONFIG)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    (trade,) = result["trades"]
    assert trade["name"].startswith("pair-BTCUSDT-")  # its first signal's: the strategy's name, and the symbol of the bar
    assert trade["fills"] == 4
    assert trade["opened_ms"] // MINUTE_MS * MINUTE_MS == START_MS + (WIDE + 1) * MINUTE_MS
    assert WIDE + 1 < (trade["closed_ms"] - START_MS) // MINUTE_MS <= BACK + 1
    assert result["denials"] == {}
