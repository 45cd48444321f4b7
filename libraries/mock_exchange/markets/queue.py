"""The steps that come next: those of the source, and those that keywords and the admin API put in. Pure.

Position counts the source's steps. A loop begins the source again where it ended; recorded trade ids are used in the first round only.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator

import msgspec

from .source import Source
from .steps import Print, Step


class StepQueue:
    """One step ahead of the player."""

    def __init__(self, source: Source, *, loop: bool = False) -> None:
        self._source = source
        self._loop = loop
        self._steps: Iterator[Step] = source.steps()
        self._round_began_ms = 0
        self._round = 0
        self._last_ms = 0
        self._ahead: Step | None = None
        self._ended = False
        self._put_in: list[tuple[int, int, Step]] = []
        self._number = 0
        self.position = 0

    def put(self, steps: Iterable[Step]) -> None:
        """Have these played at their times, beside the source's."""
        for step in steps:
            self._number += 1
            heapq.heappush(self._put_in, (step.at_ms, self._number, step))

    def peek(self) -> Step | None:
        """The next step; at equal times one that was put in comes after the source's. None = there is none."""
        ahead = self.peek_source()
        if self._put_in and (ahead is None or self._put_in[0][0] < ahead.at_ms):
            return self._put_in[0][2]
        return ahead

    def peek_put_in(self) -> Step | None:
        """The next step of those that were put in."""
        return self._put_in[0][2] if self._put_in else None

    def peek_source(self) -> Step | None:
        """The next step of the source."""
        while self._ahead is None and not self._ended:
            self._ahead = next(self._steps, None)
            if self._ahead is not None:
                self._ahead = self._in_this_round(self._ahead)
            elif self._loop and self.position:
                self._round += 1
                self._round_began_ms = self._last_ms + 1
                self._steps = self._source.steps()
            else:
                self._ended = True
        return self._ahead

    def take(self, step: Step) -> Step:
        """That step is over. It must be one that was peeked at."""
        if step is self._ahead:
            self._ahead = None
            self.position += 1
            self._last_ms = step.at_ms
        else:
            taken = heapq.heappop(self._put_in)
            assert taken[2] is step, "a step was taken that was not the next one"
        return step

    @property
    def put_in(self) -> int:
        """How many steps that were put in still wait."""
        return len(self._put_in)

    @property
    def remaining(self) -> int | None:
        """Steps left: of this round of the source, and those put in; None for a source without end."""
        if self._source.count is None:
            return None
        rounds_over = self._source.count * self._round
        return self._source.count + rounds_over - self.position + len(self._put_in)

    def _in_this_round(self, step: Step) -> Step:
        if not self._round:
            return step
        commands = tuple(msgspec.structs.replace(each, trade_id=None) if isinstance(each, Print) else each for each in step.commands)
        return Step(self._round_began_ms + step.at_ms, commands)
