"""A required limit: measured again while the machine may be to blame, and what the last try decides (decision 39)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec
from robot.api import SkipExecution

from libraries.load.machine import Speed

MOST_REPEATS = 2
SLOWER_THAN_THE_FACTOR = 2.0
"""An engine suffers more from neighbours than the short loop by which the machine is measured: it needs their caches, too."""
REQUIRED_RATE = 1_000
"""Orders a second that an engine has to sustain on a quiet machine (L8); on one that is n times slower at least the n-th part of them."""

T = TypeVar("T")


class Try(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One measurement. `times`: what it came to over its limit, so that above 1 it is missed; infinite = nothing came. `queued`: ticks a
    second of a load that was not kept up with, else 0: its latencies are the queue's, and no factor of the machine says how long a queue
    may get."""

    found: T
    times: float
    text: str
    speed: Speed
    queued: float = 0.0

    @property
    def kept(self) -> bool:
        return self.times <= 1

    @property
    def explained(self) -> bool:
        """Whether the machine's slowness may be what is missing: on a quiet one its own factor, on another more."""
        factor = max(self.speed.factor, 1.0)
        if self.speed.quiet:
            return self.times <= factor
        slower = factor * SLOWER_THAN_THE_FACTOR
        too_much = self.queued * slower > REQUIRED_RATE  # an engine that keeps L8 keeps up with fewer
        return self.times <= slower or (too_much and self.times < float("inf"))

    @property
    def final(self) -> bool:
        """Whether another try could not say anything else."""
        return self.kept or (self.speed.quiet and not self.explained)


class Tries(msgspec.Struct, Generic[T], frozen=True):
    """All of them; the last one counts."""

    each: Sequence[Try[T]]

    @property
    def last(self) -> Try[T]:
        return self.each[-1]

    def check(self, missed: str) -> None:
        """Nothing, if the limit was kept. `missed`: what was expected and what came; the tries are listed under it.

        Raises:
            AssertionError: it was missed, and by more than the machine explains.
            SkipExecution: nobody can tell whose fault it was; the summary of the run decides nothing.
        """
        if self.last.kept:
            return
        listed = "\n".join(f"  try {number}: {each.text}" for number, each in enumerate(self.each, 1))
        text = f"{missed}:\n{listed}"
        if not self.last.explained:
            raise AssertionError(text)
        raise SkipExecution(f"not decided, the machine was not quiet enough: run it again on a quiet one. {text}")


def tried(measure: Callable[[], Try[T]], repeats: int, again: Callable[[Try[T]], None] = lambda _: None) -> Tries[T]:
    """Measure until a try is final, at most `repeats` times more. `again`: what happens before each of these."""
    tries = [measure()]
    while not tries[-1].final and len(tries) <= repeats:
        again(tries[-1])
        tries.append(measure())
    return Tries(tries)
