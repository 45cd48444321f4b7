"""What waits while the venue's clock is asked for: a time stamp by a clock that is known to be wrong would be refused (X34)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable


class ClockGate:
    """Closed from a refused time stamp until the venue's time is known, cannot be known, or the channel is down. Holds at most `most`
    requests; more than that go their way."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: deque[Callable[[], None]] = deque()
        self.closed = False

    def holds(self, request: Callable[[], None]) -> bool:
        """Whether a request waits; made once the gate opens, in its order."""
        if not self.closed or len(self._held) >= self._most:
            return False
        self._held.append(request)
        return True

    def open(self) -> None:
        """What waited goes its way."""
        self.closed = False
        held, self._held = self._held, deque()
        for request in held:
            request()
