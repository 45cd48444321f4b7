"""Kelly sizing (R14): how much of its capital a strategy should risk at once, by what it has won and lost."""

from __future__ import annotations

from decimal import Decimal

from genesis.core.money import ONE, ZERO
from genesis.core.strategy_settings import KellySettings


def kelly_fraction(trades: int, wins: int, won: Decimal, lost: Decimal, settings: KellySettings) -> Decimal | None:
    """The fraction of its capital, 0..`cap`: `part` x (p b - q) / b, where p is the share of closed trades that won, q = 1 - p,
    and b the average gain over the average loss. `won` and `lost` are the sums of gains and of losses (>= 0), in quote, fees
    included; a trade with a result of 0 is a loss of 0. No edge = 0. None = fewer than `least_trades`: nobody can tell.
    """
    assert 0 <= wins <= trades, (wins, trades)
    assert min(won, lost) >= ZERO, (won, lost)
    if trades < settings.least_trades:
        return None
    if wins == 0 or won == ZERO:
        return ZERO
    p = Decimal(wins) / trades
    q = ONE - p
    if lost == ZERO:
        return min(settings.part * p, settings.cap)  # b has no end: q / b vanishes
    b = (won / wins) / (lost / (trades - wins))
    return max(ZERO, min(settings.part * (p * b - q) / b, settings.cap))
