"""Settings of a backtest: the table `[backtest]` of the configuration. Fractions are of 1; times in milliseconds."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from genesis.core.models import SymbolRules

_NO_RULES: tuple[SymbolRules, ...] = ()


class GeneratorSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Generated bars: a random walk, or with `reversion` one that gives that share of its distance from the start back per bar."""

    start: Decimal = Decimal(100)  # first price of every symbol, quote per base
    volatility: Decimal = Decimal("0.001")  # standard deviation of one bar's return
    drift: Decimal = Decimal(0)  # mean return of one bar
    reversion: Decimal = Decimal(0)
    volume: Decimal = Decimal(100)  # mean volume of a bar, base
    interval_ms: int = 60_000
    start_ms: int = 1_700_006_400_000  # 2023-11-15 00:00 UTC


class BacktestSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the simulated venue does and how the result is measured. The fees are those of the `[[venue]]`."""

    balances: dict[str, Decimal] = msgspec.field(default_factory=lambda: {"USDT": Decimal(10_000)})
    half_spread: Decimal = Decimal("0.00005")  # best bid and ask stand so far from the last trade
    slippage: Decimal = Decimal("0.0005")  # a taker pays so much more than the best price
    impact: Decimal = Decimal("0.001")  # and so much more again when it takes the whole depth; less in proportion
    depth: Decimal = Decimal(100_000)  # what a side of the book offers, in quote; more than that expires
    latency_ms: int = 50  # from the decision to the venue, and from the venue back
    timer_ms: int = 1_000  # the engine's timer while an order is under way
    sample_ms: int = 3_600_000  # distance of the equity samples of Sharpe and Sortino
    max_drawdown: Decimal = Decimal("0.2")  # a larger one ends the backtest
    risk_free: Decimal = Decimal(0)  # a year
    generator: GeneratorSettings = GeneratorSettings()
    rules: tuple[SymbolRules, ...] = _NO_RULES
