"""A market's time against the venue's clock."""

from __future__ import annotations

from ..shell.clock import VenueClock
from ..shell.virtual_clock import VirtualClock

ORDINARY_SPEED = 1_000
"""Speeds are in thousandths; 0 = as fast as it is consumed."""


class Pace:
    """Where the market stands (`at_ms`, its own time) and what the venue's clock shows then. Over a jump of the clock it stands still."""

    def __init__(self, clock: VenueClock, speed: int) -> None:
        self._clock = clock
        self._virtual = clock if isinstance(clock, VirtualClock) else None
        self._origin_ms = clock.now_ms()
        self.speed = speed
        self.at_ms = 0
        clock.jumps.append(self._jumped)

    @property
    def is_virtual(self) -> bool:
        return self._virtual is not None

    def running_ms(self) -> int:
        """The market's time, if it has run with the clock since it was last told to."""
        if not self.speed:
            return self.at_ms
        return max(self.at_ms, (self._clock.now_ms() - self._origin_ms) * self.speed // ORDINARY_SPEED)

    def left_ms(self, at_ms: int) -> int:
        """How much of the venue's time passes until that time of the market; 0 or less = it is due."""
        return self._venue_ms(at_ms) - self._clock.now_ms() if self.speed else 0

    def market_ms(self, venue_ms: int) -> int:
        """So much of the venue's time in milliseconds of the market's."""
        return venue_ms * (self.speed or ORDINARY_SPEED) // ORDINARY_SPEED

    def reach(self, at_ms: int) -> None:
        """The market stands at that time now; a virtual clock is moved there."""
        if self._virtual is not None:
            self._virtual.advance_to(self._venue_ms(at_ms))
        self.at_ms = max(self.at_ms, at_ms)

    def settle(self) -> None:
        """What waits for the end of a command happens now, not when the clock moves next."""
        if self._virtual is not None:
            self._virtual.timers.settle()

    def run_on(self) -> None:
        """From now on the market's time runs on from where it stands."""
        self._origin_ms = self._clock.now_ms() - self._paced(self.at_ms)

    def _venue_ms(self, at_ms: int) -> int:
        return self._origin_ms + self._paced(at_ms)

    def _paced(self, market_ms: int) -> int:
        """So much of the market's time in milliseconds of the venue's clock, rounded up."""
        return -(-market_ms * ORDINARY_SPEED // (self.speed or ORDINARY_SPEED))

    def _jumped(self, milliseconds: int) -> None:
        self._origin_ms += milliseconds
