"""The system's two clocks, and the same moved ahead by a test."""

from __future__ import annotations

import asyncio
import time

_NS_PER_MS = 1_000_000


class SystemClock:
    """Implements `genesis.engine.ports.Clock`."""

    def wall_ms(self) -> int:
        return time.time_ns() // _NS_PER_MS

    def mono_ns(self) -> int:
        return time.monotonic_ns()

    def ahead_ns(self) -> int:
        """How far the monotonic clock is ahead of the machine's, which all its processes share."""
        return 0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class MovableClock(SystemClock):
    """Runs as the system's clocks do and can be moved ahead, both alike, never back. Who sleeps on it wakes when its time has come. The
    wall clock alone can be set another time, forth or back, as an administrator does it."""

    def __init__(self, ahead_ms: int = 0) -> None:
        """`ahead_ms`: where a process before this one had moved it."""
        self._ahead_ns = ahead_ms * _NS_PER_MS
        self._stepped_ms = 0
        self._moved = asyncio.Event()

    def wall_ms(self) -> int:
        return super().wall_ms() + self._ahead_ns // _NS_PER_MS + self._stepped_ms

    def mono_ns(self) -> int:
        return super().mono_ns() + self._ahead_ns

    def ahead_ns(self) -> int:
        return self._ahead_ns

    def advance(self, milliseconds: int) -> None:
        """Move both clocks ahead."""
        assert milliseconds >= 0, milliseconds
        self._ahead_ns += milliseconds * _NS_PER_MS
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def step(self, milliseconds: int) -> None:
        """Set the wall clock another time; the monotonic one goes on."""
        self._stepped_ms += milliseconds

    async def sleep(self, seconds: float) -> None:
        due_ns = self.mono_ns() + int(seconds * 1e9)
        while (left_ns := due_ns - self.mono_ns()) > 0:
            try:
                async with asyncio.timeout(left_ns / 1e9):
                    await self._moved.wait()
            except TimeoutError:
                return
