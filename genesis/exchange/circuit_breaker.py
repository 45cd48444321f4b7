"""The circuit breaker (R24): whether a service of a venue may be called at all. Pure: every instant is handed in.

So many failures in a window open it; while it is open nobody calls; then calls are let through one at a time, until so many
answers in a row close it, or one failure opens it for the full time again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from genesis.core.models import CircuitState
from genesis.core.settings import BreakerSettings

_NS_PER_MS: Final = 1_000_000


class BreakerEvent(StrEnum):
    TRIPPED = "TRIPPED"  # the failures of the window have reached their number
    WAITED = "WAITED"  # it was open for the full time
    PROBE_FAILED = "PROBE_FAILED"
    RECOVERED = "RECOVERED"  # enough probes were answered
    MOVED = "MOVED"  # another address is asked from now on, or one that was dead answers


TABLE: Final[dict[tuple[CircuitState, BreakerEvent], CircuitState]] = {
    (CircuitState.CLOSED, BreakerEvent.TRIPPED): CircuitState.OPEN,
    (CircuitState.OPEN, BreakerEvent.WAITED): CircuitState.HALF_OPEN,
    (CircuitState.HALF_OPEN, BreakerEvent.PROBE_FAILED): CircuitState.OPEN,
    (CircuitState.HALF_OPEN, BreakerEvent.RECOVERED): CircuitState.CLOSED,
    (CircuitState.OPEN, BreakerEvent.MOVED): CircuitState.CLOSED,
    (CircuitState.HALF_OPEN, BreakerEvent.MOVED): CircuitState.CLOSED,
}
"""Every change there is; whatever is not in it is a programming error (KeyError)."""


class CircuitBreaker:
    """One service. Times are monotonic nanoseconds, never going back.

    `ask` gives a permit to one call; the call ends it with exactly one of `answered`, `failed` or `let_go` (neither an answer
    nor a failure: it was never made, or says nothing of the service). What a call of an earlier state says comes too late to count.
    """

    def __init__(self, settings: BreakerSettings, changed: Callable[[CircuitState, CircuitState, str], None]) -> None:
        """`changed` is told (before, after, why) of every change of state."""
        self.state = CircuitState.CLOSED
        self._settings = settings
        self._changed = changed
        self._failures: deque[int] = deque(maxlen=settings.failures)
        self._answers = 0
        self._probing = False
        self._opened_ns = 0
        self._term = 0  # grows with every change of state

    @property
    def due_ns(self) -> int:
        """When an open breaker lets the first probe through."""
        return self._opened_ns + self._settings.open_ms * _NS_PER_MS

    def look(self, now_ns: int) -> None:
        """Let time pass: an open breaker becomes half-open after the full time, not a nanosecond before."""
        if self.state is CircuitState.OPEN and now_ns >= self.due_ns:
            self._change(BreakerEvent.WAITED, f"open for {self._settings.open_ms} ms; calls are let through one at a time")

    def ask(self, now_ns: int) -> int | None:
        """A permit for one call, None = it must not be made."""
        self.look(now_ns)
        if self.state is CircuitState.OPEN or self._probing:
            return None
        self._probing = self.state is CircuitState.HALF_OPEN
        return self._term

    def answered(self, permit: int) -> None:
        """The call was answered, with whatever answer."""
        if permit != self._term or self.state is not CircuitState.HALF_OPEN:
            return
        self._probing = False
        self._answers += 1
        if self._answers >= self._settings.successes:
            self._change(BreakerEvent.RECOVERED, f"{self._answers} probes in a row were answered")

    def failed(self, permit: int, now_ns: int, reason: str) -> None:
        """The call was not answered, or with the venue's own failure."""
        if permit != self._term:
            return
        if self.state is CircuitState.HALF_OPEN:
            self._open(BreakerEvent.PROBE_FAILED, now_ns, f"a probe failed: {reason}")
            return
        self._failures.append(now_ns)
        window_ms = self._settings.window_ms
        if len(self._failures) == self._settings.failures and now_ns - self._failures[0] <= window_ms * _NS_PER_MS:
            self._open(BreakerEvent.TRIPPED, now_ns, f"{self._settings.failures} failures in {window_ms} ms, the last: {reason}")

    def let_go(self, permit: int) -> None:
        """The call says nothing of the service: another one may be the probe."""
        if permit == self._term:
            self._probing = False

    def forget(self) -> None:
        """Another address is asked from now on, or one that was dead answers: what was before says nothing of it."""
        if self.state is CircuitState.CLOSED:
            self._failures.clear()
            self._term += 1
        else:
            self._change(BreakerEvent.MOVED, "another address is asked, or this one lives again")

    def _open(self, event: BreakerEvent, now_ns: int, reason: str) -> None:
        self._opened_ns = now_ns
        self._change(event, reason)

    def _change(self, event: BreakerEvent, reason: str) -> None:
        before, self.state = self.state, TABLE[self.state, event]
        self._term += 1
        self._failures.clear()
        self._answers, self._probing = 0, False
        self._changed(before, self.state, reason)
