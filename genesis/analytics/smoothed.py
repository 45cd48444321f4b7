"""Averages with a long tail: EMA, and Wilder's RSI, ATR and ADX ("New Concepts in Technical Trading Systems", 1978).

Such an average begins with a simple one and then moves a part of the way to each new value, so it never quite forgets. Ours
begins anew at the first of the last `bars` bars: the same bars give the same value to the last bit, also after a restart.
A value is worked out when it is asked for, once per bar, in floats. None until there are enough bars for a first value.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

FLAT_RSI: Final = 50.0
"""RSI of a market that did not move: neither side won."""


def smoothed(values: Sequence[float], period: int, weight: float) -> float:
    """The simple average of the first `period` values, moved by `weight` of the way to each later one."""
    average = sum(values[:period]) / period
    for value in values[period:]:
        average += (value - average) * weight
    return average


class Ema:
    """Exponential moving average: weight 2 / (period + 1)."""

    def __init__(self, period: int, bars: int) -> None:
        assert 0 < period <= bars, (period, bars)
        self._period = period
        self._values: deque[float] = deque(maxlen=bars)

    def add(self, value: float) -> None:
        self._values.append(value)

    @property
    def value(self) -> float | None:
        values = list(self._values)
        return smoothed(values, self._period, 2 / (self._period + 1)) if len(values) >= self._period else None


class Rsi:
    """Relative strength index, 0..100. Needs `period` + 1 closes."""

    def __init__(self, period: int, bars: int) -> None:
        assert 0 < period < bars, (period, bars)
        self._period = period
        self._closes: deque[float] = deque(maxlen=bars)

    def add(self, close: float) -> None:
        self._closes.append(close)

    @property
    def value(self) -> float | None:
        closes = list(self._closes)
        if len(closes) <= self._period:
            return None
        moves = [after - before for before, after in pairwise(closes)]
        gain = smoothed([max(move, 0.0) for move in moves], self._period, 1 / self._period)
        loss = smoothed([max(-move, 0.0) for move in moves], self._period, 1 / self._period)
        return 100 * gain / (gain + loss) if gain + loss > 0 else FLAT_RSI


class Trend(NamedTuple):
    """ADX says how strong a trend is, +DI and -DI which way it goes; 0..100 each."""

    adx: float
    plus: float
    minus: float


class Ranges:
    """True range and directional movement of the last `bars` bars, and what is smoothed of them: ATR, ADX, +DI, -DI."""

    def __init__(self, bars: int) -> None:
        assert bars > 1, bars
        self._moves: deque[tuple[float, float, float]] = deque(maxlen=bars - 1)  # (true range, +DM, -DM)
        self._before: tuple[float, float, float] | None = None  # high, low, close
        self._atr: dict[int, float | None] = {}
        self._trend: dict[int, Trend | None] = {}

    def add(self, high: float, low: float, close: float) -> None:
        """The next bar."""
        if self._before is not None:
            self._moves.append(_move(self._before, high, low))
            self._atr, self._trend = {}, {}
        self._before = (high, low, close)

    def atr(self, period: int) -> float | None:
        """Average true range, in the price's unit. Needs `period` + 1 bars."""
        if period not in self._atr:
            ranges = [move[0] for move in self._moves]
            self._atr[period] = smoothed(ranges, period, 1 / period) if len(ranges) >= period else None
        return self._atr[period]

    def trend(self, period: int) -> Trend | None:
        """ADX with both directions. Needs 2 x `period` bars."""
        if period not in self._trend:
            enough = len(self._moves) >= 2 * period - 1
            self._trend[period] = _trend(list(self._moves), period) if enough else None
        return self._trend[period]


def _move(before: tuple[float, float, float], high: float, low: float) -> tuple[float, float, float]:
    """(true range, +DM, -DM): only the larger of the two outward moves counts, and only if it goes outward."""
    high_before, low_before, close_before = before
    up, down = high - high_before, low_before - low
    true_range = max(high, close_before) - min(low, close_before)
    return true_range, up if up > down and up > 0 else 0.0, down if down > up and down > 0 else 0.0


def _trend(moves: list[tuple[float, float, float]], period: int) -> Trend:
    weight = 1 / period
    ranges, up, down = (sum(column) / period for column in zip(*moves[:period], strict=True))
    strengths = [_strength(up, down)]
    for range_now, up_now, down_now in moves[period:]:
        ranges += (range_now - ranges) * weight
        up += (up_now - up) * weight
        down += (down_now - down) * weight
        strengths.append(_strength(up, down))
    if ranges <= 0:
        return Trend(smoothed(strengths, period, weight), 0.0, 0.0)
    return Trend(smoothed(strengths, period, weight), 100 * up / ranges, 100 * down / ranges)


def _strength(up: float, down: float) -> float:
    """DX: how much one direction outweighs the other. The true range cancels out of DI / DI."""
    return 100 * abs(up - down) / (up + down) if up + down > 0 else 0.0
