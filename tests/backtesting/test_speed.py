"""A thousand trades: the figure that is required is in benchmarks/backtesting; here, a bound that a busy machine keeps."""

from __future__ import annotations

import os

import pytest

from benchmarks.backtesting.__main__ import TRADES, measured


@pytest.mark.skipif("COVERAGE_PROCESS_START" in os.environ, reason="the measurement of coverage makes every line several times slower")
def test_a_thousand_trades_are_quick() -> None:
    best_s, trades = measured(runs=2)
    assert trades == TRADES
    assert best_s < 4, f"{best_s:.2f} s of processor time; 1 s is required of a quiet machine"
