"""A thousand trades: the figure that is required is in benchmarks/backtesting; here, a bound that a busy machine keeps."""

from __future__ import annotations

from benchmarks.backtesting.__main__ import TRADES, measured


def test_a_thousand_trades_are_quick() -> None:
    best_s, trades = measured(runs=2)
    assert trades == TRADES
    assert best_s < 4, f"{best_s:.2f} s of processor time; 1 s is required of a quiet machine"
