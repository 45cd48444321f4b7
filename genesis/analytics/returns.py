"""Correlation of the returns of two markets (R10): do they rise and fall together? Pearson's, of logarithmic returns."""

from __future__ import annotations

import math
from collections import deque
from decimal import Decimal

from genesis.analytics.windows import pearson


class Returns:
    """Logarithmic returns from close to close of the last bars of one market; one more than `size`, for one that is a bar behind."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.times: deque[int] = deque(maxlen=size + 1)
        """When the bars closed."""
        self.values: deque[float] = deque(maxlen=size + 1)
        self._last: float | None = None

    def add(self, close_ms: int, close: Decimal) -> None:
        """The close of a bar, in order."""
        price = float(close)
        if self._last is not None:
            self.times.append(close_ms)
            self.values.append(math.log(price / self._last))
        self._last = price


def correlation(a: Returns, b: Returns) -> float | None:
    """Over the last `size` bars that both have; None while they have fewer in common or one of them does not move."""
    assert a.size == b.size, (a.size, b.size)
    xs, ys = (list(a.values), list(b.values)) if a.times == b.times else _common(a, b)
    return pearson(xs[-a.size :], ys[-a.size :]) if len(xs) >= a.size else None


def _common(a: Returns, b: Returns) -> tuple[list[float], list[float]]:
    """The returns of the bars that both have."""
    other = dict(zip(b.times, b.values, strict=True))
    both = [(value, other[close_ms]) for close_ms, value in zip(a.times, a.values, strict=True) if close_ms in other]
    return [x for x, _ in both], [y for _, y in both]
