"""The mid of every symbol, tick by tick: its own noise, its schedule of regimes, and the symbols that it follows. Pure.

A follower computes its leader's path a second time from the leader's own numbers, so that no symbol waits for another and the order in
which symbols are asked never matters.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, cycle, repeat
from math import isqrt
from typing import Protocol

from ..core.venue_events import E8
from .chance import normal, stream
from .laws import Laws, SymbolLaw, Tie
from .regimes import E12, Motion, Regime, motion

ONE = E8
"""A mid is a price in 1e-8 times this."""


class Path(Protocol):
    """The mids of one symbol."""

    def next(self) -> int:
        """The mid of the next tick, in units of 1e-16; the first one is the mid at time 0."""

    def impose(self, symbol: str, regime: Regime, from_tick: int) -> None:
        """From that tick on `symbol` moves by `regime` until it is over, then goes on as before. Every path that depends on it hears so."""


def path_of(laws: Laws, symbol: str, seed: int) -> Path:
    """The path of a symbol of these laws."""
    law = laws.symbols[symbol]
    if law.cross is not None:
        numerator, denominator = (path_of(laws, each, seed) for each in (law.cross.numerator, law.cross.denominator))
        return _Quotient(numerator, denominator)
    if law.tie is not None and law.tie.cointegrated:
        return _Cointegrated(law, law.tie, path_of(laws, law.tie.leader, seed), laws, seed)
    return _Own(law, noise_of(laws, symbol, seed), laws.tick_ms)


def noise_of(laws: Laws, symbol: str, seed: int) -> Iterator[int]:
    """Standard normal numbers, one per tick, correlated with those of the symbol that this one follows."""
    random = stream(seed, symbol, "mid")
    tie = laws.symbols[symbol].tie
    own = (normal(random) for _ in repeat(None))
    if tie is None or tie.cointegrated:
        return own
    return _mixed(noise_of(laws, tie.leader, seed), own, tie.correlation)


def _mixed(leader: Iterator[int], own: Iterator[int], correlation: int) -> Iterator[int]:
    rest = isqrt(E8 * E8 - correlation * correlation)
    for theirs, ours in zip(leader, own, strict=True):
        yield (correlation * theirs + rest * ours) // E8


class _Own:
    """Noise, and regimes one after another."""

    def __init__(self, law: SymbolLaw, noise: Iterator[int], tick_ms: int) -> None:
        self._law = law
        self._noise = noise
        self._tick_ms = tick_ms
        self._mid = law.start * ONE
        self._tick = -1
        scheduled = cycle(law.schedule) if law.repeat and law.schedule else iter(law.schedule)
        self._schedule: Iterator[Regime] = chain(scheduled, repeat(law.base))
        self._running: list[tuple[Motion, int | None]] = []
        """The regime at work is the last; below it those that it interrupted. Each with the tick at which it ends."""
        self._imposed: list[tuple[int, Regime]] = []

    def next(self) -> int:
        self._tick += 1
        if self._tick == 0:
            return self._mid
        self._change_regime()
        self._mid = max(self._running[-1][0].next(self._mid, next(self._noise)), ONE)
        return self._mid

    def impose(self, symbol: str, regime: Regime, from_tick: int) -> None:
        if symbol == self._law.spec.symbol:
            self._imposed.append((max(from_tick, self._tick + 1), regime))

    def _change_regime(self) -> None:
        while self._running and self._running[-1][1] is not None and self._tick >= self._running[-1][1]:
            self._running.pop()
        if not self._running:
            self._begin(next(self._schedule))
        while self._imposed and self._imposed[0][0] <= self._tick:
            self._begin(self._imposed.pop(0)[1])

    def _begin(self, regime: Regime) -> None:
        ends = None if regime.ticks is None else self._tick + regime.ticks
        self._running.append((motion(regime, self._tick_ms, self._mid), ends))


class _Cointegrated:
    """The leader's path at a fixed ratio, times 1 + a deviation that always comes back to 0."""

    def __init__(self, law: SymbolLaw, tie: Tie, leader: Path, laws: Laws, seed: int) -> None:
        self._leader = leader
        self._ratio = (law.start, laws.symbols[tie.leader].start)
        self._deviation = E12
        self._motion = motion(
            Regime(kind="range", reversion=tie.reversion, volatility=tie.spread_volatility), laws.tick_ms, mid=self._deviation
        )
        random = stream(seed, law.spec.symbol, "mid")
        self._noise = (normal(random) for _ in repeat(None))
        self._begun = False

    def next(self) -> int:
        if self._begun:
            self._deviation = self._motion.next(self._deviation, next(self._noise))
        self._begun = True
        ours, theirs = self._ratio
        return max(self._leader.next() * ours // theirs * self._deviation // E12, ONE)

    def impose(self, symbol: str, regime: Regime, from_tick: int) -> None:
        self._leader.impose(symbol, regime, from_tick)


class _Quotient:
    def __init__(self, numerator: Path, denominator: Path) -> None:
        self._numerator = numerator
        self._denominator = denominator

    def next(self) -> int:
        return max(self._numerator.next() * ONE * E8 // self._denominator.next(), ONE)

    def impose(self, symbol: str, regime: Regime, from_tick: int) -> None:
        self._numerator.impose(symbol, regime, from_tick)
        self._denominator.impose(symbol, regime, from_tick)
