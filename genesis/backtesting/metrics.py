"""Measures of a backtest (domain "Monitoring and backtesting"). Exact decimals; roots to 50 digits, so the same everywhere.

A measure that its data do not define (no trade, no loss, no spread of returns) is None, never 0 and never infinite.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

import msgspec

from genesis.core.money import CONTEXT, ONE, ZERO

YEAR_MS: Final = 365 * 86_400_000
"""Crypto trades every day of the year."""


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """Ratios are annualised. `max_drawdown`, `win_rate` and returns are fractions of 1."""

    total_return: Decimal
    annual_return: Decimal | None
    sharpe: Decimal | None
    sortino: Decimal | None
    calmar: Decimal | None
    max_drawdown: Decimal
    profit_factor: Decimal | None
    win_rate: Decimal | None
    trades: int


class DrawdownWatch:
    """The largest fall from a peak, seen one value after another."""

    def __init__(self) -> None:
        self.peak = ZERO
        self.largest = ZERO

    def see(self, equity: Decimal) -> Decimal:
        """The drawdown now: (peak - equity) / peak."""
        self.peak = max(self.peak, equity)
        now = (self.peak - equity) / self.peak if self.peak > ZERO else ZERO
        self.largest = max(self.largest, now)
        return now


def max_drawdown(equity: Sequence[Decimal]) -> Decimal:
    """(peak - trough) / peak, the largest over all peaks and later troughs; 0 for an empty or rising curve."""
    watch = DrawdownWatch()
    for value in equity:
        watch.see(value)
    return watch.largest


def returns(equity: Sequence[Decimal]) -> list[Decimal]:
    """Return of each period: this value over the one before, less 1."""
    return [after / before - ONE for before, after in pairwise(equity) if before > ZERO]


def mean(values: Sequence[Decimal]) -> Decimal:
    return sum(values, ZERO) / len(values)


def sharpe(values: Sequence[Decimal], periods: Decimal, risk_free: Decimal = ZERO) -> Decimal | None:
    """(mean - rf) / sigma x sqrt(periods): `values` are returns of one period, `periods` of them make a year, `risk_free` is of
    a year; sigma is the sample's (n - 1)."""
    if len(values) < 2:
        return None
    average = mean(values)
    variance = sum(((value - average) ** 2 for value in values), ZERO) / (len(values) - 1)
    if variance == ZERO:
        return None
    return (average - risk_free / periods) / variance.sqrt(CONTEXT) * periods.sqrt(CONTEXT)


def sortino(values: Sequence[Decimal], periods: Decimal, risk_free: Decimal = ZERO) -> Decimal | None:
    """As `sharpe`, over the downside deviation: the root of the mean square of what falls short of the target, over all periods."""
    if not values:
        return None
    target = risk_free / periods
    downside = sum((min(value - target, ZERO) ** 2 for value in values), ZERO) / len(values)
    if downside == ZERO:
        return None
    return (mean(values) - target) / downside.sqrt(CONTEXT) * periods.sqrt(CONTEXT)


def annual_return(start: Decimal, end: Decimal, elapsed_ms: int) -> Decimal | None:
    """Compound return of a year: (end / start) ** (year / elapsed) - 1. None within a day: it would be a fantasy."""
    if start <= ZERO or end <= ZERO or elapsed_ms < 86_400_000:
        return None
    years = Decimal(elapsed_ms) / YEAR_MS
    return ((end / start).ln(CONTEXT) / years).exp(CONTEXT) - ONE


def calmar(annual: Decimal | None, drawdown: Decimal) -> Decimal | None:
    """Annual return over the largest drawdown."""
    return annual / drawdown if annual is not None and drawdown > ZERO else None


def profit_factor(results: Sequence[Decimal]) -> Decimal | None:
    """Sum of the winners over the sum of the losers, fees included."""
    lost = -sum((result for result in results if result < ZERO), ZERO)
    return sum((result for result in results if result > ZERO), ZERO) / lost if lost > ZERO else None


def win_rate(results: Sequence[Decimal]) -> Decimal | None:
    """Share of the trades that won; a result of 0 is no win."""
    return Decimal(sum(result > ZERO for result in results)) / len(results) if results else None


def measured(
    samples: Sequence[Decimal], results: Sequence[Decimal], *, sample_ms: int, elapsed_ms: int, drawdown: Decimal, risk_free: Decimal
) -> Metrics:
    """All measures: `samples` = equity every `sample_ms`, `drawdown` = the largest of the whole curve, `results` = net P&L of trades."""
    periods = Decimal(YEAR_MS) / sample_ms
    changes = returns(samples)
    annual = annual_return(samples[0], samples[-1], elapsed_ms)
    return Metrics(
        total_return=samples[-1] / samples[0] - ONE if samples[0] > ZERO else ZERO,
        annual_return=annual,
        sharpe=sharpe(changes, periods, risk_free),
        sortino=sortino(changes, periods, risk_free),
        calmar=calmar(annual, drawdown),
        max_drawdown=drawdown,
        profit_factor=profit_factor(results),
        win_rate=win_rate(results),
        trades=len(results),
    )
