"""Averages with a long tail: Wilder's RSI, ATR and ADX ("New Concepts in Technical Trading Systems", 1978).

Such an average begins with a simple one and then moves a part of the way to each new value, so it never quite forgets. Ours
does, or a restart could not give it back: it begins anew at fixed bars, every half of the `bars` that it may remember, and is
looked at once it is that old. So its value depends on the last `bars` bars alone, to the last bit, and each bar costs the same.
`index` counts bars since the epoch (`index_of`). Values are floats; None until there are enough bars for a first one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from genesis.core.models import Bar

FLAT_RSI: Final = 50.0
"""RSI of a market that did not move: neither side won."""

Run = TypeVar("Run")


def index_of(bar: Bar) -> int:
    """The number of a bar since the epoch."""
    return bar.open_ms // (bar.close_ms - bar.open_ms + 1)


class Renewed(Generic[Run]):
    """Two runs of the same arithmetic, the younger one begun half of `bars` after the older one. `old` is the one to look at."""

    def __init__(self, begin: Callable[[], Run], bars: int) -> None:
        self._begin = begin
        self._half = bars // 2
        assert self._half > 0, bars
        self._block: int | None = None
        self.old = self.young = begin()

    def both(self, index: int) -> tuple[Run, ...]:
        """The runs that bar `index` belongs to."""
        block = index // self._half
        if self._block is not None and block != self._block:
            self.old = self.young if block == self._block + 1 else self._begin()
            self.young = self._begin()
        self._block = block
        return (self.old,) if self.old is self.young else (self.old, self.young)


class Average:
    """The simple average of the first `period` values, moved by `weight` of the way to each later one."""

    __slots__ = ("_average", "_count", "_period", "_weight")

    def __init__(self, period: int, weight: float) -> None:
        self._period, self._weight, self._count, self._average = period, weight, 0, 0.0

    def add(self, value: float) -> None:
        if self._count < self._period:
            self._count += 1
            self._average += (value - self._average) / self._count
        else:
            self._average += (value - self._average) * self._weight

    @property
    def value(self) -> float | None:
        return self._average if self._count == self._period else None


class Rsi:
    """Relative strength index, 0..100. Needs `period` + 1 closes."""

    def __init__(self, period: int, bars: int) -> None:
        assert 0 < 2 * (period + 1) <= bars, (period, bars)
        self._runs = Renewed(lambda: _Strength(period), bars)

    def add(self, index: int, close: float) -> None:
        for run in self._runs.both(index):
            run.add(close)

    @property
    def value(self) -> float | None:
        gain, loss = self._runs.old.gain.value, self._runs.old.loss.value
        if gain is None or loss is None:
            return None
        return 100 * gain / (gain + loss) if gain + loss > 0 else FLAT_RSI


class Atr:
    """Average true range, in the price's unit. Needs `period` + 1 bars."""

    def __init__(self, period: int, bars: int) -> None:
        assert 0 < 2 * (period + 1) <= bars, (period, bars)
        self._runs = Renewed(lambda: _TrueRange(period), bars)

    def add(self, index: int, high: float, low: float, close: float) -> None:
        """The next bar."""
        for run in self._runs.both(index):
            run.add(high, low, close)

    @property
    def value(self) -> float | None:
        return self._runs.old.range.value


class Adx:
    """Average directional index: how strong a trend is, and +DI and -DI: which way it goes; 0..100.

    The ADX needs 2 x `period` bars, the directions `period` + 1.
    """

    def __init__(self, period: int, bars: int) -> None:
        assert 0 < 4 * period <= bars, (period, bars)
        self._runs = Renewed(lambda: _Direction(period), bars)

    def add(self, index: int, high: float, low: float, close: float) -> None:
        """The next bar."""
        for run in self._runs.both(index):
            run.add(high, low, close)

    @property
    def value(self) -> float | None:
        return self._runs.old.strength.value

    @property
    def plus(self) -> float | None:
        """+DI."""
        return self._runs.old.share(self._runs.old.up)

    @property
    def minus(self) -> float | None:
        """-DI."""
        return self._runs.old.share(self._runs.old.down)


class _Strength:
    """Gains and losses from close to close."""

    def __init__(self, period: int) -> None:
        self.gain, self.loss = Average(period, 1 / period), Average(period, 1 / period)
        self._close: float | None = None

    def add(self, close: float) -> None:
        if self._close is not None:
            self.gain.add(max(close - self._close, 0.0))
            self.loss.add(max(self._close - close, 0.0))
        self._close = close


class _TrueRange:
    """High to low, the close before included."""

    def __init__(self, period: int) -> None:
        self.range = Average(period, 1 / period)
        self._close: float | None = None

    def add(self, high: float, low: float, close: float) -> None:
        if self._close is not None:
            self.range.add(max(high, self._close) - min(low, self._close))
        self._close = close


class _Direction(_TrueRange):
    """Moves outward: only the larger of a bar's two counts, and only if it goes outward."""

    def __init__(self, period: int) -> None:
        super().__init__(period)
        self.up, self.down = Average(period, 1 / period), Average(period, 1 / period)
        self.strength = Average(period, 1 / period)
        self._outward: tuple[float, float] | None = None  # high and low before

    def add(self, high: float, low: float, close: float) -> None:
        super().add(high, low, close)
        if self._outward is not None:
            up, down = high - self._outward[0], self._outward[1] - low
            self.up.add(up if up > down and up > 0 else 0.0)
            self.down.add(down if down > up and down > 0 else 0.0)
            self._weigh(self.up.value, self.down.value)
        self._outward = (high, low)

    def _weigh(self, up: float | None, down: float | None) -> None:
        """DX: how much one direction outweighs the other. The true range cancels out of it."""
        if up is not None and down is not None:
            self.strength.add(100 * abs(up - down) / (up + down) if up + down > 0 else 0.0)

    def share(self, move: Average) -> float | None:
        if move.value is None or self.range.value is None:
            return None
        return 100 * move.value / self.range.value if self.range.value > 0 else 0.0
