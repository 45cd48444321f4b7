"""When each arrival of an open loop is due, whatever becomes of those before it (no coordinated omission). Pure; nanoseconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

import msgspec

NS_PER_S = 1_000_000_000
MOST_ARRIVALS = 20_000_000
MOST_A_SECOND = 1_000_000
MOST_SECONDS = 86_400


class Phase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many arrivals a second for so long: evenly, or from `rate` up (or down) to `to_rate` in a straight line. `at_once`: so many
    more at the phase's begin, all due at the same moment (a burst)."""

    rate: int
    seconds: int
    to_rate: int | None = None
    at_once: int = 0

    @property
    def even(self) -> int:
        """How many arrivals besides those at once."""
        return (self.rate + (self.rate if self.to_rate is None else self.to_rate)) * self.seconds // 2

    @property
    def arrivals(self) -> int:
        return self.at_once + self.even

    def due_ns(self, number: int) -> int:
        """When arrival `number` (from 0) of this phase is due, after its begin."""
        later = number - self.at_once
        if later < 0:
            return 0
        if self.to_rate is None or self.to_rate == self.rate:
            return later * NS_PER_S // self.rate
        growth = (self.to_rate - self.rate) / self.seconds
        return int((math.sqrt(max(self.rate**2 + 2 * growth * later, 0.0)) - self.rate) / growth * NS_PER_S)


class Schedule:
    """Phases, one after another."""

    def __init__(self, phases: Sequence[Phase]) -> None:
        """
        Raises:
            ValueError: what was expected and what came.
        """
        if not phases:
            raise ValueError("phases: expected at least one, such as 1000/s for 15 seconds, got none")
        for number, phase in enumerate(phases, 1):
            _check(number, phase)
        self.phases = tuple(phases)
        self.total = sum(phase.arrivals for phase in phases)
        self.seconds = sum(phase.seconds for phase in phases)
        if not 0 < self.total <= MOST_ARRIVALS:
            raise ValueError(f"phases: expected 1 to {MOST_ARRIVALS} arrivals in all, got {self.total}")
        self._at = 0
        self._first = 0
        self._began_ns = 0

    def due_ns(self, number: int) -> int:
        """When arrival `number` (from 0) is due, after the begin. Numbers are asked for in order: it walks forward only."""
        while number >= self._first + self.phases[self._at].arrivals:
            phase = self.phases[self._at]
            self._first += phase.arrivals
            self._began_ns += phase.seconds * NS_PER_S
            self._at += 1
        return self._began_ns + self.phases[self._at].due_ns(number - self._first)

    def ends_ns(self) -> list[int]:
        """When each phase ends, after the begin."""
        ends: list[int] = []
        for phase in self.phases:
            ends.append((ends[-1] if ends else 0) + phase.seconds * NS_PER_S)
        return ends


def _check(number: int, phase: Phase) -> None:
    where = f"phase {number}"
    for name, rate in (("rate", phase.rate), ("to_rate", phase.to_rate)):
        if rate is not None and not 0 <= rate <= MOST_A_SECOND:
            raise ValueError(f"{where}: {name}: expected 0 to {MOST_A_SECOND} a second, got {rate}")
    if not 1 <= phase.seconds <= MOST_SECONDS:
        raise ValueError(f"{where}: seconds: expected 1 to {MOST_SECONDS}, got {phase.seconds}")
    if phase.at_once < 0:
        raise ValueError(f"{where}: at_once: expected 0 or more, got {phase.at_once}")


def told(phases: Sequence[Phase]) -> str:
    """In words, such as "100/s for 15 s" or "100 to 1,000/s for 10 s"; equal phases are told once."""
    words = [_words(phase) for phase in phases]
    return ", ".join(f"{len(list(same))} times {text}" if words.count(text) > 1 else text for text, same in groupby(words))


def _words(phase: Phase) -> str:
    burst = f"{phase.at_once:,} at once and " if phase.at_once else ""
    to_rate = f" to {phase.to_rate:,}" if phase.to_rate not in (None, phase.rate) else ""
    return f"{burst}{phase.rate:,}{to_rate}/s for {phase.seconds} s"


def steady(rate: int, seconds: int) -> list[Phase]:
    """The same rate all the time."""
    return [Phase(rate=rate, seconds=seconds)]


def steps(rates: Sequence[int], seconds: int) -> list[Phase]:
    """One rate after another, each for `seconds`."""
    return [Phase(rate=rate, seconds=seconds) for rate in rates]


def bursts(rate: int, burst: int, every: int, times: int) -> list[Phase]:
    """`rate` all the time and `burst` more at once, `times` times, every `every` seconds."""
    return [Phase(rate=rate, seconds=every, at_once=burst) for _ in range(times)]


def ramp(rate: int, to_rate: int, seconds: int) -> list[Phase]:
    """From one rate to another in a straight line."""
    return [Phase(rate=rate, to_rate=to_rate, seconds=seconds)]
