"""Numbers of the market analysis and of the strategies: defaults of `facts/domain.md`, where it is silent of docs/decisions.

Fractions are of 1 (0.02 = 2 %), times in milliseconds, `*_bars` count closed bars. `smoothing_bars` is how many bars
an average with Wilder's smoothing may remember: such an average never forgets, ours does, so that a restart gives it back.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from genesis.core.models import MarketState


class MarketSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The state of a market (R32), flash crashes (R23), correlation of returns (R10), what a book offers."""

    flash_fall: Decimal = Decimal("0.1")  # R23
    flash_window_ms: int = 60_000  # R23
    panic_ms: int = 300_000  # R23: how long a flash crash keeps the market in PANIC
    dead_after_ms: int = 60_000  # R32
    volatile_above: Decimal = Decimal("0.02")  # R32: ATR / price
    trending_above: Decimal = Decimal(25)  # R32: ADX
    atr_period: int = 14
    adx_period: int = 14
    smoothing_bars: int = 200
    correlation_bars: int = 100  # returns; one more close
    liquidity_bps: Decimal = Decimal(10)  # how far from the middle a book's depth and liquidity count
    imbalance_levels: int = 20  # of each side


class MomentumSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Breakouts that are confirmed (R17)."""

    lookback_bars: int = 20
    breakout: Decimal = Decimal("0.02")  # beyond the highest high (below the lowest low) of the lookback
    volume_ratio: Decimal = Decimal("1.5")
    adx_period: int = 14
    adx_above: Decimal = Decimal(25)
    confirm_bars: int = 3
    exit_bars: int = 10
    smoothing_bars: int = 200
    confidence_from: Decimal = Decimal("0.6")  # of a signal that just meets the rule (R8)
    trades_in: tuple[MarketState, ...] = (MarketState.VOLATILE, MarketState.TRENDING)


class MeanReversionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Back to the middle of the Bollinger bands (R18)."""

    band_bars: int = 20
    band_width: Decimal = Decimal(2)  # standard deviations
    rsi_period: int = 14
    rsi_low: Decimal = Decimal(30)
    rsi_high: Decimal = Decimal(70)
    take_profit: Decimal = Decimal("0.02")
    atr_period: int = 14
    stop_atr: Decimal = Decimal(2)
    smoothing_bars: int = 200
    confidence_from: Decimal = Decimal("0.6")
    trades_in: tuple[MarketState, ...] = (MarketState.RANGING,)


class PairsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two symbols whose spread comes back (R19). `z` = deviations of the spread from what the regression expects."""

    window_bars: int = 100
    enter_z: Decimal = Decimal(2)
    exit_z: Decimal = Decimal("0.5")
    stop_z: Decimal = Decimal(3)
    least_correlation: Decimal = Decimal("0.8")
    confidence_from: Decimal = Decimal("0.6")
    trades_in: tuple[MarketState, ...] = (MarketState.TRENDING, MarketState.RANGING)


class KellySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sizing by what a strategy has won and lost (R14)."""

    part: Decimal = Decimal("0.25")
    cap: Decimal = Decimal("0.5")
    least_trades: int = 20
