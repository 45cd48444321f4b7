"""How a mid price moves from tick to tick under one regime: walk, range, trend, crash, jump. Pure, on whole numbers.

Mids are held in units of 1e-16, so that a small move of a small price is not lost; fractions are in units of 1e-12. What a regime asks
for is reached exactly where it is a promise (crash, jump) and on average where it is a tendency (walk, range, trend).
"""

from __future__ import annotations

from math import isqrt
from typing import Literal, Protocol

import msgspec

from .chance import ONE_SIGMA

E12 = 10**12
Kind = Literal["walk", "range", "trend", "crash", "jump"]


class Regime(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of a schedule. Fractions in units of 1e-12; `ticks` None = for ever."""

    kind: Kind
    ticks: int | None = None
    drift: int = 0
    """walk: mean return per second."""
    volatility: int = 0
    """walk, range, trend: standard deviation of the return per square root of a second."""
    reversion: int = 0
    """range: the share of the distance from its centre that is given back per second."""
    half_width: int = 0
    """range: the mid never leaves centre x (1 +- this); 0 = no such bound."""
    by: int = 0
    """trend, jump: the signed move as a share of the mid at the beginning; crash: the depth of the fall."""
    fall_ticks: int = 1
    """crash: how long the fall takes; the rest of `ticks` recovers."""
    recover: int = 0
    """crash: the share of the fall that is made good."""


class Motion(Protocol):
    """A regime at work."""

    def next(self, mid: int, noise: int) -> int:
        """The mid of the next tick. `noise`: standard normal, in units of 1/ONE_SIGMA."""


class _Walk:
    def __init__(self, regime: Regime, tick_ms: int) -> None:
        self._drift = regime.drift * tick_ms // 1000
        self._sigma = per_tick(regime.volatility, tick_ms)

    def next(self, mid: int, noise: int) -> int:
        return mid + mid * (self._drift + self._sigma * noise // ONE_SIGMA) // E12


class _Range:
    def __init__(self, regime: Regime, tick_ms: int, centre: int) -> None:
        self._centre = centre
        self._pull = regime.reversion * tick_ms // 1000
        self._sigma = per_tick(regime.volatility, tick_ms)
        self._away = centre * regime.half_width // E12

    def next(self, mid: int, noise: int) -> int:
        mid += (self._centre - mid) * self._pull // E12 + mid * (self._sigma * noise // ONE_SIGMA) // E12
        if not self._away:
            return mid
        return min(max(mid, self._centre - self._away), self._centre + self._away)


class _Trend:
    def __init__(self, regime: Regime, tick_ms: int, start: int) -> None:
        assert regime.ticks, "a trend has a length"
        self._step = start * regime.by // E12 // regime.ticks
        self._sigma = per_tick(regime.volatility, tick_ms)

    def next(self, mid: int, noise: int) -> int:
        return mid + self._step + mid * (self._sigma * noise // ONE_SIGMA) // E12


class _Crash:
    def __init__(self, regime: Regime, start: int) -> None:
        assert regime.ticks, "a crash has a length"
        self._start = start
        self._bottom = start - start * regime.by // E12
        self._end = self._bottom + (start - self._bottom) * regime.recover // E12
        self._fall = regime.fall_ticks
        self._rise = max(regime.ticks - regime.fall_ticks, 1)
        self._tick = 0

    def next(self, mid: int, noise: int) -> int:
        self._tick += 1
        if self._tick <= self._fall:
            return self._start + (self._bottom - self._start) * self._tick // self._fall
        return self._bottom + (self._end - self._bottom) * min(self._tick - self._fall, self._rise) // self._rise


class _Jump:
    """Lasts one tick."""

    def __init__(self, regime: Regime) -> None:
        self._by = regime.by

    def next(self, mid: int, noise: int) -> int:
        return mid + mid * self._by // E12


def motion(regime: Regime, tick_ms: int, mid: int) -> Motion:
    """The regime at work from this mid on."""
    match regime.kind:
        case "walk":
            return _Walk(regime, tick_ms)
        case "range":
            return _Range(regime, tick_ms, mid)
        case "trend":
            return _Trend(regime, tick_ms, mid)
        case "crash":
            return _Crash(regime, mid)
        case "jump":
            return _Jump(regime)


def per_tick(volatility: int, tick_ms: int) -> int:
    """The volatility of one tick: x the square root of its length in seconds."""
    return volatility * isqrt(tick_ms * 10**9) // 10**6
