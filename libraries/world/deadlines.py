"""The one deadline helper: monotonic, so that a stepped wall clock never lengthens or cuts a wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

T = TypeVar("T")

POLL_S = 0.02


class Deadline:
    """A point in monotonic time. `seconds` is the whole allowance; it must be positive."""

    __slots__ = ("_end", "_start", "seconds")

    def __init__(self, seconds: float | timedelta) -> None:
        self.seconds = seconds.total_seconds() if isinstance(seconds, timedelta) else float(seconds)
        if not self.seconds > 0:
            raise ValueError(f"a timeout must be greater than 0 s, got {self.seconds:g} s; write for example 5s")
        self._start = time.monotonic()
        self._end = self._start + self.seconds

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._end - time.monotonic())

    def elapsed(self) -> float:
        """Seconds since the deadline was made."""
        return time.monotonic() - self._start

    @property
    def expired(self) -> bool:
        return time.monotonic() >= self._end


def poll(probe: Callable[[], T | None], deadline: Deadline, pause: Callable[[float], object], interval: float = POLL_S) -> T | None:
    """Call `probe` until it returns something other than None; None when the deadline passed.

    `pause(seconds)` is the wait between tries: an event's or a child's `wait`, so that what makes waiting pointless ends it early.
    The probe runs at least once, and once more after the last pause.
    """
    while True:
        seen = probe()
        if seen is not None or deadline.expired:
            return seen
        pause(min(interval, max(deadline.remaining(), 0.001)))
