"""Tilt: what is remembered of the operator's own actions, a fold of facts like everything else (R20, R21).

Times are wall-clock milliseconds that the facts carry, so a lockout goes on counting while no engine runs.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from genesis.core.acted import Acted
from genesis.core.day import DAY_MS
from genesis.core.money import ONE

if TYPE_CHECKING:
    from genesis.core.facts import TiltAnomaly, TiltChanged, TiltMeasured

VALUES_KEPT = 200
"""How many values of an indicator the baseline holds: the newest."""
ACTIONS_KEPT = 500


class Tilt(msgspec.Struct, kw_only=True, dict=True):
    """The operator's baseline and where the tilt detector stands. Level 0 = nothing, 1 message, 2 half size, 3 lockout."""

    values: dict[str, list[Decimal]] = {}  # indicator -> its newest values, oldest first
    since_ms: dict[str, int] = {}  # indicator -> when its first value was measured
    actions: list[tuple[int, str]] = []  # (when, what), oldest first
    times_of_day: list[int] = []  # of those actions, ms since midnight UTC, ascending
    cancelled: dict[str, int] = {}  # venue/symbol/side -> when the operator last cancelled an order of it
    anomalies: list[int] = []  # when
    level: int = 0
    size_factor: Decimal = ONE
    locked_until_ms: int = 0
    lockouts: list[int] = []  # when each began

    def __post_init__(self) -> None:
        self.times_of_day = sorted(at_ms % DAY_MS for at_ms, _ in self.actions)

    @cached_property
    def acted(self) -> Acted:
        """Of those actions how many of a kind came after a time."""
        return Acted(self.actions)

    def measured(self, fact: TiltMeasured) -> None:
        """One action of the operator, with the indicators it was measured by."""
        self._acted(fact.at_ms, fact.action)
        for name, value in fact.values.items():
            values = self.values.get(name)
            if values is None:
                self.values[name], self.since_ms[name] = [value], fact.at_ms
                continue
            values.append(value)
            if len(values) > VALUES_KEPT:
                del values[0]
        for key in fact.cancelled:
            self.cancelled[key] = fact.at_ms

    def _acted(self, at_ms: int, action: str) -> None:
        self.acted.note(at_ms, action)
        self.actions.append((at_ms, action))
        insort(self.times_of_day, at_ms % DAY_MS)
        if len(self.actions) > ACTIONS_KEPT:
            forgotten_ms, _ = self.actions.pop(0)
            self.acted.forget_oldest()
            del self.times_of_day[bisect_left(self.times_of_day, forgotten_ms % DAY_MS)]

    def anomalous(self, fact: TiltAnomaly) -> None:
        """One anomaly; those before the window of any rule are let go."""
        self.anomalies = [at_ms for at_ms in self.anomalies if at_ms > fact.at_ms - fact.window_ms] + [fact.at_ms]

    def changed(self, fact: TiltChanged) -> None:
        """Another level or size."""
        if fact.after == 3 and fact.before != 3:
            self.lockouts = [*self.lockouts, fact.at_ms]
        self.level, self.size_factor, self.locked_until_ms = fact.after, fact.size_factor, fact.locked_until_ms
