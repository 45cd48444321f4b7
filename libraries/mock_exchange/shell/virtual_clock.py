"""A clock that stands still until somebody moves it, and the timers that live on it: what happens is then the same in every run."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable

from .clock import VenueClock

DEFAULT_START_MS = 1_700_000_000_000
"""2023-11-14 22:13:20 UTC."""


class VirtualClock(VenueClock):
    """The venue's time as a number. `offset_ms` is how far it stands from its start; `own_monotonic`: the ledger's monotonic stamps count
    this time too (else the machine's)."""

    is_virtual = True

    def __init__(self, start_ms: int = DEFAULT_START_MS, *, own_monotonic: bool = False) -> None:
        super().__init__()
        self._start_ms = start_ms
        self._own_monotonic = own_monotonic
        self.elapsed_ms = 0
        """How far it went forward in all; being set back or forth does not count."""
        self.timers = VirtualTimers(self)

    def now_ms(self) -> int:
        return self._start_ms + self.offset_ms

    def now_us(self) -> int:
        return self.now_ms() * 1_000

    def monotonic_ns(self) -> int:
        return self.elapsed_ms * 1_000_000 if self._own_monotonic else time.monotonic_ns()

    def advance_to(self, milliseconds: int) -> None:
        """Let time pass until then, from due timer to due timer; a time that has passed already does nothing."""
        second = self.now_ms() // 1000
        while True:
            self.timers.settle()
            due = self.timers.next_due()
            if due is None or due - self.elapsed_ms > milliseconds - self.now_ms():
                break
            self._pass(due - self.elapsed_ms)
            self.timers.fire()
        self._pass(milliseconds - self.now_ms())
        if self.now_ms() // 1000 != second:
            for callback in self.moved:
                callback()

    def advance(self, milliseconds: int) -> None:
        """Let time pass. Raises ValueError: a negative number (a skew goes back, time does not)."""
        if milliseconds < 0:
            raise ValueError(f"expected advance_ms >= 0, got {milliseconds}; use skew_ms to set the clock back")
        self.advance_to(self.now_ms() + milliseconds)
        self.tell(milliseconds)

    def _pass(self, milliseconds: int) -> None:
        if milliseconds > 0:
            self.offset_ms += milliseconds
            self.elapsed_ms += milliseconds


class VirtualTimers:
    """Fulfils streams.outlet.Timers on a virtual clock."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._soon: list[Callable[[], None]] = []
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._cancelled: set[int] = set()
        self._number = 0

    def now_us(self) -> int:
        return self._clock.now_us()

    def soon(self, callback: Callable[[], None]) -> None:
        """After the running command: when the player says so, or in the loop's next turn (a client's command)."""
        if not self._soon:
            asyncio.get_running_loop().call_soon(self.settle)
        self._soon.append(callback)

    def grid(self, period_ms: int, callback: Callable[[], None], wall: bool = False) -> Callable[[], None]:
        now = self._clock.now_ms() if wall else self._clock.elapsed_ms
        self._number += 1
        number = self._number
        heapq.heappush(self._due, (self._clock.elapsed_ms + period_ms - now % period_ms, number, callback))
        return lambda: self._cancelled.add(number)

    def settle(self) -> None:
        """Run what waits for the end of a command."""
        while self._soon:
            waiting, self._soon = self._soon, []
            for callback in waiting:
                callback()

    def next_due(self) -> int | None:
        """When the next timer is due, in elapsed milliseconds."""
        while self._due and self._due[0][1] in self._cancelled:
            self._cancelled.discard(heapq.heappop(self._due)[1])
        return self._due[0][0] if self._due else None

    def fire(self) -> None:
        """Run the next timer."""
        heapq.heappop(self._due)[2]()
