"""`python -m benchmarks.backtesting`: processor time of 1,000 trades (entry and exit each), required under 1 s. Exit code 1 if not.

One-minute bars from a seed; a signal buys at the end of every second bar, another one sells at the end of the next. Every order
passes the risk engine, every fill is booked, the sums are checked.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from decimal import Decimal

import msgspec

from genesis.backtesting.generator import bars
from genesis.backtesting.runner import Backtest
from genesis.backtesting.settings import BacktestSettings
from genesis.backtesting.tape import Print, prints_of_bar
from genesis.core.events import SignalSubmitted
from genesis.core.models import OrderType, Purpose, Side, Signal, SymbolRules
from genesis.core.money import install_context
from genesis.core.settings import DEFAULT_TIERS, EngineSettings, RiskSettings, VenueTerms

TRADES = 1_000
REQUIRED_S = 1.0
MINUTE_MS = 60_000
WITHOUT_A_DAYS_END = {tier: msgspec.structs.replace(limits, daily_loss=Decimal(10**6)) for tier, limits in DEFAULT_TIERS.items()}
"""Fees alone would lose more than a day may (R3) long before the last trade."""
RULES = SymbolRules(
    venue="binance",
    symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    status="TRADING",
    tick_size=Decimal("0.01"),
    min_price=Decimal("0.01"),
    max_price=Decimal(1_000_000),
    step_size=Decimal("0.00001"),
    min_qty=Decimal("0.00001"),
    max_qty=Decimal(9_000),
    min_notional=Decimal(5),
)


def measured(runs: int = 5) -> tuple[float, int]:
    """(processor seconds of the fastest run, finished trades of each)."""
    install_context()
    settings = BacktestSettings(balances={"USDT": Decimal(100_000)}, rules=(RULES,))
    market = bars(RULES, settings.generator, 1, 2 * TRADES + 4)
    tape = [traded for bar in market for traded in prints_of_bar(bar, 2 * settings.latency_ms)]
    timed = [_once(settings, tape) for _ in range(runs)]
    return min(seconds for seconds, _ in timed), timed[0][1]


def _once(settings: BacktestSettings, tape: list[Print]) -> tuple[float, int]:
    engine = EngineSettings(
        venues=(VenueTerms(name="binance", symbols=("BTCUSDT",)),),
        risk=RiskSettings(max_order_fraction=Decimal(1), trades_a_day=10**6, tiers=WITHOUT_A_DAYS_END),
    )
    backtest = Backtest(engine, settings)
    for number in range(TRADES):
        at_ms = settings.generator.start_ms + (2 * number + 1) * MINUTE_MS
        backtest.schedule(at_ms, SignalSubmitted(signal=_signal(number, Side.BUY, Purpose.ENTRY, "10"), reply_to=1))
        backtest.schedule(at_ms + MINUTE_MS, SignalSubmitted(signal=_signal(number, Side.SELL, Purpose.EXIT, "9.99"), reply_to=1))
    gc.collect()
    gc.disable()  # as in the command
    began = time.process_time()
    outcome = backtest.run(tape)
    seconds = time.process_time() - began
    gc.enable()
    return seconds, len(outcome.trades)


def _signal(number: int, side: Side, purpose: Purpose, quantity: str) -> Signal:
    return Signal(
        signal_id=f"{purpose}-{number}",
        source="external",
        strategy="external",
        venue="binance",
        symbol="BTCUSDT",
        side=side,
        order_type=OrderType.MARKET,
        quantity=Decimal(quantity),
        confidence=Decimal(1),
        purpose=purpose,
    )


def main() -> int:
    best_s, trades = measured()
    row = {"what": "backtest", "trades": trades, "bars": 2 * TRADES + 4, "seconds": round(best_s, 3), "required": REQUIRED_S}
    sys.stdout.write(json.dumps(row) + "\n")
    return 0 if best_s < REQUIRED_S else 1


if __name__ == "__main__":
    raise SystemExit(main())
