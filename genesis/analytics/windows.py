"""Statistics over the last n values: mean, deviation, Bollinger bands, regression of one series on another.

Sums are exact integers (units of 1e-8), kept as values come and go, and become a float only in the last step. So they never
drift, cost the same at every update, and depend on the values in the window alone: fed with the same last n values, a window
gives the same answer to the last bit, whatever it saw before.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from decimal import Decimal
from operator import mul
from typing import NamedTuple

PLACES = 8
SCALE = 10**PLACES
ROUNDING = 1e-12
"""A part of a sum of squares that may be nothing but the rounding of floats."""


def units(amount: Decimal) -> int:
    """An amount in units of 1e-8; what is smaller is cut off."""
    return int(amount.scaleb(PLACES))


class Bands(NamedTuple):
    """Mean and the lines `width` standard deviations above and below it."""

    lower: float
    middle: float
    upper: float


class Window:
    """The last `size` values of one series. Everything is None until the window is full."""

    def __init__(self, size: int) -> None:
        assert size > 0, size
        self._values: deque[int] = deque(maxlen=size)
        self._size = size
        self._sum = 0
        self._squares = 0

    def add(self, value: int) -> None:
        """The next value, in units of 1e-8; the oldest one leaves a full window."""
        if len(self._values) == self._size:
            oldest = self._values[0]
            self._sum -= oldest
            self._squares -= oldest * oldest
        self._values.append(value)
        self._sum += value
        self._squares += value * value

    @property
    def full(self) -> bool:
        return len(self._values) == self._size

    @property
    def mean(self) -> float | None:
        """Simple moving average, in whole units."""
        return self._sum / (self._size * SCALE) if self.full else None

    @property
    def deviation(self) -> float | None:
        """Standard deviation of the population (divided by n, as Bollinger does), in whole units."""
        return math.sqrt(self._spread()) / (self._size * SCALE) if self.full else None

    def bands(self, width: float) -> Bands | None:
        """Bollinger bands, in whole units."""
        mean, deviation = self.mean, self.deviation
        if mean is None or deviation is None:
            return None
        return Bands(mean - width * deviation, mean, mean + width * deviation)

    def _spread(self) -> int:
        """n² times the variance."""
        return self._size * self._squares - self._sum * self._sum


class Regression:
    """Least squares of y on x over the last `size` pairs: y = a + slope x. Everything is None until the window is full."""

    def __init__(self, size: int) -> None:
        assert size > 2, size
        self._pairs: deque[tuple[int, int]] = deque(maxlen=size)
        self._size = size
        self._x = self._y = self._xx = self._xy = self._yy = 0

    def add(self, x: int, y: int) -> None:
        """The next pair, both in units of 1e-8."""
        if len(self._pairs) == self._size:
            self._count(*self._pairs[0], -1)
        self._pairs.append((x, y))
        self._count(x, y, 1)

    def _count(self, x: int, y: int, sign: int) -> None:
        self._x += sign * x
        self._y += sign * y
        self._xx += sign * x * x
        self._xy += sign * x * y
        self._yy += sign * y * y

    @property
    def full(self) -> bool:
        return len(self._pairs) == self._size

    @property
    def slope(self) -> float | None:
        """The hedge ratio: how much y moves with one of x. None also where x never moved."""
        varies = self._varies_x()
        return self._together() / varies if self.full and varies else None

    @property
    def correlation(self) -> float | None:
        """Pearson's, -1..1. None also where one of the two never moved."""
        both = self._varies_x() * self._varies_y()
        return self._together() / math.sqrt(both) if self.full and both else None

    @property
    def z(self) -> float | None:
        """The last residual in standard deviations of the residuals (population). None also where the fit is perfect."""
        varies, together = self._varies_x(), self._together()
        left = self._varies_y() * varies - together * together
        if not self.full or varies == 0 or left == 0:
            return None
        x, y = self._pairs[-1]
        residual = (self._size * y - self._y) * varies - together * (self._size * x - self._x)
        return residual / math.sqrt(varies * left)

    def _varies_x(self) -> int:
        return self._size * self._xx - self._x * self._x

    def _varies_y(self) -> int:
        return self._size * self._yy - self._y * self._y

    def _together(self) -> int:
        return self._size * self._xy - self._x * self._y


def pearson(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Correlation of two equally long series, -1..1, over all their values at once; None where one of the two never moves."""
    count, sum_x, sum_y = len(xs), sum(xs), sum(ys)
    squares_x, squares_y = sum(map(mul, xs, xs), 0.0), sum(map(mul, ys, ys), 0.0)
    varies_x, varies_y = squares_x - sum_x * sum_x / count, squares_y - sum_y * sum_y / count
    if varies_x <= ROUNDING * squares_x or varies_y <= ROUNDING * squares_y:
        return None
    return (sum(map(mul, xs, ys), 0.0) - sum_x * sum_y / count) / math.sqrt(varies_x * varies_y)
