"""Correlation of the returns of two markets (R10): do they rise and fall together? Pearson's, of logarithmic returns."""

from __future__ import annotations

import math
from collections import deque
from decimal import Decimal

from genesis.analytics.windows import SCALE, Regression


class Returns:
    """Logarithmic returns from close to close of the last bars of one market; one more than `size`, for one that is a bar behind."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._last: float | None = None
        self._returns: deque[tuple[int, int]] = deque(maxlen=size + 1)

    def add(self, close_ms: int, close: Decimal) -> None:
        """The close of a bar, in order."""
        price = float(close)
        if self._last is not None:
            self._returns.append((close_ms, round(math.log(price / self._last) * SCALE * SCALE)))
        self._last = price

    @property
    def by_time(self) -> dict[int, int]:
        """Close time -> return in units of 1e-16."""
        return dict(self._returns)


def correlation(a: Returns, b: Returns) -> float | None:
    """Over the last `size` bars that both have; None while they have fewer in common or one of them does not move."""
    assert a.size == b.size, (a.size, b.size)
    first, second = a.by_time, b.by_time
    common = sorted(first.keys() & second.keys())[-a.size :]
    together = Regression(a.size)
    for close_ms in common:
        together.add(first[close_ms], second[close_ms])
    return together.correlation
