"""The rules of the strategies once more, over whole lists of bars at once and with numpy: what a strategy is compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from genesis.core.models import Bar, Side
from genesis.core.strategy_settings import MomentumSettings

BUY, SELL = Side.BUY, Side.SELL


def wilder(values: Sequence[float], period: int = 14) -> list[float]:
    """The averages from the first `period` values on."""
    averages = [float(numpy.mean(values[:period]))]
    for value in values[period:]:
        averages.append((averages[-1] * (period - 1) + value) / period)
    return averages


def column(bars: Sequence[Bar], name: str) -> numpy.ndarray:
    return numpy.array([float(getattr(bar, name)) for bar in bars])


def true_ranges(bars: Sequence[Bar]) -> numpy.ndarray:
    high, low, close = (column(bars, name) for name in ("high", "low", "close"))
    return numpy.max([high[1:] - low[1:], abs(high[1:] - close[:-1]), abs(low[1:] - close[:-1])], axis=0)


def since_renewed(bars: Sequence[Bar], memory: int) -> Sequence[Bar]:
    """The bars that an average of the last one is made of: from the beginning of the half before its own."""
    half = memory // 2
    number = [bar.open_ms // (bar.close_ms + 1 - bar.open_ms) for bar in bars]
    begins = (number[-1] // half - 1) * half
    return [bar for bar, index in zip(bars, number, strict=True) if index >= begins]


def atr(bars: Sequence[Bar], memory: int = 200) -> float:
    return wilder(true_ranges(since_renewed(bars, memory)))[-1]


def trend(bars: Sequence[Bar], period: int = 14, memory: int = 200) -> tuple[float, float, float]:
    """(ADX, +DI, -DI)."""
    bars = since_renewed(bars, memory)
    high, low = column(bars, "high"), column(bars, "low")
    up, down = high[1:] - high[:-1], low[:-1] - low[1:]
    ranges = numpy.array(wilder(true_ranges(bars), period))
    plus = 100 * numpy.array(wilder(numpy.where((up > down) & (up > 0), up, 0), period)) / ranges
    minus = 100 * numpy.array(wilder(numpy.where((down > up) & (down > 0), down, 0), period)) / ranges
    both = plus + minus
    strengths = 100 * numpy.divide(abs(plus - minus), both, out=numpy.zeros_like(both), where=both > 0)
    return wilder(strengths, period)[-1], plus[-1], minus[-1]


def rsi(bars: Sequence[Bar], memory: int = 200) -> float:
    moves = numpy.diff(column(since_renewed(bars, memory), "close"))
    gain, loss = wilder(numpy.maximum(moves, 0))[-1], wilder(numpy.maximum(-moves, 0))[-1]
    return 100 - 100 / (1 + gain / loss) if loss else 100.0


def momentum(bars: Sequence[Bar], settings: MomentumSettings) -> Side | None:
    """R17: which way it enters at the last of these bars."""
    confirm, lookback = settings.confirm_bars, settings.lookback_bars
    if len(bars) < max(2 * settings.adx_period, lookback + confirm):
        return None
    before, last = bars[-lookback - confirm : -confirm], bars[-confirm:]
    adx, plus, minus = trend(bars, settings.adx_period, settings.smoothing_bars)
    enough = column(last, "volume").mean() >= float(settings.volume_ratio) * column(before, "volume").mean()
    if adx <= float(settings.adx_above) or not enough:
        return None
    breakout = float(settings.breakout)
    if plus > minus and column(last, "close").min() >= column(before, "high").max() * (1 + breakout):
        return BUY
    if minus > plus and column(last, "close").max() <= column(before, "low").min() * (1 - breakout):
        return SELL
    return None


def momentum_leaves(bars: Sequence[Bar], settings: MomentumSettings, *, long: bool) -> bool:
    _, plus, minus = trend(bars, settings.adx_period, settings.smoothing_bars)
    before, close = bars[-settings.exit_bars - 1 : -1], float(bars[-1].close)
    if long:
        return bool(minus > plus or close < column(before, "low").min())
    return bool(plus > minus or close > column(before, "high").max())


def mean_reversion(bars: Sequence[Bar]) -> Side | None:
    """R18: which way it enters at the last of these bars."""
    closes = column(bars[-20:], "close")
    lower, upper = closes.mean() - 2 * closes.std(), closes.mean() + 2 * closes.std()
    if closes[-1] <= lower and rsi(bars) <= 30:
        return BUY
    if closes[-1] >= upper and rsi(bars) >= 70:
        return SELL
    return None


def pair(first: Sequence[Bar], second: Sequence[Bar], window: int = 100) -> tuple[float, float, float]:
    """R19: (z, hedge ratio, correlation) at the last of these bars."""
    y, x = column(first[-window:], "close"), column(second[-window:], "close")
    slope, constant = numpy.polyfit(x, y, 1)
    residuals = y - constant - slope * x
    return residuals[-1] / residuals.std(), slope, numpy.corrcoef(x, y)[0, 1]
