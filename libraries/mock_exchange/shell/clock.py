"""The venue's clocks: a wall clock that the admin API can move, and the machine's monotonic one."""

from __future__ import annotations

import time
from collections.abc import Callable


class VenueClock:
    """`offset_ms` is added to the machine's wall clock. `moved` are called after each move, `jumps` with how far it was set."""

    is_virtual = False

    def __init__(self) -> None:
        self.offset_ms = 0
        self.moved: list[Callable[[], None]] = []
        self.jumps: list[Callable[[int], None]] = []

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.offset_ms

    def now_us(self) -> int:
        return time.time_ns() // 1_000 + self.offset_ms * 1_000

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()

    def advance(self, milliseconds: int) -> None:
        """Move forward. Raises ValueError: a negative number (a skew goes back, time does not)."""
        if milliseconds < 0:
            raise ValueError(f"expected advance_ms >= 0, got {milliseconds}; use skew_ms to set the clock back")
        self.skew(self.offset_ms + milliseconds)

    def skew(self, milliseconds: int) -> None:
        """Set the offset against the machine's clock."""
        by, self.offset_ms = milliseconds - self.offset_ms, milliseconds
        self.tell(by)

    def tell(self, by_ms: int) -> None:
        """Let everybody know that the clock was set."""
        for jump in self.jumps:
            jump(by_ms)
        for callback in self.moved:
            callback()
